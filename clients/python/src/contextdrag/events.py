"""Server-sent events of an edit."""

from __future__ import annotations

import json
from typing import Iterable, Iterator, Literal, TypedDict, cast


class _EditEventRequired(TypedDict):
    id: int
    type: Literal["status", "progress"]


class EditEvent(_EditEventRequired, total=False):
    """One event of an edit: a new `status`, or a `step` of `steps`."""

    status: str
    step: int
    steps: int
    preview: str
    """Thumbnail of the picture so far, as a data URL."""


def read_events(lines: Iterable[bytes]) -> Iterator[EditEvent]:
    """The events in a stream, without comments and heartbeats."""
    fields: dict[str, str] = {}
    for line in lines:
        text = line.decode().rstrip("\r\n")
        if text != "":
            name, _, value = text.partition(":")
            value = value[1:] if value.startswith(" ") else value
            fields[name] = f"{fields[name]}\n{value}" if name == "data" in fields else value
        elif "data" in fields:
            event = {**json.loads(fields["data"]), "id": int(fields["id"]), "type": fields["event"]}
            yield cast(EditEvent, event)
            fields = {}
        else:
            fields = {}
