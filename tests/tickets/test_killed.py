"""A worker that was killed takes nothing with it: whoever is awake does its work as soon as its lease is over (F4, F11, F12)."""

from __future__ import annotations

import contextlib
import json
import os
import signal
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from redis import Redis
from rq import Queue, SimpleWorker
from rq.job import JobStatus
from sqlalchemy import insert, select
from sqlalchemy.exc import OperationalError
from structlog.testing import capture_logs

from adapters.helpdesks import HELPDESKS
from connector.domain.licensing.events import Granted
from connector.runtime import utc_now
from connector.serving import workers as crew_module
from connector.storage import ids, work_queue
from connector.storage.database import transaction
from connector.storage.redis_client import connect
from connector.storage.tables import outbox, sinks
from connector.storage.work_queue import LEASE
from connector.tickets import forwarding, mail_worker, promises
from connector.tickets.wakers import OVERDUE, QUEUE, SWEEP
from connector.vendors.vendor import named
from tests.adapters.helpdesks.fakes import TOKEN, FakeRequestTracker
from tests.adapters.helpdesks.stub import Stub, silent
from tests.servers.valkey import Valkey
from tests.support.crews import Crew
from tests.support.stores import NOW, Store
from tests.tickets.test_chaos import ADA, KEY, ask, let_time_pass, unfinished
from tests.tickets.test_forwarding import Shop


def jobs_of(redis: Redis) -> Queue:
    return Queue(QUEUE, connection=redis, serializer="json")


def dies_with_its_job(redis: Redis) -> None:
    """A worker that took the next job and was killed: RQ keeps the job as started, and its name as taken."""
    job_id = jobs_of(redis).pop_job_id()
    assert job_id is not None
    job = jobs_of(redis).fetch_job(job_id)
    assert job is not None
    job.set_status(JobStatus.STARTED)


@pytest.fixture
def shop(store: Store, redis_url: str) -> Shop:
    shop = Shop(store)
    shop.runtime = replace(shop.runtime, settings=replace(shop.runtime.settings, redis_url=redis_url))
    forwarding.use(shop.runtime)
    return shop


@pytest.mark.parametrize("claimed", [False, True], ids=["before it claimed", "holding the lease"])
def test_what_a_killed_worker_held_is_rung_for_again(shop: Shop, redis_url: str, claimed: bool) -> None:
    shop.ask()
    redis, sweep = connect(redis_url), crew_module.Sweep(shop.runtime)
    sweep.look()
    dies_with_its_job(redis)
    if claimed:
        row_id = shop.row().id
        with transaction(shop.runtime.engine) as tx:
            assert work_queue.claim(tx, outbox, row_id, shop.clock.now) is not None
        shop.clock.now += LEASE
    sweep.look()
    assert len(jobs_of(redis)) == 0, "the name of the job is taken"
    shop.clock.forward(seconds=OVERDUE)
    sweep.look()
    SimpleWorker([jobs_of(redis)], connection=redis, serializer="json").work(burst=True)
    assert (shop.row().state, len(shop.shelf.tickets)) == ("done", 1)
    assert OVERDUE + SWEEP < 15


def test_what_waits_long_is_rung_for_a_few_times_and_not_on_every_look(shop: Shop, redis_url: str) -> None:
    for number in range(crew_module.AGAIN + 10):
        shop.ask(f"r{number}")
    redis, sweep = connect(redis_url), crew_module.Sweep(shop.runtime)
    shop.clock.forward(seconds=OVERDUE)
    for _ in range(5):
        sweep.look()
    assert len(jobs_of(redis)) == 2 * crew_module.AGAIN + 10


def test_without_redis_the_sweep_forwards_itself(shop: Shop, own_valkey: Valkey) -> None:
    shop.runtime = replace(shop.runtime, settings=replace(shop.runtime.settings, redis_url=own_valkey.url))
    own_valkey.kill()
    shop.ask()
    with capture_logs() as told:
        sweep = crew_module.Sweep(shop.runtime)
        sweep.look()
        sweep.look()
        assert (shop.row().state, len(shop.shelf.tickets)) == ("done", 1)
        own_valkey.start()
        shop.ask("r2")
        sweep.look()
    assert [each["event"] for each in told] == ["queue.ring_waits", "queue.ring_goes_on"]


def test_a_database_that_is_away_is_told_once_and_once_that_it_is_back(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_: Any) -> Any:
        raise OperationalError("SELECT 1", None, Exception("connection refused\nIs the server running?"))

    sweep = crew_module.Sweep(shop.runtime)
    with capture_logs() as told:
        with monkeypatch.context() as patched:
            patched.setattr("connector.serving.workers.reading", away)
            for _ in range(5):
                assert sweep.look() == SWEEP
        for _ in range(3):
            sweep.look()
    assert [each["event"] for each in told] == ["queue.sweep_waits", "queue.sweep_goes_on"]
    assert told[0]["why"] == "connection refused"


@pytest.mark.parametrize("module", [forwarding, promises, mail_worker])
def test_a_job_without_a_database_leaves_its_row_and_no_traceback(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, module: Any
) -> None:
    def away(*_: Any) -> Any:
        raise OperationalError("SELECT 1", None, Exception("connection refused"))

    monkeypatch.setattr(module, "fire" if module is promises else "work", away)
    assert module.run_one("out_1") == "away"


# --- real processes ---


def descendants(pid: int) -> Iterator[int]:
    for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split():
        yield from descendants(int(child))
        yield int(child)


@pytest.mark.slow
def test_f4_a_killed_rq_worker_holds_its_ticket_no_longer_than_its_lease(
    store: Store, redis_url: str, crew: Crew
) -> None:
    fake = FakeRequestTracker()
    stub = Stub(fake.play)
    stub.go_wrong(silent)
    store.runtime = replace(store.runtime, helpdesks=HELPDESKS)
    settings = {"allow_private": True, "quarantine": 0, "timeout": 25, "queue": "Support"}
    store.tell([Granted(KEY, "forms", NOW, ADA)])
    with stub.running():
        with transaction(store.runtime.engine) as tx:
            row = {"id": ids.new_id("snk", NOW), "vendor_id": named(tx, store.runtime, "acme").id, "helpdesk": "rt"}
            said = json.dumps(settings | {"url": stub.url})
            tx.execute(
                insert(sinks).values(
                    **row, settings=said, secret=store.keyring.seal(TOKEN.encode()), swept_at=utc_now()
                )
            )
        ask(store, 1)
        crew.start()
        crew.work_until(lambda: held(store) == ["sending"], tries=1200)
        assert held(store) == ["sending"], "a worker is in the middle of it"
        for pid in descendants(crew.running[-1].pid):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        let_time_pass(store)
        crew.work_until(lambda: not unfinished(store), tries=1200)
        assert unfinished(store) == 0, told(store)


def held(store: Store) -> list[str]:
    with transaction(store.runtime.engine) as tx:
        return list(tx.execute(select(outbox.c.state)).scalars())


def told(store: Store) -> list[str]:
    with transaction(store.runtime.engine) as tx:
        return [str(tuple(row)) for row in tx.execute(select(outbox))]
