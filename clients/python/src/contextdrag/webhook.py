"""Verifies webhook messages (Standard Webhooks 1.0.0)."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
import re
import time
from typing import Mapping, Sequence, Union, cast

from .contract import WebhookMessage
from .errors import InvalidWebhook

TOLERANCE_SECONDS = 300
"""Messages that are older or newer than this are rejected, against replays."""


def verify_webhook(
    secrets: Union[str, Sequence[str]],
    headers: Mapping[str, Union[str, Sequence[str]]],
    body: Union[bytes, str],
) -> WebhookMessage:
    """Verifies and parses a message.

    :param secrets: the webhook's secret, or several during a rotation
    :param headers: of the request: `webhook-id`, `webhook-timestamp`, `webhook-signature`, in any
        case, as text or as lists
    :param body: the raw body of the request, not parsed and serialized again
    :raises InvalidWebhook: if no secret matches the signature, or the timestamp is missing or too
        far off
    """
    raw = body.encode() if isinstance(body, str) else body
    own = {name.lower(): value for name, value in headers.items()}

    def header(name: str) -> str:
        value = own.get(name, "")
        return value if isinstance(value, str) else (value[0] if value else "")

    message, timestamp = header("webhook-id"), header("webhook-timestamp")
    seconds = int(timestamp) if re.fullmatch(r"[0-9]{1,15}", timestamp) else None
    if message == "" or seconds is None or abs(time.time() - seconds) > TOLERANCE_SECONDS:
        raise InvalidWebhook(
            "the webhook message has no id, or its timestamp is more than "
            f"{TOLERANCE_SECONDS} s off"
        )
    text = f"{message}.{timestamp}.".encode() + raw
    given = [
        _from_base64(signature[3:])
        for signature in header("webhook-signature").split(" ")
        if signature.startswith("v1,")
    ]
    for secret in [secrets] if isinstance(secrets, str) else secrets:
        key = _from_base64(secret[6:] if secret.startswith("whsec_") else secret)
        if key == b"":
            raise ValueError("the webhook secret is not base64")
        expected = hmac.new(key, text, hashlib.sha256).digest()
        if any(hmac.compare_digest(expected, signature) for signature in given):
            return cast(WebhookMessage, json.loads(raw))
    raise InvalidWebhook("the webhook message is not signed with any of the secrets")


def _from_base64(text: str) -> bytes:
    """Nothing where the text is not base64: that equals no signature."""
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return b""
