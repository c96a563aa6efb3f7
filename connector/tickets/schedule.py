"""A ticket's history and the events its clocks have planned: each act is filed once, and what is planned follows from it.

The arithmetic is `connector.domain.clocks.clocks`; here its answer is written down as rows that are due at an instant. All of
it happens under the ticket's row lock, in the caller's transaction. `connector.tickets.promises` fires what is due.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, case, func, insert, or_, select, update

from connector.domain.calendar.hours import Span, due, time_counted
from connector.domain.clocks.clock_runs import MARKS, Mark
from connector.domain.clocks.clocks import Clock, clocks
from connector.domain.clocks.ticket_states import working_state
from connector.domain.policy.decide import product_of
from connector.domain.policy.facts import Decision, Facts
from connector.domain.policy.kinds import canonical_channel
from connector.domain.policy.policy import Policy
from connector.domain.policy.sla import promise
from connector.runtime import Runtime
from connector.storage import codec, ids
from connector.storage.database import insert_once
from connector.storage.tables import decisions, ticket_notes, tickets
from connector.storage.tables_policy import clock_events, ticket_acts
from connector.tickets import outbox
from connector.vendors import notifications
from connector.vendors.policies import versions

REMIND = 6
"""A reminder comes when the last sixth of an update's span begins: after 50 minutes of an hour (NOT-03)."""

LOOK_EVERY = timedelta(days=1)
"""How often a helpdesk is asked about a ticket of which nothing else is due."""

LOOK_LATER = timedelta(days=7)
"""The same of a ticket that is solved."""

ASK_AGAIN = timedelta(seconds=60)
"""How long an event sleeps whose helpdesk could not be asked."""

_INSERT = insert(clock_events)
_OWN = ("alert", "look")
"""Kinds of events that follow no clock."""


@dataclass(frozen=True)
class Case:
    """What a ticket was promised: by which policy, on which channel, at which severity, from when, and if at all."""

    policy: Policy
    severity: str
    channel: str | None
    created: datetime
    timed: bool


@dataclass(frozen=True)
class _Planned:
    clock: str
    kind: str
    start: datetime
    at: datetime

    @property
    def key(self) -> tuple[str, str, str]:
        return self.clock, self.kind, codec.rfc3339(self.start)


def begin(tx: Connection, vendor_id: str, ticket_id: str, policy: Policy, decision: Decision) -> None:
    """Plan what the clocks of a ticket do that was just accepted; the same as `plan` would, from the decision at hand."""
    planned = list(_of_due(policy, decision))
    if decision.lane == "security":  # TIER-10: whoever is responsible hears of it at once
        planned.append(_Planned("security", "alert", decision.checked_at, decision.checked_at))
    if planned:
        tx.execute(_INSERT, [_row(vendor_id, ticket_id, each, decision.checked_at) for each in planned])


def watch(tx: Connection, vendor_id: str, ticket_id: str, now: datetime) -> None:
    """Plan to ask the helpdesk now and then what became of a ticket: it may be solved there long before anything is due."""
    row = _row(vendor_id, ticket_id, _Planned("helpdesk", "look", now, now + LOOK_EVERY), now)
    insert_once(tx, clock_events, row | {"target": ""})


def _watch_again(tx: Connection, ticket_id: str, now: datetime) -> None:
    """A ticket opened again long after its end is looked after again."""
    mine = (clock_events.c.ticket_id == ticket_id) & (clock_events.c.kind == "look") & (clock_events.c.state == "past")
    again = now + LOOK_EVERY
    tx.execute(update(clock_events).where(mine).values(state="planned", due_at=again, wake_at=again))


def bring_back(tx: Connection, now: datetime, slack: timedelta) -> int:
    """Wake what only a clock that ran ahead has put off; how many events. slack: how far clocks may differ.

    An event wakes when it is due, or ASK_AGAIN later; an alert at once; a look by the state of its ticket. What was promised
    stays: the customer was told when.
    """
    events, planned = clock_events.c, clock_events.c.state == "planned"
    asleep = planned & (events.wake_at > events.due_at) & (events.wake_at > now + ASK_AGAIN + slack)
    woken = update(clock_events).where(asleep).values(wake_at=case((events.due_at > now, events.due_at), else_=now))
    worked_on = events.ticket_id.in_(select(tickets.c.id).where(tickets.c.working_state != "solved"))
    look = or_(events.wake_at > now + LOOK_LATER + slack, worked_on & (events.wake_at > now + LOOK_EVERY + slack))
    late = or_((events.kind == "look") & look, (events.kind == "alert") & (events.wake_at > now + slack))
    own = update(clock_events).where(planned & late).values(wake_at=now, due_at=now)
    return sum(len(tx.execute(each.returning(events.id)).all()) for each in (woken, own))


