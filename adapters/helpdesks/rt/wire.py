"""How Request Tracker 5 spells things on the wire: pure functions, no calls.

REST2 as of RT 5.0 (https://docs.bestpractical.com/rt/5.0.3/RT/REST2.html); the traps were seen on a running one.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from adapters.helpdesks.rt.text import mail_address, plain_line
from connector.ports import OutboundTicket, RemoteAct, RemoteTicket, Undelivered

SOLVED = ("resolved", "rejected", "deleted")
SYSTEM = "rt_system"
SUBJECT_BYTES = 200  # RT cuts a subject there, silently, and counts bytes
NUMBER = re.compile("[A-Z0-9-]{1,32}")
MARKER = re.compile(r"\[?[A-Za-z0-9_.-]{1,64}\]?")
REMOTE_ID = re.compile("[0-9]{1,18}")


def checked(pattern: re.Pattern[str], value: str, what: str) -> str:
    """`value`, or Undelivered `rejected`: these go into queries and paths, so nothing else may get there."""
    if not pattern.fullmatch(value):
        raise Undelivered("rejected", f"Nothing was sent: {value[:40]!r} is no {what}.")
    return value


def field_term(name: str) -> str:
    """A ticket custom field in a TicketSQL query."""
    return quoted(f"CF.{{{name}}}")


def quoted(value: str) -> str:
    """A TicketSQL string: unescaped, a quote would let the value add conditions of its own."""
    return "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"


def subject_line(ticket: OutboundTicket) -> str:
    """`[SC-...] subject` on one line that RT keeps whole."""
    mark = f"[{checked(NUMBER, ticket.number, 'ticket number')}]"
    line = plain_line(ticket.subject, 4 * SUBJECT_BYTES)
    return plain_line(f"{mark} {line.removeprefix(mark)}", SUBJECT_BYTES)


def mark_of(marker: str) -> str:
    """A marker in brackets, so that none is part of another; it may come with them."""
    return f"[{checked(MARKER, marker, 'marker of a message').strip('[]')}]"


def marked_line(subject: str, mark: str) -> str:
    """`subject [mark]`, the subject cut so that the mark stays whole."""
    return f"{plain_line(subject, SUBJECT_BYTES - len(mark) - 1)} {mark}"


def due_of(ticket: OutboundTicket) -> datetime | None:
    """The first instant we promised something for, whole seconds UTC: RT has one due date."""
    promised = [instant for instant in (ticket.respond_by, ticket.resolve_by) if instant]
    return min(promised).astimezone(UTC).replace(microsecond=0) if promised else None


def droppable(ticket: OutboundTicket, reference_field: str, priorities: Mapping[str, int]) -> dict[str, Any]:
    """The values RT may drop with a 201. Dates without a zone are UTC to RT: the only spelling POST and PUT both keep.

    Priority: what `priorities` says for the policy's word, else the rank, within RT's usual 0 to 100.
    """
    wanted: dict[str, Any] = {
        "CustomFields": {reference_field: checked(NUMBER, ticket.number, "ticket number")},
        "Priority": priorities.get(ticket.priority, min(max(ticket.rank, 0), 100)),
    }
    due = due_of(ticket)
    if due:
        wanted["Due"] = f"{due:%Y-%m-%d %H:%M:%S}"
    address = mail_address(ticket.requester)
    if address:
        name = re.sub(r'["\\<>]', "", plain_line(ticket.requester_name or "", 100))
        wanted["Requestor"] = f'"{name}" <{address}>' if name else address
    return wanted


def remote_ticket(raw: Mapping[str, Any], reference_field: str) -> RemoteTicket:
    """A ticket as RT shows it. Raises LookupError, TypeError or ValueError where it is none."""
    values = [field["values"] for field in raw.get("CustomFields") or [] if field["name"] == reference_field]
    due = datetime.fromisoformat(str(raw.get("Due") or "1970-01-01T00:00:00Z"))
    return RemoteTicket(
        id=str(int(raw["id"])),
        reference=str(values[0][0]) if values and values[0] else None,
        subject=str(raw["Subject"]),
        due=due.astimezone(UTC) if due.year > 1970 else None,  # 1970 is RT's word for "not set"
        status=str(raw["Status"]),
    )


def person_of(raw: object) -> str | None:
    """The name of an RT user as it stands in lists: `{"type": "user", "id": "ada@example.com"}`."""
    found = raw.get("id") if isinstance(raw, dict) else raw
    return str(found).lower() if found else None


def remote_act(
    raw: Mapping[str, Any], us: str | None, customers: frozenset[str], is_agent: Callable[[str], bool]
) -> RemoteAct | None:
    """What a transaction of a ticket's history means for its clocks, or None. Raises LookupError or ValueError.

    Correspond is what goes to the customer or comes from him; a status of `stalled` waits for him. What we did ourselves
    is left out: we know it, and passing on the customer's words is no answer to them. So is what RT does by itself, but for
    closing a ticket; and what somebody writes who is neither of the ticket nor an agent (`is_agent`).
    """
    who = person_of(raw.get("Creator"))
    if who in (us, None):
        return None
    kind = _change_of_status(str(raw.get("OldValue")), str(raw.get("NewValue"))) if raw["Type"] == "Status" else None
    if who == SYSTEM and kind != "resolved":
        return None
    if raw["Type"] == "Correspond":
        kind = "wrote" if who in customers else "answered" if is_agent(str(who)) else None
    at = datetime.fromisoformat(str(raw["Created"])).astimezone(UTC)
    return RemoteAct(str(int(raw["id"])), kind, at) if kind else None


def _change_of_status(old: str, new: str) -> str | None:
    if new in SOLVED:
        return None if old in SOLVED else "resolved"
    if old in SOLVED:
        return "reopened"
    return "waiting" if new == "stalled" else "resumed" if old == "stalled" else None
