"""A client of the ContextDrag API. In an app, use a client token, never an account key."""

from .client import ContextDrag, Image
from .contract import Edit, EditInput, MaskInput, PlanInput, WebhookMessage
from .errors import ContextDragError, InvalidWebhook, SavedEditError
from .events import EditEvent
from .saved import SavedEdit
from .store import FileStore, Store
from .webhook import verify_webhook

__all__ = [
    "ContextDrag",
    "ContextDragError",
    "Edit",
    "EditEvent",
    "EditInput",
    "FileStore",
    "Image",
    "InvalidWebhook",
    "MaskInput",
    "PlanInput",
    "SavedEdit",
    "SavedEditError",
    "Store",
    "WebhookMessage",
    "verify_webhook",
]
