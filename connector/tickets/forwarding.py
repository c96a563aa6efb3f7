"""The one loop that forwards tickets: claim, find before any re-send, create, read back, repair, done.

Whatever wakes it (embedded thread, RQ job, sweep, `connector tickets retry`), the promise is the same: a row is worked on by
one holder of the lease at a time, the database transaction is never open during a helpdesk call, and after an unclear answer
nothing is sent again before the helpdesk was asked whether it is there.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, bindparam, or_, select, update

from connector.observe import Log
from connector.ports import Desk, Helpdesk, OutboundTicket, RemoteTicket, Undelivered
from connector.runtime import NEVER, Runtime
from connector.storage import counters, work_queue
from connector.storage.database import reading, retrying, transaction
from connector.storage.tables import outbox as outbox_rows
from connector.storage.tables import sinks, tickets
from connector.storage.tables_mail import mails
from connector.storage.tables_notify import notifications
from connector.tickets import handover, outbox, schedule
from connector.tickets.wakers import AWAY
from connector.vendors import notifications as told

QUARANTINE = 60
"""Seconds after an unclear answer before the helpdesk is asked: its own time-out may still commit the ticket."""

FRESH = timedelta(seconds=30)
"""How long after it was queued a row counts as never sent, without a look."""

SLACK = timedelta(minutes=10)
"""How far clocks of ours may differ, and helpdesks and settings add to a wait."""
LONGEST = [SLACK, *(timedelta(seconds=wait * 1.2) + SLACK for wait in work_queue.WAITS)]
"""By the tries made: how far ahead a row can be due."""
BRING_BACK_EVERY = timedelta(minutes=1)

ORPHANS_EVERY = timedelta(hours=1)

_UNSWEPT = select(sinks).where(
    or_(sinks.c.swept_at.is_(None), sinks.c.swept_at <= bindparam("before")), sinks.c.paused_at.is_(None)
)

log = Log()
_runtime: Runtime | None = None


def use(runtime: Runtime) -> None:
    """Give RQ jobs of this process their runtime (a job carries a row id and nothing else)."""
    global _runtime
    _runtime = runtime


def used() -> Runtime:
    """The runtime of this process's RQ jobs."""
    if _runtime is None:
        raise RuntimeError("no runtime here: start workers with `connector worker`")
    return _runtime


def run_one(row_id: str) -> str:
    """The RQ job: work on one outbox row; the state it ended in, `not due`, or `away`."""
    return unless_away(work, row_id)


def unless_away(turn: Callable[[Runtime, str], str], row_id: str) -> str:
    """One turn of an RQ job; `away` where the database is: the row is still there, and the sweep tells the log, once."""
    try:
        return turn(used(), row_id)
    except AWAY:
        return "away"


def drain(runtime: Runtime, limit: int = 1000) -> int:
    """Work on everything that is due, oldest first; how many rows were claimed."""
    worked = work_queue.drain(lambda most: due(runtime, most), lambda row_id: work(runtime, row_id), limit)
    sweep_orphans(runtime)
    bring_back(runtime)
    return worked


def due(runtime: Runtime, limit: int) -> list[str]:
    """Ids of rows that may be worked on now."""
    with reading(runtime.engine) as tx:
        return outbox.due(tx, runtime.clock(), limit)


def work(runtime: Runtime, row_id: str) -> str:
    """One turn for one row; the state it ended in, or `not due` when it is done, leased, paused or not yet its time."""
    now = runtime.clock()
    with reading(runtime.engine) as tx:
        if not outbox.due_one(tx, row_id, now):
            return "not due"
    row = retrying(lambda: _claim(runtime, row_id, now))
    if row is None:
        return "not due"
    try:
        helpdesk, remote_id = _forward(runtime, row)
    except Undelivered as failure:
        return _failed(runtime, row, failure)
    except Exception as error:  # a fault of ours must neither lose the row nor stop the loop
        log.exception("ticket.forward_failed", row=row.id)
        return _failed(runtime, row, Undelivered("unknown", f"{type(error).__name__} in our own code, see the log"))
    return retrying(lambda: _done(runtime, row, helpdesk, remote_id))


def _claim(runtime: Runtime, row_id: str, now: datetime) -> Any:
    with transaction(runtime.engine) as tx:
        return work_queue.claim(tx, outbox_rows, row_id, now)


