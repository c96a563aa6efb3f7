"""Support periods: calendar months in the vendor's zone, to the end of the last day."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.domain.calendar.periods import Period, end_of_support, extend, parse_period
from tests.domain.policy.building import moments

INDIA = "Asia/Kolkata"
ZONES = st.sampled_from([INDIA, "America/New_York", "UTC", "Pacific/Kiritimati", "America/Santiago"])
instants = moments(1990, 2090)
periods = st.builds(Period, months=st.integers(0, 60), days=st.integers(0, 400)).filter(lambda each: each != Period())


def local_midnight(day: str, zone: str = INDIA) -> datetime:
    return datetime.fromisoformat(day).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)


@pytest.mark.parametrize(
    ("bought", "first_day_without"),
    [
        ("2026-03-15", "2026-06-16"),
        ("2026-01-31", "2026-05-01"),  # clamped to 30 April
        ("2025-11-30", "2026-03-01"),  # clamped to 28 February
        ("2023-11-30", "2024-03-01"),  # a leap year's 29 February
    ],
)
def test_dur_01_three_months_are_calendar_months_through_the_end_of_that_day(
    bought: str, first_day_without: str
) -> None:
    """DUR-01, A21"""
    at = local_midnight(bought) + timedelta(hours=12)
    assert end_of_support(at, parse_period("3 months"), INDIA) == local_midnight(first_day_without)


def test_dur_01_the_date_of_purchase_is_the_vendors_local_date() -> None:
    """DUR-01: 19:00 UTC on 28 February is 1 March in India."""
    bought = datetime(2026, 2, 28, 19, tzinfo=UTC)
    assert end_of_support(bought, Period(months=3), INDIA) == datetime(2026, 6, 1, 18, 30, tzinfo=UTC)
    assert end_of_support(bought, Period(months=3), "UTC") == datetime(2026, 5, 29, tzinfo=UTC)


def test_a21_ninety_days_is_the_other_reading() -> None:
    """A21"""
    assert end_of_support(local_midnight("2026-01-31"), Period(days=90), INDIA) == local_midnight("2026-05-02")


def test_an_early_extension_adds_to_the_end_and_a_late_one_starts_at_the_renewal() -> None:
    """R2: never back-dated."""
    ends = local_midnight("2026-06-16")
    year = parse_period("1 year")
    assert extend(ends, local_midnight("2026-05-01"), year, INDIA) == local_midnight("2027-06-16")
    assert extend(ends, local_midnight("2026-09-01"), year, INDIA) == local_midnight("2027-09-02")
    assert extend(None, local_midnight("2026-09-01"), year, INDIA) == local_midnight("2027-09-02")


def test_an_extension_at_the_very_end_starts_at_the_renewal() -> None:
    ends = local_midnight("2026-06-16")
    assert extend(ends, ends, Period(days=1), INDIA) == local_midnight("2026-06-18")


def test_a_day_whose_midnight_the_clocks_skip_still_ends() -> None:
    """In Santiago 6 September 2026 begins at 01:00: midnight does not exist."""
    bought = datetime(2026, 8, 5, 12, tzinfo=UTC)
    assert end_of_support(bought, Period(months=1), "America/Santiago") == datetime(2026, 9, 6, 4, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "period"),
    [
        ("12 months", Period(12)),
        ("1 year", Period(12)),
        ("2 Years", Period(24)),
        ("90 days", Period(days=90)),
        ("2 weeks", Period(days=14)),
        ("P1Y", Period(12)),
        ("P3M", Period(3)),
        ("P30D", Period(days=30)),
        ("P1Y2M3W4D", Period(14, 25)),
        (" 6 months ", Period(6)),
    ],
)
def test_periods_are_read_in_words_and_in_iso_8601(text: str, period: Period) -> None:
    assert parse_period(text) == period


@pytest.mark.parametrize(
    "text", ["", "P", "0 days", "P0D", "-1 year", "lifetime", "12", "1.5 years", "PT3H", "99999 days", None, 12]
)
def test_other_words_are_refused_with_a_cure(text: str) -> None:
    with pytest.raises(ValueError, match="write 12 months"):
        parse_period(text)


def test_absurd_dates_do_not_crash() -> None:
    far = datetime(9999, 12, 31, 23, 59, tzinfo=UTC)
    assert end_of_support(far, Period(months=1200), "Pacific/Kiritimati").year == 9999
    assert extend(far, datetime(2026, 1, 1, tzinfo=UTC), Period(months=1200), "America/New_York").year == 9999
    assert end_of_support(datetime(1, 1, 1, tzinfo=UTC), Period(1), "America/New_York").year == 1


@given(instants, periods, ZONES)
def test_a_period_ends_at_a_local_midnight_after_its_start(at: datetime, period: Period, zone: str) -> None:
    ends = end_of_support(at, period, zone)
    last = (ends - timedelta(microseconds=1)).astimezone(ZoneInfo(zone))
    assert at < ends
    assert ends.astimezone(ZoneInfo(zone)).date() == last.date() + timedelta(days=1)


@given(instants, instants, periods, ZONES)
def test_an_extension_never_shortens(ends: datetime, at: datetime, period: Period, zone: str) -> None:
    assert extend(ends, at, period, zone) > max(ends, at) - timedelta(seconds=1)


@given(st.dates(date(1990, 1, 1), date(2090, 1, 1)), st.integers(1, 60))
def test_months_never_run_into_the_month_after(day: date, months: int) -> None:
    ends = end_of_support(datetime(day.year, day.month, day.day, 12, tzinfo=UTC), Period(months), "UTC")
    last = (ends - timedelta(days=1)).date()
    assert (last.year * 12 + last.month) - (day.year * 12 + day.month) == months
    assert last.day <= day.day
