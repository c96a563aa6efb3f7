"""Sending mails to customers by SMTP: claim, send, done. A row is worked on by one holder of its lease at a time.

SMTP cannot be asked whether a mail arrived. After a lost answer the very same mail goes again, under the same Message-ID, so
that mailboxes fold the two. A clear no parks the mail for a person; trouble with the server makes all mails wait.
"""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from typing import Any

from sqlalchemy import Connection, select, update

from connector.domain.policy.mail import KEY_PLACE
from connector.licences import lookup
from connector.observe import Log
from connector.ports import Undelivered
from connector.runtime import Runtime
from connector.storage import counters, work_queue
from connector.storage.database import reading, retrying, transaction
from connector.storage.tables_mail import mails
from connector.tickets import forwarding
from connector.tickets import mails as mail_rows
from connector.tickets.smtp import send, session
from connector.tickets.wakers import Embedded

log = Log()


def run_one(row_id: str) -> str:
    """The RQ job: one mail; the state it ended in, or `not due`."""
    return forwarding.unless_away(work, row_id)


def embedded(runtime: Runtime) -> Embedded:
    """A thread of its own, so that a slow mail server never holds up a ticket."""
    return Embedded(lambda: drain(runtime))


def drain(runtime: Runtime, limit: int = 1000) -> int:
    """Send everything that is due, oldest first; how many rows were claimed."""
    return work_queue.drain(lambda most: due(runtime, most), lambda row_id: work(runtime, row_id), limit)


def due(runtime: Runtime, limit: int, now: datetime | None = None) -> list[str]:
    """Ids of mails that may be sent now (at `now`); none while no mail server is set."""
    if runtime.settings.smtp_host is None:
        return []
    with reading(runtime.engine) as tx:
        return mail_rows.due(tx, now or runtime.clock(), limit)


def work(runtime: Runtime, row_id: str) -> str:
    """One turn for one mail; the state it ended in, or `not due` when it is sent, leased or not yet its time."""
    if runtime.settings.smtp_host is None:
        return "not due"
    row = retrying(lambda: _claim(runtime, row_id))
    if row is None:
        return "not due"
    try:
        send(runtime.settings, message(runtime, row))
        failure = None
    except Undelivered as raised:
        failure = raised
    except Exception as error:  # a fault of ours must neither lose the row nor stop the loop
        log.exception("mail.failed", row=row.id)
        failure = Undelivered("unknown", f"{type(error).__name__} in our own code, see the log")
    if failure is not None:
        told = failure
        return retrying(lambda: _failed(runtime, row, told))
    return retrying(lambda: _done(runtime, row))


def message(runtime: Runtime, row: Any) -> EmailMessage:
    """The mail of a row, the same bytes each time. Raises Undelivered where nobody is left to send it to."""
    content = json.loads(runtime.keyring.unseal(row.sealed))
    if mail_rows.usable_address(content["to"]) is None:
        raise Undelivered(
            "rejected", "its address is gone: the customer was erased, or its words were kept long enough"
        )
    domain = row.message_id.rpartition("@")[2].rstrip(">")
    made = EmailMessage(policy=SMTP)
    made["From"] = Address(content["vendor"], addr_spec=runtime.settings.smtp_sender)
    made["To"] = Address(addr_spec=content["to"])
    made["Subject"] = content["subject"]
    made["Date"] = format_datetime(row.created_at)
    made["Message-ID"] = row.message_id
    if row.ticket_id is not None:
        made["References"] = f"<{content['number']}@{domain}>"  # what mailboxes gather the mails of a ticket by
    made["Auto-Submitted"] = "auto-generated"  # no out-of-office answers (RFC 3834)
    made.set_content(_text(runtime, row, content["text"]), cte="quoted-printable")
    return made


def _text(runtime: Runtime, row: Any, text: str) -> str:
    """The text, with the key that it brings."""
    if row.license_id is None:
        return text
    with reading(runtime.engine) as tx:
        key = runtime.keyring.unseal(lookup.sealed_key(tx, row.license_id)).decode()
    return text.replace(KEY_PLACE, key)


def check(runtime: Runtime) -> str | None:
    """What keeps mails from being sent, for `connector doctor`; None where nothing does, or nobody is mailed."""
    if runtime.settings.smtp_host is None:
        return None
    try:
        with session(runtime.settings):
            pass
    except Undelivered as failure:
        return failure.message
    with reading(runtime.engine) as tx:
        parked = tx.execute(select(mails.c.id).where(mails.c.state == "parked").limit(1)).first()
    return "mails are parked: `connector mails list --state parked` says why" if parked else None


def _claim(runtime: Runtime, row_id: str) -> Any:
    with transaction(runtime.engine) as tx:
        return work_queue.claim(tx, mails, row_id, runtime.clock())


def _done(runtime: Runtime, row: Any) -> str:
    with transaction(runtime.engine) as tx:
        if not work_queue.finish(tx, mails, row, "done", runtime.clock()):
            return "lease lost"
        _count(tx, row, "sent")
    return "done"


def _failed(runtime: Runtime, row: Any, failure: Undelivered) -> str:
    now = runtime.clock()
    with transaction(runtime.engine) as tx:
        state, wait = _next(failure, row.attempts)
        if not work_queue.finish(tx, mails, row, state, now, wait, failure.message):
            return "lease lost"
        if state == "parked":
            _count(tx, row, "parked")
            log.error("mail.parked", row=row.id, why=failure.message)
        elif failure.cause == "configuration":
            _all_wait(tx, now, now + wait)
            log.error("mail.server_away", why=failure.message)
    return state


def _next(failure: Undelivered, attempts: int) -> tuple[str, timedelta]:
    wait = work_queue.next_wait(attempts)
    if failure.cause == "rejected" or wait is None:
        return "parked", timedelta()
    return ("unknown" if failure.cause == "unknown" else "queued"), wait


def _all_wait(tx: Connection, now: datetime, until: datetime) -> None:
    """What is due waits for the same time, so that a server that is away costs one try, not one for each mail."""
    waiting = mails.c.state.in_(("queued", "unknown")) & (mails.c.due_at <= now) & mails.c.leased_until.is_(None)
    tx.execute(update(mails).where(waiting).values(due_at=until))


def _count(tx: Connection, row: Any, outcome: str) -> None:
    counters.bump(tx, "connector_mails_total", {"change": row.change, "outcome": outcome})
