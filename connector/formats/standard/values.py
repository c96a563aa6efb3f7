"""Single values as machines write them. Each reader gives None for what is left out, and raises ValueError for a wrong one:
its words go on after the member's name (`... is no amount: write it as ...`).
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from decimal import Decimal

from connector.domain.calendar import days

MAX_LINE = 255
MAX_ID = 190
MOST = 1_000_000

RFC3339 = re.compile(
    r"([0-9]{4})-[0-9]{2}-[0-9]{2}[Tt ]"
    r"[0-9]{2}:[0-9]{2}:([0-9]{2})(?:\.[0-9]{1,9})?([Zz]|[+-][0-9]{2}:[0-9]{2})?"
)
YEARS = range(1990, 2201)
MONEY = r"[+-]?[0-9]{1,15}(\.[0-9]{1,10})?"
CURRENCY = "[A-Za-z]{3}"
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


def line(value: object, limit: int = MAX_LINE) -> str | None:
    """Text of one line; line ends and runs of spaces become one space."""
    if value is None:
        return None
    if not isinstance(value, str):
        raise ValueError(f"is {kind(value)}: send it as text")
    if _CONTROL.search(value):
        raise ValueError("has control characters in it: send plain text")
    text = " ".join(value.split())
    if len(text) > limit:
        raise ValueError(f"has {len(text)} characters: at most {limit} are taken")
    return text or None


def identifier(value: object) -> str | None:
    """The host's own id, which may also be a whole number."""
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return line(value, MAX_ID)


def choice(value: object, words: tuple[str, ...]) -> str | None:
    """One word of a closed list, in any letter case."""
    text = line(value)
    if text is not None and text.lower() not in words:
        raise ValueError(f"must be one of {', '.join(words)}")
    return None if text is None else text.lower()


def of_day(value: datetime | date | None, zone: str, *, ends: bool = False) -> datetime | None:
    """The instant (UTC) that a day stands for in a zone: its beginning or, where something ends on it, its (exclusive) end."""
    if value is None or isinstance(value, datetime):
        return value
    return days.end_of_day(value, zone) if ends else days.start_of_day(value, zone)


def instant(value: object, *, utc: bool = False) -> datetime | date | None:
    """An RFC 3339 time with its offset, as UTC (with `utc`, a time without offset is UTC already), or a plain day as it is."""
    text = line(value)
    if text is None:
        return None
    if days.is_day(text):
        return _day(text)
    match = RFC3339.fullmatch(text)
    if match is None:
        raise ValueError("is no RFC 3339 time: write it as 2026-03-01T23:59:59Z, or as a day, 2026-03-01")
    year, second, offset = match.groups()
    if offset is None and not utc:
        raise ValueError("has no offset: add Z for UTC, or an offset such as +02:00")
    _check_year(year)
    if second == "60":  # a leap second (RFC 3339 5.7), which datetime does not know
        text = text[:17] + "59" + text[19:]
    try:
        found = datetime.fromisoformat(text.upper())
    except ValueError:
        raise ValueError("names no such day or time: write it as 2026-03-01T23:59:59Z") from None
    return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)


def _day(text: str) -> date:
    _check_year(text[:4])
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ValueError("names no such day: write it as 2026-03-01, or with its time") from None


def _check_year(year: str) -> None:
    if int(year) not in YEARS:
        years = f"{YEARS[0]} to {YEARS[-1]}"
        raise ValueError(f"is of the year {year}, which cannot be meant: send null for never, else a time of {years}")


def money(value: object) -> str | None:
    """An amount as decimal text; a JSON number is taken as it is written."""
    number = isinstance(value, int | float) and not isinstance(value, bool)
    written = format(Decimal(repr(value)), "f") if number else line(value) or ""
    if written and not re.fullmatch(MONEY, written):
        raise ValueError('is no amount: write it as decimal text such as "49.00"')
    return written.removeprefix("+") or None


def currency(value: object) -> str | None:
    """An ISO 4217 code, in upper case."""
    text = line(value)
    if text is not None and not re.fullmatch(CURRENCY, text):
        raise ValueError("is no currency: write its three letters, such as EUR")
    return None if text is None else text.upper()


def truth(value: object) -> bool | None:
    """True or false."""
    if value is not None and not isinstance(value, bool):
        raise ValueError("must be true, false or null")
    return value


def count(value: object) -> int | None:
    """A whole number from 0 to a million."""
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= MOST:
        raise ValueError(f"must be a whole number from 0 to {MOST}, or null")
    return value


def kind(value: object) -> str:
    """What sort of JSON value this is, in words."""
    words = {str: "text", bool: "true or false", list: "a list", dict: "an object", type(None): "null"}
    return words.get(type(value), "a number")
