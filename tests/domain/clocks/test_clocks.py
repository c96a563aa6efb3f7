"""Where a ticket's clocks stand after what happened to it, by example and against a desk that lives through it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.domain.calendar.hours import Span
from connector.domain.clocks.clock_runs import MARKS, Mark
from connector.domain.clocks.clocks import Clock, clocks, next_alarm
from connector.domain.policy.policy import Severity
from tests.domain.calendar.calendars import PARTS, apart
from tests.domain.calendar.oracle import Wall
from tests.domain.clocks.ticket import HOUR, MINUTE, MONDAY, POLICY, SEVERITIES, WEEK, at, hours_of, stand, the
from tests.domain.clocks.ticket_oracle import Desk, Life, Promise

# --- answers ---


def test_hrs_21_an_answer_in_time_meets_the_first_response_and_a_receipt_does_not() -> None:
    """HRS-21, A13"""
    receipt = [at(0.01, "receipt")]
    assert the("first_response", stand("medium", receipt, 1)).state == "running"
    assert the("first_response", stand("medium", receipt, 1, receipt_counts=True)).state == "met"
    met = the("first_response", stand("medium", [*receipt, at(3, "answered")], 20))
    assert (met.state, hours_of(met.ended_at), met.counted) == ("met", 3, 3 * HOUR)


def test_an_answer_at_the_due_instant_is_in_time_and_none_by_then_is_a_breach() -> None:
    assert the("first_response", stand("medium", [at(4, "answered")], 4)).state == "met"
    late = the("first_response", stand("medium", [], 4))
    assert (late.state, late.breached_at) == ("breached", MONDAY + 4 * HOUR)
    assert the("first_response", stand("medium", [], 4 - 1 / 3600)).state == "running"


def test_a_late_first_reply_stays_a_miss() -> None:
    """Elsewhere it vanished from the reports once it was answered; MET-02."""
    late = the("first_response", stand("medium", [at(5, "answered")], 100))
    assert (late.state, hours_of(late.breached_at), hours_of(late.ended_at)) == ("breached", 4, 5)


def test_hrs_26_the_oldest_unanswered_message_starts_the_next_response() -> None:
    """HRS-26: every message after the first answer starts it; writing again neither restarts nor pushes it back."""
    marks = [at(1, "answered"), at(2, "wrote"), at(3, "wrote")]
    asked = the("next_response", stand("medium", marks, 3))
    assert (hours_of(asked.start), hours_of(asked.due), asked.state) == (2, 6, "running")
    again = [*marks, at(4, "answered"), at(5, "wrote")]
    first, second = [each for each in stand("medium", again, 6) if each.name == "next_response"]
    assert (first.state, hours_of(second.start)) == ("met", 5)


def test_the_next_response_starts_only_after_the_first() -> None:
    """Elsewhere another target overtook the first response."""
    assert [each.name for each in stand("medium", [at(1, "wrote")], 2)] == ["first_response", "resolution"]


def test_hrs_14_each_public_message_starts_the_hour_anew() -> None:
    """HRS-14, A9: +55 minutes gives +115; on past the four hours; a fixed grid is the other reading."""
    marks = [at(55 / 60, "answered")]
    assert hours_of(the("update", stand("critical", marks, 1)).due) == pytest.approx(115 / 60)
    assert hours_of(the("update", stand("critical", marks, 1, update_from="creation")).due) == 2
    assert hours_of(the("update", stand("critical", [at(1, "answered")], 1, update_from="creation")).due) == 2
    assert hours_of(the("update", stand("critical", [], 0.5, update_from="creation")).due) == 1
    assert hours_of(the("update", stand("critical", [at(9, "answered")], 9)).due) == 10


def test_hrs_23_a_delay_keeps_the_due_and_marks_it_and_the_customer_hears_on() -> None:
    """HRS-23: told with its reason; the hourly update goes on past the due."""
    marks = [at(1, "answered"), at(1, "delayed", "third_party"), at(2, "answered")]
    plain, told = (the("resolution", stand("critical", each, 3)) for each in ([at(1, "answered")], marks))
    assert (told.due, told.delayed, plain.delayed) == (plain.due, "third_party", "")
    assert hours_of(the("update", stand("critical", [*marks, at(5, "answered")], 5)).due) == 6
    solved = the("resolution", stand("critical", [*marks, at(3, "resolved"), at(3, "delayed", "late")], 4))
    assert solved.delayed == "third_party"


def test_hrs_23_a_delay_starts_updates_where_the_severity_promises_none() -> None:
    """HRS-23: from the delay on, again after each message, until it is solved; telling it twice pushes nothing back."""
    assert "update" not in [each.name for each in stand("medium", [at(1, "answered")], 3)]
    marks = [at(1, "answered"), at(2, "delayed", "third_party")]
    started = the("update", stand("medium", marks, 3))
    assert (hours_of(started.due), started.counted, started.state) == (8, HOUR, "running")
    assert hours_of(the("update", stand("medium", [*marks, at(3, "delayed", "complexity")], 4)).due) == 8
    assert hours_of(the("update", stand("medium", [*marks, at(3, "answered")], 4)).due) == 24, (
        "five open hours on Monday, one on Tuesday"
    )
    late = the("update", stand("medium", marks, 30))
    assert (late.state, hours_of(late.breached_at)) == ("breached", 8)
    solved = [*marks, at(3, "resolved"), at(4, "reopened")]
    assert [each.state for each in stand("medium", solved, 5) if each.name == "update"] == ["met"]
    raised = [*marks, at(2.5, "severity", "critical"), at(2.6, "answered")]
    assert hours_of(the("update", stand("critical", raised, 3)).due) == pytest.approx(3.6)


# --- rests ---


@pytest.mark.parametrize("name", ["first_response", "resolution", "update"])
def test_hrs_24_nothing_runs_on_hold(name: str) -> None:
    """HRS-24: and no breach is told while it lasts, however long."""
    held = [at(0.1, "held")]
    resting = the(name, stand("critical", held, 500))
    assert (resting.state, resting.due, resting.warn_at, resting.breached_at) == ("paused", None, None, None)
    after = the(name, stand("critical", [*held, at(30.1, "released")], 30.15))
    before = the(name, stand("critical", [], 0.1))
    assert after.due == (before.due or MONDAY) + 30 * HOUR


def test_what_ran_out_before_the_hold_stays_breached_on_hold() -> None:
    breached = the("first_response", stand("critical", [at(1, "held")], 50))
    assert (breached.state, hours_of(breached.breached_at)) == ("breached", 0.25)


def test_a16_waiting_for_the_customer_rests_the_resolution_only() -> None:
    """A16: and a message of the customer ends it."""
    marks = [at(1, "waiting")]
    assert the("resolution", stand("medium", marks, 2)).state == "paused"
    assert the("first_response", stand("medium", marks, 2)).state == "running"
    assert the("resolution", stand("medium", marks, 2, waiting="run")).state == "running"
    for ended in ("wrote", "resumed"):
        found = the("resolution", stand("medium", [*marks, at(3, ended)], 4))
        assert (hours_of(found.due), found.counted) == (26, 2 * HOUR)


def test_a18_refused_access_rests_the_resolution_until_work_goes_on() -> None:
    """A18: the customer's words alone do not give access."""
    marks = [at(1, "access_declined"), at(2, "wrote")]
    assert the("resolution", stand("medium", marks, 3)).state == "paused"
    assert the("resolution", stand("medium", marks, 3, access_declined="run")).state == "running"
    assert the("resolution", stand("medium", [*marks, at(3, "resumed")], 3)).state == "running"


