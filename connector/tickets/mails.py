"""Mails to customers: one row for each change of a ticket, written in the transaction of the change (NOT-01).

Exactly one sends: the helpdesk where it mails customers and has the ticket, else we (A29). Where no SMTP_HOST is set, or the
customer has no address, nothing is written. The states of a row are those of the outbox. The mails that bring keys are rows
beside them (`connector.tickets.key_mails`).
"""

from __future__ import annotations

import hashlib
import json
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, func, or_, select, update

from connector.domain.clocks.ticket_states import state_of
from connector.domain.policy.facts import Facts
from connector.domain.policy.mail import Subject, letter
from connector.domain.policy.mail_texts import CHANGES
from connector.domain.policy.policy import Policy
from connector.domain.policy.rules_manner import language_of
from connector.domain.typed import named_ticket
from connector.runtime import Runtime
from connector.settings import MAIL_ADDRESS
from connector.storage import codec, ids
from connector.storage.database import insert_once
from connector.storage.tables import decisions, sinks, tickets
from connector.storage.tables_mail import mails
from connector.storage.work_queue import OPEN
from connector.tickets import handover, outbox, schedule, status_link
from connector.vendors.policies.versions import UnknownPolicy
from connector.vendors.vendor import by_id

SENDERS = ("helpdesk", "connector")
"""Who mails the customer of a ticket at a helpdesk; the helpdesk's setting `mails` says so in place of its kind."""

_NEWS = ("answered", "progress", "delay", "workaround")
"""What is told although the ticket's state stays as it was."""


def changed(
    tx: Connection, runtime: Runtime, ticket: Any, ref: str, now: datetime, change: str, words: str = ""
) -> None:
    """Write the mail on an act that was just recorded under `ref`, where it is one to tell; no mail for what changed nothing.

    change: the act's kind, or `progress`, `delay`, `workaround`; words: what the agent said.
    """
    if runtime.settings.smtp_host is None or ticket.state == "held":
        return
    acts = schedule.acts_of(tx, ticket.id)
    place = [act.ref for act in acts].index(ref)
    before, after = (state_of(schedule.marks_of(acts[:end])) for end in (place, place + 1))
    if change == "wrote" and before != after:
        change = "reopened" if before == "solved" else "resumed"
    if change in _NEWS or (change in CHANGES and before != after):
        put(tx, runtime, ticket.id, ref, change, now, words)


def put(
    tx: Connection, runtime: Runtime, ticket_id: str, ref: str, change: str, now: datetime, words: str = ""
) -> None:
    """Queue the mail on one change of a ticket, once for its `ref`, where it is ours to send and there is an address."""
    if runtime.settings.smtp_host is None:
        return
    ticket = tx.execute(select(tickets).where(tickets.c.id == ticket_id)).one()
    if _helpdesk_mails(tx, runtime, ticket):
        return
    request, _ = handover.request_of(tx, runtime, ticket.request_id)
    address = usable_address(request.requester.email if request.requester else None)
    if address is None:
        return
    vendor = by_id(tx, runtime, ticket.vendor_id)
    url = status_link.url(runtime, ticket.number, ticket.link_generation)
    about = Subject(ticket.number, url, vendor.slug, ticket.respond_by, ticket.resolve_by)
    made = letter(policy_of(tx, runtime, ticket), change, about, words)
    content = {
        "to": address,
        "subject": made.subject,
        "text": made.text,
        "vendor": vendor.slug,
        "number": ticket.number,
    }
    row = {"id": ids.new_id("mail", now), "vendor_id": ticket.vendor_id, "ticket_id": ticket.id, "ref": ref}
    row |= {"change": change, "message_id": message_id(runtime, ticket.id, ref), "state": "queued"}
    row["place"] = tx.execute(select(func.count()).select_from(mails).where(mails.c.ticket_id == ticket.id)).scalar()
    row |= {"attempts": 0, "fence": 0, "due_at": now, "created_at": now}
    insert_once(tx, mails, row | {"sealed": runtime.keyring.seal(json.dumps(content).encode())})


