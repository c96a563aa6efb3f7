"""Sending notifications: claim, sign, post, done. A row is worked on by one holder of its lease at a time.

Signed by Standard Webhooks: the `webhook-id` stays the same over retries and replays, so that a receiver can tell a copy. No
answer in the 200s means later again, ever less often; after the last try a person must look. 410 ends the endpoint.
"""

from __future__ import annotations

import random
from datetime import datetime, timedelta
from typing import Any

import structlog
from sqlalchemy import select

from connector.formats.signature_schemes import StandardWebhooks
from connector.notifications import payloads
from connector.ports import Undelivered
from connector.runtime import Runtime
from connector.storage import work_queue
from connector.storage.database import reading, retrying, transaction
from connector.storage.tables_notify import notifications as queue
from connector.storage.tables_notify import notify_endpoints as places
from connector.tickets import forwarding
from connector.tickets.wakers import Embedded
from connector.vendors import notifications, notify_endpoints

WAITS = (5, 60, 300, 1800, 7200, 28_800)
"""Seconds before the next try, +-20 %; about eleven hours in all, then a person must look."""

GONE = 410

log = structlog.get_logger()


def run_one(row_id: str) -> str:
    """The RQ job: one notification; the state it ended in, `not due`, or `away`."""
    return forwarding.unless_away(work, row_id)


def embedded(runtime: Runtime) -> Embedded:
    """A thread of its own, so that a slow receiver never holds up a ticket or a mail."""
    return Embedded(lambda: drain(runtime))


def due(runtime: Runtime, limit: int, now: datetime | None = None) -> list[str]:
    """Ids of notifications that may be sent now (at `now`)."""
    with reading(runtime.engine) as tx:
        return notifications.due(tx, now or runtime.clock(), limit)


def drain(runtime: Runtime, limit: int = 1000) -> int:
    """Send everything that is due, oldest first; how many rows were claimed."""
    worked = 0
    while worked < limit:
        found = due(runtime, limit=20)
        claimed = sum(work(runtime, row_id) != "not due" for row_id in found)
        worked += claimed
        if not claimed:
            break
    return worked


def work(runtime: Runtime, row_id: str) -> str:
    """One turn for one notification; the state it ended in, or `not due` when it is sent, leased or not yet its time."""
    row = retrying(lambda: _claim(runtime, row_id))
    if row is None:
        return "not due"
    try:
        status, error = _send(runtime, row), None
        if not 200 <= status < 300:
            error = f"the receiver answered {status}"
    except Undelivered as failure:
        status, error = 0, failure.message
    except Exception as fault:  # a fault of ours must neither lose the row nor stop the loop
        log.exception("notification.failed", row=row.id)
        status, error = 0, f"{type(fault).__name__} in our own code, see the log"
    return retrying(lambda: _ended(runtime, row, status, error))


def _claim(runtime: Runtime, row_id: str) -> Any:
    with transaction(runtime.engine) as tx:
        return work_queue.claim(tx, queue, row_id, runtime.clock())


def _send(runtime: Runtime, row: Any) -> int:
    """Post it, signed at this moment; the status of the answer. Raises Undelivered where there is none."""
    if runtime.post is None or runtime.sign is None:
        raise Undelivered("configuration", "Nothing was sent: nothing here can post")
    with reading(runtime.engine) as tx:
        to = tx.execute(select(places).where(places.c.id == row.notify_endpoint_id)).one()
        body = payloads.body(tx, runtime, row, to.personal_data)
    secret = runtime.keyring.unseal(to.secret).decode()
    headers = runtime.sign(StandardWebhooks(), secret, body, runtime.clock(), row.message_id)
    return runtime.post(to.url, body, headers, to.allow_private)


def _ended(runtime: Runtime, row: Any, status: int, error: str | None) -> str:
    now = runtime.clock()
    last = row.attempts > len(WAITS)
    state = "done" if error is None else "parked" if last or status == GONE else "queued"
    wait = None
    if state == "queued":
        wait = timedelta(seconds=WAITS[row.attempts - 1] * random.uniform(0.8, 1.2))  # noqa: S311 - jitter
    with transaction(runtime.engine) as tx:
        if not work_queue.finish(tx, queue, row, state, now, wait, error):
            return "lease lost"
        if status == GONE:
            notify_endpoints.end(tx, row.notify_endpoint_id, "the receiver answered 410: it wants no more", now)
            log.error("notify.ended", endpoint=row.notify_endpoint_id)
        elif state == "parked":
            log.error("notification.parked", row=row.id, why=error)
    return state
