"""Open promises by time to due, read from what the clocks have planned or missed (MET-01)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, case, select

from connector import codec
from connector.tables import tickets, vendors
from connector.tables_policy import clock_events

OPEN = ("planned", "fired", "paused")
_PAUSED_LAST = case((clock_events.c.state == "paused", 1), else_=0)


def by_time_to_due(tx: Connection, vendor_id: str | None, now: datetime, limit: int = 50) -> list[dict[str, Any]]:
    """Each running promise with the seconds left (negative: overdue), the least first; those that rest come last."""
    joined = (
        select(clock_events, tickets.c.number, tickets.c.priority, tickets.c.tier, vendors.c.slug)
        .join(tickets, tickets.c.id == clock_events.c.ticket_id)
        .join(vendors, vendors.c.id == clock_events.c.vendor_id)
        .where(clock_events.c.kind == "breach", clock_events.c.state.in_(OPEN))
    )
    if vendor_id:
        joined = joined.where(clock_events.c.vendor_id == vendor_id)
    ordered = joined.order_by(_PAUSED_LAST, clock_events.c.due_at, clock_events.c.id).limit(limit)
    return [_told(row, now) for row in tx.execute(ordered)]


def _told(row: Any, now: datetime) -> dict[str, Any]:
    resting = row.state == "paused"
    left = (row.due_at - now).total_seconds()
    return {
        "vendor": row.slug,
        "ticket": row.number,
        "clock": row.clock,
        "priority": row.priority,
        "tier": row.tier,
        "due": None if resting else codec.rfc3339(row.due_at),
        "seconds_left": None if resting else int(left),
        "state": "paused" if resting else "overdue" if left <= 0 else "running",
    }
