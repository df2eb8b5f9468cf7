"""The client."""

from __future__ import annotations

import json
import os
import time
import uuid
from pathlib import Path
from typing import Any, Dict, Iterator, List, Mapping, Optional, Union, cast
from urllib.parse import urlencode

from . import saved as saves
from .contract import (
    CanceledEdit,
    Edit,
    EditInput,
    ImageReference,
    Mask,
    MaskInput,
    Model,
    Plan,
    PlanInput,
    Upload,
    Usage,
)
from .errors import ContextDragError, SavedEditError
from .events import EditEvent, read_events
from .form import form_of, photo_type
from .saved import SavedEdit
from .store import FileStore, Store
from .transport import NetworkFault, Transport

Image = Union[bytes, "os.PathLike[str]", str, ImageReference]
"""A photo: its bytes, its path, an https URL, an upload, or another edit's result."""

MAX_FORM_BYTES = 9_000_000
"""Larger photos are uploaded first."""
OPEN = {"queued", "dispatching", "running", "storing"}
WRONG = {400, 404, 410, 413, 415, 422}
"""Statuses of requests that would be rejected again."""


class ContextDrag:
    """Calls that block; use it from one thread or from many."""

    def __init__(
        self,
        base_url: str,
        key: str,
        *,
        store: Optional[Store] = None,
        attempts: int = 5,
        timeout: float = 90,
    ):
        """
        :param base_url: origin of the API, for example `https://api.example`
        :param key: an account key or, in an app, a client token
        :param store: where edits are saved before they are sent. Default: files of the user's
        :param attempts: for a request that may be repeated
        :param timeout: seconds without a byte after which a connection counts as lost; :meth:`wait`
            holds a request for 30 seconds
        """
        self._transport = Transport(base_url, key, attempts, timeout)
        self._holder = saves.holder_of(key)
        self._store: Store = FileStore() if store is None else store

    def edit(
        self,
        image: Image,
        edit: EditInput,
        *,
        mask: Optional[bytes] = None,
        affects: Optional[bytes] = None,
        key: Optional[str] = None,
        cancel_after: Optional[str] = None,
    ) -> Edit:
        """Creates an edit and returns at once; :meth:`wait` for it, or follow its :meth:`events`.

        Everything is saved before the first byte is sent. After a crash, the same call with the
        same key, or :meth:`resume`, returns the same edit. :meth:`forget` it when its result is
        safe.

        :param mask: PNG, white on what moves (or as `maskKind` says)
        :param affects: PNG, white on what changes with the thing: its shadow, its reflection
        :param key: the Idempotency-Key: what stands for this edit in your app, such as the number
            of an order. Default: random
        :param cancel_after: for example `90s`: the edit is cancelled if it is not done by then
        :raises ContextDragError: for an error response
        :raises SavedEditError: if the key is saved with another edit, or cannot be sent any more
        """
        key = str(uuid.uuid4()) if key is None else key
        fields = {name: _text(value) for name, value in edit.items() if value is not None}
        files = {"mask": mask, "affects": affects}
        if isinstance(image, os.PathLike):
            image = Path(image).read_bytes()
        if isinstance(image, bytes):
            files["image"] = image
        else:
            fields["image"] = _text(image)
        given = {name: content for name, content in files.items() if content is not None}
        digest = saves.digest_of(fields, given, cancel_after)
        before = saves.load(self._store, key)
        if before is not None:
            if before.digest != digest:
                raise SavedEditError(f"the key {key} is saved with another edit")
            return self._send(before)
        now = SavedEdit(
            key=key,
            origin=self._transport.base_url,
            holder=self._holder,
            digest=digest,
            created_at=time.time(),
            fields=fields,
            files=sorted(given),
            large="image" in given and sum(map(len, given.values())) > MAX_FORM_BYTES,
            cancel_after=cancel_after,
        )
        saves.save(self._store, now, given)
        try:
            return self._create(now, given)
        except ContextDragError as error:
            # Nothing was made. After a crash that is less sure: then it is the caller's to forget.
            if error.status in WRONG and error.code != "idempotency_key_reused":
                self._store.forget(key)
            raise

    def resume(self, key: str) -> Edit:
        """The edit of a key, after a crash: sent again if no response was saved, else read.

        :raises SavedEditError: if nothing is saved for the key, or it cannot be sent any more
        """
        edit = saves.load(self._store, key)
        if edit is None:
            raise SavedEditError(f"no edit is saved for the key {key}")
        return self._send(edit)

    def saved(self) -> List[SavedEdit]:
        """All edits that were not forgotten, oldest first."""
        edits = (saves.load(self._store, key) for key in self._store.keys())
        return sorted((one for one in edits if one is not None), key=lambda one: one.created_at)

    def forget(self, key: str) -> None:
        """Deletes what is saved for a key, not the edit itself."""
        self._store.forget(key)

    def get(self, id: str) -> Edit:
        """The current state of an edit."""
        return cast(Edit, self._transport.json("GET", f"/v1/edits/{id}"))

    def wait(self, id: str) -> Edit:
        """Waits for the final state of an edit, whether it succeeded or not."""
        while True:
            headers = {"prefer": "wait=30"}
            edit = cast(Edit, self._transport.json("GET", f"/v1/edits/{id}", headers=headers))
            if edit["status"] not in OPEN:
                return edit

    def events(self, id: str) -> Iterator[EditEvent]:
        """The events of an edit, live, until its final state. Reconnects where it is lost."""
        last = 0
        while True:
            headers = {"last-event-id": str(last)}
            response = self._transport.send("GET", f"/v1/edits/{id}/events", headers)
            with response:
                # 204: nothing comes after the last one.
                if response.status == 204:
                    return
                events = read_events(response)
                while True:
                    try:
                        event = next(events, None)
                    except NetworkFault:
                        break
                    if event is None:
                        break
                    last = event["id"]
                    yield event
                    if event["type"] == "status" and event["status"] not in OPEN:
                        return
            time.sleep(0.5)

    def result(self, id: str) -> bytes:
        """The edited photo."""
        return self._transport.read("GET", f"/v1/edits/{id}/result")

    def cancel(self, id: str) -> CanceledEdit:
        """Cancels an edit. It is charged if a worker has started it; see `chargedOnCancel`."""
        return cast(CanceledEdit, self._transport.json("POST", f"/v1/edits/{id}/cancel"))

    def delete(self, id: str) -> None:
        """Deletes an edit with its photo and its result."""
        self._transport.read("DELETE", f"/v1/edits/{id}")

    def list(self, metadata: Optional[Mapping[str, str]] = None) -> Iterator[Edit]:
        """All edits, newest first. Fetches pages on demand."""
        query = {"limit": "100"}
        query.update({f"metadata.{name}": value for name, value in (metadata or {}).items()})
        while True:
            page = self._transport.json("GET", f"/v1/edits?{urlencode(query)}")
            yield from page["edits"]
            if page.get("next") is None:
                return
            query["cursor"] = page["next"]

    def models(self) -> List[Model]:
        """The models that this key or client token may use."""
        return cast("List[Model]", self._transport.json("GET", "/v1/models")["models"])

    def plan(self, plan: PlanInput) -> Plan:
        """Which tokens an edit would move, and its price."""
        return cast(Plan, self._transport.json("POST", "/v1/plan", plan, repeatable=True))

    def mask(self, mask: MaskInput) -> Mask:
        """The mask of a thing in an uploaded photo. Needs a worker that finds masks."""
        return cast(Mask, self._transport.json("POST", "/v1/masks", mask, repeatable=True))

    def upload(self, photo: bytes) -> str:
        """Uploads a photo of up to 20 MB. Returns the upload's id, for `{"upload": id}`."""
        value = {"contentType": photo_type(photo), "bytes": len(photo)}
        headers = {"idempotency-key": str(uuid.uuid4())}
        answer = self._transport.json(
            "POST", "/v1/uploads", value, headers=headers, repeatable=True
        )
        upload = cast(Upload, answer)
        self._transport.elsewhere(upload["method"], upload["url"], upload["headers"], photo)
        return upload["id"]

    def usage(self, **query: str) -> Usage:
        """The account's usage: `by` day, key or client; `from` and `to` are dates, YYYY-MM-DD."""
        return cast(Usage, self._transport.json("GET", f"/v1/usage?{urlencode(query)}"))

    def _send(self, edit: SavedEdit) -> Edit:
        saves.check(edit, self._transport.base_url, self._holder)
        if edit.id is not None:
            return self.get(edit.id)
        files = {name: self._store.read(edit.key, name) for name in edit.files}
        missing = [name for name, content in files.items() if content is None]
        if missing:
            raise SavedEditError(f"the store has lost {', '.join(missing)} of the edit {edit.key}")
        return self._create(edit, cast("Dict[str, bytes]", files))

    def _create(self, edit: SavedEdit, files: Mapping[str, bytes]) -> Edit:
        fields, files = dict(edit.fields), dict(files)
        if edit.large:
            fields["image"] = _text({"upload": self._upload_once(edit.key, files.pop("image"))})
        content_type, body = form_of(fields, files)
        headers = {"content-type": content_type, "idempotency-key": edit.key}
        if edit.cancel_after is not None:
            headers["cancel-after"] = edit.cancel_after
        call = {"headers": headers, "body": body, "repeatable": True}
        answer = cast(Edit, self._transport.json("POST", "/v1/edits", **call))
        saves.accepted(self._store, edit.key, answer["id"])
        return answer

    def _upload_once(self, key: str, photo: bytes) -> str:
        """The same upload whenever the edit is sent: another one would make another request."""
        known = self._store.read(key, "upload.json")
        if known is not None:
            return cast(str, json.loads(known)["id"])
        upload = self.upload(photo)
        self._store.write(key, "upload.json", json.dumps({"id": upload}).encode())
        return upload


def _text(value: Any) -> str:
    """A field of a form: text as it is, all else as JSON."""
    return value if isinstance(value, str) else json.dumps(value)
