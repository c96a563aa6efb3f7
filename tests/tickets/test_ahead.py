"""A clock that ran ahead and was set right: what it put off does not wait until then (F13)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from connector.storage import work_queue
from connector.storage.database import reading, transaction
from connector.storage.tables import outbox, sinks
from connector.storage.tables_policy import clock_events
from connector.tickets import forwarding, schedule
from tests.support.stores import Store
from tests.support.watches import Watch
from tests.tickets.test_forwarding import Shop


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
        due = shop.clock.now + timedelta(seconds=work_queue.WAITS[-1])
        tx.execute(outbox.update().values(state="unknown", attempts=len(work_queue.WAITS), due_at=due))
    for _ in range(3):
        shop.drain()
        shop.clock.forward(minutes=2)
    assert shop.shelf.calls.count("create") == 0


# --- what clocks have planned ---


def events(watch: Watch) -> list[Any]:
    with reading(watch.runtime.engine) as tx:
        return list(tx.execute(select(clock_events).order_by(clock_events.c.id)))


def stamp(watch: Watch, kind: str, **values: Any) -> None:
    with transaction(watch.runtime.engine) as tx:
        mine = clock_events.c.kind == kind
        assert tx.execute(clock_events.update().where(mine).values(**values).returning(clock_events.c.id)).all()


@pytest.mark.parametrize("ahead", [HOUR, YEAR])
def test_an_alarm_that_it_put_to_sleep_is_raised_as_soon_as_it_can_be(watch: Watch, ahead: timedelta) -> None:
    """The helpdesk could not be asked, and the clock that said when to ask again ran ahead."""
    watch.outage()
    watch.clock.forward(minutes=15)
    stamp(watch, "breach", wake_at=watch.now + ahead + schedule.ASK_AGAIN)
    forwarding.drain(watch.runtime)
    watch.fire()
    assert "first_response breach" in watch.fired()
    later = [event for event in events(watch) if event.state == "planned"]
    assert later
    assert all(event.wake_at <= event.due_at for event in later), "what is not due yet wakes when it is"


@pytest.mark.parametrize("ahead", [HOUR, YEAR])
def test_a_security_report_is_told_at_once_all_the_same(watch: Watch, ahead: timedelta) -> None:
    watch.ask(request_kind="security")
    stamp(watch, "alert", due_at=watch.now + ahead, wake_at=watch.now + ahead)
    forwarding.drain(watch.runtime)
    watch.fire()
    assert watch.fired() == ["security alert"]


@pytest.mark.parametrize(("solved", "longest"), [(False, schedule.LOOK_EVERY), (True, schedule.LOOK_LATER)])
def test_a_helpdesk_is_asked_again_no_later_than_ever(watch: Watch, solved: bool, longest: timedelta) -> None:
    watch.forwards()
    number = watch.outage()
    forwarding.drain(watch.runtime)
    watch.clock.forward(minutes=2)
    if solved:
        watch.do(number, "resolved")
    rightly = watch.now + longest
    stamp(watch, "look", due_at=rightly, wake_at=rightly)
    forwarding.drain(watch.runtime)
    assert [event.wake_at for event in events(watch) if event.kind == "look"] == [rightly], "what rightly waits"
    watch.clock.forward(minutes=2)
    stamp(watch, "look", due_at=rightly + YEAR, wake_at=rightly + YEAR)
    forwarding.drain(watch.runtime)
    watch.fire()
    assert "acts" in watch.shelf.calls
    [look] = [event for event in events(watch) if event.kind == "look"]
    assert (look.state, look.wake_at) == ("planned", watch.now + longest)


def test_planned_events_that_rightly_wait_are_left_alone(watch: Watch) -> None:
    watch.ask(request_kind="outage")
    stamp(watch, "breach", wake_at=watch.now + schedule.ASK_AGAIN)
    before = events(watch)
    for _ in range(3):
        forwarding.drain(watch.runtime)
        watch.clock.forward(seconds=61)
    assert events(watch) == before