def lock(tx: Connection, ticket_id: str) -> Any:
    """The ticket, locked until the transaction ends; raises NoResultFound."""
    return tx.execute(select(tickets).where(tickets.c.id == ticket_id).with_for_update()).one()


def record(tx: Connection, ticket: Any, kind: str, at: datetime, ref: str, now: datetime, detail: str = "") -> bool:
    """File an act on a locked ticket once for its `ref`; False when it was filed before. `plan` must follow."""
    filed = select(func.count()).select_from(ticket_acts).where(ticket_acts.c.ticket_id == ticket.id)
    row = {"id": ids.new_id("act", now), "vendor_id": ticket.vendor_id, "ticket_id": ticket.id, "kind": kind}
    row |= {"detail": detail or None, "ref": ref, "place": tx.execute(filed).scalar()}
    if not insert_once(tx, ticket_acts, row | {"at": at, "recorded_at": now}):
        return False
    told = "ticket.closed" if kind == "resolved" else "ticket.updated"
    about, what = {"ticket_id": ticket.id}, {"change": kind, "at": codec.rfc3339(at)}
    notifications.put(tx, ticket.vendor_id, told, f"{ticket.id}\n{ref}", now, about, **what)
    return True


def acts_of(tx: Connection, ticket_id: str) -> list[Any]:
    """Everything that happened to the ticket, in order of time."""
    mine = select(ticket_acts).where(ticket_acts.c.ticket_id == ticket_id)
    return list(tx.execute(mine.order_by(ticket_acts.c.at, ticket_acts.c.place)))


def marks_of(acts: Iterable[Any]) -> list[Mark]:
    """The acts that move clocks."""
    return [Mark(act.at, act.kind, act.detail or "") for act in acts if act.kind in MARKS]


def case_of(tx: Connection, runtime: Runtime, ticket: Any) -> Case:
    """What the ticket was promised, by the policy that accepted it; raises UnknownPolicy where that one is not kept."""
    row = tx.execute(select(decisions).where(decisions.c.id == ticket.decision_id)).one()
    decision = codec.loads(row.decision, Decision)
    facts = codec.loads(row.facts, Facts)
    policy = versions.kept(tx, runtime, row.policy).about(product_of(facts))
    channel = canonical_channel(facts.asked.channel)
    severity = decision.priority or policy.default_severity
    usual = promise(policy, severity, channel, row.decided_at)
    return Case(policy, severity, channel, row.decided_at, timed=decision.due == usual)


def clocks_of(case: Case, marks: Iterable[Mark], now: datetime) -> list[Clock]:
    """Where the ticket's clocks stand; none where nothing was promised (HRS-27).

    What came before the acceptance, while it was on hold or by a machine whose clock is behind, counts as of then.
    """
    if not case.timed:
        return []
    since = case.created
    seen = [replace(mark, at=max(mark.at, since)) for mark in marks]
    return clocks(case.policy, case.severity, case.channel, since, seen, max(now, since))


def plan(tx: Connection, runtime: Runtime, ticket: Any, now: datetime) -> list[Clock]:
    """Bring state, due times and planned events of a locked ticket that was accepted in line with its acts.

    A ticket of before policies were kept has no clocks: what it was promised cannot be known any more.
    """
    marks = marks_of(acts_of(tx, ticket.id))
    state = working_state(marks)
    if ticket.remote_id is not None and state != "solved":
        _watch_again(tx, ticket.id, now)
    try:
        case = case_of(tx, runtime, ticket)
    except versions.UnknownPolicy:
        _keep(tx, ticket.id, working_state=state)
        return []
    found = clocks_of(case, marks, now)
    severity = next((mark.word for mark in reversed(marks) if mark.kind == "severity"), case.severity)
    wanted = {each.key: each for clock in found for each in _of_clock(case.policy, severity, clock, now)}
    latest = {(clock.name, codec.rfc3339(clock.start)): clock for clock in found}
    mine = select(clock_events).where(clock_events.c.ticket_id == ticket.id, clock_events.c.kind.not_in(_OWN))
    rows = {(row.clock, row.kind, row.target): row for row in tx.execute(mine)}
    for key, row in rows.items():
        _move(tx, row, wanted.get(key), latest.get((row.clock, row.target)))
    fresh = [_row(ticket.vendor_id, ticket.id, each, now) for key, each in wanted.items() if key not in rows]
    if fresh:
        tx.execute(_INSERT, fresh)
    _keep(tx, ticket.id, working_state=state, **_due_times(found))
    return found


def _keep(tx: Connection, ticket_id: str, **values: Any) -> None:
    tx.execute(update(tickets).where(tickets.c.id == ticket_id).values(**values))


