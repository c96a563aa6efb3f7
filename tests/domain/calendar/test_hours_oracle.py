"""The calendar clock against an oracle that only ever asks the clock on the wall, and the laws it obeys."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import takewhile
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from connector.domain.calendar.hours import MODES, Interval, Span, due, is_open, next_opening, time_counted
from tests.domain.calendar import oracle
from tests.domain.calendar.calendars import CHANGES, MINUTE, PARTS, Case, apart, cases, pauses_after

minutes = st.integers(0, 900)
modes = st.sampled_from(MODES)


def span(count: int) -> Span:
    return Span(60 * count)


# --- against the oracle ---


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("part", PARTS)
def test_every_due_is_what_the_clock_on_the_wall_says(part: int, mode: str) -> None:
    """HRS-03, HRS-24, HRS-25, A7: daylight saving, split days, nights, holidays, overlapping pauses."""

    @apart(part)
    @given(cases(), minutes, st.data())
    def agree(case: Case, count: int, data: st.DataObject) -> None:
        pauses = data.draw(pauses_after(case.start))
        found = due(case.calendar, case.start, span(count), mode, pauses)
        assert found == oracle.due(case.wall, case.start, count, mode, pauses)

    agree()


@pytest.mark.parametrize(("zone", "change"), [(zone, at) for zone, changes in CHANGES.items() for at in changes])
def test_the_nights_tried_are_those_in_which_clocks_change(zone: str, change: str) -> None:
    """Else the cases above would prove less than they seem to."""
    at = datetime.fromisoformat(change)
    before, after = ((at - MINUTE).astimezone(ZoneInfo(zone)), at.astimezone(ZoneInfo(zone)))
    assert before.utcoffset() != after.utcoffset()


@given(cases(), st.integers(0, 4000), modes, st.data())
def test_the_time_counted_is_what_the_clock_on_the_wall_says(
    case: Case, length: int, mode: str, data: st.DataObject
) -> None:
    """MET-02: paused time is left out."""
    end, pauses = case.start + length * MINUTE, data.draw(pauses_after(case.start))
    found = time_counted(case.calendar, case.start, end, mode, pauses)
    assert found == oracle.counted(case.wall, case.start, end, mode, pauses) * MINUTE


@given(cases(), st.integers(0, 3000))
def test_a_moment_is_open_when_the_clock_on_the_wall_says_so(case: Case, later: int) -> None:
    """HRS-01"""
    at = case.start + later * MINUTE
    assert is_open(case.calendar, at) == case.wall.is_open(at)
    assert next_opening(case.calendar, at) == case.wall.next_open(at)


# --- laws ---


@given(cases(), st.integers(1, 600), minutes, modes, st.data())
def test_a_later_start_is_never_due_earlier(case: Case, later: int, count: int, mode: str, data: st.DataObject) -> None:
    pauses = data.draw(pauses_after(case.start))
    first, second = (
        due(case.calendar, at, span(count), mode, pauses) for at in (case.start, case.start + later * MINUTE)
    )
    assert first <= second


@given(cases(), minutes, st.integers(1, 600), modes)
def test_a_longer_span_is_due_later(case: Case, count: int, more: int, mode: str) -> None:
    """So a warning at a shorter span comes before the breach."""
    assert due(case.calendar, case.start, span(count), mode) < due(case.calendar, case.start, span(count + more), mode)


@given(cases(), minutes, minutes, st.sampled_from(["open", "always", "weekdays"]))
def test_spans_add_up(case: Case, first: int, second: int, mode: str) -> None:
    halfway = due(case.calendar, case.start, span(first), mode)
    assert due(case.calendar, halfway, span(second + 1), mode) == due(
        case.calendar, case.start, span(first + second + 1), mode
    )


@given(cases(), st.integers(1, 900), modes, st.data())
def test_a_pause_moves_the_due_by_the_counted_time_in_it(
    case: Case, count: int, mode: str, data: st.DataObject
) -> None:
    """HRS-24: a pause of counted time p, begun before the due, makes it the due of a span that is longer by p."""
    usual = due(case.calendar, case.start, span(count), mode)
    begin = case.start + data.draw(st.integers(0, (usual - case.start) // MINUTE - 1)) * MINUTE
    pause = begin, begin + data.draw(st.integers(0, 3000)) * MINUTE
    given_back = time_counted(case.calendar, case.start, pause[1], mode) - time_counted(
        case.calendar, case.start, begin, mode
    )
    longer = Span(60 * count + int(given_back.total_seconds()))
    assert due(case.calendar, case.start, span(count), mode, [pause]) == due(case.calendar, case.start, longer, mode)


@given(cases(), minutes, st.data())
def test_a_pause_outside_opening_hours_moves_nothing(case: Case, count: int, data: st.DataObject) -> None:
    """HRS-24: the night, the weekend and a holiday give nothing back."""
    closes = closing_after(case, case.start)
    closed_for = (case.wall.next_open(closes) - closes) // MINUTE
    begin = data.draw(st.integers(0, closed_for - 1))
    pause = closes + begin * MINUTE, closes + data.draw(st.integers(begin, closed_for)) * MINUTE
    # One minute more than is left until closing: the due lies behind the pause.
    for span_of in (span(count), Span(60 + int(time_counted(case.calendar, case.start, closes).total_seconds()))):
        assert due(case.calendar, case.start, span_of, "open", [pause]) == due(case.calendar, case.start, span_of)


@given(cases(), minutes, modes, st.data())
def test_overlapping_pauses_count_once_and_in_any_order(case: Case, count: int, mode: str, data: st.DataObject) -> None:
    pauses = data.draw(pauses_after(case.start))
    plain = due(case.calendar, case.start, span(count), mode, pauses)
    again = [*reversed(pauses), *halves(pauses), *pauses]
    assert due(case.calendar, case.start, span(count), mode, again) == plain


@given(cases(), minutes, modes, st.data())
def test_a_pause_that_ends_before_it_begins_is_none(case: Case, count: int, mode: str, data: st.DataObject) -> None:
    backwards = [(end, begin) for begin, end in data.draw(pauses_after(case.start))]
    assert due(case.calendar, case.start, span(count), mode, backwards) == due(
        case.calendar, case.start, span(count), mode
    )


@given(cases(), minutes, modes, st.data())
def test_instants_may_be_written_in_any_zone(case: Case, count: int, mode: str, data: st.DataObject) -> None:
    """Adding hours to a local time would add them to the clock on the wall, in the nights when it is changed."""
    pauses, zone = data.draw(pauses_after(case.start)), case.calendar.tz
    written = [(begin.astimezone(zone), end.astimezone(zone)) for begin, end in pauses]
    found = due(case.calendar, case.start.astimezone(zone), span(count), mode, written)
    assert (found, found.tzinfo) == (due(case.calendar, case.start, span(count), mode, pauses), UTC)
    length = time_counted(case.calendar, case.start.astimezone(zone), found.astimezone(zone), mode, written)
    assert length == time_counted(case.calendar, case.start, found, mode, pauses)
    assert is_open(case.calendar, case.start.astimezone(zone)) == is_open(case.calendar, case.start)


def halves(pauses: list[Interval]) -> list[Interval]:
    """Each pause as two that meet in its middle."""
    middles = [begin + (end - begin) // 2 for begin, end in pauses]
    return [
        half for (begin, end), middle in zip(pauses, middles, strict=True) for half in ((begin, middle), (middle, end))
    ]


@given(cases(), st.integers(1, 900), modes, st.data())
def test_the_time_counted_until_the_due_is_the_span(case: Case, count: int, mode: str, data: st.DataObject) -> None:
    pauses = data.draw(pauses_after(case.start))
    ends = due(case.calendar, case.start, span(count), mode, pauses)
    assert time_counted(case.calendar, case.start, ends, mode, pauses) == count * MINUTE
    assert time_counted(case.calendar, case.start, ends - MINUTE, mode, pauses) == (count - 1) * MINUTE


@given(cases())
def test_a_span_of_all_that_is_left_until_closing_is_due_at_closing(case: Case) -> None:
    """A31: the closing instant, not the next opening."""
    closes = closing_after(case, case.start)
    left = int(time_counted(case.calendar, case.start, closes).total_seconds())
    assert due(case.calendar, case.start, Span(left)) == closes
    assert due(case.calendar, case.start, Span(left + 1)) == case.wall.next_open(closes) + timedelta(seconds=1)
    rolling = replace(case.calendar, ends_at="opening")
    assert due(rolling, case.start, Span(left)) == case.wall.next_open(closes)


def closing_after(case: Case, start: datetime) -> datetime:
    """The first closing after the first opening. A calendar that does not close for a week is not looked at."""
    opens = case.wall.next_open(start)
    week = takewhile(lambda at: at - opens < timedelta(days=7), oracle.minutes_from(opens))
    closes = next((at for at in week if not case.wall.is_open(at)), None)
    assume(closes is not None)
    return closes or opens


@given(cases(), st.integers(0, 59), st.integers(0, 999_999), st.integers(0, 120))
def test_seconds_are_kept(case: Case, seconds: int, micros: int, count: int) -> None:
    """Nothing is rounded: so much later in an open minute is due so much later, in open time."""
    start, late = case.wall.next_open(case.start), timedelta(seconds=seconds, microseconds=micros)
    whole = due(case.calendar, start, span(count + 1))
    found = due(case.calendar, start + late, span(count + 1))
    assert found == (case.wall.next_open(whole) + late if late else whole)