def _forward(runtime: Runtime, row: Any) -> tuple[str, str | None]:
    """The helpdesk's name, and its id of the ticket where the row was the ticket itself."""
    with reading(runtime.engine) as tx:
        sink = tx.execute(select(sinks).where(sinks.c.vendor_id == row.vendor_id)).one()
        ticket = tx.execute(select(tickets).where(tickets.c.id == row.ticket_id)).one()
        note = handover.note(tx, runtime, row.note_id) if row.note_id else None
        outbound = handover.outbound(tx, runtime, ticket)
    desk = open_desk(runtime, sink)
    if note is not None:
        say = desk.note if note.internal else desk.reply
        say(ticket.remote_id, note.marker, note.text)
        return sink.helpdesk, None
    return sink.helpdesk, _place(desk, sink.helpdesk, outbound, look_first=_may_be_there(runtime, row))


def _may_be_there(runtime: Runtime, row: Any) -> bool:
    """Was this row tried before, by us or by whoever had this database before it was restored from a copy? A copy does not
    tell: so what has waited, or was queued before this process began, is looked up before it is sent."""
    fresh_from = max(runtime.started, runtime.clock() - FRESH)
    return row.attempts > 1 or not fresh_from <= row.created_at <= runtime.clock()


def _place(desk: Desk, helpdesk: str, ticket: OutboundTicket, *, look_first: bool) -> str:
    """Exactly one ticket at the helpdesk: the one found, or a new one; extras merged, read back, repaired, annotated."""
    found = desk.find(ticket.number) if look_first else []
    remote_id = found[0].id if found else desk.create(ticket)
    for extra in found[1:]:
        desk.merge(extra.id, remote_id)
    shown = desk.read(remote_id)
    if _differs(shown, ticket):
        for complaint in desk.repair(remote_id, ticket):
            log.warning("ticket.differs", number=ticket.number, helpdesk=helpdesk, complaint=complaint)
    desk.note(shown.id, f"[facts-{ticket.number}]", ticket.internal)
    return shown.id


def _differs(shown: RemoteTicket, ticket: OutboundTicket) -> bool:
    return shown.reference != ticket.number or shown.due != ticket.respond_by


def _done(runtime: Runtime, row: Any, helpdesk: str, remote_id: str | None) -> str:
    with transaction(runtime.engine) as tx:
        if work_queue.finish(tx, outbox_rows, row, "done", runtime.clock()) and remote_id is not None:
            tx.execute(
                update(tickets).where(tickets.c.id == row.ticket_id).values(state="forwarded", remote_id=remote_id)
            )
            schedule.watch(tx, row.vendor_id, row.ticket_id, runtime.clock())
            about, now = {"ticket_id": row.ticket_id}, runtime.clock()
            told.put(tx, row.vendor_id, "ticket.forwarded", row.ticket_id, now, about, helpdesk=helpdesk)
            _count(tx, helpdesk, "forwarded")
    return "done"


def _failed(runtime: Runtime, row: Any, failure: Undelivered) -> str:
    """What each cause leads to; the helpdesk's words are kept on the row (secrets never are in them)."""
    return retrying(lambda: _write_failure(runtime, row, failure))


def _write_failure(runtime: Runtime, row: Any, failure: Undelivered) -> str:
    now = runtime.clock()
    with transaction(runtime.engine) as tx:
        sink = tx.execute(select(sinks).where(sinks.c.vendor_id == row.vendor_id)).one()
        state, wait = _verdict(failure, row.attempts, runtime.helpdesks.get(sink.helpdesk), json.loads(sink.settings))
        if not work_queue.finish(tx, outbox_rows, row, state, now, wait, failure.message):
            return "lease lost"
        if failure.cause == "configuration":
            tx.execute(update(sinks).where(sinks.c.id == sink.id).values(paused_at=now, paused_why=failure.message))
            log.error("sink.paused", vendor=row.vendor_id, helpdesk=sink.helpdesk, why=failure.message)
        if failure.cause == "busy":
            tx.execute(update(sinks).where(sinks.c.id == sink.id).values(busy_until=now + (wait or timedelta())))
        if state == "parked":
            tx.execute(update(tickets).where(tickets.c.id == row.ticket_id).values(state="parked"))
            log.error("ticket.parked", row=row.id, why=failure.message)
            if row.note_id is None:
                _count(tx, sink.helpdesk, "parked")
    return state


