"""What answers in a connector's place: a firewall's page, a server that is ill, a clock that is wrong, a claim of a code."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock, Thread
from typing import Any

TAKEN = json.dumps({"delivery": "dlv_1", "result": "applied", "changes": []})
JSON = {"content-type": "application/json"}


@dataclass(frozen=True)
class Came:
    """One request, with the names of its headers in lower case."""

    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def told(self) -> Any:
        return json.loads(self.body)


@dataclass(frozen=True)
class Reply:
    """An answer; `date` is the server's clock in unix seconds, or the true one."""

    status: int = 200
    body: str = TAKEN
    headers: dict[str, str] | None = None
    date: float | None = None


class StandIn:
    """Keeps what came, and answers what `answer` says; TAKEN unless a test says otherwise."""

    def __init__(self) -> None:
        self.url = ""
        self.came: list[Came] = []
        self.answer: Callable[[Came], Reply] = lambda came: Reply(headers=JSON)
        self._lock = Lock()

    @property
    def hook(self) -> str:
        return f"{self.url}/hooks/ep_1"

    @property
    def ids(self) -> list[str]:
        """The webhook-id of each delivery, as they came."""
        return [each.headers["webhook-id"] for each in self.came]

    def take(self, came: Came) -> Reply:
        with self._lock:
            self.came.append(came)
        return self.answer(came)


@contextmanager
def standing_in() -> Iterator[StandIn]:
    """The stand-in, listening on loopback."""
    made = StandIn()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length", "0")))
            reply = made.take(Came(self.path, {name.lower(): value for name, value in self.headers.items()}, body))
            data = reply.body.encode()
            self.send_response_only(reply.status)
            self.send_header("date", formatdate(reply.date, usegmt=True))
            for name, value in (reply.headers or {}).items():
                self.send_header(name, value)
            self.send_header("content-length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def do_GET(self) -> None:
            self.do_POST()

        def log_message(self, *args: Any) -> None:
            """Nothing on standard error."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    made.url = f"http://127.0.0.1:{server.server_port}"
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield made
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
