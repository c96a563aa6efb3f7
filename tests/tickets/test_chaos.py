"""Exactly one ticket for each accepted request while everything on the way dies: workers, answers, Redis, the database."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from random import Random
from typing import Any

import pytest
from sqlalchemy import insert, select

from adapters.helpdesks import HELPDESKS
from connector.domain.licensing.events import Granted, Key, Person
from connector.domain.policy.requests import Request
from connector.requests.support_requests import open_request
from connector.runtime import utc_now
from connector.storage import ids
from connector.storage.database import transaction
from connector.storage.redis_client import connect
from connector.storage.tables import outbox, sinks, tickets
from connector.vendors.vendor import named
from tests.adapters.helpdesks.fakes import TOKEN, FakeRequestTracker
from tests.adapters.helpdesks.stub import Fault, Stub, after_the_work, answering, hanging_up, hanging_up_at_once
from tests.support.crews import Crew
from tests.support.stores import NOW, Store

KEY = Key("AAAA-BBBB-CCCC-0001")
ADA = Person("7", "ada@example.com", "Ada")
COUNT = 20
FAULTS: tuple[Fault, ...] = (
    after_the_work(500),
    after_the_work(502),
    hanging_up,
    hanging_up_at_once,
    answering(500),
    answering(429, Retry_After="1"),
)


class ChaoticRequestTracker(FakeRequestTracker):
    """Request Tracker of which one answer in eight goes wrong, before or after the work is done."""

    def __init__(self, seed: int) -> None:
        super().__init__()
        self._chance = Random(seed)

    def fault(self) -> Fault | None:
        return self._chance.choice(FAULTS) if self._chance.random() < 0.12 else None

    def standing(self) -> list[str]:
        """The numbers of all tickets that were not merged away."""
        return sorted(each["Subject"][1:13] for each in self._tickets if each["into"] == each["id"])


@pytest.fixture
def helpdesk() -> Iterator[tuple[Stub, ChaoticRequestTracker]]:
    fake = ChaoticRequestTracker(seed=7)
    stub = Stub(fake.play)

    def play(request: Any) -> Any:
        fault = fake.fault()
        if fault:
            stub.go_wrong(fault)
        return fake.play(request)

    stub.play = play
    with stub.running():
        yield stub, fake


def ask(store: Store, number: int) -> None:
    with transaction(store.runtime.engine) as tx:
        vendor = named(tx, store.runtime, "acme")
        request = Request(f"r{number}", key=KEY, request_kind="how_to_feature", subject="How?", requester=ADA)
        open_request(tx, store.runtime, vendor, "ep_1", request, store.runtime.clock())


def let_time_pass(store: Store) -> None:
    """Leases and waits are over, as if a minute had gone by (nobody is working any more)."""
    now = utc_now() - timedelta(seconds=1)
    with transaction(store.runtime.engine) as tx:
        open_rows = outbox.c.state.in_(("queued", "sending", "unknown"))
        tx.execute(outbox.update().where(open_rows).values(leased_until=None, due_at=now))
        tx.execute(sinks.update().values(busy_until=None))


def unfinished(store: Store) -> int:
    with transaction(store.runtime.engine) as tx:
        return len(tx.execute(select(outbox.c.id).where(outbox.c.state != "done")).all())


@pytest.mark.slow
def test_f4_f5_f7_f11_kills_lost_answers_and_an_empty_redis_cost_no_ticket_and_make_none_twice(
    store: Store, redis_url: str, crew: Crew, helpdesk: tuple[Stub, ChaoticRequestTracker]
) -> None:
    stub, fake = helpdesk
    store.runtime = replace(store.runtime, helpdesks=HELPDESKS)
    settings = {"url": stub.url, "queue": "Support", "allow_private": True, "quarantine": 0, "timeout": 5}
    with transaction(store.runtime.engine) as tx:
        row = {"id": ids.new_id("snk", NOW), "vendor_id": named(tx, store.runtime, "acme").id, "helpdesk": "rt"}
        sealed = store.keyring.seal(TOKEN.encode())
        tx.execute(insert(sinks).values(**row, settings=json.dumps(settings), secret=sealed, swept_at=utc_now()))
    store.tell([Granted(KEY, "forms", NOW, ADA)])
    for number in range(COUNT):
        ask(store, number)
    for turn in range(40):
        made = len(fake.standing())
        crew.start()
        crew.work_until(lambda made=made: len(fake.standing()) >= made + 4 or not unfinished(store))  # type: ignore[misc]
        crew.kill()
        if turn % 2:
            connect(redis_url).flushdb()
        let_time_pass(store)
        if not unfinished(store):
            break
    with transaction(store.runtime.engine) as tx:
        numbers = sorted(tx.execute(select(tickets.c.number)).scalars())
        parked = tx.execute(select(outbox.c.error).where(outbox.c.state == "parked")).all()
    assert parked == []
    assert unfinished(store) == 0
    assert fake.standing() == numbers
    assert len(numbers) == COUNT
