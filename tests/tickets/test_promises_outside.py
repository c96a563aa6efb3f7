"""Clocks where a helpdesk has the ticket, where processes die, and what wakes them."""

from __future__ import annotations

import itertools
from dataclasses import replace
from datetime import timedelta
from typing import Any

from rq import Queue, SimpleWorker
from sqlalchemy import event, select

from connector.ports import RemoteAct, Undelivered
from connector.serving import workers
from connector.storage.database import reading
from connector.storage.redis_client import connect
from connector.storage.tables import outbox
from connector.storage.tables_policy import clock_events, tallies
from connector.tickets import forwarding, promises, schedule
from connector.tickets.wakers import GATHER, QUEUE, SWEEP, Embedded, nap, ring
from tests.support.watches import MONDAY, Watch

# --- where a helpdesk has the ticket ---


def forwarded(watch: Watch) -> str:
    watch.forwards()
    number = watch.outage()
    forwarding.drain(watch.runtime)
    return number


def test_the_helpdesk_is_asked_before_anybody_is_called_late(watch: Watch) -> None:
    number = forwarded(watch)
    watch.shelf.history = [RemoteAct("41", "answered", MONDAY + timedelta(minutes=14))]
    watch.clock.forward(minutes=15)
    watch.fire()
    assert watch.fired() == []
    assert watch.shelf.calls.count("acts") == 1, "only for what is due"
    watch.clock.forward(hours=5)
    watch.shelf.history.append(RemoteAct("42", "resolved", MONDAY + timedelta(hours=1)))
    watch.fire()
    assert watch.fired() == []
    with reading(watch.runtime.engine) as tx:
        acts = schedule.acts_of(tx, watch.ticket(number).id)
    assert [(act.kind, act.ref) for act in acts] == [("answered", "desk:41"), ("resolved", "desk:42")]


def test_a_breach_goes_to_the_helpdesk_as_a_note_for_agents_once(watch: Watch) -> None:
    forwarded(watch)
    watch.clock.forward(minutes=15)
    watch.fire()
    forwarding.drain(watch.runtime)
    forwarding.drain(watch.runtime)
    told = [text for (_, marker), text in watch.shelf.notes.items() if marker.startswith("[msg_")]
    assert len([text for text in told if text.startswith("The first response was due")]) == 1
    assert watch.shelf.replies == [], "never to the customer"


def test_an_alarm_waits_for_a_helpdesk_that_is_away_but_not_for_ever(watch: Watch) -> None:
    number = forwarded(watch)
    watch.shelf.faults["acts"] = [Undelivered("unknown", "It does not answer.")] * 100
    watch.clock.forward(minutes=15)
    assert watch.fire() == 0
    assert promises.seconds_to_next(watch.runtime) == schedule.ASK_AGAIN.total_seconds()
    watch.clock.now += promises.PATIENCE
    watch.fire()
    assert watch.fired()[0] == "first_response breach"
    assert "could not be asked" in watch.notes(number)[0]


def test_what_could_not_be_asked_is_taken_over_when_it_can(watch: Watch) -> None:
    forwarded(watch)
    watch.shelf.faults["acts"] = [Undelivered("unknown", "It does not answer.")] * 2
    watch.shelf.history = [RemoteAct("41", "answered", MONDAY + timedelta(minutes=3))]
    watch.clock.forward(minutes=15)
    watch.fire()
    watch.clock.forward(seconds=61)
    watch.fire()
    assert watch.fired() == []


def test_clo_07_a_ticket_that_is_solved_over_there_is_seen_within_a_day_and_its_reopening_within_a_week(
    watch: Watch,
) -> None:
    number = forwarded(watch)
    answered = RemoteAct("41", "answered", MONDAY + timedelta(minutes=1))
    watch.shelf.history = [answered, RemoteAct("42", "resolved", MONDAY + timedelta(minutes=2))]
    watch.clock.forward(days=1, minutes=1)
    watch.fire()
    assert watch.state(number) == "solved"
    watch.shelf.history.append(RemoteAct("43", "reopened", watch.now + timedelta(days=2)))
    watch.clock.forward(days=7, minutes=1)
    watch.fire()
    assert watch.state(number) == "open"


def test_nobody_is_asked_for_ever_about_what_is_over(quick: Watch) -> None:
    forwarded(quick)
    quick.shelf.history = [RemoteAct("42", "resolved", MONDAY + timedelta(minutes=2))]
    for _ in range(60):
        quick.clock.forward(days=1, minutes=1)
        quick.fire()
    asked = quick.shelf.calls.count("acts")
    assert 5 <= asked <= 8, "once for the first day, then once a week for a month"
    assert promises.seconds_to_next(quick.runtime) is None


