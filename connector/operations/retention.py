"""Retention: deleting what is past its time - bodies of deliveries, words of solved tickets, decisions.

What somebody may still need is never touched: open tickets, deliveries in quarantine, the ledger, decisions that a ticket
rests on. Rows stay where they make that nothing happens twice; only what they say goes.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Table, delete, func, select, update

from connector.domain.clocks.ticket_states import state_of
from connector.domain.licensing.pseudonyms import silenced
from connector.runtime import Runtime
from connector.storage.database import reading, transaction
from connector.storage.keyring import Keyring
from connector.storage.tables import decisions, deliveries, requests, ticket_notes, tickets
from connector.storage.tables_mail import mails
from connector.storage.tables_policy import ratings, ticket_acts
from connector.storage.work_queue import OPEN
from connector.tickets import schedule

BATCH = 500
"""Rows in one transaction, so that nobody waits long meanwhile."""

Find = Callable[[Connection, Runtime, datetime], list[Any]]


@dataclass(frozen=True)
class Rule:
    """One thing that goes: its period's setting (days), where, what goes, and the ids of rows that are over."""

    setting: str
    table: Table
    what: str
    find: Find
    end: Callable[[Connection, Keyring, list[Any]], None]


def run(runtime: Runtime, now: datetime, *, dry_run: bool) -> list[dict[str, Any]]:
    """Apply every period at `now`; how many rows each rule ended (dry_run: would end), none where no period is set."""
    return [_apply(runtime, rule, now, dry_run) for rule in RULES]


def _apply(runtime: Runtime, rule: Rule, now: datetime, dry_run: bool) -> dict[str, Any]:
    days: int = getattr(runtime.settings, rule.setting)
    told = {"table": rule.table.name, "what": rule.what, "older_than": f"{days} days" if days else "kept for ever"}
    if not days:
        return told | {"rows": 0}
    with reading(runtime.engine) as tx:
        over = rule.find(tx, runtime, now - timedelta(days=days))
    for start in range(0, 0 if dry_run else len(over), BATCH):
        with transaction(runtime.engine) as tx:
            rule.end(tx, runtime.keyring, over[start : start + BATCH])
    return told | {"rows": len(over)}


def _bodies(tx: Connection, runtime: Runtime, before: datetime) -> list[Any]:
    over = (deliveries.c.received_at < before) & (deliveries.c.result != "quarantined")
    return list(tx.execute(select(deliveries.c.id).where(over, func.length(deliveries.c.body) > 0)).scalars())


def _end_bodies(tx: Connection, keyring: Keyring, ids: list[Any]) -> None:
    over = deliveries.c.id.in_(ids) & (deliveries.c.result != "quarantined")
    tx.execute(update(deliveries).where(over).values(body=b""))


def solved_before(tx: Connection, before: datetime) -> list[str]:
    """Ids of tickets that were solved then and have not been opened again."""
    resolved = select(ticket_acts.c.ticket_id).where(ticket_acts.c.kind == "resolved", ticket_acts.c.at < before)
    found = []
    for ticket_id in tx.execute(
        select(tickets.c.id).where(tickets.c.id.in_(resolved)).order_by(tickets.c.id)
    ).scalars():
        marks = schedule.marks_of(schedule.acts_of(tx, ticket_id))
        if state_of(marks) == "solved" and max(mark.at for mark in marks) < before:
            found.append(ticket_id)
    return found


def _requests(tx: Connection, runtime: Runtime, before: datetime) -> list[Any]:
    refused = requests.c.ticket_id.is_(None) & (requests.c.received_at < before)
    over = list(tx.execute(select(requests.c.id, requests.c.texts).where(refused)))
    for part in _parts(solved_before(tx, before)):
        over += tx.execute(select(requests.c.id, requests.c.texts).where(requests.c.ticket_id.in_(part))).all()
    return [row.id for row in over if _says(runtime.keyring, row.texts)]


def _of_tickets(table: Table, column: Any) -> Find:
    def find(tx: Connection, runtime: Runtime, before: datetime) -> list[Any]:
        key = next(iter(table.primary_key.columns))
        over: list[Any] = []
        for part in _parts(solved_before(tx, before)):
            over += tx.execute(
                select(key.label("key"), column.label("sealed")).where(table.c.ticket_id.in_(part))
            ).all()
        return [row.key for row in over if row.sealed is not None and _says(runtime.keyring, row.sealed)]

    return find


def _mails(tx: Connection, runtime: Runtime, before: datetime) -> list[Any]:
    ended = mails.c.license_id.is_not(None) & mails.c.state.not_in(OPEN) & (mails.c.created_at < before)
    rows = tx.execute(select(mails.c.id, mails.c.sealed).where(ended)).all()
    with_keys = [row.id for row in rows if _says(runtime.keyring, row.sealed)]
    return with_keys + _of_tickets(mails, mails.c.sealed)(tx, runtime, before)


def _end_texts(column: Any) -> Callable[[Connection, Keyring, list[Any]], None]:
    table = column.table
    key = next(iter(table.primary_key.columns))

    def end(tx: Connection, keyring: Keyring, ids: list[Any]) -> None:
        for row in tx.execute(select(key.label("key"), column.label("sealed")).where(key.in_(ids))).all():
            said = keyring.unseal(row.sealed).decode()
            new = None if column.nullable else keyring.seal(json.dumps(silenced(json.loads(said))).encode())
            tx.execute(update(table).where(key == row.key).values({column.name: new}))

    return end


def _decisions(tx: Connection, runtime: Runtime, before: datetime) -> list[Any]:
    needed = select(tickets.c.decision_id)
    over = (decisions.c.decided_at < before) & decisions.c.id.not_in(needed)
    return list(tx.execute(select(decisions.c.id).where(over)).scalars())


def _end_decisions(tx: Connection, keyring: Keyring, ids: list[Any]) -> None:
    tx.execute(delete(decisions).where(decisions.c.id.in_(ids), decisions.c.id.not_in(select(tickets.c.decision_id))))


def _says(keyring: Keyring, sealed: bytes) -> bool:
    """Is there still something said in it?"""
    text = keyring.unseal(sealed).decode("utf-8", errors="replace")
    try:
        value = json.loads(text)
    except ValueError:
        return bool(text)
    return bool(silenced(value) != value)


def _parts(ids: list[str]) -> Iterable[list[str]]:
    return (ids[start : start + BATCH] for start in range(0, len(ids), BATCH))


_TEXTS = "keep_texts"
RULES = (
    Rule("keep_bodies", deliveries, "bodies of deliveries (but of those in quarantine)", _bodies, _end_bodies),
    Rule(
        _TEXTS, requests, "words of requests that are solved or were refused", _requests, _end_texts(requests.c.texts)
    ),
    Rule(
        _TEXTS,
        ticket_notes,
        "messages and notes of solved tickets",
        _of_tickets(ticket_notes, ticket_notes.c.body),
        _end_texts(ticket_notes.c.body),
    ),
    Rule(
        _TEXTS,
        mails,
        "addresses and texts of their mails, and of those that brought keys",
        _mails,
        _end_texts(mails.c.sealed),
    ),
    Rule(
        _TEXTS,
        ratings,
        "words of their ratings",
        _of_tickets(ratings, ratings.c.words),
        _end_texts(ratings.c.words),
    ),
    Rule("keep_decisions", decisions, "decisions that no ticket rests on", _decisions, _end_decisions),
)
