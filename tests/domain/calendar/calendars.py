"""Calendars, instants and pauses to try a clock with: strategies that lean towards the nights in which clocks change."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import seed, settings
from hypothesis import strategies as st

from connector.domain.calendar.hours import Calendar, Interval, Window
from tests.domain.calendar.oracle import Wall

MINUTE = timedelta(minutes=1)
Test = Callable[..., Any]
PARTS = range(5 if settings().max_examples <= 100 else 13)
"""So often a test against an oracle is run, in each of 4 modes: 2,000 cases in `make test`, 104,000 in `make check-long`."""


def apart(part: int) -> Callable[[Test], Test]:
    """Cases of its own for each part, also where hypothesis is set to find the same ones every time."""
    return seed(part) if settings().derandomize else lambda test: test


CHANGES = {
    "America/New_York": ("2026-03-08T07:00Z", "2026-11-01T06:00Z"),
    "Europe/London": ("2026-03-29T01:00Z", "2026-10-25T01:00Z"),
    "Europe/Dublin": ("2026-03-29T01:00Z",),  # winter is the exception there, in the data
    "Australia/Lord_Howe": ("2026-04-04T15:00Z", "2026-10-03T15:30Z"),  # half an hour
    "Antarctica/Troll": ("2026-03-29T01:00Z", "2026-10-25T01:00Z"),  # two hours
    "America/Santiago": ("2026-04-05T03:00Z", "2026-09-06T04:00Z"),  # at midnight, both ways
    "America/Havana": ("2026-03-08T05:00Z", "2026-11-01T05:00Z"),  # at midnight forward, at one back to midnight
    "Africa/Cairo": ("2026-04-23T22:00Z", "2026-10-29T21:00Z"),  # at midnight, on a Friday
    "Asia/Beirut": ("2026-03-28T22:00Z", "2026-10-24T21:00Z"),
    "America/St_Johns": ("2010-03-14T03:31Z", "2010-11-07T02:31Z"),  # at 00:01: today, yesterday, today
    "Africa/Casablanca": ("2026-02-15T02:00Z", "2026-03-22T02:00Z"),  # back for Ramadan
    "Asia/Kathmandu": (),
    "Asia/Kolkata": (),
    "Etc/GMT+5": (),
    "Pacific/Apia": ("2011-12-30T10:00Z",),  # 30 December 2011 never came
    "Pacific/Kwajalein": ("1993-08-21T12:00Z",),  # nor 21 August 1993
    "America/Caracas": ("2016-05-01T07:00Z",),  # half an hour, for good
    "Asia/Pyongyang": ("2015-08-14T15:00Z", "2018-05-04T15:00Z"),
    "Pacific/Chatham": ("2026-04-04T14:00Z", "2026-09-26T14:00Z"),
}

_marks = st.lists(st.integers(0, 96), max_size=6, unique=True).map(sorted)
_plans = st.one_of(
    st.sampled_from([(), ((540, 1080),), ((540, 720), (780, 1080)), ((0, 360), (1320, 1440)), ((0, 1440),)]),
    _marks.map(lambda marks: tuple(zip(marks[::2], marks[1::2], strict=False))).map(
        lambda plan: tuple((15 * opens, 15 * closes) for opens, closes in plan)
    ),
    st.tuples(st.integers(0, 1439), st.integers(1, 120)).map(lambda each: ((each[0], min(1440, sum(each))),)),
)


@dataclass(frozen=True)
class Case:
    """A calendar as the engine takes it and as the oracle does, with an instant near one of its odd nights."""

    calendar: Calendar
    wall: Wall
    start: datetime


def _long_enough(week: tuple[tuple[Window, ...], ...]) -> bool:
    return sum(closes - opens for plan in week for opens, closes in plan) >= 180


_weeks = st.one_of(
    st.builds(lambda usual, weekend: (*[usual] * 5, weekend, weekend), _plans, _plans), st.tuples(*[_plans] * 7)
).filter(_long_enough)


@st.composite
def cases(draw: st.DrawFn) -> Case:
    """A calendar of any week in any of the zones, and a whole minute in or before a night when its clocks change."""
    zone = draw(st.sampled_from(sorted(CHANGES)))
    around = [datetime.fromisoformat(at) for at in CHANGES[zone]] or [datetime(2026, 3, 8, 7, tzinfo=UTC)]
    start = draw(st.sampled_from(around)) + draw(st.integers(-3 * 1440, 1440)) * MINUTE
    holidays = draw(st.lists(st.integers(0, 6), max_size=2))
    closed = frozenset(start.date() + timedelta(days=day) for day in holidays)
    week = draw(_weeks)
    return Case(Calendar(zone, week, closed), Wall(zone, week, closed), start)


def pauses_after(start: datetime) -> st.SearchStrategy[list[Interval]]:
    """Up to three pauses around or after the start, which may overlap, touch or be empty."""
    pause = st.tuples(st.integers(-300, 3000), st.sampled_from([0, 1, 15, 60, 90, 600, 1440]))
    return st.lists(pause.map(lambda each: (start + each[0] * MINUTE, start + sum(each) * MINUTE)), max_size=3)
