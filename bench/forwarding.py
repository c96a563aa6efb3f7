"""How fast tickets leave: the embedded worker and two RQ workers, into a helpdesk that answers at once."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Engine, create_engine, delete, func, select

from bench import bodies
from bench.drive import Job, drive
from bench.serving import CONNECTOR, Shape, background, connector
from bench.stock import Store, set_sink
from connector.storage.tables import outbox
from tests.adapters.helpdesks.fakes import TOKEN
from tests.servers.valkey import start_valkey

LONGEST = 90.0


def forwarded(store: Store, tickets: int, folder: Path, *, redis: bool) -> float:
    """Tickets a second, from the first to the last that the worker finished; the queue is filled beforehand."""
    _fill(store, tickets, folder)
    valkey = start_valkey(_made(folder / "valkey")) if redis else None
    environment = store.environment | ({"CONNECTOR_REDIS_URL": valkey.url} if valkey else {})
    try:
        with _helpdesk() as port:
            settings = {"url": f"http://127.0.0.1:{port}", "queue": "Support", "allow_private": "true"}
            set_sink(store.url, settings, TOKEN)
            with background([CONNECTOR, "worker"], environment, folder / "worker.log"):
                return _watch(store.url, tickets)
    finally:
        set_sink(store.url, None)
        if valkey:
            valkey.stop()


def _fill(store: Store, tickets: int, folder: Path) -> None:
    engine = create_engine(store.url)
    with engine.begin() as tx:
        tx.execute(delete(outbox))
    engine.dispose()
    with connector(store.environment, Shape(1, 4), folder) as serving:
        outcome = drive(Job(serving.port, bodies.supports(store, tickets), 60))
    if outcome.answers != tickets or outcome.wrong:
        raise RuntimeError(f"{outcome.answers} of {tickets} tickets queued: {outcome.first_wrong!r}")


def _watch(url: str, tickets: int) -> float:
    """Looks at the outbox ten times a second until all is done."""
    engine = create_engine(url)
    deadline = time.monotonic() + LONGEST
    first: tuple[float, int] | None = None
    try:
        while time.monotonic() < deadline:
            with engine.connect() as tx:
                done = tx.execute(select(func.count()).where(outbox.c.state == "done")).scalar_one()
            now = time.monotonic()
            if done and first is None:
                first = (now, done)
            if done == tickets or (first and now - first[0] > LONGEST / 3):
                assert first is not None
                return (done - first[1]) / max(now - first[0], 0.1)
            time.sleep(0.1)
        raise RuntimeError(
            f"{done} of {tickets} tickets were forwarded in {LONGEST:.0f} s; the last said {_error(engine)}"
        )
    finally:
        engine.dispose()


def _error(engine: Engine) -> str | None:
    with engine.connect() as tx:
        error: str | None = tx.execute(select(func.max(outbox.c.error))).scalar_one()
        return error


@contextmanager
def _helpdesk() -> Iterator[int]:
    """The stub in a process of its own; its port."""
    process = subprocess.Popen([sys.executable, "-m", "bench.helpdesk"], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        yield int(process.stdout.readline())
    finally:
        process.terminate()
        process.wait()


def _made(folder: Path) -> Path:
    folder.mkdir(exist_ok=True)
    return folder