def _count(tx: Connection, helpdesk: str, outcome: str) -> None:
    counters.bump(tx, "connector_tickets_forwarded_total", {"target": helpdesk, "outcome": outcome})


def _verdict(
    failure: Undelivered, attempts: int, helpdesk: Helpdesk | None, settings: Mapping[str, Any]
) -> tuple[str, timedelta | None]:
    rest = work_queue.next_wait(attempts)
    if failure.cause == "rejected" or rest is None:
        return "parked", None
    wait = rest.total_seconds()
    if failure.cause == "busy":
        return "queued", timedelta(seconds=failure.retry_after or wait)
    if failure.cause == "configuration":
        return "queued", None
    quarantine = float(settings.get("quarantine", QUARANTINE))
    lag = (helpdesk.find_lag if helpdesk else None) or 0
    return "unknown", timedelta(seconds=max(wait if attempts > 1 else 0, quarantine, lag))


def open_desk(runtime: Runtime, sink: Any) -> Desk:
    """A connection to the vendor's helpdesk, with its secret unsealed for this call only."""
    helpdesk = runtime.helpdesks.get(sink.helpdesk)
    if helpdesk is None:
        raise Undelivered("configuration", f"no helpdesk called {sink.helpdesk!r} is installed here")
    settings = json.loads(sink.settings)
    if helpdesk.secret and sink.secret is not None:
        settings[helpdesk.secret] = runtime.keyring.unseal(sink.secret).decode()
    return helpdesk.connect(settings)


def bring_back(runtime: Runtime) -> int:
    """Make due what only a clock that ran ahead has put off; how many rows. Looks once a minute.

    A helpdesk may make all wait for a day; so may a mail server, whatever the tries of a mail.
    """
    now = runtime.clock()
    if abs(now - runtime.memo.get("brought_back", NEVER)) < BRING_BACK_EVERY:
        return 0
    runtime.memo["brought_back"] = now
    with transaction(runtime.engine) as tx:
        tx.execute(update(sinks).where(sinks.c.busy_until > now + LONGEST[-1]).values(busy_until=None))
        tx.execute(update(sinks).where(sinks.c.swept_at > now + SLACK).values(swept_at=None))
        rows = work_queue.bring_back(tx, outbox_rows, now, LONGEST) + schedule.bring_back(tx, now, SLACK)
        return rows + sum(work_queue.bring_back(tx, queue, now, LONGEST[-1:]) for queue in (mails, notifications))


def sweep_orphans(runtime: Runtime) -> int:
    """Tickets of ours at a helpdesk that lost their reference: given it back, or merged into the one we know. Hourly."""
    now = runtime.clock()
    with reading(runtime.engine) as tx:
        waiting = tx.execute(_UNSWEPT, {"before": now - ORPHANS_EVERY}).all()
    return sum(_sweep(runtime, sink, now) for sink in waiting)


def _sweep(runtime: Runtime, sink: Any, now: datetime) -> int:
    with transaction(runtime.engine) as tx:
        mine = update(sinks).where(sinks.c.id == sink.id, sinks.c.swept_at.is_not_distinct_from(sink.swept_at))
        if tx.execute(mine.values(swept_at=now).returning(sinks.c.id)).first() is None:
            return 0
    swept = 0
    try:
        desk = open_desk(runtime, sink)
        for orphan in desk.orphans():
            swept += _adopt(runtime, desk, sink.vendor_id, orphan)
    except Undelivered as failure:
        log.warning("sink.sweep_failed", helpdesk=sink.helpdesk, cause=failure.cause, why=failure.message)
    return swept


def _adopt(runtime: Runtime, desk: Desk, vendor_id: str, orphan: RemoteTicket) -> int:
    number = handover.number_in(orphan.subject)
    with reading(runtime.engine) as tx:
        mine = (tickets.c.vendor_id == vendor_id) & (tickets.c.number == number)
        ticket = tx.execute(select(tickets).where(mine)).first()
        outbound = handover.outbound(tx, runtime, ticket) if ticket else None
    if ticket is None or outbound is None:
        return 0
    if ticket.remote_id not in (None, orphan.id):
        desk.merge(orphan.id, ticket.remote_id)
    else:
        desk.repair(orphan.id, outbound)
    return 1
