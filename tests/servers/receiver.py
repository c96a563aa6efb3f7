"""A vendor's own program on loopback: it keeps what is posted to it, and answers as a test says."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Condition, Thread
from typing import Any

from standardwebhooks import Webhook


class Receiver:
    """What came in as (headers, body), and statuses for the next answers in place of 204.

    headers, page: what every answer carries besides.
    """

    def __init__(self) -> None:
        self.came: list[tuple[dict[str, str], bytes]] = []
        self.answers: list[int] = []
        self.headers: dict[str, str] = {}
        self.page = b""
        self.url = ""
        self.news = Condition()

    @property
    def ids(self) -> list[str]:
        return [headers["webhook-id"] for headers, _ in self.came]

    def wait_for(self, count: int, seconds: float = 30.0) -> bool:
        """Have so many come, at the latest after so long?"""
        with self.news:
            return self.news.wait_for(lambda: len(self.came) >= count, seconds)

    def verified(self, secret: str) -> list[dict[str, Any]]:
        """What was told, each proved by the library of Standard Webhooks."""
        return [dict(Webhook(secret).verify(body, headers)) for headers, body in self.came]


@contextmanager
def receiving() -> Iterator[Receiver]:
    """The receiver, listening."""
    made = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            with made.news:
                made.came.append(({name.lower(): value for name, value in self.headers.items()}, body))
                made.news.notify_all()
            status = made.answers.pop(0) if made.answers else 204
            self.send_response(status)
            if 300 <= status < 400:
                self.send_header("location", f"{made.url}/elsewhere")
            for name, value in made.headers.items():
                self.send_header(name, value)
            self.send_header("content-length", str(len(made.page)))
            self.end_headers()
            self.wfile.write(made.page)

        def log_message(self, *args: Any) -> None:
            """Nothing on standard error."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    made.url = f"http://127.0.0.1:{server.server_port}/hooks"
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield made
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
