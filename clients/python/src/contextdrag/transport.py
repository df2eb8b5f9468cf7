"""Sends requests, and retries them where that is safe."""

from __future__ import annotations

import http.client
import json
import random
import time
import urllib.error
import urllib.request
from typing import Any, Mapping, Optional

from .errors import ContextDragError, error_of

RETRIED = {429, 502, 503, 504}
"""Statuses after which a request may be retried."""
MAX_WAIT_SECONDS = 20.0

NetworkFault = (OSError, http.client.HTTPException)
"""What urllib raises where there is no response, or only a part of one."""


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """The API never redirects; urllib would send the key along."""

    def redirect_request(self, *_: Any) -> None:
        return None


_opener = urllib.request.build_opener(_NoRedirect)


class Transport:
    def __init__(self, base_url: str, key: str, attempts: int, timeout: float):
        self.base_url = base_url.rstrip("/")
        self._key = key
        self._attempts = attempts
        self._timeout = timeout

    def send(
        self,
        method: str,
        path: str,
        headers: Optional[Mapping[str, str]] = None,
        body: Optional[bytes] = None,
        repeatable: Optional[bool] = None,
    ) -> http.client.HTTPResponse:
        """A 2xx response, still to be read. Repeatable by default: GET.

        :raises ContextDragError: for an error response
        :raises OSError, http.client.HTTPException: without one
        """
        repeatable = method == "GET" if repeatable is None else repeatable
        attempts = self._attempts if repeatable else 1
        url = f"{self.base_url}{path}"
        own = {"authorization": f"Bearer {self._key}", **(headers or {})}
        attempt = 1
        while True:
            wait = 0.25 * 2**attempt * random.uniform(0.5, 1)
            request = urllib.request.Request(url, data=body, headers=own, method=method)
            try:
                response: http.client.HTTPResponse = _opener.open(request, timeout=self._timeout)
                return response
            except urllib.error.HTTPError as response_error:
                with response_error:
                    error = _read_error(response_error)
                again = error.status in RETRIED or error.code == "idempotency_in_flight"
                if attempt >= attempts or not again:
                    raise error from None
                if error.retry_after is not None:
                    wait = error.retry_after
            except NetworkFault:
                if attempt >= attempts:
                    raise
            time.sleep(min(MAX_WAIT_SECONDS, wait))
            attempt += 1

    def read(self, method: str, path: str, **call: Any) -> bytes:
        """The body of a 2xx response. One that breaks off counts as no response."""
        repeatable = call.get("repeatable", method == "GET")
        attempt = 1
        while True:
            try:
                with self.send(method, path, **call) as response:
                    return response.read()
            except http.client.IncompleteRead:
                if not repeatable or attempt >= self._attempts:
                    raise
            attempt += 1

    def json(self, method: str, path: str, value: Any = None, **call: Any) -> Any:
        """The JSON of a 2xx response; the body of the request is `value`, if there is one."""
        if value is not None:
            call["body"] = json.dumps(value).encode()
            call["headers"] = {"content-type": "application/json", **call.get("headers", {})}
        return json.loads(self.read(method, path, **call))

    def elsewhere(self, method: str, url: str, headers: Mapping[str, str], body: bytes) -> None:
        """A request without the key, to a signed URL; repeated where there is no response."""
        request = urllib.request.Request(url, data=body, headers=dict(headers), method=method)
        for attempt in range(1, self._attempts + 1):
            try:
                with _opener.open(request, timeout=self._timeout):
                    return
            except urllib.error.HTTPError as response_error:
                with response_error:
                    error = _read_error(response_error)
                if attempt == self._attempts or error.status not in RETRIED:
                    raise error from None
            except NetworkFault:
                if attempt == self._attempts:
                    raise
            time.sleep(0.25 * 2**attempt)


def _read_error(response: urllib.error.HTTPError) -> ContextDragError:
    try:
        body = response.read()
    except NetworkFault:
        # The status has arrived, and says enough.
        body = b""
    return error_of(response.code, response.headers.get("retry-after"), body)
