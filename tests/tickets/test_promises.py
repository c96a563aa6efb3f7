"""Clocks that fire: warnings, breaches, reminders and escalations, each exactly once, whatever happens in between."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from datetime import datetime, timedelta
from threading import Barrier, Thread
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from connector.storage.database import reading, retrying, transaction
from connector.storage.tables import ticket_notes
from connector.storage.tables_policy import clock_events, tallies
from connector.tickets import agent_acts, promises, schedule
from connector.tickets.open_tickets import by_time_to_due
from tests.support.stores import Store
from tests.support.watches import MONDAY, Watch, watch_of

_names = itertools.count(1)


# --- what is planned ---


def test_hrs_12_to_14_an_outage_plans_its_answer_its_updates_and_its_end(quick: Watch) -> None:
    """HRS-12, HRS-13, HRS-14, NOT-03: the reminder comes ten minutes before the hour is over."""
    quick.outage()
    assert quick.planned() == {
        "first_response breach": MONDAY + timedelta(minutes=15),
        "first_response escalate": MONDAY + timedelta(minutes=15),
        "resolution breach": MONDAY + timedelta(hours=4),
        "resolution escalate": MONDAY + timedelta(hours=4),
        "update reminder": MONDAY + timedelta(minutes=50),
        "update breach": MONDAY + timedelta(hours=1),
    }


@pytest.mark.parametrize("kind", ["outage", "major_bug", "bug", "feature_request", "how_to_feature"])
def test_what_an_acceptance_plans_is_what_its_clocks_say(quick: Watch, kind: str) -> None:
    number = quick.number(quick.ask(request_kind=kind).ticket)
    before = quick.planned()
    plan(quick, number)
    assert quick.planned() == before
    assert before


def plan(watch: Watch, number: str) -> None:
    with transaction(watch.runtime.engine) as tx:
        schedule.plan(tx, watch.runtime, schedule.lock(tx, watch.ticket(number).id), watch.now)


def test_a_message_by_a_machine_whose_clock_is_behind_does_no_harm(quick: Watch) -> None:
    number = quick.outage()
    before = quick.planned()
    quick.clock.forward(seconds=-30)
    quick.write(number)
    assert quick.planned() == before


def test_hrs_27_a_policy_without_promises_plans_nothing(stores: Callable[..., Store]) -> None:
    watch = watch_of(stores("sqlite", "hourly-services"))
    watch.number(watch.ask(request_kind="question").ticket)
    assert watch.planned() == {}
    assert promises.seconds_to_next(watch.runtime) is None


def test_tier_10_a_security_report_is_told_at_once(quick: Watch) -> None:
    number = quick.number(quick.ask(request_kind="security").ticket)
    quick.fire()
    assert quick.fired() == ["security alert"]
    assert "at once" in quick.notes(number)[0]


# --- firing, once ---


def test_a_breach_fires_at_its_due_time_and_never_again(watch: Watch) -> None:
    number = watch.outage()
    watch.clock.forward(minutes=15, microseconds=-1)
    assert watch.fire() == 0
    watch.clock.forward(microseconds=1)
    watch.fire()
    watch.fire()
    assert watch.fired() == ["first_response breach", "first_response escalate"]
    assert len([note for note in watch.notes(number) if note.startswith("The first response was due")]) == 1


def test_a_restart_loses_nothing_and_repeats_nothing(watch: Watch) -> None:
    watch.outage()
    watch.clock.forward(minutes=16)
    watch.fire()
    watch.again().clock.forward(hours=10)  # down all night; the critical clock does not sleep
    watch.fire()
    watch.again().fire()
    assert sorted(watch.fired()) == sorted(
        [f"{clock} {kind}" for clock in ("first_response", "resolution") for kind in ("breach", "escalate")]
        + ["update breach"]
    ), "the reminder of an update that is overdue already is of no use"


def test_two_workers_at_the_same_moment_fire_once(watch: Watch) -> None:
    numbers = [watch.outage(f"r{number}") for number in range(6)]
    watch.clock.forward(minutes=15)
    with reading(watch.runtime.engine) as tx:
        rows = promises.due(tx, watch.now)
    barrier = Barrier(4)
    states: list[str] = []

    def work() -> None:
        barrier.wait()
        states.extend(promises.fire(watch.runtime, row) for row in rows)

    threads = [Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert states.count("fired") == len(rows) == 12
    assert set(states) == {"fired", "not due"}
    for number in numbers:
        assert len([note for note in watch.notes(number) if "was not given" in note]) == 1
    with reading(watch.runtime.engine) as tx:
        counts = dict(tx.execute(select(tallies.c.labels, tallies.c.count)).all())
    assert counts['{"clock": "first_response", "kind": "breach"}'] == 6


def test_an_answer_at_the_same_moment_as_the_breach_is_one_or_the_other(watch: Watch) -> None:
    """The ticket's lock puts them in order: never an alarm for an answer that was there first, never neither."""
    numbers = [watch.outage(f"r{number}") for number in range(6)]
    watch.clock.forward(minutes=15)
    barrier = Barrier(2)

    def answer() -> None:
        barrier.wait()
        for number in numbers:
            retrying(lambda: watch.do(number, "answered"))  # noqa: B023 - called within the turn

    def fire() -> None:
        barrier.wait()
        watch.fire()

    threads = [Thread(target=answer), Thread(target=fire)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with reading(watch.runtime.engine) as tx:
        rows = tx.execute(select(clock_events).where(clock_events.c.clock == "first_response")).all()
    assert [row.kind for row in rows].count("breach") == 6
    late = {row.ticket_id for row in rows if row.kind == "breach" and row.state != "ended" and row.fired_at is not None}
    told = {number: len([note for note in watch.notes(number) if "was not given" in note]) for number in numbers}
    assert told == {number: int(watch.ticket(number).id in late) for number in numbers}, "each alarm once, or none"


def test_a_fault_with_one_event_leaves_it_planned_and_stops_no_other(
    quick: Watch, monkeypatch: pytest.MonkeyPatch
) -> None:
    bad, good = quick.outage("r1"), quick.outage("r2")
    quick.clock.forward(minutes=15)
    broken = quick.ticket(bad).id
    whole = schedule.note

    def note(tx: Any, runtime: Any, ticket: Any, *rest: Any) -> None:
        if ticket.id == broken:
            raise RuntimeError("out of ink")
        whole(tx, runtime, ticket, *rest)

    monkeypatch.setattr(schedule, "note", note)
    quick.fire()
    assert (len(quick.notes(bad)), len(quick.notes(good))) == (0, 1)
    monkeypatch.undo()
    quick.clock.forward(seconds=schedule.ASK_AGAIN.total_seconds() - 1)
    assert (quick.fire(), quick.notes(bad)) == (0, []), "it rests first"
    quick.clock.forward(seconds=1)
    quick.fire()
    assert len(quick.notes(bad)) == 1


# --- holds, waits, ends ---


def test_hrs_24_no_breach_while_on_hold_and_later_by_as_much(watch: Watch) -> None:
    number = watch.outage()
    watch.clock.forward(minutes=10)
    watch.do(number, "held")
    watch.clock.forward(days=3)
    assert watch.fire() == 0
    watch.do(number, "released")
    assert watch.planned()["first_response breach"] == MONDAY + timedelta(days=3, minutes=15)
    assert watch.ticket().respond_by == MONDAY + timedelta(days=3, minutes=15)
    watch.clock.forward(minutes=5)
    watch.fire()
    assert watch.fired() == ["first_response breach", "first_response escalate"]


def test_a_solved_ticket_plans_nothing_more_and_a_reopened_one_counts_on(quick: Watch) -> None:
    """HRS-22, A14"""
    number = quick.outage()
    quick.do(number, "answered")
    quick.clock.forward(hours=1, minutes=-1)
    quick.do(number, "resolved")
    assert quick.planned() == {}
    quick.clock.forward(days=2)
    assert quick.fire() == 0
    quick.do(number, "reopened")
    assert quick.planned()["resolution breach"] == MONDAY + timedelta(days=2, hours=4)


def test_hrs_26_each_message_after_the_first_answer_wants_its_own(quick: Watch) -> None:
    number = quick.outage()
    quick.do(number, "answered")
    for _ in range(2):
        quick.clock.forward(minutes=30)
        quick.write(number)
        quick.clock.forward(minutes=20)
        quick.fire()
        quick.do(number, "answered")
    assert [each for each in quick.fired() if each.startswith("next_response")] == ["next_response breach"] * 2


def test_a_late_answer_that_is_told_after_the_fact_stays_a_breach(quick: Watch) -> None:
    """MET-02: nobody was there to fire it, and it was answered late: it is fired all the same, but escalates nothing."""
    number = quick.outage()
    quick.clock.forward(minutes=40)
    quick.do(number, "answered", at=MONDAY + timedelta(minutes=20))
    quick.fire()
    assert quick.fired() == ["first_response breach"]
    assert quick.ticket().tier == 3


def test_an_answer_in_time_that_is_told_late_is_no_breach(quick: Watch) -> None:
    number = quick.outage()
    quick.clock.forward(minutes=40)
    quick.do(number, "answered", at=MONDAY + timedelta(minutes=15))
    quick.fire()
    assert quick.fired() == []


def test_another_severity_counts_from_the_start_and_takes_no_breach_back(quick: Watch) -> None:
    """TIER-05: what is overdue under the new severity is so now."""
    number = quick.number(quick.ask(request_kind="bug").ticket)
    quick.clock.forward(hours=2)
    quick.do(number, "severity", "critical")
    quick.fire()
    assert "first_response breach" in quick.fired()
    quick.do(number, "severity", "low")
    quick.clock.forward(days=30)
    quick.fire()
    assert quick.fired().count("first_response breach") == 1
    assert (quick.ticket().priority, quick.ticket().rank) == ("low", 25)


def test_not_03_an_update_is_reminded_of_before_it_is_due(quick: Watch) -> None:
    number = quick.outage()
    quick.do(number, "answered")
    quick.clock.forward(minutes=50)
    quick.fire()
    assert quick.fired() == ["update reminder"]
    quick.clock.forward(minutes=10)
    quick.fire()
    assert quick.fired() == ["update reminder", "update breach"]
    quick.do(number, "answered")
    assert quick.planned()["update reminder"] == MONDAY + timedelta(hours=1, minutes=50)


# --- tiers ---


def test_tier_05_a_missed_clock_moves_the_ticket_one_tier_and_leaves_its_due_times(quick: Watch) -> None:
    number = quick.number(quick.ask(request_kind="feature_request").ticket)
    before = quick.ticket()
    quick.clock.now = before.respond_by
    quick.fire()
    after = quick.ticket()
    assert (before.tier, after.tier) == (1, 2)
    assert after.resolve_by == before.resolve_by
    assert any("Moved to tier 2" in note for note in quick.notes(number))
    quick.clock.now = before.resolve_by
    quick.fire()
    assert quick.ticket().tier == 3


def test_tier_07_and_09_one_step_at_a_time_and_not_beyond_the_last(quick: Watch) -> None:
    """TIER-07, TIER-09"""
    number = quick.number(quick.ask(request_kind="feature_request").ticket)
    for tier in (2, 3):
        quick.do(number, "escalated")
        assert quick.ticket().tier == tier
    with pytest.raises(agent_acts.NotNow, match="the last one"):
        quick.do(number, "escalated")
    quick.clock.forward(days=30)
    quick.fire()
    assert quick.ticket().tier == 3
    with reading(quick.runtime.engine) as tx:
        acts = schedule.acts_of(tx, quick.ticket().id)
    assert [(act.kind, act.detail) for act in acts] == [("escalated", "2"), ("escalated", "3")]


def test_acts_that_make_no_sense_are_refused_with_what_does(quick: Watch) -> None:
    number = quick.outage()
    for kind in ("released", "resumed", "reopened"):
        with pytest.raises(agent_acts.NotNow, match="only goes while"):
            quick.do(number, kind)
    with pytest.raises(agent_acts.NotNow, match="critical"):
        quick.do(number, "severity", "urgent")
    with pytest.raises(agent_acts.NotNow, match="no ticket"):
        quick.do("SC-0000-0000", "held")
    for at in (MONDAY - timedelta(seconds=1), MONDAY + timedelta(seconds=1)):
        with pytest.raises(agent_acts.NotNow, match="--at"):
            quick.do(number, "held", at=at)


def test_met_01_open_promises_come_by_time_to_due(quick: Watch) -> None:
    urgent, slow = quick.outage("r1"), quick.number(quick.ask("r2", request_kind="feature_request").ticket)
    held = quick.outage("r3")
    quick.do(held, "held")
    quick.clock.forward(minutes=20)
    quick.fire()
    with reading(quick.runtime.engine) as tx:
        told = by_time_to_due(tx, quick.runtime, None, quick.now)
    first = told[0]
    assert (first["ticket"], first["clock"], first["state"], first["seconds_left"]) == (
        urgent,
        "first_response",
        "overdue",
        -300,
    )
    running = [row["seconds_left"] for row in told if row["state"] != "paused"]
    assert running == sorted(running)
    assert {row["ticket"] for row in told if row["state"] == "paused"} == {held}
    assert slow in {row["ticket"] for row in told}
    quick.do(urgent, "answered")
    with reading(quick.runtime.engine) as tx:
        assert (urgent, "first_response") not in {
            (row["ticket"], row["clock"]) for row in by_time_to_due(tx, quick.runtime, None, quick.now)
        }, "answered, if late: it is no longer open"


# --- for all that can happen ---

ACTS = ("answered", "held", "released", "waiting", "resumed", "resolved", "reopened", "write", "critical", "low")
steps = st.lists(
    st.tuples(st.sampled_from(ACTS), st.integers(0, 300), st.booleans()),
    max_size=12,
)


@settings(max_examples=min(40, settings().max_examples), suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps, st.sampled_from(["outage", "bug", "feature_request"]))
def test_whatever_happens_each_breach_is_fired_exactly_once(
    quick: Watch, happenings: list[tuple[str, int, bool]], kind: str
) -> None:
    """Firing at some moments or only at the end, with restarts in between: in the end what fired is what was missed."""
    quick.clock.now = MONDAY
    number = quick.number(quick.ask(f"x{next(_names)}", request_kind=kind).ticket)
    changed = 0
    for act, minutes, look in happenings:
        quick.clock.forward(minutes=minutes)
        changed += happen(quick, number, act) and act in ("critical", "low")
        if look:
            quick.again().fire()
            quick.clock.forward(seconds=1)  # what fires at the due instant is not followed by an answer of that instant
    quick.clock.forward(days=1)
    quick.fire()
    assert quick.fire() == 0
    ticket = quick.ticket(number)
    with reading(quick.runtime.engine) as tx:
        rows = tx.execute(select(clock_events).where(clock_events.c.ticket_id == ticket.id)).all()
        case = schedule.case_of(tx, quick.runtime, ticket)
        found = schedule.clocks_of(case, schedule.marks_of(schedule.acts_of(tx, ticket.id)), quick.now)
        notes = tx.execute(select(ticket_notes).where(ticket_notes.c.ticket_id == ticket.id)).all()
    missed = {(clock.name, clock.start): clock.breached_at for clock in found if clock.breached_at}
    fired = [row for row in rows if row.fired_at and row.kind == "breach"]
    assert {(row.clock, datetime.fromisoformat(row.target)): row.due_at for row in fired} == missed
    told = [row for row in rows if row.fired_at is not None and row.kind != "escalate"]
    escalated = [row for row in rows if row.fired_at is not None and row.kind == "escalate"]
    clock_notes = len([note for note in notes if note.kind == "clock"]) - changed
    assert len(told) <= clock_notes <= len(told) + len(escalated)
    running = {(clock.name, clock.start): clock.due for clock in found if clock.state == "running"}
    waiting = [row for row in rows if row.state == "planned" and row.kind == "breach"]
    assert {(row.clock, datetime.fromisoformat(row.target)): row.due_at for row in waiting} == running


def happen(watch: Watch, number: str, act: str) -> bool:
    """Whether it made sense in the state the ticket is in."""
    try:
        if act == "write":
            watch.write(number)
        elif act in ("critical", "low"):
            watch.do(number, "severity", act)
        else:
            watch.do(number, act)
    except agent_acts.NotNow:
        return False
    return True