def test_another_priority_and_another_tier_are_told_to_the_agents_over_there(watch: Watch) -> None:
    """TIER-05: the helpdesk's own fields stay as its agents set them."""
    watch.forwards()
    number = watch.number(watch.ask(request_kind="bug").ticket)
    forwarding.drain(watch.runtime)
    watch.do(number, "escalated")
    watch.do(number, "severity", "high")
    forwarding.drain(watch.runtime)
    told = " ".join(watch.shelf.notes.values())
    assert "Moved to tier 3 by hand." in told
    assert "The priority is high now" in told


# --- crashes and RQ ---


class Killed(BaseException):
    """The end of a process, as far as a database can tell."""


def test_whatever_statement_a_crash_comes_before_the_breach_is_told_once(watch: Watch) -> None:
    watch.forwards()
    numbers = [watch.outage(f"r{number}") for number in range(30)]
    watch.clock.forward(minutes=15)
    with reading(watch.runtime.engine) as tx:
        rows = tx.execute(select(clock_events).where(clock_events.c.kind == "breach")).all()
    first = [row.id for row in rows if row.clock == "first_response"]
    crashed = [crash(watch, row, after) for after, row in enumerate(first)]
    assert crashed[0]
    assert not crashed[-1], "the last ones ran through: every statement had its crash"
    watch.fire()
    with reading(watch.runtime.engine) as tx:
        sent = tx.execute(select(outbox.c.ticket_id, outbox.c.note_id).where(outbox.c.note_id.is_not(None))).all()
        counts = dict(tx.execute(select(tallies.c.labels, tallies.c.count)).all())
    assert all(len(watch.notes(number)) == 1 for number in numbers)
    assert len(sent) == len(numbers)
    assert counts['{"target": "first_response"}'] == len(numbers)


def crash(watch: Watch, event_id: str, after: int) -> bool:
    """Fire one event in a process that dies before its statement number `after`; False where it came to its end."""
    left = itertools.count(after, -1)

    def die(*given: Any) -> None:
        if next(left) == 0:
            raise Killed

    event.listen(watch.runtime.engine, "before_cursor_execute", die)
    try:
        promises.fire(watch.runtime, event_id)
    except Killed:
        return True
    finally:
        event.remove(watch.runtime.engine, "before_cursor_execute", die)
    return False


def test_rq_jobs_fire_events_once_however_often_they_are_rung(quick: Watch, redis_url: str) -> None:
    number = quick.outage()
    quick.clock.forward(minutes=15)
    redis = connect(redis_url)
    forwarding.use(quick.runtime)
    with reading(quick.runtime.engine) as tx:
        rows = promises.due(tx, quick.now)
    assert (ring(redis, rows), ring(redis, rows)) == (len(rows), 0)
    jobs = Queue(QUEUE, connection=redis, serializer="json")
    SimpleWorker([jobs], connection=redis, serializer="json").work(burst=True)
    assert quick.fired() == ["first_response breach", "first_response escalate"]
    ring(redis, rows)
    SimpleWorker([jobs], connection=redis, serializer="json").work(burst=True)
    assert len(quick.notes(number)) == 1


def test_the_crew_rings_for_what_is_due_and_sleeps_to_what_comes(quick: Watch, redis_url: str) -> None:
    quick.outage()
    settings = replace(quick.runtime.settings, redis_url=redis_url)
    sweep = workers.Sweep(replace(quick.runtime, settings=settings))
    assert sweep.look() == SWEEP
    quick.clock.forward(minutes=15, seconds=-1)
    assert sweep.look() == 1.0
    jobs = Queue(QUEUE, connection=connect(redis_url), serializer="json")
    assert len(jobs) == 0
    quick.clock.forward(seconds=1)
    assert sweep.look() == SWEEP
    assert {job.func_name for job in jobs.jobs} == {"connector.tickets.promises.run_one"}


# --- the waker ---


def test_the_waker_sleeps_to_the_next_due_time_and_at_most_one_sweep(quick: Watch) -> None:
    assert nap(None) == nap(3600.0) == SWEEP
    assert nap(0.5) == 0.5
    assert nap(0.0) == GATHER, "no busy loop where something stays due"
    quick.outage()
    assert promises.seconds_to_next(quick.runtime) == 15 * 60
    quick.clock.forward(hours=1)
    assert promises.seconds_to_next(quick.runtime) == 0


def test_the_embedded_thread_fires_and_forwards(quick: Watch) -> None:
    forwarded(quick)
    quick.clock.forward(minutes=15)
    loop = promises.embedded(quick.runtime)
    assert isinstance(loop, Embedded)
    loop.start()
    loop.stop()  # finishes the turn at hand
    assert quick.fired()[0] == "first_response breach"
    with reading(quick.runtime.engine) as tx:
        assert set(tx.execute(select(outbox.c.state)).scalars()) == {"done"}
