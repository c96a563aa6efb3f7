"""What a clock comes to, found by looking at the clock on the wall once a minute. Slow, plain, and nothing of the engine's.

Times are datetimes in UTC on whole minutes, spans are minutes, a plan is a week (Monday first) of (from, to) in minutes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

MINUTE = timedelta(minutes=1)
LONGEST = 1_000_000
"""Steps after which the oracle gives up: a test that needs more asks too much of it."""

Pauses = Sequence[tuple[datetime, datetime]]


@dataclass(frozen=True)
class Wall:
    """A place and its opening hours."""

    zone: str
    plan: Sequence[Sequence[tuple[int, int]]]
    closed: frozenset[date] = frozenset()

    def is_open(self, at: datetime) -> bool:
        """Does the clock on the wall stand within opening hours?"""
        local = at.astimezone(ZoneInfo(self.zone))
        minute = local.hour * 60 + local.minute
        return local.date() not in self.closed and any(
            opens <= minute < closes for opens, closes in self.plan[local.weekday()]
        )

    def is_working_day(self, at: datetime) -> bool:
        """Is this a date on which the place opens at all?"""
        local = at.astimezone(ZoneInfo(self.zone))
        return local.date() not in self.closed and bool(self.plan[local.weekday()])

    def next_open(self, at: datetime) -> datetime:
        """This instant if it is open, else the first whole minute after it that is."""
        if self.is_open(at):
            return at
        return next(minute for minute in minutes_from(at.replace(second=0) + MINUTE) if self.is_open(minute))

    def counts(self, mode: str, start: datetime) -> Callable[[datetime], bool]:
        """Whether a minute counts for a clock of this mode that was started at `start`; to be asked in order."""
        if mode == "open":
            return self.is_open
        if mode == "weekdays":
            return self.is_working_day
        if mode == "always":
            return lambda at: True
        opening = self.next_open(start)
        return lambda at: at >= opening


def minutes_from(at: datetime, step: timedelta = MINUTE) -> Iterator[datetime]:
    """This minute and those after it; or steps of another length."""
    for number in range(LONGEST):
        yield at + number * step
    raise AssertionError("the oracle looked for too long in vain")


def is_paused(at: datetime, pauses: Pauses) -> bool:
    """Does this minute lie in a pause?"""
    return any(begin <= at < end for begin, end in pauses)


def due(
    wall: Wall,
    start: datetime,
    minutes: int,
    mode: str = "open",
    pauses: Pauses = (),
    step: timedelta = MINUTE,
) -> datetime:
    """The end of the last minute (or step) that counts; for none at all, the beginning of the first that would."""
    counts, wanted, used = wall.counts(mode, start), minutes * MINUTE // step, 0
    for at in minutes_from(start, step):
        if counts(at) and not is_paused(at, pauses):
            if wanted == 0:
                return at
            used += 1
            if used == wanted:
                return at + step
    raise AssertionError("unreachable")


def counted(wall: Wall, start: datetime, end: datetime, mode: str = "open", pauses: Pauses = ()) -> int:
    """How many minutes count between the two."""
    counts, used = wall.counts(mode, start), 0
    for at in minutes_from(start):
        if at >= end:
            return used
        used += counts(at) and not is_paused(at, pauses)
    raise AssertionError("unreachable")