def policy_of(tx: Connection, runtime: Runtime, ticket: Any) -> Policy:
    """The policy that accepted a ticket, speaking the language of its request."""
    row = tx.execute(select(decisions.c.facts).where(decisions.c.id == ticket.decision_id)).one()
    try:
        policy = schedule.case_of(tx, runtime, ticket).policy
    except UnknownPolicy:  # of before policies were kept
        policy = by_id(tx, runtime, ticket.vendor_id).policy
    return policy.speaking(language_of(codec.loads(row.facts, Facts)))


def usable_address(email: str | None) -> str | None:
    """The address as a mail server takes it, or None: never two addresses, never a line end, names of hosts in ASCII."""
    found = MAIL_ADDRESS.fullmatch((email or "").strip())
    try:
        return f"{found[1]}@{found[2].encode('idna').decode('ascii')}" if found else None
    except UnicodeError:
        return None


def message_id(runtime: Runtime, subject: str, ref: str) -> str:
    """The same for the same change, so that who gets a mail twice can tell (RFC 5322 3.6.4)."""
    digest = hashlib.sha256(f"{subject}\n{ref}".encode()).hexdigest()[:32]
    return f"<{digest}@{runtime.settings.smtp_sender.rpartition('@')[2]}>"


def due(tx: Connection, now: datetime, limit: int = 100) -> list[str]:
    """Ids of mails that may be sent now, oldest first."""
    free = or_(mails.c.leased_until.is_(None), mails.c.leased_until <= now)
    open_now = (mails.c.state.in_(OPEN)) & (mails.c.due_at <= now) & free
    in_order = (mails.c.due_at, mails.c.created_at, mails.c.place, mails.c.id)
    return list(tx.execute(select(mails.c.id).where(open_now).order_by(*in_order).limit(limit)).scalars())


def retry(tx: Connection, number: str | None, now: datetime) -> list[str]:
    """Make mails that wait or are parked due now, those of one ticket or licence (by its id) or all; their ids."""
    again = update(mails).where(mails.c.state.in_(("parked", "queued", "unknown")))
    if number is not None:
        mine = mails.c.ticket_id.in_(select(tickets.c.id).where(tickets.c.number == named_ticket(number)))
        again = again.where(or_(mine, mails.c.license_id == number))
    rows = tx.execute(again.values(state="queued", due_at=now).returning(mails.c.created_at, mails.c.place, mails.c.id))
    return [row.id for row in sorted(rows)]


def listed(tx: Connection, runtime: Runtime, state: str | None, limit: int) -> list[dict[str, Any]]:
    """Mails, newest first, without their texts."""
    joined = select(mails, tickets.c.number).outerjoin(tickets, tickets.c.id == mails.c.ticket_id)
    if state:
        joined = joined.where(mails.c.state == state)
    return [
        {
            "id": row.id,
            "ticket": row.number,
            "license": row.license_id,
            "change": row.change,
            "to": json.loads(runtime.keyring.unseal(row.sealed))["to"],
            "state": row.state,
            "attempts": row.attempts,
            "error": row.error,
            "due_at": codec.rfc3339(row.due_at),
        }
        for row in tx.execute(joined.order_by(mails.c.created_at.desc(), mails.c.place.desc()).limit(limit))
    ]


def _helpdesk_mails(tx: Connection, runtime: Runtime, ticket: Any) -> bool:
    """Does the helpdesk that has this ticket mail its customer? It has it from the outbox row on."""
    sink = tx.execute(select(sinks).where(sinks.c.vendor_id == ticket.vendor_id)).first()
    if sink is None or not outbox.holds(tx, ticket.id):
        return False
    said = json.loads(sink.settings).get("mails")
    kind = runtime.helpdesks.get(sink.helpdesk)
    return said == "helpdesk" if said in SENDERS else kind is None or kind.mails_customer
