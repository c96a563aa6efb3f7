"""The calendar clock, by example."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from connector.domain.calendar.hours import Calendar, Span, Window, due, is_open, next_opening, parse_span, parse_window

OFFICE: tuple[Window, ...] = ((540, 1080),)
WEEK = (OFFICE,) * 5 + ((), ())
NEW_YORK = Calendar("America/New_York", WEEK)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


def test_hrs_01_the_opening_instant_is_inside_and_the_closing_instant_is_not() -> None:
    """HRS-01"""
    assert is_open(NEW_YORK, utc("2026-06-12T09:00:00-04:00"))
    assert is_open(NEW_YORK, utc("2026-06-12T17:59:59-04:00"))
    assert not is_open(NEW_YORK, utc("2026-06-12T18:00:00-04:00"))
    assert next_opening(NEW_YORK, utc("2026-06-12T18:00:00-04:00")) == utc("2026-06-15T09:00:00-04:00")


def test_hrs_02_24_business_hours_are_open_hours() -> None:
    """HRS-02, A30: Monday 10:00 to Wednesday 16:00."""
    assert due(NEW_YORK, utc("2026-06-15T10:00-04:00"), Span(24 * 3600)) == utc("2026-06-17T16:00-04:00")


def test_a31_a_span_that_fills_the_day_ends_at_closing_time_or_at_the_next_opening() -> None:
    """A31"""
    start = utc("2026-06-12T09:00-04:00")
    rolling = Calendar("America/New_York", WEEK, ends_at="opening")
    assert due(NEW_YORK, start, Span(9 * 3600)) == utc("2026-06-12T18:00-04:00")
    assert due(rolling, start, Span(9 * 3600)) == utc("2026-06-15T09:00-04:00")


def test_a12_a_business_day_is_one_full_window() -> None:
    """A12, HRS-18: nine open hours, also where one day of the week is shorter."""
    short_friday = (OFFICE,) * 4 + (((540, 720),), (), ())
    assert due(NEW_YORK, utc("2026-03-06T16:00-05:00"), Span(business_days=1)) == utc("2026-03-09T16:00-04:00")
    assert Calendar("UTC", short_friday).business_day == 9 * 3600
    assert Calendar("UTC", WEEK, business_day=8 * 3600).business_day == 8 * 3600


def test_hrs_25_a_holiday_is_a_local_date() -> None:
    """HRS-25, A15"""
    closed = Calendar("America/New_York", WEEK, frozenset({date(2026, 7, 3)}))
    assert not is_open(closed, utc("2026-07-03T12:00-04:00"))
    assert is_open(closed, utc("2026-07-02T17:59-04:00"))


def test_a_span_of_nothing_is_due_at_the_first_open_moment() -> None:
    assert due(NEW_YORK, utc("2026-06-13T12:00-04:00"), Span()) == utc("2026-06-15T09:00-04:00")
    assert due(NEW_YORK, utc("2026-06-12T12:00-04:00"), Span()) == utc("2026-06-12T12:00-04:00")


def test_a_calendar_open_once_a_week_still_finds_its_due() -> None:
    """Look-ahead is not limited to a few days."""
    mondays = Calendar("UTC", (((540, 600),), (), (), (), (), (), ()))
    assert due(mondays, utc("2026-06-09T00:00Z"), Span(52 * 3600)) == utc("2027-06-07T10:00Z")


def test_a_long_closure_is_walked_over() -> None:
    closed = frozenset(date(2026, 1, 1) + timedelta(days=day) for day in range(364))
    assert next_opening(Calendar("UTC", WEEK, closed), utc("2026-01-01T00:00Z")) == utc("2026-12-31T09:00Z")


def test_around_the_clock_loses_no_minute_at_midnight() -> None:
    always = Calendar("Europe/London", (((0, 1440),),) * 7)
    start = utc("2026-03-28T23:59:30Z")
    assert due(always, start, Span(3 * 86400)) == start + timedelta(days=3)


def test_both_half_past_ones_of_the_autumn_night_count() -> None:
    """A window from 01:15 to 01:45 is open twice in that night, an hour apart."""
    night = Calendar("America/New_York", (((75, 105),),) * 7)
    first, second = utc("2026-11-01T01:15-04:00"), utc("2026-11-01T01:15-05:00")
    assert night.stretches(date(2026, 11, 1)) == (
        (first, first + timedelta(minutes=30)),
        (second, second + timedelta(minutes=30)),
    )


def test_a_day_that_a_zone_skipped_has_no_hours() -> None:
    noons = Calendar("Pacific/Apia", (((720, 780),),) * 7)
    assert next_opening(noons, utc("2011-12-29T13:00-10:00")) == utc("2011-12-31T12:00+14:00")


def test_the_end_of_all_years_is_an_error_and_no_crash() -> None:
    with pytest.raises(ValueError, match="9999"):
        due(NEW_YORK, datetime(9999, 12, 31, 20, tzinfo=UTC), Span(24 * 3600))


@pytest.mark.parametrize(
    ("week", "cure"),
    [
        (((),) * 7, "never open"),
        ((OFFICE,) * 5, "never open"),
        ((((540, 720), (700, 800)), *((),) * 6), "overlap"),
        ((((700, 800), (540, 720)), *((),) * 6), "overlap"),
        ((((540, 540),), *((),) * 6), "ends after its start"),
        ((((600, 540),), *((),) * 6), "ends after its start"),
        ((((-60, 540),), *((),) * 6), "starts within its day"),
        ((((540, 1500),), *((),) * 6), "by 24:00"),
    ],
)
def test_calendars_that_cannot_be_counted_are_refused(week: tuple[tuple[Window, ...], ...], cure: str) -> None:
    with pytest.raises(ValueError, match=cure):
        Calendar("UTC", week)


def test_a_calendar_asked_in_one_mode_answers_in_another() -> None:
    """What it has expanded for whole working days is not taken for opening hours, nor the other way round."""
    both, start = Calendar("UTC", WEEK), utc("2026-06-15T07:00Z")
    for mode, end in (("open", "10:00"), ("weekdays", "08:00"), ("open", "10:00")):
        assert due(both, start, Span(3600), mode) == utc(f"2026-06-15T{end}Z")


@pytest.mark.parametrize("zone", ["Mars/Olympus", "", "../etc/passwd", "America"])
def test_a_zone_that_is_none_is_refused(zone: str) -> None:
    with pytest.raises(ValueError, match="no time zone"):
        Calendar(zone, WEEK)


def test_windows_may_come_in_any_order() -> None:
    muddled = Calendar("UTC", (((780, 1080), (540, 720)),) * 7)
    assert due(muddled, utc("2026-06-15T09:00Z"), Span(3600)) == utc("2026-06-15T10:00Z")


def test_windows_may_touch() -> None:
    split = Calendar("UTC", (((540, 720), (720, 1080)), *((),) * 6))
    assert due(split, utc("2026-06-15T09:00Z"), Span(9 * 3600)) == utc("2026-06-15T18:00Z")
    assert split.business_day == 9 * 3600


@pytest.mark.parametrize(
    "text", ["", "09:00", "18:00-09:00", "09:00-09:00", "09:00-24:01", "9-18", "09:60-10:00", "-1:00-02:00"]
)
def test_windows_are_written_one_way(text: str) -> None:
    with pytest.raises(ValueError, match="write 09:00-18:00"):
        parse_window(text)
    assert parse_window("00:00-24:00") == (0, 1440)


@pytest.mark.parametrize("text", ["", "-4h", "4", "4 hours", "1.5h", "99999h", "h", "٤h"])
def test_spans_are_written_one_way(text: str) -> None:
    with pytest.raises(ValueError, match="write 15m"):
        parse_span(text)


def test_spans_say_minutes_hours_days_and_business_days() -> None:
    assert [parse_span(text) for text in ("15m", "24h", "2d", "3bd")] == [
        Span(900),
        Span(86400),
        Span(2 * 86400),
        Span(business_days=3),
    ]
