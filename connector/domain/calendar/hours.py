"""The working calendar as instants: which moments count, and when a span of counted time is used up.

A window is wall time in the calendar's zone, start inclusive, end exclusive; a moment is inside when the clock on
the wall says so, also in the nights when clocks change. Everything that leaves this module is UTC.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

Window = tuple[int, int]
Interval = tuple[datetime, datetime]
MODES = ("open", "always", "weekdays", "from_next_opening")
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

_DAY = timedelta(days=1)
_INSTANT = timedelta.resolution
_END_OF_TIME = datetime.max.replace(tzinfo=UTC)
_WHOLE_DAY: tuple[Window, ...] = ((0, 1440),)
_MEMO_DAYS = 4000
_SPAN = re.compile(r"(\d{1,4})\s*(m|h|d|bd)", re.ASCII)
_CLOCK = re.compile(r"(\d\d):(\d\d)", re.ASCII)
_SECONDS = {"m": 60, "h": 3600, "d": 86400}


@dataclass(frozen=True)
class Span:
    """An amount of time that a clock counts: seconds, and business days on top."""

    seconds: int = 0
    business_days: int = 0


def parse_span(text: str) -> Span:
    """`15m`, `24h`, `2d` (24 hours each) or `3bd` (business days, A12); raises ValueError that says how to write it."""
    match = _SPAN.fullmatch(text.strip()) if isinstance(text, str) else None
    if not match:
        raise ValueError(f"{text!r} is no span: write 15m, 24h, 2d or 1bd (business days), never negative")
    amount, unit = int(match[1]), match[2]
    return Span(business_days=amount) if unit == "bd" else Span(seconds=amount * _SECONDS[unit])


def parse_window(text: str) -> Window:
    """`09:00-18:00` to minutes after midnight; the end may be 24:00. Raises ValueError that says how to write it."""
    ends = [_CLOCK.fullmatch(end.strip()) for end in text.split("-")] if isinstance(text, str) else []
    minutes = [int(end[1]) * 60 + int(end[2]) for end in ends if end and int(end[2]) < 60]
    if len(ends) == len(minutes) == 2 and 0 < minutes[1] < minutes[0] < 1440:
        opens, closes = (end.strip() for end in text.split("-"))
        raise ValueError(
            f"{text!r} goes over midnight, and a window lies within its day (write 09:00-18:00): for a night write "
            f'two, "{opens}-24:00" on this day and "00:00-{closes}" on the next'
        )
    if len(ends) != 2 or len(minutes) != 2 or not 0 <= minutes[0] < minutes[1] <= 1440:
        raise ValueError(f"{text!r} is no window: write 09:00-18:00, the end after the start and at most 24:00")
    return minutes[0], minutes[1]


@dataclass(frozen=True)
class Calendar:
    """A week of windows in one zone, with closed local dates (A15). Raises ValueError for one that cannot be counted.

    zone          IANA name, never an offset (HRS-03)
    week          Monday first; minutes after midnight
    business_day  seconds that one business day is worth; 0 means the most common open day of the week (A12)
    ends_at       `closing`: a span that fills the day ends at closing time; `opening`: at the next opening (A31)
    """

    zone: str
    week: tuple[tuple[Window, ...], ...]
    closed: frozenset[date] = frozenset()
    business_day: int = 0
    ends_at: str = "closing"
    tz: ZoneInfo = field(init=False, repr=False, compare=False)
    _days: dict[tuple[date, bool], tuple[Interval, ...]] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        week = tuple(tuple(sorted(windows)) for windows in self.week)
        if len(week) != 7 or not any(week):
            raise ValueError('the calendar is never open: name at least one window, such as open.mon = ["09:00-18:00"]')
        for windows in week:
            if not all(0 <= opens < closes <= 1440 for opens, closes in windows):
                raise ValueError("a window starts within its day, and ends after its start and by 24:00")
            if any(left[1] > right[0] for left, right in pairwise(windows)):
                raise ValueError("two windows of one day overlap: let one end before the other starts")
        object.__setattr__(self, "week", week)
        object.__setattr__(self, "tz", _zone(self.zone))
        object.__setattr__(self, "_days", {})
        if not self.business_day:
            object.__setattr__(self, "business_day", _usual_day(week))

    def stretches(self, day: date, whole: bool = False) -> tuple[Interval, ...]:
        """The open stretches within a day of UTC, in order; `whole` gives a working day (of the zone) all its hours."""
        found = self._days.get((day, whole))
        if found is None:
            if len(self._days) > _MEMO_DAYS:
                self._days.clear()
            found = self._days[day, whole] = tuple(self._expand(day, whole))
        return found

    def _expand(self, day: date, whole: bool) -> Iterator[Interval]:
        for begin, end, offset in _by_offset(self.tz, day):
            first, last = (begin + offset).date(), (end + offset - _INSTANT).date()
            for local in (first, last) if first < last else (first,):
                midnight = datetime(local.year, local.month, local.day, tzinfo=UTC) - offset
                for opens, closes in self._plan(local, whole):
                    opening = max(begin, midnight + timedelta(minutes=opens))
                    closing = min(end, midnight + timedelta(minutes=closes))
                    if opening < closing:
                        yield opening, closing

    def _plan(self, day: date, whole: bool) -> tuple[Window, ...]:
        planned = () if day in self.closed else self.week[day.weekday()]
        return _WHOLE_DAY if whole and planned else planned


def due(
    calendar: Calendar, start: datetime, span: Span, mode: str = "open", pauses: Sequence[Interval] = ()
) -> datetime:
    """The instant (UTC) at which the last second of `span` is used up, counted from `start`.

    mode: `open` counts open time, `always` every second, `weekdays` all hours of days that have a window (A7), and
    `from_next_opening` every second after the first opening. Pauses give back the time counted in them, once (HRS-24).
    A span of nothing is due at the first counted moment. Raises ValueError where the calendar runs out of years.
    """
    left = timedelta(seconds=span.seconds + span.business_days * calendar.business_day)
    roll = mode == "open" and calendar.ends_at == "opening"
    try:
        for begin, end in _counted(calendar, start.astimezone(UTC), mode, pauses):
            if left < end - begin or (left == end - begin and not roll):
                return begin + left
            left -= end - begin
    except OverflowError:
        pass
    raise ValueError("the due time lies outside the calendar (years 1 to 9999)")


def time_counted(
    calendar: Calendar, start: datetime, end: datetime, mode: str = "open", pauses: Sequence[Interval] = ()
) -> timedelta:
    """How much time a clock counts from `start` to `end`: what `due` uses up, pauses left out (MET-02)."""
    total, last = timedelta(), end.astimezone(UTC)
    for begin, until in _counted(calendar, start.astimezone(UTC), mode, pauses):
        if begin >= last:
            break
        total += min(until, last) - begin
    return total


def is_open(calendar: Calendar, at: datetime) -> bool:
    """Whether the moment lies in a window (HRS-01: start inclusive, end exclusive)."""
    moment = at.astimezone(UTC)
    return any(begin <= moment < end for begin, end in calendar.stretches(moment.date()))


def next_opening(calendar: Calendar, at: datetime) -> datetime:
    """The first open moment at or after `at` (UTC). Raises ValueError where the calendar runs out of years."""
    return due(calendar, at, Span())


def _counted(calendar: Calendar, start: datetime, mode: str, pauses: Sequence[Interval]) -> Iterator[Interval]:
    running = _running(calendar, start, mode)
    return _without(running, _in_order(pauses)) if pauses else running


def _running(calendar: Calendar, start: datetime, mode: str) -> Iterator[Interval]:
    if mode == "always":
        yield start, _END_OF_TIME
    elif mode == "from_next_opening":
        yield next_opening(calendar, start), _END_OF_TIME
    else:
        day, whole = start.date(), mode == "weekdays"
        for begin, end in calendar.stretches(day, whole):
            if end > start:
                yield max(begin, start), end
        while True:
            day += _DAY
            yield from calendar.stretches(day, whole)


def _in_order(pauses: Iterable[Interval]) -> list[Interval]:
    instants = [(begin.astimezone(UTC), end.astimezone(UTC)) for begin, end in pauses]
    return sorted((begin, end) for begin, end in instants if begin < end)


def _without(running: Iterable[Interval], pauses: Sequence[Interval]) -> Iterator[Interval]:
    """What runs, less the pauses, which are in order of their beginning and may overlap."""
    for begin, end in running:
        for pause_begin, pause_end in pauses:
            if pause_end <= begin or pause_begin >= end:
                continue
            if pause_begin > begin:
                yield begin, pause_begin
            begin = pause_end
        if begin < end:
            yield begin, end


def _by_offset(tz: ZoneInfo, day: date) -> Iterator[tuple[datetime, datetime, timedelta]]:
    """A day of UTC, cut where the zone's offset changes: once at most, as no zone changed twice in six days since 1970."""
    begin = datetime(day.year, day.month, day.day, tzinfo=UTC)
    end = begin + _DAY
    before, after = _offset(tz, begin), _offset(tz, end)
    if before == after:
        yield begin, end, before
    else:
        moments = range(86400)
        seconds = bisect_left(moments, True, key=lambda second: _offset(tz, begin + timedelta(seconds=second)) == after)
        change = begin + timedelta(seconds=seconds)
        yield begin, change, before
        yield change, end, after


def _offset(tz: ZoneInfo, at: datetime) -> timedelta:
    return at.astimezone(tz).utcoffset() or timedelta()


def _usual_day(week: tuple[tuple[Window, ...], ...]) -> int:
    lengths = Counter(sum(end - begin for begin, end in windows) * 60 for windows in week if windows)
    return max(lengths, key=lambda length: (lengths[length], length))


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise ValueError(f"{name!r} is no time zone: write an IANA name such as Europe/London") from None
