"""The list of every ticket that is not solved, by time to due, from what its clocks have planned or missed (MET-01).

A promise each; a ticket for which nothing is promised now stands there by itself, as does a solved one of which somebody who is
no part of it wrote and no agent has looked since.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, case, select

from connector.domain.policy.requests import Request
from connector.runtime import Runtime
from connector.storage import codec
from connector.storage.tables import tickets
from connector.storage.tables_policy import clock_events, ticket_acts
from connector.tickets import status_link
from connector.tickets.views import PENDING, named, of_tickets, subject_of

_RESTING = (clock_events.c.kind == "breach") & (clock_events.c.state == "paused")
_LAST_ACT = (
    select(ticket_acts.c.kind)
    .where(ticket_acts.c.ticket_id == tickets.c.id, ticket_acts.c.kind.not_in(("automatic", status_link.ENDED)))
    .order_by(ticket_acts.c.recorded_at.desc(), ticket_acts.c.place.desc())
    .limit(1)
    .correlate(tickets)
    .scalar_subquery()
)
_PROMISED = (
    select(clock_events.c.id)
    .where(clock_events.c.ticket_id == tickets.c.id, PENDING | _RESTING)
    .correlate(tickets)
    .exists()
)
_UNPROMISED = ((tickets.c.working_state != "solved") & ~_PROMISED) | (
    (tickets.c.working_state == "solved") & (_LAST_ACT == "stranger")
)
# What waits for us, before what waits for somebody else.
_WAITS_FOR_US = case((tickets.c.working_state.in_(("waiting", "access_declined")), 1), else_=0)


def by_time_to_due(
    tx: Connection, runtime: Runtime, vendor_id: str | None, now: datetime, limit: int = 50
) -> list[dict[str, Any]]:
    """Each running promise with the seconds left (negative: overdue), the least first; then tickets without one, the oldest
    first; then promises that rest."""
    clock = (clock_events.c.clock, clock_events.c.due_at, clock_events.c.state.label("clock_state"))
    promised = of_tickets(*clock).join(clock_events, clock_events.c.ticket_id == tickets.c.id)
    by_due = (clock_events.c.due_at, clock_events.c.id)
    kinds = (
        promised.where(PENDING).order_by(*by_due),
        of_tickets().where(_UNPROMISED).order_by(_WAITS_FOR_US, tickets.c.id),
        promised.where(_RESTING).order_by(*by_due),
    )
    mine: list[ColumnElement[bool]] = [tickets.c.vendor_id == vendor_id] if vendor_id else []
    rows: list[dict[str, Any]] = []
    for kind in kinds:
        left = limit - len(rows)
        rows += [_told(runtime, row, now) for row in tx.execute(kind.where(*mine).limit(left))] if left else []
    return rows


def _told(runtime: Runtime, row: Any, now: datetime) -> dict[str, Any]:
    promise = getattr(row, "clock_state", None)
    due = row.due_at if promise in ("planned", "fired") else None
    left = (due - now).total_seconds() if due else None
    return {
        "vendor": row.vendor,
        "ticket": row.number,
        "working_state": row.working_state,
        "subject": subject_of(runtime, row),
        "customer": named(codec.loads(row.asked, Request).requester),
        "clock": getattr(row, "clock", None),
        "priority": row.priority,
        "tier": row.tier,
        "due": codec.rfc3339(due) if due else None,
        "seconds_left": None if left is None else int(left),
        "state": _state(promise, left),
    }


def _state(promise: str | None, left: float | None) -> str:
    if promise is None:
        return "untimed"
    if left is None:
        return "paused"
    return "overdue" if left <= 0 else "running"
