"""Firing what clocks have planned: warnings, breaches, reminders, escalations - each exactly once, also over restarts.

Woken by the due time (`seconds_to_next`), never by looking through tickets. The row's change of state, the note on the
ticket, its way to the helpdesk, the tier and the count are one transaction. Before that the helpdesk is asked what happened
there, so that nobody is called late who has answered; where it cannot be asked for too long, the alarm is raised all the same.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, bindparam, func, select, update

from connector.domain.clocks.ticket_states import state_of
from connector.domain.policy.escalation import next_tier
from connector.observe import Log
from connector.ports import RemoteAct, Undelivered
from connector.runtime import Runtime
from connector.storage import codec, counters
from connector.storage.database import reading, retrying, transaction
from connector.storage.tables import sinks, tickets
from connector.storage.tables_policy import clock_events
from connector.tickets import forwarding, mails, schedule
from connector.tickets.wakers import Embedded
from connector.vendors import notifications

PATIENCE = timedelta(minutes=15)
"""How long after its time an alarm waits for a helpdesk that cannot be asked."""

LOOK_UNTIL = timedelta(days=30)

_DUE = (
    select(clock_events.c.id)
    .where(
        clock_events.c.state == "planned", clock_events.c.wake_at <= bindparam("now", type_=clock_events.c.wake_at.type)
    )
    .order_by(clock_events.c.wake_at, clock_events.c.id)
    .limit(bindparam("limit"))
)
_NEXT = select(func.min(clock_events.c.wake_at)).where(clock_events.c.state == "planned")

_SAID = {
    "first_response": "the first response",
    "next_response": "the answer to the customer's last message",
    "update": "the next update to the customer",
    "resolution": "the resolution",
}

log = Log()


def due(tx: Connection, now: datetime, limit: int = 100) -> list[str]:
    """Ids of the events whose time has come, the oldest first."""
    return list(tx.execute(_DUE, {"now": now, "limit": limit}).scalars())


def seconds_to_next(runtime: Runtime) -> float | None:
    """Seconds until the next event is due (0 = now); None where nothing is planned."""
    with reading(runtime.engine) as tx:
        at = tx.execute(_NEXT).scalar()
    return None if at is None else max((at - runtime.clock()).total_seconds(), 0.0)


def fire_due(runtime: Runtime, limit: int = 1000) -> int:
    """Fire everything whose time has come; how many events were fired. A fault with one never stops the others."""
    fired = 0
    for _ in range(limit // 20):
        with reading(runtime.engine) as tx:
            rows = due(tx, runtime.clock(), limit=20)
        states = [fire(runtime, row) for row in rows]
        fired += states.count("fired")
        if len(rows) < 20:
            break
    return fired


def embedded(runtime: Runtime) -> Embedded:
    """The thread that fires what is due and forwards what waits, where no Redis is set."""

    def turn() -> None:
        fire_due(runtime)
        forwarding.drain(runtime)

    return Embedded(turn, until=lambda: seconds_to_next(runtime))


def run_one(event_id: str) -> str:
    """The RQ job: one event, by its id."""
    return forwarding.unless_away(fire, event_id)


def fire(runtime: Runtime, event_id: str) -> str:
    """One turn for one event: fired, later (the helpdesk could not be asked), or `not due` (over, moved, or done by another)."""
    now = runtime.clock()
    try:
        return _fire(runtime, event_id, now)
    except Exception:  # a fault of ours: the event stays planned and is tried again, the others go on
        log.exception("clock.fire_failed", row=event_id)
        retrying(lambda: _later(runtime, event_id, now))
        return "later"


def _fire(runtime: Runtime, event_id: str, now: datetime) -> str:
    with reading(runtime.engine) as tx:
        row = tx.execute(select(clock_events).where(clock_events.c.id == event_id)).first()
        if row is None or row.state != "planned" or row.wake_at > now:
            return "not due"
        ticket = tx.execute(select(tickets).where(tickets.c.id == row.ticket_id)).one()
        sink = tx.execute(select(sinks).where(sinks.c.vendor_id == row.vendor_id)).first()
    unasked = None
    if ticket.remote_id is not None and sink is not None:
        try:
            look(runtime, sink, ticket, now)
        except Undelivered as failure:
            unasked = failure.message
    if unasked is not None and now < row.due_at + PATIENCE:
        return retrying(lambda: _later(runtime, event_id, now))
    return retrying(lambda: _happen(runtime, event_id, row.ticket_id, now, unasked))


def look(runtime: Runtime, sink: Any, ticket: Any, now: datetime) -> int:
    """Take over what happened to a forwarded ticket at its helpdesk; how many acts were new. Raises Undelivered."""
    told = forwarding.open_desk(runtime, sink).acts(ticket.remote_id)
    return retrying(lambda: _take_over(runtime, ticket.id, told, now))


def _take_over(runtime: Runtime, ticket_id: str, told: list[RemoteAct], now: datetime) -> int:
    with transaction(runtime.engine) as tx:
        ticket = schedule.lock(tx, ticket_id)
        past = [(f"desk:{act.ref}", act) for act in told if act.at <= now]
        new = [(ref, act) for ref, act in past if schedule.record(tx, ticket, act.kind, act.at, ref, now)]
        if new:
            schedule.plan(tx, runtime, ticket, now)
        for ref, act in new:
            mails.changed(tx, runtime, ticket, ref, now, act.kind)
    return len(new)


def _later(runtime: Runtime, event_id: str, now: datetime) -> str:
    with transaction(runtime.engine) as tx:
        mine = (clock_events.c.id == event_id) & (clock_events.c.state == "planned")
        tx.execute(update(clock_events).where(mine).values(wake_at=now + schedule.ASK_AGAIN))
    return "later"


def _happen(runtime: Runtime, event_id: str, ticket_id: str, now: datetime, unasked: str | None) -> str:
    with transaction(runtime.engine) as tx:
        ticket = schedule.lock(tx, ticket_id)
        schedule.plan(tx, runtime, ticket, now)  # what comes too late to be of use is dropped here
        mine = (clock_events.c.id == event_id) & (clock_events.c.state == "planned") & (clock_events.c.wake_at <= now)
        fired = update(clock_events).where(mine).values(state="fired", fired_at=now).returning(*clock_events.c)
        row = tx.execute(fired).first()
        if row is None:
            return "not due"
        if row.kind == "look":
            _look_again(tx, row, now)
            return "looked"
        text = _text(row)
        if row.kind == "escalate":
            tier = _escalated(tx, runtime, ticket, row, now)
            if tier is None:
                return "fired"
            text = f"Moved to tier {tier}: {text}"
        if unasked is not None:
            text += f" The helpdesk could not be asked whether somebody has answered there: {unasked}"
        schedule.note(tx, runtime, ticket, text, now)
        schedule.plan(tx, runtime, ticket, now)
        counters.bump(tx, "connector_sla_events_total", {"clock": row.clock, "kind": row.kind})
        if row.kind == "breach":
            counters.bump(tx, "connector_sla_breaches_total", {"target": row.clock})
            about, what = {"ticket_id": ticket_id}, {"clock": row.clock, "due_at": codec.rfc3339(row.due_at)}
            notifications.put(tx, row.vendor_id, "ticket.breached", row.id, now, about, **what)
    log.warning(f"clock.{row.kind}", number=ticket.number, clock=row.clock, due=codec.rfc3339(row.due_at))
    return "fired"


def _look_again(tx: Connection, row: Any, now: datetime) -> None:
    """Once a day while the ticket is open; once a week after its end, for it may be opened again; then no more."""
    marks = schedule.marks_of(schedule.acts_of(tx, row.ticket_id))
    ended = max((mark.at for mark in marks if mark.kind == "resolved"), default=now)
    solved = state_of(marks) == "solved"
    again = now + (schedule.LOOK_LATER if solved else schedule.LOOK_EVERY)
    state = "past" if solved and now - ended > LOOK_UNTIL else "planned"
    mine = update(clock_events).where(clock_events.c.id == row.id)
    tx.execute(mine.values(state=state, due_at=again, wake_at=again, fired_at=None))


def _escalated(tx: Connection, runtime: Runtime, ticket: Any, row: Any, now: datetime) -> int | None:
    """The next tier, where there is one; clocks go on as they were (TIER-05, TIER-07)."""
    tier = next_tier(schedule.case_of(tx, runtime, ticket).policy, ticket.tier or 1)
    if tier is None:
        return None
    tx.execute(update(tickets).where(tickets.c.id == ticket.id).values(tier=tier))
    schedule.record(tx, ticket, "escalated", now, row.id, now, str(tier))
    return tier


def _text(row: Any) -> str:
    at = f"{row.due_at:%Y-%m-%d %H:%M} UTC"
    if row.kind == "alert":
        return f"A security report came in at {at}: it is to be looked at at once."
    what = _SAID[row.clock]
    if row.kind == "escalate":
        return f"{what} was due at {at} and was not given by then."
    if row.kind == "breach":
        return f"{what[0].upper()}{what[1:]} was due at {at} and was not given by then."
    return f"{what[0].upper()}{what[1:]} is due soon; this is the warning of {at}."
