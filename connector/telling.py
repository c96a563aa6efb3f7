"""What the customer is told after the first answer: news of an agent, and each change of state once (NOT-01, NOT-02).

News goes to the helpdesk, which mails it; the page of the ticket shows it beside each change. We send no mail ourselves
where a helpdesk does, so that nobody hears the same twice (A29).
"""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, insert, select

from connector import acting, codec, ids, outbox, timing
from connector.domain.redact import screen
from connector.runtime import Runtime
from connector.tables import ticket_notes

ABOUT = ("progress", "delay", "workaround")
"""What news is about; a delay is marked in the history, and leaves due times as they are (HRS-23)."""

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

    It counts as an answer (HRS-14). Credentials are cut out. Raises NotNow for a ticket that is solved or not accepted.
    """
    note_id = ids.new_id("msg", now)
    acting.act(tx, runtime, number, "answered", now, word="" if about == "progress" else about, ref=note_id)
    ticket = acting.ticket_of(tx, number)
    body = runtime.keyring.seal(json.dumps({"body": screen(words).text, "about": about}).encode())
    row = {"id": note_id, "ticket_id": ticket.id, "kind": "told", "body": body, "created_at": now}
    tx.execute(insert(ticket_notes).values(**row))
    return outbox.put(tx, ticket.vendor_id, ticket.id, now, note_id) if outbox.holds(tx, ticket.id) else None


def heard(tx: Connection, runtime: Runtime, ticket_id: str) -> list[dict[str, Any]]:
    """Every change of state and all news, oldest first, each once, in words for the customer."""
    mine = (ticket_notes.c.ticket_id == ticket_id) & (ticket_notes.c.kind == "told")
    news = {
        row.id: json.loads(runtime.keyring.unseal(row.body))["body"]
        for row in tx.execute(select(ticket_notes).where(mine))
    }
    return [
        {"at": codec.rfc3339(act.at), "words": news.get(act.ref, _CHANGES[act.kind])}
        for act in timing.acts_of(tx, ticket_id)
        if act.kind in _CHANGES
    ]
