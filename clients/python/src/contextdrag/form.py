"""The body of a create: a form with fields and files."""

from __future__ import annotations

import secrets
from typing import Mapping, Tuple

_SIGNATURES = {b"\x89PNG": "image/png", b"\xff\xd8\xff": "image/jpeg"}


def form_of(fields: Mapping[str, str], files: Mapping[str, bytes]) -> Tuple[str, bytes]:
    """Content type and body."""
    boundary = f"contextdrag-{secrets.token_hex(16)}"
    parts = []
    for name, value in fields.items():
        head = f'--{boundary}\r\ncontent-disposition: form-data; name="{name}"\r\n\r\n'
        parts += [head.encode(), value.encode(), b"\r\n"]
    for name, content in files.items():
        head = (
            f'--{boundary}\r\ncontent-disposition: form-data; name="{name}"; filename="{name}"\r\n'
            f"content-type: {photo_type(content)}\r\n\r\n"
        )
        parts += [head.encode(), content, b"\r\n"]
    parts.append(f"--{boundary}--\r\n".encode())
    return f"multipart/form-data; boundary={boundary}", b"".join(parts)


def photo_type(content: bytes) -> str:
    """The media type of a photo, by how the files begin that the API takes."""
    for signature, media_type in _SIGNATURES.items():
        if content.startswith(signature):
            return media_type
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return "image/webp"
    return "application/octet-stream"
