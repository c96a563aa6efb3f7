"""Two wakers of one loop: a thread in the serving process, or RQ jobs through Redis. A lost wake costs a sweep, never a ticket."""

from __future__ import annotations

import os
import queue as stdqueue
import threading
from collections.abc import Callable, Sequence

from redis import Redis
from redis.exceptions import RedisError
from rq import Queue, Worker
from rq.exceptions import DuplicateJobError
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from connector.observe import Log
from connector.storage.redis_client import connect

QUEUE = "tickets"
SWEEP = 2.0
"""Seconds between two looks at the outbox when nobody rings."""
OVERDUE = 5.0
"""Seconds after which what was rung for and is still due is rung for again: whoever was to do it may be dead."""
GATHER = 0.02
"""Seconds in which rings become one look: under load the looking would otherwise take the requests' time."""

_JOBS = {
    "clk": "connector.tickets.promises.run_one",
    "mail": "connector.tickets.mail_worker.run_one",
    "ntf": "connector.notifications.worker.run_one",
}

AWAY = (RedisError, OperationalError, InterfaceError, PoolTimeout)

log = Log()


def workers(redis_url: str) -> int:
    """How many RQ workers of our queue give signs of life. Raises RedisError where Redis does not answer."""
    redis = connect(redis_url)
    return len(Worker.all(queue=Queue(QUEUE, connection=redis, serializer="json")))


def nap(until: float | None, sweep: float = SWEEP) -> float:
    """How long to sleep: to the next due event, at most one sweep, and never so short that it becomes a busy loop."""
    return sweep if until is None else min(sweep, max(until, GATHER))


class Trouble:
    """Tells the log once that a part of ours is away, and once that it is back: not on every look."""

    def __init__(self, event: str) -> None:
        self._event = event
        self._away = False

    def met(self, error: Exception) -> None:
        """Something went wrong. A part that is away is told in one line; a fault of ours with its traceback, each time."""
        if not isinstance(error, AWAY):
            log.exception(f"{self._event}_failed")
        elif not self._away:
            self._away = True
            log.warning(f"{self._event}_waits", error=type(error).__name__, why=_words(error))

    def over(self) -> None:
        """All went well."""
        if self._away:
            self._away = False
            log.warning(f"{self._event}_goes_on")


def _words(error: Exception) -> str:
    return str(getattr(error, "orig", None) or error).partition("\n")[0][:200]


class Embedded:
    """The worker inside the serving process: one thread that drains when woken, on every sweep, and when a clock is due.

    until: seconds to the next event of a clock, asked before every sleep; None where there is none.
    """

    def __init__(
        self, drain: Callable[[], object], sweep: float = SWEEP, until: Callable[[], float | None] = lambda: None
    ) -> None:
        self._drain = drain
        self._sweep = sweep
        self._until = until
        self._rung = threading.Event()
        self._stopped = threading.Event()
        self._pid: int | None = None
        self._thread: threading.Thread | None = None
        self._trouble = Trouble("outbox.drain")

    def __call__(self, rows: Sequence[str]) -> None:
        self.start()
        self._rung.set()

    def start(self) -> None:
        """Start the thread, once in every process (a server may have forked since)."""
        if self._pid != os.getpid():
            self._pid = os.getpid()
            self._thread = threading.Thread(target=self._run, name="outbox", daemon=True)
            self._thread.start()

    def stop(self) -> None:
        """Finish the row at hand and end the thread."""
        self._stopped.set()
        self._rung.set()
        if self._thread is not None:
            self._thread.join()

    def _run(self) -> None:
        while not self._stopped.is_set():
            self._rung.clear()
            wait = self._sweep
            try:
                self._drain()
                wait = nap(self._until(), self._sweep)
                self._trouble.over()
            except Exception as error:  # the database may be away: the rows are still there on the next sweep
                self._trouble.met(error)
            if self._rung.wait(wait):
                self._stopped.wait(GATHER)


class Bell:
    """Wakes RQ workers from a background thread, so that a slow or dead Redis never holds up a request."""

    def __init__(self, redis_url: str) -> None:
        self._redis_url = redis_url
        self._rows: stdqueue.SimpleQueue[str] = stdqueue.SimpleQueue()
        self._pid: int | None = None

    def __call__(self, rows: Sequence[str]) -> None:
        if self._pid != os.getpid():
            self._pid = os.getpid()
            self._rows = stdqueue.SimpleQueue()
            threading.Thread(target=self._run, name="bell", daemon=True).start()
        for row in rows:
            self._rows.put(row)

    def _run(self) -> None:
        redis, trouble = connect(self._redis_url), Trouble("queue.ring")
        while True:
            try:
                ring(redis, [self._rows.get()])
                trouble.over()
            except RedisError as error:
                trouble.met(error)


def ring(redis: Redis, rows: Sequence[str], again: str = "") -> int:
    """Enqueue one job for each row unless it is queued already; how many were new. Arguments are ids, as JSON.

    A row of the outbox (`out_`) is forwarded, an event of a clock (`clk_`) is fired, a mail (`mail_`) or a
    notification (`ntf_`) is sent.
    again: told apart from the jobs rung for without it or under another word. RQ keeps the job of a worker that was killed
    for up to a quarter of an hour, and would call each ring for the same row a duplicate of it.
    """
    tickets = Queue(QUEUE, connection=redis, serializer="json")
    rung = 0
    for row in rows:
        try:
            tickets.enqueue(
                _JOBS.get(row.partition("_")[0], "connector.tickets.forwarding.run_one"),
                row,
                job_id=f"outbox-{row}{again}",
                unique=True,
                result_ttl=0,
                failure_ttl=0,
                ttl=600,
                job_timeout=120,
            )
            rung += 1
        except DuplicateJobError:
            pass
    return rung
