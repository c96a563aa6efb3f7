"""`connector worker` with Redis: RQ workers, a process and a queue each, and a sweep that rings for what is due or was missed."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from multiprocessing.context import ForkProcess

import structlog
from redis import Redis
from redis.exceptions import RedisError
from rq import Queue, Worker

from connector import alarms, mail_worker, outbox, worker
from connector.db import reading
from connector.queue import QUEUE, SWEEP, connect, nap, ring
from connector.runtime import Runtime

log = structlog.get_logger()


def run_crew(runtime: Runtime, processes: int) -> None:
    """Keep `processes` RQ workers running and sweep the outbox, until SIGTERM or Ctrl-C; a dead worker is replaced."""
    stopped = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopped.set())
    runtime.engine.dispose()
    fork = multiprocessing.get_context("fork")
    crew: list[ForkProcess] = []
    while not stopped.is_set():
        crew = [each for each in crew if each.is_alive()]
        while len(crew) < processes:
            member: ForkProcess = fork.Process(target=_work, args=(runtime,), daemon=False)
            member.start()
            crew.append(member)
        stopped.wait(_sweep(runtime))
    for member in crew:
        member.terminate()  # RQ finishes the job at hand first
    for member in crew:
        member.join(timeout=90)


def _sweep(runtime: Runtime) -> float:
    """Ring for what is due; seconds until there may be more."""
    assert runtime.settings.redis_url is not None
    try:
        with reading(runtime.engine) as tx:
            now = runtime.clock()
            rows = alarms.due(tx, now, limit=500) + outbox.due(tx, now, limit=500)
        rows += mail_worker.due(runtime, limit=500)
        if rows:
            ring(connect(runtime.settings.redis_url), rows)
        worker.sweep_orphans(runtime)
        until = alarms.seconds_to_next(runtime)
        return nap(until) if until else SWEEP  # what is due was rung for, and is not rung for all the time
    except RedisError as error:
        log.warning("queue.sweep_unrung", error=type(error).__name__)
    except Exception:  # the database may be away; the next sweep looks again
        log.exception("queue.sweep_failed")
    return SWEEP


def _work(runtime: Runtime) -> None:
    assert runtime.settings.redis_url is not None
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, signal.SIG_DFL)
    os.register_at_fork(
        after_in_child=lambda: runtime.engine.dispose(close=False)
    )  # a work-horse has its own connections
    runtime.engine.dispose(close=False)
    worker.use(runtime)
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
