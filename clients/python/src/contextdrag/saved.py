"""An edit as it is saved before it is sent, so that it can be sent again after a crash."""

from __future__ import annotations

import hashlib
import json
import time
from dataclasses import asdict, dataclass
from typing import Dict, List, Mapping, Optional

from .errors import SavedEditError
from .store import Store

RESPONSES_SECONDS = 23 * 3600
"""The API keeps the response of a key for a day: later, the same request would be another edit."""
FILES = ("image", "mask", "affects")


@dataclass(frozen=True)
class SavedEdit:
    key: str
    """The Idempotency-Key."""
    origin: str
    holder: str
    """Digest of whose key it is, without the secret."""
    digest: str
    """Of fields and files: a key stands for one edit."""
    created_at: float
    """Seconds since 1970."""
    fields: Dict[str, str]
    """Of the form, `image` among them where it is not a file."""
    files: List[str]
    large: bool
    """Whether the photo goes to an upload first."""
    cancel_after: Optional[str]
    id: Optional[str] = None
    """The edit's id, as soon as the API has accepted it."""


def save(store: Store, edit: SavedEdit, files: Mapping[str, bytes]) -> None:
    """Files first: where `edit.json` is, everything is."""
    for name, content in files.items():
        store.write(edit.key, name, content)
    store.write(edit.key, "edit.json", json.dumps(asdict(edit)).encode())


def load(store: Store, key: str) -> Optional[SavedEdit]:
    text = store.read(key, "edit.json")
    if text is None:
        return None
    accepted = store.read(key, "accepted.json")
    value = json.loads(text)
    if accepted is not None:
        value["id"] = json.loads(accepted)["id"]
    return SavedEdit(**value)


def accepted(store: Store, key: str, edit_id: str) -> None:
    """From now on the id is all that is needed."""
    store.write(key, "accepted.json", json.dumps({"id": edit_id}).encode())
    for name in (*FILES, "upload.json"):
        store.delete(key, name)


def check(edit: SavedEdit, origin: str, holder: str) -> None:
    """
    :raises SavedEditError: if the API cannot know that it has had this request before
    """
    if edit.origin != origin:
        raise SavedEditError(f"the edit {edit.key} was made at {edit.origin}, not at {origin}")
    if edit.holder != holder:
        raise SavedEditError(
            f"the edit {edit.key} was made with another account's key or another client token, "
            "and only that one knows it"
        )
    if edit.id is None and time.time() - edit.created_at > RESPONSES_SECONDS:
        raise SavedEditError(
            f"the edit {edit.key} was saved more than 23 hours ago, and whether the API accepted "
            "it is not known: look for it in the account's list of edits, and forget this one"
        )


def holder_of(key: str) -> str:
    """Equal keys of the API are known to an account and a mode, or to one client token."""
    parts = key.split("_")
    known = {"cd": 4, "cdc": 5}.get(parts[0], len(parts))
    return hashlib.sha256("_".join(parts[:known]).encode()).hexdigest()


def digest_of(
    fields: Mapping[str, str], files: Mapping[str, bytes], cancel_after: Optional[str]
) -> str:
    digests = {name: hashlib.sha256(content).hexdigest() for name, content in files.items()}
    text = json.dumps([dict(fields), digests, cancel_after], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()
