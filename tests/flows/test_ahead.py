"""A clock that ran ahead and was set right: what it put off does not wait until then (F13)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from connector import worker
from connector.db import transaction
from connector.tables import outbox, sinks
from tests.flows.stores import Store
from tests.flows.test_worker import Shop


@pytest.fixture
def shop(store: Store) -> Shop:
    return Shop(store)


HOUR, YEAR = timedelta(hours=1), timedelta(days=365)


@pytest.mark.parametrize(
    ("written", "ahead"),
    [
        ("queued", HOUR),
        ("queued", YEAR),
        ("leased", HOUR),
        ("leased", YEAR),
        ("tried", HOUR),
        ("tried", YEAR),
        ("busy", YEAR),
    ],
)
def test_what_was_written_by_it_is_done_within_a_minute(shop: Shop, written: str, ahead: timedelta) -> None:
    shop.ask()
    far = shop.clock.now + ahead
    values: dict[str, dict[str, Any]] = {
        "queued": {"due_at": far, "created_at": far},
        "leased": {"state": "sending", "attempts": 1, "leased_until": far},
        "tried": {"state": "unknown", "attempts": 2, "due_at": far},
    }
    with transaction(shop.runtime.engine) as tx:
        if written == "busy":
            tx.execute(sinks.update().values(busy_until=far))
        else:
            tx.execute(outbox.update().values(**values[written]))
    for _ in range(3):
        shop.drain()
        shop.clock.forward(seconds=61)
    assert (shop.row().state, len(shop.shelf.tickets)) == ("done", 1)


def test_what_rightly_waits_goes_on_waiting(shop: Shop) -> None:
    shop.ask()
    with transaction(shop.runtime.engine) as tx:
        due = shop.clock.now + timedelta(seconds=worker.WAITS[-1])
        tx.execute(outbox.update().values(state="unknown", attempts=len(worker.WAITS), due_at=due))
    for _ in range(3):
        shop.drain()
        shop.clock.forward(minutes=2)
    assert shop.shelf.calls.count("create") == 0
