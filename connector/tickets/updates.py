"""What the customer is told after the first answer: an agent's words, and each change of state once (NOT-01, NOT-02).

News goes to the helpdesk, which mails it; the page of the ticket shows it beside each change. Where no helpdesk mails, we do
(`connector.tickets.mails`), never both, so that nobody hears the same twice (A29).
"""

from __future__ import annotations

import json
import re
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, insert, select

from connector.domain.policy.mail import cause_of_delay
from connector.domain.redaction.redact import screen
from connector.licences.key_rotation import keys_of
from connector.runtime import Runtime
from connector.storage import codec, ids
from connector.storage.tables import decisions, ticket_notes
from connector.tickets import agent_acts, mails, outbox, schedule

ABOUT = ("progress", "delay", "workaround")
"""What news is about; a delay is marked in the history, and leaves due times as they are (HRS-23)."""

STATES = {
    "new": "received",
    "answered": "answered",
    "customer_replied": "waiting for our answer",
    "reopened": "opened again",
    "waiting": "waiting for your answer",
    "access_declined": "waiting for access",
    "held": "on hold",
    "solved": "solved",
}
"""How a customer reads the states of work (`domain.ticket_states.WORKING`)."""

_CHANGES = {
    "answered": "We wrote to you.",
    "held": "It is on hold.",
    "waiting": "We wait for your answer.",
    "access_declined": "We wait, because access that is needed was declined.",
    "released": "It was taken up again.",
    "resumed": "It was taken up again.",
    "wrote": "You wrote to us.",
    "resolved": "It is solved.",
    "reopened": "It was opened again.",
}


def tell(tx: Connection, runtime: Runtime, number: str, about: str, words: str, now: datetime) -> str | None:
    """Tell the customer something about his ticket; the outbox row's id, or None where tickets live here.

    It counts as an answer (HRS-14). Credentials are cut out. Raises NotNow for a ticket that is solved or not accepted, and
    where nothing is said.
    """
    if not words.strip():
        raise agent_acts.NotNow("there is nothing to tell: write some words for the customer")
    note_id = ids.new_id("msg", now)
    ticket = agent_acts.ticket_of(tx, number)
    words = _without_keys(tx, runtime, ticket, screen(words).text)
    word = "" if about == "progress" else about
    agent_acts.act(tx, runtime, number, "answered", now, word=word, ref=note_id, words=words)
    body = runtime.keyring.seal(json.dumps({"body": words, "about": about}).encode())
    row = {"id": note_id, "ticket_id": ticket.id, "kind": "told", "body": body, "created_at": now}
    tx.execute(insert(ticket_notes).values(**row))
    return outbox.put(tx, ticket.vendor_id, ticket.id, now, note_id) if outbox.holds(tx, ticket.id) else None


def delay(tx: Connection, runtime: Runtime, number: str, cause: str, workaround: str, now: datetime) -> str | None:
    """Say that it takes longer, why (`mail_texts.CAUSES`) and what helps until then, in the language of the request.

    The due time stays and is marked, the next update counts from here (HRS-23). Returns and raises what `tell` does.
    """
    agent_acts.act(tx, runtime, number, "delayed", now, word=cause)
    policy = mails.policy_of(tx, runtime, agent_acts.ticket_of(tx, number))
    return tell(tx, runtime, number, "delay", cause_of_delay(policy, cause, workaround.strip()), now)


def heard(tx: Connection, runtime: Runtime, ticket_id: str) -> list[dict[str, Any]]:
    """Every change of state and all news, oldest first, each once, in words for the customer."""
    mine = (ticket_notes.c.ticket_id == ticket_id) & (ticket_notes.c.kind == "told")
    news = {
        row.id: json.loads(runtime.keyring.unseal(row.body))["body"]
        for row in tx.execute(select(ticket_notes).where(mine))
    }
    return [
        {"at": codec.rfc3339(act.at), "words": news.get(act.ref, _CHANGES[act.kind])}
        for act in schedule.acts_of(tx, ticket_id)
        if act.kind in _CHANGES
    ]


def _without_keys(tx: Connection, runtime: Runtime, ticket: Any, words: str) -> str:
    """The agent's words without the licence's keys, which people paste."""
    facts = tx.execute(select(decisions.c.facts).where(decisions.c.id == ticket.decision_id)).scalar_one()
    licence = (json.loads(facts).get("standing") or {}).get("license_id")
    if not words or not licence:
        return words
    for held in keys_of(tx, licence):
        key = runtime.keyring.unseal(held.sealed).decode()
        words = re.sub(re.escape(key), "[licence key]", words, flags=re.IGNORECASE)
    return words