@pytest.mark.parametrize("after", [[at(2, "held")], [at(2, "held"), at(3, "released")]])
def test_a_hold_after_the_end_changes_nothing_of_what_ended(after: list[Mark]) -> None:
    met = the("first_response", stand("medium", [at(1, "answered"), *after], 10))
    assert (met.state, hours_of(met.due), met.counted) == ("met", 4, HOUR)


def test_a_hold_ends_with_the_solution_and_is_not_there_when_it_is_reopened() -> None:
    marks = [at(1, "held"), at(2, "resolved"), at(3, "reopened")]
    reopened = the("resolution", stand("medium", marks, 4))
    assert (reopened.state, reopened.counted) == ("running", 2 * HOUR)


def test_a_hold_within_a_wait_counts_once() -> None:
    marks = [at(1, "waiting"), at(2, "held"), at(3, "resumed"), at(4, "released")]
    assert the("resolution", stand("medium", marks, 5)).counted == 2 * HOUR


# --- solved and reopened ---


def test_solved_stops_every_clock() -> None:
    """Elsewhere the customer's last message let the clock of a solved ticket run."""
    marks = [at(1, "answered"), at(2, "wrote"), at(3, "resolved")]
    found = stand("medium", marks, 100)
    assert {clock.state for clock in found} == {"met"}
    assert {clock.ended_at for clock in found} == {MONDAY + HOUR, MONDAY + 3 * HOUR}
    assert next_alarm(found, MONDAY) is None


