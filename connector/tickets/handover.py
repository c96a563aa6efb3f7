"""What leaves for a helpdesk: the customer's words and what the agent needs to know, without keys and without credentials."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, select

from connector.domain.policy.requests import Request
from connector.ports import OutboundTicket
from connector.runtime import Runtime
from connector.storage import codec
from connector.storage.tables import decisions, requests, ticket_notes

_HEADS = {
    "automatic": "An automatic message of {who} came in. It moves no clock:\n\n",
    "stranger": "Somebody who is no part of this ticket wrote ({who}). It moves no clock:\n\n",
}
"""What agents are told before words that are not the customer's own."""

_NUMBER = re.compile(r"^\[(SC-[0-9A-Z]{4}-[0-9A-Z]{4})\]")


@dataclass(frozen=True)
class Note:
    """A further message; `marker` is what makes a second sending recognisable, `internal` keeps it among agents."""

    marker: str
    text: str
    internal: bool = False


def number_in(subject: str) -> str | None:
    """The ticket number that a subject of ours begins with."""
    match = _NUMBER.match(subject)
    return match[1] if match else None


def request_of(tx: Connection, runtime: Runtime, request_id: str) -> tuple[Request, dict[str, Any]]:
    """A stored request and its texts (subject, message, reproduction)."""
    row = tx.execute(select(requests).where(requests.c.id == request_id)).one()
    return codec.loads(row.asked, Request), json.loads(runtime.keyring.unseal(row.texts))


def outbound(tx: Connection, runtime: Runtime, ticket: Any) -> OutboundTicket:
    """The ticket as the helpdesk gets it."""
    request, texts = request_of(tx, runtime, ticket.request_id)
    decision = tx.execute(select(decisions).where(decisions.c.id == ticket.decision_id)).one()
    person = request.requester
    return OutboundTicket(
        number=ticket.number,
        subject=texts["subject"] or "Support request",
        body=_body(request, texts, ticket.number),
        requester=person.email if person else None,
        requester_name=person.name if person else None,
        priority=ticket.priority or "standard",
        rank=ticket.rank,
        respond_by=ticket.respond_by,
        resolve_by=ticket.resolve_by,
        internal=_internal(ticket, json.loads(decision.facts), json.loads(decision.decision), decision.policy),
    )


def note(tx: Connection, runtime: Runtime, note_id: str) -> Note:
    row = tx.execute(select(ticket_notes).where(ticket_notes.c.id == note_id)).one()
    said = json.loads(runtime.keyring.unseal(row.body))
    person = said.get("author") or {}
    head = (
        _HEADS[row.kind].format(who=person.get("email") or person.get("id") or "unnamed") if row.kind in _HEADS else ""
    )
    marker = f"[{row.id}]"
    return Note(marker, f"{head}{said['body']}\n\n{marker}", internal=row.kind in (*_HEADS, "clock"))


def _body(request: Request, texts: dict[str, Any], number: str) -> str:
    """What the customer said and told; a helpdesk may mail it back to him."""
    told = {"Ticket": number} | facts_told(request)
    parts = [texts["message"] or "(no message)"]
    if texts.get("reproduction"):
        parts.append(f"How to see it:\n{texts['reproduction']}")
    if unread := texts.get("unread"):
        parts.append(unread_told(unread))
    if request.attachments:
        parts.append("Attachments (links, not fetched):\n" + "\n".join(request.attachments))
    if texts.get("before"):
        parts.append("Said before, when the request was sent for the first time:\n" + "\n\n".join(said_before(texts)))
    return "\n\n".join([*parts, _table(told)])


def said_before(texts: dict[str, Any]) -> list[str]:
    """Earlier wordings of a request that was sent again before it was accepted, oldest first."""
    names = ("subject", "message", "reproduction")
    return ["\n".join(each[name] for name in names if each.get(name)) for each in texts.get("before", [])]


def unread_told(unread: dict[str, str]) -> str:
    """The words of members that could not be read as what they should be."""
    return "What could not be read, as it was sent:\n" + "\n".join(f"{name}: {said}" for name, said in unread.items())


def facts_told(request: Request) -> dict[str, str | None]:
    """What the customer told beside his words, by the names that agents read."""
    changed = {True: "yes", False: "no"}
    return {
        "Kind": request.request_kind,
        "Product": request.product,
        "Component": request.component,
        "Site": request.site,
        "Order": request.order_id,
        "Severity asked for": request.severity,
        "Code modified": None if request.modified_code is None else changed[request.modified_code],
        "Cause": request.cause,
        **{f"Environment: {name}": value for name, value in sorted(request.environment.items())},
    }


def _internal(ticket: Any, facts: dict[str, Any], decision: dict[str, Any], policy: str) -> str:
    """What agents need to know and the customer need not be mailed."""
    standing = facts.get("standing") or {}
    known = {
        "Licence": standing.get("license_id"),
        "Licence status": standing.get("status", "active") if standing else None,
        "Plan": standing.get("plan"),
        "Supported until": standing.get("support_until"),
        "Priority": ticket.priority,
        "Tier": ticket.tier,
        "Respond by": codec.rfc3339(ticket.respond_by) if ticket.respond_by else None,
        "Resolve by": codec.rfc3339(ticket.resolve_by) if ticket.resolve_by else None,
        "Policy": policy,
    }
    notices = [finding["message"] for finding in decision.get("findings", ()) if finding.get("message")]
    told = "Notices:\n" + "\n".join(f"- {notice}" for notice in notices) if notices else ""
    return "\n\n".join(part for part in (told, _table(known)) if part)


def _table(rows: dict[str, Any]) -> str:
    return "\n".join(f"{name}: {value}" for name, value in rows.items() if value is not None)
