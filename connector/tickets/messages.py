"""Messages on a ticket after the request, and answers to estimates: kept on the ticket and passed on."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select

from connector.domain.policy.requests import EstimateAnswered, Message
from connector.domain.typed import named_ticket
from connector.ports import Unreadable
from connector.runtime import Runtime
from connector.storage import codec
from connector.storage.database import insert_once
from connector.storage.tables import requests, ticket_notes, tickets
from connector.tickets import mails, outbox, participants, schedule
from connector.vendors.vendor import Vendor

SAID = ("message", "automatic", "stranger")
"""Kinds of notes that hold what somebody wrote: the customer, a machine of his, and somebody who is no part of the ticket.
Only the first moves clocks, opens what was solved, and is mailed about; the others are shown to agents (RFC 3834)."""


def add_message(
    tx: Connection, runtime: Runtime, vendor: Vendor, source: str, message: Message, delivery_id: str, now: datetime
) -> str | None:
    """Keep a further message and queue it for the helpdesk; the outbox row's id, or None where tickets live with us.

    Raises Unreadable when the ticket is not known (it may still come: the delivery can be replayed).
    """
    ticket = _ticket(tx, vendor, source, message.ticket, message.request_id)
    return keep(tx, runtime, ticket, message, f"msg_{delivery_id.partition('_')[2]}", now)


def keep(tx: Connection, runtime: Runtime, ticket: Any, message: Message, note_id: str, now: datetime) -> str | None:
    """Keep a message on a locked ticket, once for its `note_id`, with what it means for the ticket; returns as `add_message`.

    What the customer wrote ends a wait, opens a solved ticket again and starts the next response. A machine's mail and a
    stranger's are kept and told to agents, and change nothing.
    """
    kind = "automatic" if message.automatic else "message"
    if kind == "message" and not participants.belongs(tx, runtime, ticket, message.author):
        kind = "stranger"
    words: dict[str, Any] = {"body": message.body, "author": codec.plain(message.author) if message.author else None}
    if message.automatic:
        words["mark"] = message.automatic
    if not _note(tx, runtime, ticket.id, kind, words, note_id, now):
        return None
    schedule.record(tx, ticket, "wrote" if kind == "message" else kind, now, note_id, now)
    if kind == "message" and ticket.state != "held":
        schedule.plan(tx, runtime, ticket, now)
        mails.changed(tx, runtime, ticket, note_id, now, "wrote")
    if not outbox.holds(tx, ticket.id):  # on hold, or from before there was a helpdesk: it stays with its ticket
        return None
    return outbox.put(tx, ticket.vendor_id, ticket.id, now, note_id)


def repeated(ticket_id: str, words: str) -> str:
    """The id of the note that holds what was said when a request was sent again: the same words are kept once."""
    return "msg_" + hashlib.sha256(f"{ticket_id}\n{words}".encode()).hexdigest()[:32]


def answer_estimate(
    tx: Connection,
    runtime: Runtime,
    vendor: Vendor,
    source: str,
    answer: EstimateAnswered,
    delivery_id: str,
    now: datetime,
) -> str | None:
    """Keep a customer's yes or no to an estimate on the ticket's history; raises Unreadable when the ticket is not known."""
    ticket = _ticket(tx, vendor, source, answer.ticket, answer.request_id)
    words = {"approved": answer.approved, "estimate": answer.estimate}
    _note(tx, runtime, ticket.id, "estimate_answered", words, f"msg_{delivery_id.partition('_')[2]}", now)
    return None


def _note(
    tx: Connection, runtime: Runtime, ticket_id: str, kind: str, content: Mapping[str, Any], note_id: str, now: datetime
) -> bool:
    """Keep a note once for its id (a replay finds it there); False when it was kept before."""
    body = runtime.keyring.seal(json.dumps(content).encode())
    row = {"id": note_id, "ticket_id": ticket_id, "kind": kind, "body": body, "created_at": now}
    return insert_once(tx, ticket_notes, row)


def _ticket(tx: Connection, vendor: Vendor, source: str, number: str | None, request_id: str | None) -> Any:
    statement = select(tickets).join(requests, requests.c.id == tickets.c.request_id)
    if number:
        statement = statement.where(tickets.c.vendor_id == vendor.id, tickets.c.number == named_ticket(number))
    else:
        mine = (requests.c.vendor_id == vendor.id) & (requests.c.source == source)
        statement = statement.where(mine, requests.c.ref == (request_id or ""))
    # Locked, so that a ticket released from hold at this moment either finds this message or is seen released.
    ticket = tx.execute(statement.with_for_update(of=tickets)).first()
    if ticket is None:
        raise Unreadable(
            "/data/ticket" if number else "/data/request_id",
            "no ticket of this vendor is known by that name: send the support.requested delivery first, then replay this one",
        )
    return ticket
