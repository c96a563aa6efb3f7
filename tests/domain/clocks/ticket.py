"""A ticket of Monday, ten o'clock in New York, where it is open from nine to six, and what happens to it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from connector.domain.calendar.hours import Calendar, Span
from connector.domain.clocks.clock_runs import Mark
from connector.domain.clocks.clocks import Clock, clocks
from connector.domain.policy.policy import Channel, Clocks, Policy, Severity

HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)
WEEK = (((540, 1080),),) * 5 + ((), ())
SEVERITIES = {
    "critical": Severity(
        clock="always",
        respond=Span(900),
        respond_warn=Span(600),
        resolve=Span(4 * 3600),
        resolve_clock="always",
        update=Span(3600),
    ),
    "high": Severity(
        clock="always",
        respond=Span(3600),
        respond_closed=Span(4 * 3600),
        resolve=Span(8 * 3600),
        resolve_clock="always",
    ),
    "medium": Severity(
        respond=Span(4 * 3600),
        resolve=Span(business_days=1),
        resolve_warn=Span(4 * 3600),
        update_delayed=Span(6 * 3600),
    ),
    "mixed": Severity(clock="always", respond=Span(2 * 3600), resolve=Span(8 * 3600), update=Span(5 * 3600)),
    "none": Severity(),
}
POLICY = Policy(
    id="clocks",
    version="2025-01",
    effective_from=date(2025, 1, 1),
    title="",
    source="",
    digest="0" * 64,
    calendar=Calendar("America/New_York", WEEK),
    default_severity="medium",
    severities=SEVERITIES,
    scope={},
    channels={"email": Channel(respond=Span(3600))},
)
MONDAY = datetime(2026, 6, 15, 14, tzinfo=UTC)  # 10:00 in New York


def at(hours: float, kind: str, word: str = "") -> Mark:
    """A mark so many hours after Monday, ten o'clock."""
    return Mark(MONDAY + hours * HOUR, kind, word)


def stand(severity: str, marks: list[Mark], hours: float, channel: str = "ticket", **reading: Any) -> list[Clock]:
    policy = replace(POLICY, clocks=Clocks(**reading))
    return clocks(policy, severity, channel, MONDAY, marks, MONDAY + hours * HOUR)


def the(name: str, found: list[Clock]) -> Clock:
    """The latest run of a clock."""
    return [clock for clock in found if clock.name == name][-1]


def hours_of(found: datetime | None) -> float | None:
    return None if found is None else (found - MONDAY) / HOUR
