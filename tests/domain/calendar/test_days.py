"""A day is the vendor's day and is inside it."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.domain.calendar.days import end_of_day, instant, is_day, last_day, start_of_day
from connector.domain.calendar.periods import end_of_support, parse_period

ZONES = ("UTC", "Asia/Kolkata", "America/New_York", "Pacific/Kiritimati", "Pacific/Pago_Pago")
zones = st.sampled_from(ZONES)
a_day = st.dates(date(1990, 1, 1), date(2200, 1, 1))


@pytest.mark.parametrize(
    ("zone", "ends"),
    [
        ("UTC", datetime(2026, 10, 2, tzinfo=UTC)),
        ("Asia/Kolkata", datetime(2026, 10, 1, 18, 30, tzinfo=UTC)),
        ("America/New_York", datetime(2026, 10, 2, 4, tzinfo=UTC)),
    ],
)
def test_what_ends_on_a_day_ends_with_it(zone: str, ends: datetime) -> None:
    assert instant("2026-10-01", zone, ends=True) == ends
    assert instant("2026-10-01", zone) == ends - timedelta(days=1)


@given(a_day, zones)
def test_a_day_is_from_its_first_second_to_its_last(day: date, zone: str) -> None:
    first, end = start_of_day(day, zone), end_of_day(day, zone)
    assert end == start_of_day(day + timedelta(days=1), zone)
    assert timedelta(hours=22) <= end - first <= timedelta(hours=26) or day in (date(1994, 12, 31), date(1995, 1, 1))


@given(a_day, zones)
def test_a_term_and_a_date_end_in_the_same_way(day: date, zone: str) -> None:
    bought = start_of_day(day, zone)
    assert end_of_support(bought, parse_period("1 day"), zone) == end_of_day(day + timedelta(days=1), zone)


def test_times_are_what_they_say_and_local_where_they_do_not() -> None:
    assert instant("2026-10-01T12:00:00Z", "Asia/Kolkata", ends=True) == datetime(2026, 10, 1, 12, tzinfo=UTC)
    assert instant("2026-10-01 12:00:00", "Asia/Kolkata") == datetime(2026, 10, 1, 6, 30, tzinfo=UTC)


@pytest.mark.parametrize("text", ["2026-02-30", "tomorrow", "", "2026-10", "20261001x"])
def test_what_is_no_day_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        instant(text, "UTC")


@given(a_day, zones)
def test_people_are_told_the_day_that_an_end_closes(day: date, zone: str) -> None:
    assert last_day(end_of_day(day, zone), zone) == day


def test_an_end_within_a_day_is_told_as_that_day() -> None:
    assert last_day(datetime(2026, 10, 1, 12, tzinfo=UTC), "Asia/Kolkata") == date(2026, 10, 1)


def test_days_at_the_ends_of_time_have_an_end() -> None:
    assert end_of_day(date.max, "America/New_York").year == 9999
    assert start_of_day(date.min, "Asia/Kolkata").year == 1


def test_a_day_is_written_in_one_way() -> None:
    assert is_day("2026-10-01")
    assert not is_day("٢٠٢٦-10-01")
    assert not is_day("2026-10-1")
