"""The outbox: one row for each call a helpdesk still has to get (`connector.storage.work_queue`). It is the truth; whatever
wakes a worker is a hint."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, String, bindparam, case, insert, or_, select, update

from connector.storage import ids
from connector.storage.tables import UtcDateTime, outbox, sinks, tickets
from connector.storage.work_queue import OPEN

_NAMES = ("id", "vendor_id", "ticket_id", "note_id", "state", "due_at", "created_at")
_PUT = (
    insert(outbox)
    .from_select(
        _NAMES,
        select(*(bindparam(name, type_=outbox.c[name].type) for name in _NAMES)).where(
            sinks.c.vendor_id == bindparam("vendor_id", type_=String)
        ),
    )
    .returning(outbox.c.id)
)

_NOW = bindparam("now", type_=UtcDateTime)
_AWAKE = (sinks.c.paused_at.is_(None), or_(sinks.c.busy_until.is_(None), sinks.c.busy_until <= _NOW))
_ANY_AWAKE = select(sinks.c.id).where(*_AWAKE).limit(1)
_DUE = (
    select(outbox.c.id)
    .join(sinks, sinks.c.vendor_id == outbox.c.vendor_id)
    .join(tickets, tickets.c.id == outbox.c.ticket_id)
    # A further message waits for its ticket, and uses up none of its tries meanwhile.
    .where(or_(outbox.c.note_id.is_(None), tickets.c.remote_id.is_not(None)))
    .where(outbox.c.state.in_(OPEN), outbox.c.due_at <= _NOW)
    .where(or_(outbox.c.leased_until.is_(None), outbox.c.leased_until <= _NOW))
    .where(*_AWAKE)
)
_OLDEST = _DUE.order_by(outbox.c.due_at, outbox.c.id).limit(bindparam("limit"))
_ONE = _DUE.where(outbox.c.id == bindparam("row"))


def put(tx: Connection, vendor_id: str, ticket_id: str, now: datetime, note_id: str | None = None) -> str | None:
    """Queue a ticket, or a further message of one, for the vendor's helpdesk; the row's id, or None where it has none."""
    row = {"id": ids.new_id("out", now), "vendor_id": vendor_id, "ticket_id": ticket_id, "note_id": note_id}
    return tx.execute(_PUT, row | {"state": "queued", "due_at": now, "created_at": now}).scalar()


def holds(tx: Connection, ticket_id: str) -> bool:
    """Does this ticket itself go, or has it gone, to a helpdesk?"""
    itself = select(outbox.c.id).where(outbox.c.ticket_id == ticket_id, outbox.c.note_id.is_(None))
    return tx.execute(itself).first() is not None


def put_unsent(tx: Connection, vendor_id: str, now: datetime) -> int:
    """Queue the vendor's tickets that were accepted before there was a helpdesk to send them to; how many."""
    never_sent = ~select(outbox.c.id).where(outbox.c.ticket_id == tickets.c.id).exists()
    mine = (tickets.c.vendor_id == vendor_id) & (tickets.c.state == "queued") & never_sent
    waiting = tx.execute(select(tickets.c.id).where(mine).order_by(tickets.c.id)).scalars().all()
    for ticket_id in waiting:
        put(tx, vendor_id, ticket_id, now)
    return len(waiting)


def doubt(tx: Connection) -> int:
    """Take what waits for tried with an unclear end, so that it is looked up before it is sent: after a restore nobody knows
    what was sent since the backup was made. How many rows."""
    tried = case((outbox.c.attempts > 0, outbox.c.attempts), else_=1)
    again = update(outbox).where(outbox.c.state.in_(OPEN)).values(state="unknown", attempts=tried, leased_until=None)
    return len(tx.execute(again.returning(outbox.c.id)).all())


def due(tx: Connection, now: datetime, limit: int = 100) -> list[str]:
    """Ids of rows that may be worked on now, oldest first: due, not leased, their sink neither paused nor busy."""
    if tx.execute(_ANY_AWAKE, {"now": now}).first() is None:
        return []  # rather than looking through all that waits for a helpdesk that is away
    return [row.id for row in tx.execute(_OLDEST, {"now": now, "limit": limit})]


def due_one(tx: Connection, row_id: str, now: datetime) -> bool:
    """May this row be worked on now?"""
    return tx.execute(_ONE, {"now": now, "row": row_id}).first() is not None
