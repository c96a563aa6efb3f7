"""Reading tickets and putting them back to work: what the API, the command line and the status page show."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, case, select, update

from connector import codec
from connector.packing import request_of
from connector.runtime import Runtime
from connector.tables import outbox, requests, sinks, ticket_notes, tickets, vendors


def list_tickets(
    tx: Connection,
    vendor_id: str | None = None,
    *,
    state: str | None = None,
    before: str | None = None,
    limit: int = 50,
) -> list[dict[str, Any]]:
    """Tickets newest first, with what the queue last heard from the helpdesk; `before` is the id a page ended with."""
    statement = (
        select(tickets, vendors.c.slug.label("vendor"))
        .join(vendors, vendors.c.id == tickets.c.vendor_id)
        .order_by(tickets.c.id.desc())
        .limit(limit)
    )
    if vendor_id:
        statement = statement.where(tickets.c.vendor_id == vendor_id)
    if state:
        statement = statement.where(tickets.c.state == state)
    if before:
        statement = statement.where(tickets.c.id < before)
    return [_row(row) for row in tx.execute(statement)]


def ticket_told(
    tx: Connection, runtime: Runtime, number: str, *, vendor_id: str | None = None
) -> dict[str, Any] | None:
    """One ticket with its texts, decision and queue rows, or None."""
    statement = select(tickets, vendors.c.slug.label("vendor")).join(vendors, vendors.c.id == tickets.c.vendor_id)
    statement = statement.where(tickets.c.number == number)
    if vendor_id:
        statement = statement.where(tickets.c.vendor_id == vendor_id)
    row = tx.execute(statement).first()
    if row is None:
        return None
    request, texts = request_of(tx, runtime, row.request_id)
    reply = json.loads(tx.execute(select(requests.c.reply).where(requests.c.id == row.request_id)).scalar_one())
    notes = tx.execute(select(ticket_notes).where(ticket_notes.c.ticket_id == row.id).order_by(ticket_notes.c.id))
    sends = tx.execute(select(outbox).where(outbox.c.ticket_id == row.id).order_by(outbox.c.id))
    return _row(row) | {
        "request_id": request.request_id,
        "subject": texts["subject"],
        "message": texts["message"],
        "requester": codec.plain(request.requester) if request.requester else None,
        "decision": reply.get("decision"),
        "notes": [
            {"kind": note.kind, "at": codec.rfc3339(note.created_at)} | json.loads(runtime.keyring.unseal(note.body))
            for note in notes
        ],
        "forwarding": [
            {"id": send.id, "state": send.state, "attempts": send.attempts, "error": send.error} for send in sends
        ],
    }


def retry(tx: Connection, number: str | None, now: datetime) -> list[str]:
    """Put tickets back to work: parked and waiting rows are due now, their sinks no longer paused or busy.

    number None = everything that waits or is parked. Returns the outbox row ids.
    """
    # One statement, so that a row which a worker takes meanwhile stays the worker's.
    again = update(outbox).where(outbox.c.state.in_(("parked", "queued", "unknown")))
    if number is not None:
        again = again.where(outbox.c.ticket_id.in_(select(tickets.c.id).where(tickets.c.number == number)))
    again = again.values(state="unknown", due_at=now, leased_until=None)
    rows = tx.execute(again.returning(outbox.c.id, outbox.c.vendor_id, outbox.c.ticket_id)).all()
    if not rows:
        return []
    state = case((tickets.c.remote_id.is_(None), "queued"), else_="forwarded")
    parked = tickets.c.id.in_({row.ticket_id for row in rows}) & (tickets.c.state == "parked")
    tx.execute(update(tickets).where(parked).values(state=state))
    mine = sinks.c.vendor_id.in_({row.vendor_id for row in rows})
    tx.execute(update(sinks).where(mine).values(paused_at=None, paused_why=None, busy_until=None))
    return sorted(row.id for row in rows)


def _row(row: Any) -> dict[str, Any]:
    def time(instant: datetime | None) -> str | None:
        return codec.rfc3339(instant) if instant else None

    return {
        "id": row.id,
        "number": row.number,
        "vendor": row.vendor,
        "state": row.state,
        "priority": row.priority,
        "tier": row.tier,
        "respond_by": time(row.respond_by),
        "resolve_by": time(row.resolve_by),
        "update_by": time(row.update_by),
        "remote_id": row.remote_id,
        "created_at": time(row.created_at),
    }