def test_hrs_22_reopened_counts_on_without_the_time_it_was_solved() -> None:
    """HRS-22, A14: 9 open hours less the 3 used; starting anew is the other reading."""
    marks = [at(1, "answered"), at(3, "resolved"), at(24, "reopened")]
    on = the("resolution", stand("medium", marks, 25))
    assert (on.start, on.counted, hours_of(on.due), on.state) == (MONDAY, 4 * HOUR, 30, "running")
    first, anew = [each for each in stand("medium", marks, 25, reopened="restart") if each.name == "resolution"]
    assert (first.state, hours_of(anew.start), hours_of(anew.due)) == ("met", 24, 48)


def test_hrs_26_a_word_on_a_solved_ticket_opens_it_and_is_answered_from_there() -> None:
    """HRS-22, HRS-26, A14: the resolution counts on without the time it was solved, or starts anew."""
    marks = [at(1, "answered"), at(2, "resolved"), at(4, "wrote")]
    found = stand("medium", marks, 6)
    assert hours_of(the("next_response", found).start) == 4
    assert (the("resolution", found).counted, the("resolution", found).state) == (4 * HOUR, "running")
    again = stand("medium", [*marks, at(5, "reopened")], 6)
    assert again == found, "what is open already is not opened again"
    anew = [each for each in stand("medium", marks, 6, reopened="restart") if each.name == "resolution"]
    assert [hours_of(each.start) for each in anew] == [0, 4]


def test_an_agent_who_opens_a_ticket_again_owes_no_answer_to_nobody() -> None:
    marks = [at(1, "answered"), at(2, "resolved"), at(5, "reopened")]
    assert "next_response" not in [each.name for each in stand("medium", marks, 6)]


# --- severity ---


def test_another_severity_counts_from_the_start_and_keeps_the_rests() -> None:
    """TIER-05; elsewhere the pause was lost when the priority changed."""
    marks = [at(0.5, "held"), at(1.5, "released"), at(2, "severity", "high")]
    found = stand("medium", marks, 2)
    assert hours_of(the("resolution", found).due) == 9
    first = the("first_response", found)
    assert (first.due, first.state, first.breached_at) == (MONDAY + 2 * HOUR, "breached", MONDAY + 2 * HOUR)


def test_a_severity_that_is_already_overdue_breaches_when_it_is_set_and_not_in_a_rest() -> None:
    raised = the("first_response", stand("medium", [at(3, "severity", "high")], 3))
    assert (hours_of(raised.due), hours_of(raised.breached_at)) == (1, 3)
    held = [at(2, "held"), at(3, "severity", "high")]
    assert the("resolution", stand("medium", held, 5)).state == "paused"
    assert the("first_response", stand("medium", held, 5)).state == "paused"
    released = the("first_response", stand("medium", [*held, at(6, "released")], 6))
    assert (released.state, hours_of(released.breached_at)) == ("breached", 6)


