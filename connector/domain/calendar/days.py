"""Days as their vendor means them: in the vendor's own zone, and a day on which something ends is still inside it."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

LAST_DAY = date.max - timedelta(days=1)
"""The last day that has an end in every zone."""

_FIRST, _LAST = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)


def is_day(text: str) -> bool:
    """Is this written as a day, without a time?"""
    return _DAY.fullmatch(text) is not None


def start_of_day(day: date, zone: str) -> datetime:
    """The first instant (UTC) of a day in a zone (IANA name)."""
    try:
        return datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(zone)).astimezone(UTC)
    except OverflowError:
        return _FIRST if day.year <= 1 else _LAST


def end_of_day(day: date, zone: str) -> datetime:
    """The exclusive end (UTC) of a day in a zone: the last second of the day is inside."""
    return start_of_day(min(day, LAST_DAY) + timedelta(days=1), zone)


def last_day(end: datetime, zone: str) -> date:
    """The day people are told of for an exclusive end: the one that it closes in the zone, else the one (UTC) it falls on."""
    local = end.astimezone(ZoneInfo(zone))
    if start_of_day(local.date(), zone) == end:
        return local.date() - timedelta(days=1)
    return end.astimezone(UTC).date()


def instant(text: str, zone: str, *, ends: bool = False) -> datetime:
    """The instant (UTC) of a day or an ISO 8601 time, which is local to `zone` where it has no offset; ValueError for neither.

    ends: a day stands for its end (exclusive), else for its beginning.
    """
    if is_day(text):
        day = date.fromisoformat(text)
        return end_of_day(day, zone) if ends else start_of_day(day, zone)
    found = datetime.fromisoformat(text.upper())
    try:
        return (found if found.tzinfo else found.replace(tzinfo=ZoneInfo(zone))).astimezone(UTC)
    except OverflowError:
        raise ValueError("no such time can be meant") from None
