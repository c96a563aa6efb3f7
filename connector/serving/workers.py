"""`connector worker` with Redis: RQ workers, a process and a queue each, and a sweep that wakes them for what is due."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from datetime import datetime, timedelta
from multiprocessing.context import ForkProcess

from redis import Redis
from redis.exceptions import RedisError
from rq import Queue, Worker

from connector.notifications import worker as notify_worker
from connector.runtime import Runtime
from connector.storage.database import reading
from connector.storage.redis_client import connect
from connector.tickets import forwarding, mail_worker, outbox, promises
from connector.tickets.wakers import OVERDUE, QUEUE, SWEEP, Trouble, nap, ring

LOOKS = 200
"""How many licences whose time has come are looked at between two looks for what is due: no call goes out for them."""
AGAIN = 20
"""Rows that are rung for again at once, or worked on by the sweep itself: the oldest."""


def run_crew(runtime: Runtime, processes: int) -> None:
    """Keep `processes` RQ workers running and sweep the outbox, until SIGTERM or Ctrl-C; a dead worker is replaced."""
    stopped = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopped.set())
    runtime.engine.dispose()
    fork = multiprocessing.get_context("fork")
    crew: list[ForkProcess] = []
    sweep = Sweep(runtime)
    while not stopped.is_set():
        crew = [each for each in crew if each.is_alive()]
        while len(crew) < processes:
            member: ForkProcess = fork.Process(target=_work, args=(runtime,), daemon=False)
            member.start()
            crew.append(member)
        stopped.wait(sweep.look())
    for member in crew:
        member.terminate()  # RQ finishes the job at hand first
    for member in crew:
        member.join(timeout=90)


class Sweep:
    """The look for what is due: wakes a worker for it, and again under another job id for what nobody takes. While Redis is away
    it does the work itself, a few rows at a time."""

    def __init__(self, runtime: Runtime) -> None:
        assert runtime.settings.redis_url is not None
        self._runtime = runtime
        self._redis = connect(runtime.settings.redis_url)
        self._redis_trouble, self._trouble = Trouble("queue.ring"), Trouble("queue.sweep")

    def look(self) -> float:
        """One look; seconds until there may be more."""
        try:
            self._ring()
            forwarding.sweep_orphans(self._runtime)
            forwarding.bring_back(self._runtime)
            notify_worker.look(self._runtime, limit=LOOKS)
            until = promises.seconds_to_next(self._runtime)
            self._trouble.over()
        except Exception as error:  # the database may be away; the next sweep looks again
            self._trouble.met(error)
            return SWEEP
        return nap(until) if until else SWEEP  # what is due was rung for, and is not rung for all the time

    def _ring(self) -> None:
        now = self._runtime.clock()
        rows, late = self._due(now, 500), self._due(now - timedelta(seconds=OVERDUE), AGAIN)
        try:
            if rows:
                ring(self._redis, rows)
            if late:
                ring(self._redis, late, again=f"-{int(now.timestamp() / OVERDUE)}")
            self._redis_trouble.over()
        except RedisError as error:
            self._redis_trouble.met(error)
            promises.fire_due(self._runtime, limit=AGAIN)
            forwarding.drain(self._runtime, limit=AGAIN)
            mail_worker.drain(self._runtime, limit=AGAIN)
            notify_worker.drain(self._runtime, limit=AGAIN)

    def _due(self, now: datetime, limit: int) -> list[str]:
        with reading(self._runtime.engine) as tx:
            rows = promises.due(tx, now, limit) + outbox.due(tx, now, limit)
        return rows + mail_worker.due(self._runtime, limit, now) + notify_worker.due(self._runtime, limit, now)


def _work(runtime: Runtime) -> None:
    assert runtime.settings.redis_url is not None
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, signal.SIG_DFL)
    os.register_at_fork(
        after_in_child=lambda: runtime.engine.dispose(close=False)
    )  # a work-horse has its own connections
    runtime.engine.dispose(close=False)
    forwarding.use(runtime)
    redis = Redis.from_url(runtime.settings.redis_url)
    tickets = Queue(QUEUE, connection=redis, serializer="json")
    Worker(
        [tickets],
        connection=redis,
        serializer="json",
        log_job_description=False,
        worker_ttl=60,
        maintenance_interval=30,
        job_monitoring_interval=5,
    ).work(logging_level="WARNING")