def test_a_lower_severity_takes_no_breach_back() -> None:
    """Elsewhere what was overdue lost its record."""
    kept = the("first_response", stand("critical", [at(1, "severity", "medium"), at(2, "answered")], 3))
    assert (kept.state, hours_of(kept.due), hours_of(kept.breached_at)) == ("breached", 0.25, 0.25)
    none = stand("critical", [at(1.5, "severity", "none")], 3)
    assert [(clock.name, clock.state) for clock in none] == [("first_response", "breached"), ("update", "breached")]


def test_what_ended_is_judged_by_the_severity_it_ended_under() -> None:
    met = the("first_response", stand("medium", [at(3, "answered"), at(4, "severity", "critical")], 5))
    assert (met.state, hours_of(met.due)) == ("met", 4)


# --- the rest ---


def test_hrs_27_a_policy_without_numbers_has_no_clocks() -> None:
    """HRS-27, MET-05"""
    assert stand("none", [at(1, "answered"), at(2, "wrote")], 3) == []


def test_a_warning_comes_before_the_breach_and_is_the_next_alarm() -> None:
    """HRS-04: warn, then breach, then silence about it; a warning that would come too late is dropped."""
    found = stand("medium", [], 0)
    assert hours_of(next_alarm(found, MONDAY)) == 4
    assert hours_of(next_alarm(stand("critical", [], 0), MONDAY)) == pytest.approx(1 / 6)
    by_mail = the("first_response", stand("critical", [], 0, channel="email"))
    assert (by_mail.due, by_mail.warn_at) == (MONDAY + 15 * MINUTE, MONDAY + 10 * MINUTE)
    slow = replace(POLICY, severities={"slow": Severity(respond=Span(7200), respond_warn=Span(5400))})
    (by_mail,) = clocks(slow, "slow", "email", MONDAY, [], MONDAY)
    assert (hours_of(by_mail.due), by_mail.warn_at) == (1, None)


@pytest.mark.parametrize("mark", [at(1, "lunch"), at(1, "severity", "huge")])
def test_marks_that_mean_nothing_are_refused(mark: Mark) -> None:
    with pytest.raises(ValueError, match="moves no clock"):
        stand("medium", [mark], 2)


# --- for all that can happen ---

PROMISES = {
    "critical": Promise(15, 240, "always", "always", update=60),
    "high": Promise(60, 480, "always", "always", respond_closed=240),
    "medium": Promise(240, 540, "open", "open", update_delayed=360),
    "mixed": Promise(120, 480, "always", "open", update=300),
    "none": Promise(None, None, "open", "open"),
}
KINDS = {"held": "hold", "waiting": "wait", "severity": "changed"}
kinds = st.sampled_from([kind for kind in MARKS if kind not in ("receipt", "access_declined")])
happenings = st.lists(
    st.tuples(st.one_of(st.integers(0, 700), st.integers(0, 4000)), kinds, st.sampled_from(sorted(SEVERITIES))),
    max_size=9,
).map(lambda events: sorted(events, key=lambda event: event[0]))
# Around the weekend in which the clocks go forward.
creations = st.integers(0, 5000).map(lambda minutes: datetime(2026, 3, 5, 12, tzinfo=UTC) + minutes * MINUTE)


@pytest.mark.parametrize("part", PARTS)
def test_every_clock_stands_where_living_through_it_leaves_it(part: int) -> None:
    """Holds, waits, answers, ends, reopenings and changes of severity in any order."""

    @apart(part)
    @given(st.sampled_from(sorted(SEVERITIES)), creations, happenings, st.integers(0, 4500))
    def agree(severity: str, created: datetime, events: list[tuple[int, str, str]], length: int) -> None:
        now = created + length * MINUTE
        marks = [Mark(created + minutes * MINUTE, kind, word) for minutes, kind, word in events]
        desk = Desk(Wall("America/New_York", WEEK), PROMISES, severity, created)
        lived = desk.live_through(
            created, [(each.at, KINDS.get(each.kind, each.kind), each.word) for each in marks], now
        )
        found = clocks(POLICY, severity, None, created, marks, now)
        assert sorted(seen(clock) for clock in found) == sorted(lives_with_a_promise(lived, severity, marks, now))

    agree()


