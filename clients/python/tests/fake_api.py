"""An API on this machine that gives the answers it is told, and records the requests."""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Callable, List, NamedTuple, Optional


class Asked(NamedTuple):
    method: str
    path: str
    headers: Any
    body: bytes


class Reply(NamedTuple):
    status: int
    body: bytes = b""
    headers: tuple = ()


def reply(status: int, value: Any, **headers: str) -> Reply:
    return Reply(status, json.dumps(value).encode(), tuple(headers.items()))


def problem(status: int, code: str, **headers: str) -> Reply:
    value = {"type": "urn:x", "title": "x", "status": status, "code": code, "detail": "d"}
    return reply(status, value, **headers)


def edit(status: str) -> Reply:
    return reply(200, {"id": "edit_1", "status": status})


RESET = Reply(0)
"""The connection breaks off without a response."""


class FakeApi:
    def __init__(self, *replies: Reply, on_request: Optional[Callable[[], None]] = None):
        self.asked: List[Asked] = []
        self.replies = list(replies)
        api = self

        class Handler(BaseHTTPRequestHandler):
            def handle_any(self) -> None:
                if on_request is not None:
                    on_request()
                length = int(self.headers.get("content-length") or 0)
                body = self.rfile.read(length)
                api.asked.append(Asked(self.command, self.path, self.headers, body))
                answer = api.replies.pop(0) if api.replies else problem(500, "internal")
                self.close_connection = True
                if answer is RESET:
                    return
                self.send_response(answer.status)
                for name, value in answer.headers:
                    self.send_header(name.replace("_", "-"), value)
                if answer.status != 204:
                    self.send_header("content-length", str(len(answer.body)))
                self.end_headers()
                self.wfile.write(answer.body)

            do_GET = do_POST = do_PUT = do_DELETE = handle_any

            def log_message(self, *_: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.origin = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))
        self._thread.start()

    def close(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
