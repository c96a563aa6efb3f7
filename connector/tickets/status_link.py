"""The signed link a customer gets: it names one ticket and a generation, and can be neither guessed nor altered.

It ends when a newer generation is made, and `status_link_days` after the ticket was solved or refused. A ticket that is opened
again has its link again.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import jwt
from sqlalchemy import Connection, select, update

from connector.domain.clocks.ticket_states import state_of
from connector.domain.typed import named_ticket
from connector.runtime import Runtime
from connector.storage import audit, ids
from connector.storage.tables import requests, tickets
from connector.storage.tables_mail import mails
from connector.tickets import schedule

ENDED = "link_ended"
"""The act in a ticket's history; it moves no clock."""

_ALGORITHMS = ["HS256"]


class BadLink(ValueError):
    """The link was altered, cut short, or made by another installation."""


class OverLink(ValueError):
    """The link is ours and opens nothing any more; the message says why and how to get another, without a word on the ticket."""


class NoTicket(ValueError):
    """There is no ticket of this number; the message says where they are listed."""


@dataclass(frozen=True)
class Link:
    """What a link names. generation: 0 for links from before there were any."""

    number: str
    generation: int


def url(runtime: Runtime, number: str, generation: int) -> str:
    """`<public url>/t/<signed>` for a ticket's number and generation."""
    return _signed(runtime, {"sub": number, "aud": "ticket", "gen": generation})


def read(runtime: Runtime, token: str) -> Link:
    """What a signed link names; raises BadLink."""
    try:
        claims = jwt.decode(
            token,
            runtime.keyring.signing,
            algorithms=_ALGORITHMS,
            audience="ticket",
            options={"require": ["sub", "aud"], "verify_signature": True, "verify_aud": True},
        )
        return Link(str(claims["sub"]), int(claims.get("gen", 0)))
    except (jwt.InvalidTokenError, ValueError, TypeError):
        raise BadLink("This link is not one of ours: copy the whole link from the message you got.") from None


def opened(tx: Connection, runtime: Runtime, token: str, now: datetime) -> str:
    """The number of the ticket that a link opens at `now` (UTC); raises BadLink, OverLink."""
    link = read(runtime, token)
    ticket = tx.execute(select(tickets).where(tickets.c.number == link.number)).first()
    if ticket is None:
        raise BadLink("This ticket is gone.")
    if link.generation != ticket.link_generation:
        raise OverLink("A newer link to this request was made, and this earlier one was ended.")
    days, closed = runtime.settings.status_link_days, _closed_at(tx, ticket)
    if days and closed is not None and now >= closed + timedelta(days=days):
        raise OverLink(f"This request was closed more than {days} days ago, and its page is not shown any longer.")
    return link.number


def current(tx: Connection, runtime: Runtime, number: str) -> str:
    """The link that opens a ticket now, by its number as people type it; raises NoTicket."""
    found = tx.execute(select(tickets.c.number, tickets.c.link_generation).where(_named(number))).first()
    if found is None:
        raise _no_ticket(number)
    return url(runtime, found.number, found.link_generation)


def renewed(tx: Connection, runtime: Runtime, told: dict[str, Any]) -> dict[str, Any]:
    """A ticket as a stored answer tells it, with the link of today."""
    return told | {"status_url": current(tx, runtime, told["number"])} if "status_url" in told else told


def end(tx: Connection, runtime: Runtime, number: str, *, actor: str, why: str | None, now: datetime) -> str:
    """Make all links of a ticket void and give it a new one, which mails that wait carry, too. Written down in the ticket's
    history and in the log of acts. Raises NoTicket."""
    found = tx.execute(select(tickets.c.id).where(_named(number))).scalar()
    if found is None:
        raise _no_ticket(number)
    ticket = schedule.lock(tx, found)
    generation = ticket.link_generation + 1
    tx.execute(update(tickets).where(tickets.c.id == ticket.id).values(link_generation=generation))
    schedule.record(tx, ticket, ENDED, now, ids.new_id("act", now), now)
    details = {"number": ticket.number, "generation": generation}
    audit.record(tx, ticket.vendor_id, ticket.id, "status_link.ended", actor=actor, why=why, now=now, **details)
    before = _signed(
        runtime, {"sub": ticket.number, "aud": "ticket"}
    )  # as it was written before there were generations
    old = [url(runtime, ticket.number, ticket.link_generation), before]
    new = url(runtime, ticket.number, generation)
    _renew_mails(tx, runtime, ticket.id, old, new)
    return new


def _signed(runtime: Runtime, claims: dict[str, Any]) -> str:
    token = jwt.encode(claims, runtime.keyring.signing, algorithm="HS256")
    return f"{runtime.settings.public_url}/t/{token}"


def _named(number: str) -> Any:
    return tickets.c.number == named_ticket(number)


def _no_ticket(number: str) -> NoTicket:
    return NoTicket(f"no ticket {number!r}: `connector tickets list` shows them")


def _closed_at(tx: Connection, ticket: Any) -> datetime | None:
    """When the ticket was solved, or what was on hold was refused; None while it is open."""
    if ticket.state == "held":
        reply = json.loads(tx.execute(select(requests.c.reply).where(requests.c.id == ticket.request_id)).scalar_one())
        decision = reply.get("decision") or {}
        return datetime.fromisoformat(decision["checked_at"]) if decision.get("outcome") == "deny" else None
    marks = schedule.marks_of(schedule.acts_of(tx, ticket.id))
    if state_of(marks) != "solved":
        return None
    return max(mark.at for mark in marks if mark.kind == "resolved")


def _renew_mails(tx: Connection, runtime: Runtime, ticket_id: str, old: list[str], new: str) -> None:
    waiting = select(mails.c.id, mails.c.sealed).where(mails.c.ticket_id == ticket_id, mails.c.state != "done")
    for row in tx.execute(waiting).all():
        content = json.loads(runtime.keyring.unseal(row.sealed))
        for link in old:
            content["text"] = content["text"].replace(link, new)
        sealed = runtime.keyring.seal(json.dumps(content).encode())
        tx.execute(update(mails).where(mails.c.id == row.id).values(sealed=sealed))
