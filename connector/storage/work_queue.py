"""Rows that are worked off by whoever claims them: calls to a helpdesk, mails, notifications, each in a table of its own.

queued    never tried, or put back without having been sent
sending   a worker holds the lease; written before the call, so that a crash leaves it visible
unknown   tried with an unclear end: found first, only then sent again
done      whoever it was for has it
parked    a clear no, or too many tries: a person must look
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Table, or_, update

LEASE = timedelta(seconds=60)
"""Longer than a look-up and a creation may take together (each call has a total deadline): what comes after them can be
done by the next holder as well, since it is looked at before it is written."""

WAITS = (5, 30, 120, 600, 1800, 3600, 10800, 21600, 43200, 86400, 86400)
"""Seconds before the next try, +-20 %; about three days in all, then a person must look."""

OPEN = ("queued", "sending", "unknown")


def bring_back(tx: Connection, queue: Table, now: datetime, longest: Sequence[timedelta]) -> int:
    """Make due what waits longer than it can have been told to: the clock ran ahead when that was written; how many rows.

    longest: by the tries made so far, the last for all beyond. A lease lasts no longer than LEASE.
    """
    last = len(longest) - 1
    tries = [queue.c.attempts == made if made < last else queue.c.attempts >= made for made in range(len(longest))]
    late = or_(*(made & (queue.c.due_at > now + wait) for made, wait in zip(tries, longest, strict=True)))
    held = queue.c.leased_until > now + 2 * LEASE
    ahead = update(queue).where(queue.c.state.in_(OPEN), or_(late, held)).values(due_at=now, leased_until=None)
    return len(tx.execute(ahead.returning(queue.c.id)).all())


def claim(tx: Connection, queue: Table, row_id: str, now: datetime) -> Any:
    """Take a due row for one lease: the row with its new fence, or None when somebody else has it.

    Compare-and-set: the winner is whoever's UPDATE still sees the row unleased; `attempts` is counted before the call.
    """
    free = or_(queue.c.leased_until.is_(None), queue.c.leased_until <= now)
    return tx.execute(
        update(queue)
        .where(queue.c.id == row_id, queue.c.state.in_(OPEN), queue.c.due_at <= now, free)
        .values(state="sending", attempts=queue.c.attempts + 1, fence=queue.c.fence + 1, leased_until=now + LEASE)
        .returning(*queue.c)
    ).first()


def finish(
    tx: Connection,
    queue: Table,
    row: Any,
    state: str,
    now: datetime,
    wait: timedelta | None = None,
    error: str | None = None,
) -> bool:
    """Write down how a turn ended; False when the lease was lost meanwhile and the end is not ours to tell."""
    values: dict[str, Any] = {"state": state, "leased_until": None, "error": error}
    if wait is not None:
        values["due_at"] = now + wait
    ended = update(queue).where(queue.c.id == row.id, queue.c.fence == row.fence).values(**values)
    return tx.execute(ended.returning(queue.c.id)).first() is not None


def next_wait(attempts: int) -> timedelta | None:
    """How long to wait after so many tries, +-20 %; None when a person must look."""
    if attempts > len(WAITS):
        return None
    return timedelta(seconds=WAITS[attempts - 1] * random.uniform(0.8, 1.2))  # noqa: S311 - jitter


def drain(due: Callable[[int], list[str]], work: Callable[[str], str], limit: int) -> int:
    """Work on everything that is due, oldest first; how many rows were claimed.

    due: at most so many rows; work: one turn for a row, `not due` where somebody else has it.
    """
    worked = 0
    while worked < limit:
        rows = due(20)
        claimed = sum(work(row_id) != "not due" for row_id in rows)
        worked += claimed
        if not claimed:
            break
    return worked
