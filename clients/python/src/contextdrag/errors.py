"""What can go wrong, besides the network."""

from __future__ import annotations

import json
from email.utils import parsedate_to_datetime
from time import time
from typing import Optional, cast

from .contract import ErrorCode, Problem


class ContextDragError(Exception):
    """An error response: `code` is from a closed list, `status` is the HTTP status."""

    def __init__(self, problem: Problem, retry_after: Optional[float] = None):
        super().__init__(f"{problem['code']}: {problem['detail']}")
        self.problem = problem
        self.retry_after = retry_after
        """Seconds to wait before the same request can succeed, if the API says so."""

    @property
    def code(self) -> ErrorCode:
        return self.problem["code"]

    @property
    def status(self) -> int:
        return self.problem["status"]


class SavedEditError(Exception):
    """A saved edit must not be sent again, because that might pay for it twice."""


class InvalidWebhook(Exception):
    """A message is not from the API, or is too old."""


def error_of(status: int, retry_after: Optional[str], body: bytes) -> ContextDragError:
    """The error in a response. A response without a problem object gets the code `internal`."""
    try:
        problem = json.loads(body)
        if not isinstance(problem, dict) or not {"code", "detail", "status"} <= problem.keys():
            raise ValueError("no problem object")
    except ValueError:
        problem = {
            "type": "about:blank",
            "title": "The response is not from the API",
            "status": status,
            "code": "internal",
            "detail": f"status {status} without a problem object",
        }
    return ContextDragError(cast(Problem, problem), seconds_of(retry_after))


def seconds_of(header: Optional[str]) -> Optional[float]:
    """Retry-After as seconds or, from a proxy, as a date."""
    if header is None:
        return None
    try:
        return max(0.0, float(header))
    except ValueError:
        pass
    try:
        return max(0.0, parsedate_to_datetime(header).timestamp() - time())
    except (TypeError, ValueError):
        return None
