"""In process, without a server: CPU of our own and SQL statements for one request. Repeats to a few per cent, unlike rates."""

from __future__ import annotations

import io
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import event

from bench import bodies, hello
from bench.stock import Store, runtime_of
from wsgi import create_app

BATCH = 50
Wsgi = Callable[[dict[str, Any], Callable[..., Any]], Any]


@dataclass(frozen=True)
class Cost:
    """Of one request: microseconds of CPU in our process (the best of all batches), SQL statements, and the ratio to hello."""

    micros: float
    statements: float
    hellos: float


def costs(store: Store, batches: int = 12) -> dict[str, Cost]:
    """What each kind of request costs on this store."""
    app = runtime_of(store.url)
    counted = [0]
    event.listen(app.engine, "before_cursor_execute", lambda *_: counted.__setitem__(0, counted[0] + 1))
    wsgi = create_app(app).wsgi_app
    yardstick = _cheapest(hello.app.wsgi_app, list(bodies.HELLO) * BATCH, batches)
    found = {}
    for name, kind in bodies.KINDS.items():
        requests = kind.make(store, BATCH * (batches + 1))
        _cheapest(wsgi, requests[:BATCH], 1)
        counted[0] = 0
        micros = _cheapest(wsgi, requests[BATCH:], batches)
        found[name] = Cost(micros, counted[0] / BATCH / batches, micros / yardstick)
    app.engine.dispose()
    return found


def _cheapest(wsgi: Wsgi, requests: Sequence[bytes], batches: int) -> float:
    """Microseconds of CPU for one request, in the cheapest batch."""
    best = float("inf")
    for batch in range(batches):
        part = requests[batch * BATCH : (batch + 1) * BATCH] or requests
        environs = [environ(raw) for raw in part]
        before = time.process_time()
        for each in environs:
            _call(wsgi, each)
        best = min(best, (time.process_time() - before) / len(part))
    return best * 1e6


def _call(wsgi: Wsgi, environ: dict[str, Any]) -> None:
    def start(status: str, *_: Any) -> None:
        if not status.startswith("200"):
            raise RuntimeError(f"answered {status}")

    for _ in wsgi(environ, start):
        pass


def environ(raw: bytes) -> dict[str, Any]:
    """The WSGI environment of a request as the load generator sends it."""
    head, _, body = raw.partition(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    method, target, _ = first.split(" ")
    path, _, query = target.partition("?")
    made: dict[str, Any] = {
        "REQUEST_METHOD": method,
        "PATH_INFO": path,
        "QUERY_STRING": query,
        "SCRIPT_NAME": "",
        "SERVER_NAME": "localhost",
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(body),
        "wsgi.errors": io.StringIO(),
        "wsgi.version": (1, 0),
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
    }
    for name, _, value in (line.partition(": ") for line in lines):
        key = name.upper().replace("-", "_")
        made[key if key in ("CONTENT_TYPE", "CONTENT_LENGTH") else f"HTTP_{key}"] = value
    return made