def seen(clock: Clock) -> tuple[str, str, str, str, timedelta]:
    return clock.name, str(clock.start), str(clock.breached_at), str(clock.ended_at), clock.counted


def lives_with_a_promise(
    lived: list[Life], first: str, marks: list[Mark], now: datetime
) -> Iterator[tuple[str, str, str, str, timedelta]]:
    for life in lived:
        until = life.ended or now
        severity = [first, *(mark.word for mark in marks if mark.kind == "severity" and mark.at <= until)][-1]
        promise = PROMISES[severity]
        span, mode = promise.of(life.name, life.started_open, life.before_delay is not None)
        if span is not None or life.breached:
            used = life.minutes(promise, mode) * MINUTE
            yield life.name, str(life.start), str(life.breached), str(life.ended), used


@given(st.sampled_from(sorted(SEVERITIES)), creations, happenings, st.integers(0, 4500))
def test_the_due_is_the_instant_of_the_breach(
    severity: str, created: datetime, events: list[tuple[int, str, str]], length: int
) -> None:
    """What runs is breached at its due when nothing more happens, not a moment before; the alarm is never later."""
    now = created + length * MINUTE
    marks = [Mark(created + minutes * MINUTE, kind, word) for minutes, kind, word in events if minutes <= length]
    found = clocks(POLICY, severity, None, created, marks, now)
    for place, clock in enumerate(found):
        if clock.state == "running":
            assert clock.due is not None
            assert now < clock.due
            assert clock.warn_at is None or clock.start < clock.warn_at < clock.due
            assert (next_alarm(found, now) or clock.due) <= clock.due
            before, then = (
                clocks(POLICY, severity, None, created, marks, clock.due - left)[place] for left in (MINUTE, 0 * MINUTE)
            )
            assert (before.state, then.state, then.breached_at) == ("running", "breached", clock.due)


@given(
    st.sampled_from(sorted(SEVERITIES)), creations, happenings, st.randoms(use_true_random=False), st.integers(0, 4500)
)
def test_what_was_breached_stays_breached_whatever_comes(
    severity: str, created: datetime, events: list[tuple[int, str, str]], chance: Random, length: int
) -> None:
    """So a breach is told once: by its clock's name and start. And the order in which marks are told is no matter."""
    marks = [Mark(created + minutes * MINUTE, kind, word) for minutes, kind, word in dict.fromkeys(events)]
    early, late = (clocks(POLICY, severity, None, created, marks, created + span * MINUTE) for span in (length, 9000))
    kept = {(clock.name, clock.start): clock.breached_at for clock in late}
    assert all(kept[clock.name, clock.start] == clock.breached_at for clock in early if clock.breached_at)
    apart = list({mark.at: mark for mark in marks}.values())
    muddled = chance.sample(apart, len(apart))
    assert clocks(POLICY, severity, None, created, muddled, created + 9000 * MINUTE) == clocks(
        POLICY, severity, None, created, apart, created + 9000 * MINUTE
    )


def test_hrs_22_what_was_solved_at_its_very_due_and_opened_again_had_run_out_there() -> None:
    created = datetime(2026, 3, 5, 12, tzinfo=UTC)
    span, _ = PROMISES["critical"].of("resolution", True)
    assert span is not None
    due = created + span * MINUTE
    marks = [Mark(due, "resolved")]
    [solved] = [each for each in clocks(POLICY, "critical", None, created, marks, due) if each.name == "resolution"]
    assert (solved.state, solved.breached_at) == ("met", None)
    again = [*marks, Mark(due + MINUTE, "reopened")]
    found = clocks(POLICY, "critical", None, created, again, due + MINUTE)
    [opened] = [each for each in found if each.name == "resolution"]
    assert (opened.state, opened.breached_at) == ("breached", due)
