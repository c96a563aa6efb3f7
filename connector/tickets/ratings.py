"""Ratings: what a customer says of a solved ticket; one a ticket, the last one counts (MET-03)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, func, select

from connector.domain.clocks.ticket_states import state_of
from connector.domain.redaction.redact import screen
from connector.runtime import Runtime
from connector.storage import codec
from connector.storage.database import upsert
from connector.storage.tables import tickets
from connector.storage.tables_policy import ratings
from connector.tickets import schedule

SCORES = (1, 2, 3, 4, 5)
LONGEST = 2000


class NotYet(ValueError):
    """The ticket is not solved, so there is nothing to rate."""


def is_solved(tx: Connection, ticket_id: str) -> bool:
    """May this ticket be rated?"""
    return state_of(schedule.marks_of(schedule.acts_of(tx, ticket_id))) == "solved"


def rate(tx: Connection, runtime: Runtime, number: str, score: int, words: str, now: datetime) -> None:
    """Keep the customer's rating, in the place of an earlier one; credentials are cut out, the words are sealed.

    score: one of SCORES. Raises NotYet while the ticket is not solved, or where there is none of this number.
    """
    found = tx.execute(select(tickets.c.id).where(tickets.c.number == number)).scalar()
    if found is None:
        raise NotYet("this ticket is gone")
    ticket = schedule.lock(tx, found)
    if not is_solved(tx, ticket.id):
        raise NotYet("this ticket is not solved yet: it can be rated when it is")
    said = screen(words.replace("\x00", "").strip()[:LONGEST]).text
    sealed = runtime.keyring.seal(said.encode()) if said else None
    row = {"ticket_id": ticket.id, "vendor_id": ticket.vendor_id, "score": score, "words": sealed, "rated_at": now}
    insert = upsert(tx.dialect.name, ratings)
    again = {name: getattr(insert.excluded, name) for name in ("score", "words", "rated_at")}
    tx.execute(insert.on_conflict_do_update(index_elements=["ticket_id"], set_=again), row)


def score_of(tx: Connection, ticket_id: str) -> int | None:
    """The customer's rating of a ticket, if there is one."""
    return tx.execute(select(ratings.c.score).where(ratings.c.ticket_id == ticket_id)).scalar()


def summary(tx: Connection, vendor_id: str, since: datetime, until: datetime) -> dict[str, Any]:
    """How many ratings of each score were given in [since, until), and their mean."""
    mine = (ratings.c.vendor_id == vendor_id) & (ratings.c.rated_at >= since) & (ratings.c.rated_at < until)
    rows = tx.execute(select(ratings.c.score, func.count()).where(mine).group_by(ratings.c.score)).all()
    counts = dict.fromkeys(SCORES, 0) | dict(rows)
    total = sum(counts.values())
    mean = sum(score * count for score, count in counts.items()) / total if total else None
    return {"ratings": total, "mean": round(mean, 2) if mean else None} | {f"score {s}": counts[s] for s in SCORES}


def latest(tx: Connection, runtime: Runtime, vendor_id: str, limit: int) -> list[dict[str, Any]]:
    """The newest ratings with their words."""
    joined = select(ratings, tickets.c.number).join(tickets, tickets.c.id == ratings.c.ticket_id)
    mine = joined.where(ratings.c.vendor_id == vendor_id).order_by(ratings.c.rated_at.desc()).limit(limit)
    return [
        {
            "ticket": row.number,
            "score": row.score,
            "words": runtime.keyring.unseal(row.words).decode() if row.words else None,
            "rated_at": codec.rfc3339(row.rated_at),
        }
        for row in tx.execute(mine)
    ]
