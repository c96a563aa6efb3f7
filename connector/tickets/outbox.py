"""The outbox: one row for each call a helpdesk still has to get. It is the truth; whatever wakes a worker is a hint.

queued    never tried, or put back without having been sent
sending   a worker holds the lease; written before the call, so that a crash leaves it visible
unknown   tried with an unclear end: found first, only then sent again
done      the helpdesk shows it
parked    a clear no from the helpdesk, or too many tries: a person must look (`connector tickets retry`)
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, String, Table, bindparam, case, insert, or_, select, update

from connector.storage import ids
from connector.storage.tables import UtcDateTime, outbox, sinks, tickets

LEASE = timedelta(seconds=60)
"""Longer than a look-up and a creation may take together (each call has a total deadline): what comes after them can be
done by the next holder as well, since it is looked at before it is written."""

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

OPEN = ("queued", "sending", "unknown")

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


def bring_back(tx: Connection, now: datetime, longest: Sequence[timedelta], queue: Table = outbox) -> int:
    """Make due what waits longer than it can have been told to: the clock ran ahead when that was written; how many rows.

    longest: by the tries made so far, the last for all beyond. A lease lasts no longer than LEASE.
    """
    last = len(longest) - 1
    tries = [queue.c.attempts == made if made < last else queue.c.attempts >= made for made in range(len(longest))]
    late = or_(*(made & (queue.c.due_at > now + wait) for made, wait in zip(tries, longest, strict=True)))
    held = queue.c.leased_until > now + 2 * LEASE
    ahead = update(queue).where(queue.c.state.in_(OPEN), or_(late, held)).values(due_at=now, leased_until=None)
    return len(tx.execute(ahead.returning(queue.c.id)).all())


def claim(tx: Connection, row_id: str, now: datetime, queue: Table = outbox) -> Any:
    """Take a due row for one lease: the row with its new fence, or None when somebody else has it. queue: mails have their own.

    Compare-and-set: the winner is whoever's UPDATE still sees the row unleased; `attempts` is counted before the call.
    """
    free = or_(queue.c.leased_until.is_(None), queue.c.leased_until <= now)
    return tx.execute(
        update(queue)
        .where(queue.c.id == row_id, queue.c.state.in_(OPEN), queue.c.due_at <= now, free)
        .values(state="sending", attempts=queue.c.attempts + 1, fence=queue.c.fence + 1, leased_until=now + LEASE)
        .returning(*queue.c)
    ).first()


def finish(
    tx: Connection,
    row: Any,
    state: str,
    now: datetime,
    wait: timedelta | None = None,
    error: str | None = None,
    queue: Table = outbox,
) -> bool:
    """Write down how a turn ended; False when the lease was lost meanwhile and the end is not ours to tell."""
    values: dict[str, Any] = {"state": state, "leased_until": None, "error": error}
    if wait is not None:
        values["due_at"] = now + wait
    ended = update(queue).where(queue.c.id == row.id, queue.c.fence == row.fence).values(**values)
    return tx.execute(ended.returning(queue.c.id)).first() is not None
