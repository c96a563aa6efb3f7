"""The way into the app under a threaded WSGI server: slow senders and slow readers never take the threads of the others.

Bodies are read before a request takes one of the places for work; health takes none and always gets an answer.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterable
from contextlib import closing
from io import BytesIO
from typing import Any

from werkzeug.wsgi import ClosingIterator

from connector.observe import Log
from connector.serving.request_bodies import MOST, Bodies, Crowded, TooSlow

Environ = dict[str, Any]
WsgiApp = Callable[[Environ, Callable[..., Any]], Iterable[bytes]]

STREAMS = 32
"""Files that may be sent at once; whoever takes them slowly holds a thread."""
SPARE = 8
"""Threads for health, whatever the others do."""
HEALTH = ("/healthz", "/readyz")

log = Log()


def threads(work: int) -> int:
    """How many threads a server must have to work on so many requests at once."""
    return work + MOST + STREAMS + SPARE


class Turnstile:
    """A WSGI app around another. work: how many requests are worked on at once; largest: bytes of a body that are read."""

    def __init__(self, app: WsgiApp, work: int, largest: int, bodies: Bodies | None = None) -> None:
        self._app = app
        self._work = threading.Semaphore(work)
        self._largest = largest
        self._bodies = bodies or Bodies()
        self._streams = threading.Semaphore(STREAMS)

    def __call__(self, environ: Environ, start: Callable[..., Any]) -> Iterable[bytes]:
        if environ.get("PATH_INFO") in HEALTH:
            return self._app(environ | {"wsgi.input": BytesIO()}, start)
        try:
            environ["wsgi.input"] = self._body(environ)
        except TooSlow:
            return _refuse(environ, start, "408 Request Timeout", "request_timeout", "The body came too slowly.")
        except Crowded:
            why = "Too many bodies are on their way, each slowly: send it again later."
            return _refuse(environ, start, "503 Service Unavailable", "crowded", why)
        with self._work:
            answer = self._app(environ, start)
            if isinstance(answer, ClosingIterator):  # all but files: written at once, with nothing left to wait for
                with closing(answer):
                    return [b"".join(answer)]
        return self._streamed(environ, start, answer)

    def _streamed(self, environ: Environ, start: Callable[..., Any], answer: Iterable[bytes]) -> Iterable[bytes]:
        """A file on its way out, unless too many are: its reader may take his time, and holds a thread."""
        close = getattr(answer, "close", lambda: None)
        if not self._streams.acquire(blocking=False):
            close()
            why = "Too many files are being fetched at once: try again later."
            return _refuse(environ, start, "503 Service Unavailable", "crowded", why)
        return ClosingIterator(answer, [close, self._streams.release])

    def _body(self, environ: Environ) -> BytesIO:
        """The whole body; nothing where its length is refused anyway, so that nobody waits for it."""
        length, chunked = environ.get("CONTENT_LENGTH", ""), "HTTP_TRANSFER_ENCODING" in environ
        if chunked == bool(length) or not (chunked or (length.isascii() and length.isdigit())):
            return BytesIO()
        size = self._largest + 1 if chunked else int(length)
        if size == 0 or size > self._largest + 1:
            return BytesIO()
        return BytesIO(self._bodies.read(environ["wsgi.input"], size))


def _refuse(environ: Environ, start: Callable[..., Any], status: str, code: str, why: str) -> list[bytes]:
    """An answer without the app, after which the connection ends. Licence protocols get no JSON, which could be a verdict."""
    log.warning(f"request.{code}", path=environ.get("PATH_INFO", "")[:200], address=environ.get("REMOTE_ADDR"))
    if str(environ.get("PATH_INFO", "")).startswith("/compat/"):
        kind, body = "text/plain; charset=utf-8", f"{why}\n"
    else:
        told = {"type": "about:blank", "title": code.replace("_", " "), "status": int(status[:3]), "code": code}
        kind, body = "application/problem+json", json.dumps(told | {"detail": why})
    start(
        status,
        [
            ("Content-Type", kind),
            ("Content-Length", str(len(body.encode()))),
            ("Cache-Control", "no-store"),
            ("X-Content-Type-Options", "nosniff"),
            ("Connection", "close"),
            ("Retry-After", "30"),
        ],
    )
    return [body.encode()]