def note(tx: Connection, runtime: Runtime, ticket: Any, text: str, now: datetime) -> None:
    """A note for agents, on the ticket and on its way to the helpdesk."""
    note_id = ids.new_id("msg", now)
    body = runtime.keyring.seal(json.dumps({"body": text, "author": None}).encode())
    row = {"id": note_id, "ticket_id": ticket.id, "kind": "clock", "body": body, "created_at": now}
    tx.execute(insert(ticket_notes).values(**row))
    if outbox.holds(tx, ticket.id):
        outbox.put(tx, ticket.vendor_id, ticket.id, now, note_id)


def _of_due(policy: Policy, decision: Decision) -> Iterator[_Planned]:
    """What happens if nothing happens: the promises of an acceptance as events."""
    promised, start = decision.due, decision.checked_at
    times = (
        ("first_response", promised.warn_at, promised.respond_by),
        ("resolution", promised.resolve_warn_at, promised.resolve_by),
        ("update", None, promised.update_by),
    )
    for name, warn_at, at in times:
        if at is None:
            continue
        if name == "update" and decision.priority:
            warn_at = _reminder(policy, decision.priority, start, at)
        yield from _events(policy, name, start, warn_at, at)


def _of_clock(policy: Policy, severity: str, clock: Clock, now: datetime) -> Iterator[_Planned]:
    """What a clock still does, or has done: nothing where it was met or rests, its breach where it was missed."""
    if clock.breached_at is not None:
        events = _events(policy, clock.name, clock.start, None, clock.breached_at)
        yield from (each for each in events if clock.ended_at is None or each.kind == "breach")
    elif clock.state == "running" and clock.due is not None:
        warn_at = clock.warn_at
        if clock.name == "update":
            warn_at = _reminder(policy, severity, max(now, clock.start), clock.due)
        yield from _events(policy, clock.name, clock.start, warn_at, clock.due)


def _events(policy: Policy, name: str, start: datetime, warn_at: datetime | None, at: datetime) -> Iterator[_Planned]:
    if warn_at is not None:
        yield _Planned(name, "reminder" if name == "update" else "warn", start, warn_at)
    yield _Planned(name, "breach", start, at)
    if policy.tiers and name in policy.clocks.escalates:
        yield _Planned(name, "escalate", start, at)


def _reminder(policy: Policy, severity: str, since: datetime, at: datetime) -> datetime | None:
    """When only the last part of the span is left before `at`, looking from `since`; None where it has begun already."""
    rule = policy.severities[severity]
    span = rule.update or rule.update_delayed
    if span is None:
        return None
    last = timedelta(seconds=span.seconds + span.business_days * policy.calendar.business_day) / REMIND
    left = time_counted(policy.calendar, since, at, rule.clock) - last
    return due(policy.calendar, since, Span(int(left.total_seconds())), rule.clock) if left > timedelta() else None


def _row(vendor_id: str, ticket_id: str, planned: _Planned, now: datetime) -> dict[str, Any]:
    clock, kind, target = planned.key
    return {
        "id": ids.new_id("clk", now),
        "vendor_id": vendor_id,
        "ticket_id": ticket_id,
        "clock": clock,
        "kind": kind,
        "target": target,
        "state": "planned",
        "due_at": planned.at,
        "wake_at": planned.at,
    }


def _move(tx: Connection, row: Any, planned: _Planned | None, clock: Clock | None) -> None:
    """One row follows its clock; what has fired never fires again, whatever the clock does later."""
    over = clock is None or clock.ended_at is not None
    values: dict[str, Any] = {"state": "ended"}
    if row.state in ("fired", "past"):
        # A clock that was opened again is open again; one that is over is past.
        values = {"state": "past" if over else "fired"}
    elif planned is not None:
        values = {"state": "planned", "due_at": planned.at}
        if row.state != "planned" or row.due_at != planned.at:
            values["wake_at"] = planned.at
    elif clock is not None and clock.state == "paused":
        values = {"state": "paused"}
    elif clock is not None and clock.state == "running" and row.kind == "reminder":
        return  # its time has come, and it waits to be fired
    if any(getattr(row, name) != value for name, value in values.items()):
        tx.execute(update(clock_events).where(clock_events.c.id == row.id).values(**values))


def _due_times(found: Iterable[Clock]) -> dict[str, datetime | None]:
    """The latest run of each promise, for lists and pages; None while it rests or where there is none."""
    latest = {clock.name: clock for clock in found}
    names = {"respond_by": "first_response", "resolve_by": "resolution", "update_by": "update"}
    times = {column: latest[name].due if name in latest else None for column, name in names.items()}
    if "update" in latest and latest["update"].ended_at is not None:
        times["update_by"] = None
    return times
