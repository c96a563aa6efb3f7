"""What agents do with a ticket: answer, hold, resolve, escalate and the like, filed as acts that move its clocks.

For tickets that live here; where a helpdesk has them, it is asked instead (`tickets.promises`), and these acts add to that.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select, update

from connector.domain.clocks.ticket_states import ALLOWED, state_of
from connector.domain.policy.escalation import CannotEscalate, escalated
from connector.domain.typed import named_ticket
from connector.runtime import Runtime
from connector.storage import ids
from connector.storage.tables import tickets
from connector.tickets import mails, schedule


class NotNow(ValueError):
    """The act makes no sense for this ticket, or not in its state; the message says what does."""


def act(
    tx: Connection,
    runtime: Runtime,
    number: str,
    kind: str,
    now: datetime,
    at: datetime | None = None,
    word: str = "",
    ref: str | None = None,
    words: str = "",
) -> str:
    """File an act of an agent at `at` (UTC, default now); the state the ticket is in then. Raises NotNow.

    kind is one of `ALLOWED`; word: the new severity, or what an answer is about; ref: what the act comes from; words: what
    the customer is told. A ticket escalates by one tier, never further (TIER-05, TIER-09).
    """
    ticket = ticket_of(tx, number)
    at = at or now
    marks = schedule.marks_of(schedule.acts_of(tx, ticket.id))
    _refuse_bad_time(ticket.created_at, at, now)
    state = state_of(mark for mark in marks if mark.at <= at)
    if state not in ALLOWED[kind]:
        raise NotNow(f"{number} is {state}: that only goes while it is {' or '.join(ALLOWED[kind])}")
    if kind == "escalated":
        word = str(_next_tier(tx, runtime, ticket))
        tx.execute(update(tickets).where(tickets.c.id == ticket.id).values(tier=int(word)))
        schedule.note(tx, runtime, ticket, f"Moved to tier {word} by hand.", now)
    elif kind == "severity":
        changed_since = any(mark.kind == "severity" and mark.at > at for mark in marks)
        _prioritise(tx, runtime, ticket, word, keep=changed_since)
        until = f" from {at:%Y-%m-%d %H:%M} UTC until it was changed" if changed_since else " now"
        schedule.note(
            tx, runtime, ticket, f"The priority is {word}{until}; due times count by it from their own start.", now
        )
    ref = ref or ids.new_id("act", now)
    schedule.record(tx, ticket, kind, at, ref, now, word)
    schedule.plan(tx, runtime, ticket, now)
    change = (word or "progress") if kind == "answered" and words else kind
    mails.changed(tx, runtime, ticket, ref, now, change, words)
    return state_of(schedule.marks_of(schedule.acts_of(tx, ticket.id)))


def ticket_of(tx: Connection, number: str) -> Any:
    """The accepted ticket of this number, locked; raises NotNow."""
    found = tx.execute(select(tickets.c.id).where(tickets.c.number == named_ticket(number))).scalar()
    if found is None:
        raise NotNow(f"no ticket {number!r}: `connector tickets list` shows them")
    ticket = schedule.lock(tx, found)
    if ticket.state == "held":
        raise NotNow(f"{number} was not accepted yet, so nothing runs: it moves on when the request is sent again")
    return ticket


def _refuse_bad_time(created: datetime, at: datetime, now: datetime) -> None:
    if not created <= at <= now:
        raise NotNow("--at lies before the ticket was made, or in the future: nothing can have happened then")


def _next_tier(tx: Connection, runtime: Runtime, ticket: Any) -> int:
    try:
        return escalated(schedule.case_of(tx, runtime, ticket).policy, ticket.tier)
    except CannotEscalate as fault:
        raise NotNow(str(fault)) from None


def _prioritise(tx: Connection, runtime: Runtime, ticket: Any, word: str, keep: bool) -> None:
    """Give the ticket another priority; `keep`: only for a while in the past, so that it stays what it became since."""
    severities = schedule.case_of(tx, runtime, ticket).policy.severities
    if word not in severities:
        raise NotNow(f"{word!r} is no severity of the policy that accepted it: {', '.join(sorted(severities))}")
    if not keep:
        values = {"priority": word, "rank": severities[word].rank}
        tx.execute(update(tickets).where(tickets.c.id == ticket.id).values(**values))
