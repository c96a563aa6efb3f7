"""Tickets as the API, the command line and the status page show them, and putting stuck ones back to work."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, case, func, select, update

from connector.domain.clocks.ticket_states import WORKING
from connector.domain.licensing.events import Person
from connector.domain.licensing.links import asked_links
from connector.domain.policy.requests import Request
from connector.domain.typed import named_ticket
from connector.runtime import Runtime
from connector.storage import codec
from connector.storage.tables import licences, links, outbox, requests, sinks, ticket_notes, tickets, vendors
from connector.storage.tables_policy import clock_events
from connector.tickets import status_link
from connector.tickets.handover import request_of, said_before

FORWARDING = ("queued", "forwarded", "parked")
"""Where a ticket is on its way to the helpdesk; `held`, not accepted yet, is a state of work as well."""

STATES = (*WORKING, *FORWARDING)
"""What a list of tickets can be filtered by."""

PENDING = (clock_events.c.kind == "breach") & clock_events.c.state.in_(("planned", "fired"))
"""Promises that run, or were missed and are still not kept."""

_NEXT_DUE = (
    select(func.min(clock_events.c.due_at))
    .where(clock_events.c.ticket_id == tickets.c.id, PENDING)
    .correlate(tickets)
    .scalar_subquery()
)


def of_tickets(*more: Any) -> Select[Any]:
    """A selection of tickets with what their rows show."""
    return (
        select(
            tickets, vendors.c.slug.label("vendor"), requests.c.asked, requests.c.texts, _NEXT_DUE.label("due"), *more
        )
        .join(vendors, vendors.c.id == tickets.c.vendor_id)
        .join(requests, requests.c.id == tickets.c.request_id)
    )


def list_tickets(
    tx: Connection,
    runtime: Runtime,
    vendor_id: str | None = None,
    *,
    state: str | None = None,
    customer: str | None = None,
    product: str | None = None,
    due_by: datetime | None = None,
    before: str | None = None,
    limit: int = 50,
) -> list[dict[str, Any]]:
    """Tickets newest first, with their state of work; `before` is the id a page ended with.

    state: one of STATES. customer: the host's id of a person, or an e-mail address. due_by: only where a promise runs out
    by then (UTC), or has.
    """
    statement = of_tickets().order_by(tickets.c.id.desc()).limit(limit)
    if vendor_id:
        statement = statement.where(tickets.c.vendor_id == vendor_id)
    if state:
        statement = statement.where(_in_state(state))
    if customer:
        mine = (links.c.vendor_id == tickets.c.vendor_id) & links.c.link.in_(asked_links(customer))
        statement = statement.where(select(links.c.target).where(mine, links.c.target == tickets.c.request_id).exists())
    if product:
        statement = statement.where(func.lower(tickets.c.product) == product.strip().lower())
    if due_by:
        statement = statement.where(due_by >= _NEXT_DUE)
    if before:
        statement = statement.where(tickets.c.id < before)
    return [row_told(runtime, row) for row in tx.execute(statement)]


def ticket_told(
    tx: Connection, runtime: Runtime, number: str, *, vendor_id: str | None = None
) -> dict[str, Any] | None:
    """One ticket with its texts, decision and queue rows, or None."""
    statement = of_tickets(licences.c.key_last4).join(licences, licences.c.id == tickets.c.license_id, isouter=True)
    statement = statement.where(tickets.c.number == named_ticket(number))
    if vendor_id:
        statement = statement.where(tickets.c.vendor_id == vendor_id)
    row = tx.execute(statement).first()
    if row is None:
        return None
    request, texts = request_of(tx, runtime, row.request_id)
    reply = json.loads(tx.execute(select(requests.c.reply).where(requests.c.id == row.request_id)).scalar_one())
    notes = tx.execute(
        select(ticket_notes)
        .where(ticket_notes.c.ticket_id == row.id)
        .order_by(ticket_notes.c.created_at, ticket_notes.c.id)
    )
    sends = tx.execute(select(outbox).where(outbox.c.ticket_id == row.id).order_by(outbox.c.id))
    return row_told(runtime, row) | {
        "request_id": request.request_id,
        "license": {"id": row.license_id, "last4": row.key_last4} if row.license_id else None,
        "order": request.order_id,
        "site": request.site,
        "environment": dict(request.environment),
        "attachments": list(request.attachments),
        "message": texts["message"],
        "reproduction": texts.get("reproduction"),
        "said_before": said_before(texts),
        "unread": texts.get("unread") or {},
        "requester": codec.plain(request.requester) if request.requester else None,
        "status_url": status_link.url(runtime, row.number, row.link_generation),
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
        again = again.where(
            outbox.c.ticket_id.in_(select(tickets.c.id).where(tickets.c.number == named_ticket(number)))
        )
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


def row_told(runtime: Runtime, row: Any) -> dict[str, Any]:
    """A ticket as lists show it."""

    def time(instant: datetime | None) -> str | None:
        return codec.rfc3339(instant) if instant else None

    return {
        "id": row.id,
        "number": row.number,
        "vendor": row.vendor,
        "working_state": row.working_state,
        "subject": subject_of(runtime, row),
        "customer": named(codec.loads(row.asked, Request).requester),
        "product": row.product,
        "state": row.state,
        "priority": row.priority,
        "tier": row.tier,
        "due": time(row.due),
        "respond_by": time(row.respond_by),
        "resolve_by": time(row.resolve_by),
        "update_by": time(row.update_by),
        "remote_id": row.remote_id,
        "created_at": time(row.created_at),
    }


def subject_of(runtime: Runtime, row: Any) -> str:
    """The subject of a row of `of_tickets`."""
    return str(json.loads(runtime.keyring.unseal(row.texts))["subject"])


def named(person: Person | None) -> str | None:
    """The name by which a list shows a person, and by which it can be filtered."""
    return (person.email or person.id or person.name) if person else None


def _in_state(state: str) -> ColumnElement[bool]:
    return tickets.c.state == state if state in FORWARDING else tickets.c.working_state == state
