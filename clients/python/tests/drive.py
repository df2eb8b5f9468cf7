"""Does with the client what a program would, for the tests against edge and worker.

Takes API, KEY and STORE from the environment, and says what came of it line by line. The Java
program of the same name does the same.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Callable, Dict, List

from contextdrag import ContextDrag, ContextDragError, FileStore, InvalidWebhook, verify_webhook
from contextdrag.contract import Drag, MaskPoint, ModelName, PlanInputImage

MODEL: ModelName = "embedded-fast"


def say(*words: object) -> None:
    print(*words, flush=True)


def client() -> ContextDrag:
    return ContextDrag(os.environ["API"], os.environ["KEY"], store=FileStore(os.environ["STORE"]))


def drag_of(text: str) -> List[Drag]:
    """`x,y,x,y`: handle and target."""
    a, b, c, d = map(float, text.split(","))
    return [{"handle": {"x": a, "y": b}, "target": {"x": c, "y": d}}]


def create(key: str, photo: str, drag: str) -> None:
    edit = client().edit(
        Path(photo),
        {
            "drags": drag_of(drag),
            "model": MODEL,
            "steps": 1,
            "output": {"maxSize": 256},
            "metadata": {"key": key},
        },
        key=key,
    )
    say("created", edit["id"])


def resume() -> None:
    api = client()
    for saved in api.saved():
        edit = api.wait(api.resume(saved.key)["id"])
        say("resumed", saved.key, edit["id"], edit["status"], len(api.result(edit["id"])))
        api.forget(saved.key)


def flow(photo: str, mask: str, drag: str, out: str, width: str, height: str) -> None:
    api = client()
    drags = drag_of(drag)
    size: PlanInputImage = {"width": int(width), "height": int(height)}
    plan = api.plan({"image": size, "drags": drags, "model": MODEL, "steps": 12})
    edit = api.edit(
        Path(photo),
        {"drags": drags, "model": MODEL, "steps": 12, "metadata": {"by": out}},
        mask=Path(mask).read_bytes(),
    )
    say("prices", plan["price"]["amount"], edit["price"]["amount"])
    for event in api.events(edit["id"]):
        say("event", event["id"], event["type"], event.get("status", "-"))
    say("status", api.wait(edit["id"])["status"])
    Path(out).write_bytes(api.result(edit["id"]))
    following = api.edit({"edit": edit["id"]}, {"drags": drags, "model": MODEL, "steps": 1})
    say("next", api.wait(following["id"])["status"])
    say("listed", *[one["id"] == edit["id"] for one in api.list({"by": out})])
    say("models", *[one["name"] for one in api.models()])
    say("usage", api.usage(by="key")["usage"][0]["edits"])
    upload = api.upload(Path(photo).read_bytes())
    handle = drags[0]["handle"]
    point: MaskPoint = {"x": handle["x"], "y": handle["y"]}
    found = api.mask({"image": {"upload": upload}, "points": [point]})
    say("mask", found["width"], found["height"])
    long = api.edit({"upload": upload}, {"drags": drags, "model": MODEL, "steps": 50})
    say("cancelled", api.cancel(long["id"])["status"])
    api.delete(edit["id"])
    try:
        api.get(edit["id"])
    except ContextDragError as error:
        say("gone", error.status, error.code)


def webhook(secrets: str, message: str, timestamp: str, signature: str, body: str) -> None:
    headers = {
        "Webhook-Id": message,
        "Webhook-Timestamp": timestamp,
        "Webhook-Signature": signature,
    }
    try:
        verified = verify_webhook(secrets.split(","), headers, Path(body).read_bytes())
        say("verified", verified["type"], verified["data"].get("id", "-"))
    except InvalidWebhook:
        say("invalid")


if __name__ == "__main__":
    commands: Dict[str, Callable[..., None]] = {
        "create": create,
        "resume": resume,
        "flow": flow,
        "webhook": webhook,
    }
    commands[sys.argv[1]](*sys.argv[2:])
