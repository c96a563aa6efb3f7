"""Sending notifications: claim, sign, post, done. A row is worked on by one holder of its lease at a time.

Signed by Standard Webhooks: the `webhook-id` stays the same over retries and replays, so that a receiver can tell a copy. An
answer in the 200s means taken, whatever its body. Any other means later again, ever less often; after three days a person must
look. 410 ends the endpoint; one that took nothing in all that time is paused, and its contact is mailed.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, select

from connector.formats.signature_schemes import StandardWebhooks
from connector.licences import alarms
from connector.notifications import payloads
from connector.observe import Log
from connector.ports import Posted, Undelivered
from connector.runtime import Runtime
from connector.storage import work_queue
from connector.storage.database import reading, retrying, transaction
from connector.storage.tables_notify import notifications as queue
from connector.storage.tables_notify import notify_endpoints as endpoints
from connector.tickets import forwarding, pause_mails
from connector.tickets.wakers import Embedded
from connector.vendors import notifications, notify_endpoints

GONE = 410
BUSY = (429, 502, 503, 504)
"""Answers of a receiver that has too much to do, or is not there: all that goes to it waits (Standard Webhooks 1.0.0)."""

REST = timedelta(minutes=10)
"""How long at most an endpoint that does not answer is left alone, unless it asks for more."""

PATIENCE = timedelta(days=2)
"""Whoever took nothing for so long, when a notification was tried for the last time, is paused."""

log = Log()


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
    """Look at licences that end, then send everything that is due, oldest first; how many rows were claimed."""
    look(runtime, limit)
    return work_queue.drain(lambda most: due(runtime, most), lambda row_id: work(runtime, row_id), limit)


def look(runtime: Runtime, limit: int = 1000) -> int:
    """Look at the licences whose time has come; how many."""

    def ended(most: int) -> list[str]:
        with reading(runtime.engine) as tx:
            return alarms.due(tx, runtime.clock(), most)

    return work_queue.drain(ended, lambda license_id: alarms.fire(runtime, license_id), limit)


def work(runtime: Runtime, row_id: str, *, asked: bool = False) -> str:
    """One turn for one notification; the state it ended in, or `not due` when it is sent, leased or not yet its time.

    asked: a person wants it sent, also to an endpoint that is paused or left alone.
    """
    row = retrying(lambda: _claim(runtime, row_id, asked))
    if row is None:
        return "not due"
    try:
        answer, error = _send(runtime, row), None
        if not 200 <= answer.status < 300:
            error = f"the receiver answered {answer.status}"
    except Undelivered as failure:
        answer, error = Posted(0), failure.message
    except Exception as fault:  # a fault of ours must neither lose the row nor stop the loop
        log.exception("notification.failed", row=row.id)
        answer, error = Posted(0), f"{type(fault).__name__} in our own code, see the log"
    return retrying(lambda: _ended(runtime, row, answer, error))


def _claim(runtime: Runtime, row_id: str, asked: bool) -> Any:
    with transaction(runtime.engine) as tx:
        if not asked and not notifications.endpoint_awake(tx, row_id, runtime.clock()):
            return None
        return work_queue.claim(tx, queue, row_id, runtime.clock())


def _send(runtime: Runtime, row: Any) -> Posted:
    """Post it, signed at this moment; the answer. Raises Undelivered where there is none."""
    if runtime.post is None or runtime.sign is None:
        raise Undelivered("configuration", "Nothing was sent: nothing here can post")
    with reading(runtime.engine) as tx:
        to = tx.execute(select(endpoints).where(endpoints.c.id == row.notify_endpoint_id)).one()
        if to.url.startswith("http:") and not to.allow_private:
            raise Undelivered(
                "configuration",
                "Nothing was sent: the address begins with http://. If it is on your own network: "
                f"`connector notify resume {to.id} --allow-private`",
            )
        body = payloads.body(tx, runtime, row, to.personal_data)
    now = runtime.clock()
    secrets = notify_endpoints.live_secrets(runtime.keyring, to, now)
    signed = [runtime.sign(StandardWebhooks(), secret, body, now, row.message_id) for secret in secrets]
    signatures = " ".join(each["webhook-signature"] for each in signed)
    return runtime.post(to.url, body, signed[0] | {"webhook-signature": signatures}, to.allow_private)


def _ended(runtime: Runtime, row: Any, answer: Posted, error: str | None) -> str:
    now = runtime.clock()
    wait = _wait(row, answer) if error is not None else None
    state = "done" if error is None else "parked" if wait is None or answer.status == GONE else "queued"
    with transaction(runtime.engine) as tx:
        if not work_queue.finish(tx, queue, row, state, now, wait, error):
            return "lease lost"
        to = tx.execute(select(endpoints).where(endpoints.c.id == row.notify_endpoint_id).with_for_update()).one()
        if error is None:
            notify_endpoints.took(tx, to)
        elif answer.status == GONE:
            notify_endpoints.end(tx, to.id, "the receiver answered 410: it wants no more", now)
            log.error("notify.ended", endpoint=to.id)
        else:
            _failed(tx, runtime, row, to, answer, wait, error)
    return state


def _wait(row: Any, answer: Posted) -> timedelta | None:
    """Until the next try, no sooner than the receiver asks; None after the last."""
    wait = work_queue.next_wait(row.attempts)
    if wait is None or answer.retry_after is None or answer.status not in BUSY:
        return wait
    return max(wait, timedelta(seconds=answer.retry_after))


def _failed(
    tx: Connection, runtime: Runtime, row: Any, to: Any, answer: Posted, wait: timedelta | None, error: str
) -> None:
    now = runtime.clock()
    away = answer.status == 0 or answer.status in BUSY
    asked = timedelta(seconds=answer.retry_after or 0)
    notify_endpoints.failed(tx, to, now, max(min(wait, REST), asked) if away and wait is not None else None)
    if wait is not None:
        return
    log.error("notification.parked", row=row.id, why=error)
    since = to.failing_since or now
    if now - since >= PATIENCE and notify_endpoints.pause(
        tx, to.id, f"took nothing since {since:%Y-%m-%d %H:%M} UTC", now
    ):
        log.error("notify.paused", endpoint=to.id, why=error)
        pause_mails.put(tx, runtime, to, since, error, now)
