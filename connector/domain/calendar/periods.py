"""Calendar periods of support: how long a purchase is covered, in the vendor's zone (DUR-01, A21, R1-R3)."""

from __future__ import annotations

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from connector.domain.calendar.days import LAST_DAY, end_of_day

_WORDS = re.compile(r"(\d{1,4})\s*(day|week|month|year)s?", re.ASCII | re.IGNORECASE)
_ISO = re.compile(r"P(?:(\d{1,4})Y)?(?:(\d{1,4})M)?(?:(\d{1,4})W)?(?:(\d{1,4})D)?", re.ASCII | re.IGNORECASE)
_MONTHS = {"month": 1, "year": 12}
_DAYS = {"day": 1, "week": 7}


@dataclass(frozen=True)
class Period:
    """Whole calendar months and days, the months counted first."""

    months: int = 0
    days: int = 0


def parse_period(text: str) -> Period:
    """`3 months`, `1 year`, `90 days`, `P1Y`, `P3M`, `P30D` (ISO 8601); raises ValueError that says how to write it."""
    words = text.strip() if isinstance(text, str) else ""
    if match := _WORDS.fullmatch(words):
        amount, unit = int(match[1]), match[2].lower()
        period = Period(amount * _MONTHS.get(unit, 0), amount * _DAYS.get(unit, 0))
    elif match := _ISO.fullmatch(words):
        years, months, weeks, days = (int(part or 0) for part in match.groups())
        period = Period(12 * years + months, 7 * weeks + days)
    else:
        period = Period()
    if period == Period():
        raise ValueError(f"{str(text)[:40]!r} is no period: write 12 months, 1 year, 90 days or P3M")
    return period


def end_of_support(purchased_at: datetime, period: Period, zone: str) -> datetime:
    """Exclusive end (UTC): the local date of purchase plus the period, through the end of that local day (A21).

    Months are clamped to the month's end: three months from 31 January end with 30 April.
    """
    return end_of_day(_later(_local_date(purchased_at, zone), period), zone)


def extend(current_end: datetime | None, at: datetime, period: Period, zone: str) -> datetime:
    """Exclusive end (UTC) after support was bought at `at`: early adds to the end, late starts at the renewal (R2)."""
    if current_end is None or current_end <= at:
        return end_of_support(at, period, zone)
    last_moment = current_end - timedelta(microseconds=1)
    return end_of_support(last_moment, period, zone)


def _local_date(at: datetime, zone: str) -> date:
    try:
        return at.astimezone(ZoneInfo(zone)).date()
    except OverflowError:
        return at.date()


def _later(day: date, period: Period) -> date:
    months = day.year * 12 + day.month - 1 + period.months
    year, month = months // 12, months % 12 + 1
    if year > LAST_DAY.year:
        return LAST_DAY
    moved = date(year, month, min(day.day, monthrange(year, month)[1]))
    return moved + timedelta(days=period.days) if (LAST_DAY - moved).days >= period.days else LAST_DAY
