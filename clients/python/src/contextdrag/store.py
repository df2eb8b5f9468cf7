"""Where edits are kept from before they are sent until they are forgotten."""

from __future__ import annotations

import hashlib
import os
import shutil
import sys
import tempfile
from pathlib import Path
from typing import List, Optional, Protocol, Union


class Store(Protocol):
    """Small files by the key of their edit. What `write` has returned from survives the process."""

    def read(self, key: str, name: str) -> Optional[bytes]: ...

    def write(self, key: str, name: str, content: bytes) -> None:
        """Replaces the file as a whole: a reader gets the old content or the new one."""

    def delete(self, key: str, name: str) -> None: ...

    def keys(self) -> List[str]: ...

    def forget(self, key: str) -> None:
        """Deletes all files of an edit."""


class FileStore:
    """A folder with one folder for each edit, named by the SHA-256 of its key."""

    def __init__(self, folder: Union[str, "os.PathLike[str]", None] = None):
        """Default: a folder of the user's where this system keeps what programs remember."""
        self._folder = Path(folder) if folder is not None else _default_folder()

    def read(self, key: str, name: str) -> Optional[bytes]:
        try:
            return (self._of(key) / name).read_bytes()
        except FileNotFoundError:
            return None

    def write(self, key: str, name: str, content: bytes) -> None:
        folder = self._of(key)
        # Photos and prompts are nobody else's business.
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        if not (folder / "key").exists() and name != "key":
            self.write(key, "key", key.encode())
        handle, temporary = tempfile.mkstemp(prefix=f".{name}-", dir=folder)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            os.replace(temporary, folder / name)
        except BaseException:
            os.unlink(temporary)
            raise
        _sync(folder)

    def delete(self, key: str, name: str) -> None:
        try:
            (self._of(key) / name).unlink()
        except FileNotFoundError:
            pass

    def keys(self) -> List[str]:
        return sorted(file.read_text() for file in self._folder.glob("*/key"))

    def forget(self, key: str) -> None:
        folder = self._of(key)
        # First the name: what is left of a folder without it belongs to no edit.
        self.delete(key, "key")
        if folder.exists():
            shutil.rmtree(folder)

    def _of(self, key: str) -> Path:
        return self._folder / hashlib.sha256(key.encode()).hexdigest()


def _sync(folder: Path) -> None:
    """Makes names in a folder outlive a power cut. Windows has no such call."""
    if os.name != "posix":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _default_folder() -> Path:
    home = Path.home()
    if sys.platform == "darwin":
        base = home / "Library" / "Application Support"
    elif sys.platform == "win32":
        base = Path(os.environ.get("LOCALAPPDATA") or home / "AppData" / "Local")
    else:
        base = Path(os.environ.get("XDG_STATE_HOME") or home / ".local" / "state")
    return base / "contextdrag"
