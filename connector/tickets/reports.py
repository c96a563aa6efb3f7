"""How well promises were kept: count, met, breached, median and p90 for each policy, priority and clock (MET-02).

Worked out from what happened to each ticket, under the policy that accepted it; time on hold or otherwise paused is out.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from math import ceil
from statistics import median
from typing import Any

from sqlalchemy import Connection, bindparam, select

from connector.domain.clocks.clocks import Clock
from connector.runtime import Runtime
from connector.storage import ids
from connector.storage.tables import decisions, tickets
from connector.tickets import schedule
from connector.vendors.policies.versions import UnknownPolicy

PAGE = 500
NO_CLOCK = "none"
_PAGE = (
    select(tickets, decisions.c.policy)
    .join(decisions, decisions.c.id == tickets.c.decision_id)
    .where(tickets.c.vendor_id == bindparam("vendor"), tickets.c.id > bindparam("after"))
    .order_by(tickets.c.id)
    .limit(PAGE)
)


@dataclass
class _Line:
    """One clock of one policy and priority: how many, how they ended, and the seconds that those which ended took."""

    count: int = 0
    met: int = 0
    breached: int = 0
    seconds: list[float] = field(default_factory=list)

    def add(self, clock: Clock) -> None:
        self.count += 1
        self.met += clock.state == "met"
        self.breached += clock.breached_at is not None
        if clock.ended_at is not None:
            self.seconds.append(clock.counted.total_seconds())


def report(
    tx: Connection, runtime: Runtime, vendor_id: str, since: datetime, until: datetime, now: datetime
) -> list[dict[str, Any]]:
    """The clocks of tickets made in [since, until), as they stand `now` (UTC), one row a policy, priority and clock.

    What was breached and answered later is breached; what still runs is neither met nor breached. median and p90 are
    seconds that the clock counted (its own hours, pauses left out) of those that ended. A ticket to which nothing was
    promised stands under the clock `none`, so that the report works without clocks (MET-05).
    """
    lines: defaultdict[tuple[str, str, str], _Line] = defaultdict(_Line)
    for ticket in _made(tx, vendor_id, since, until):
        found = _clocks(tx, runtime, ticket, now)
        for clock in found:
            lines[ticket.policy, ticket.priority or "", clock.name].add(clock)
        if not found:
            lines[ticket.policy, ticket.priority or "", NO_CLOCK].count += 1
    return [_told(key, line) for key, line in sorted(lines.items())]


def _made(tx: Connection, vendor_id: str, since: datetime, until: datetime) -> Iterator[Any]:
    after = ids.first_of("tkt", since)
    while rows := tx.execute(_PAGE, {"vendor": vendor_id, "after": after}).all():
        for row in rows:
            if row.created_at >= until:
                return
            if row.created_at >= since and row.state != "held":
                yield row
        after = rows[-1].id


def _clocks(tx: Connection, runtime: Runtime, ticket: Any, now: datetime) -> list[Clock]:
    try:
        case = schedule.case_of(tx, runtime, ticket)
    except UnknownPolicy:
        return []
    return schedule.clocks_of(case, schedule.marks_of(schedule.acts_of(tx, ticket.id)), now)


def _told(key: tuple[str, str, str], line: _Line) -> dict[str, Any]:
    policy, priority, clock = key
    ended = sorted(line.seconds)
    return {
        "policy": policy,
        "priority": priority,
        "clock": clock,
        "count": line.count,
        "met": line.met,
        "breached": line.breached,
        "running": line.count - line.met - line.breached if clock != NO_CLOCK else 0,
        "median_seconds": round(median(ended)) if ended else None,
        "p90_seconds": round(ended[ceil(0.9 * len(ended)) - 1]) if ended else None,
    }
