"""Where the clocks of a ticket stand, worked out anew each time from what happened to it; nothing needs to be remembered."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise

from connector.domain.calendar.hours import Interval, time_counted
from connector.domain.clocks.clock_runs import MARKS, NAMES, Mark, Run, runs
from connector.domain.policy import sla
from connector.domain.policy.policy import Policy, Severity
from connector.domain.policy.sla import Target

_NEVER = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True)
class Clock:
    """One run of a clock. Its name and start tell it from all others of the ticket, for ever.

    due         when it runs out, or ran out; None while it rests, because it moves on with the rest
    state       running, paused, met (ended in time) or breached (ran out first: answering late does not mend it)
    counted     the time used up so far, rests left out (MET-02)
    delayed     why a resolution will take longer, as last told; it moves no due (HRS-23)
    """

    name: str
    start: datetime
    due: datetime | None
    warn_at: datetime | None
    state: str
    breached_at: datetime | None
    ended_at: datetime | None
    counted: timedelta
    delayed: str = ""


@dataclass(frozen=True)
class _Ticket:
    policy: Policy
    channel: str | None
    created: datetime
    severities: tuple[tuple[datetime, str], ...]
    now: datetime


def clocks(
    policy: Policy, severity: str, channel: str | None, created: datetime, marks: Iterable[Mark], now: datetime
) -> list[Clock]:
    """Every run of every clock up to `now` (UTC), in order of start; none where the policy promises nothing (HRS-27).

    Marks may come in any order; those after `now` are not seen. An answer at the due instant is in time; a clock that is
    due now and has no answer is breached. A breach stays, whatever the severity becomes. A severity under which the due
    lies in the past breaches when it is set, but never during a rest. Raises ValueError for unknown marks and severities.
    """
    seen = sorted((mark for mark in marks if mark.at <= now), key=lambda mark: mark.at)
    for mark in seen:
        if mark.kind not in MARKS or (mark.kind == "severity" and mark.word not in policy.severities):
            raise ValueError(f"{mark.kind} {mark.word}".rstrip() + f" moves no clock; what does: {', '.join(MARKS)}")
    changes = tuple((mark.at, mark.word) for mark in seen if mark.kind == "severity")
    ticket = _Ticket(policy, channel, created, ((created, severity), *changes), now)
    found = [_clock(ticket, run) for run in runs(created, seen, policy.clocks)]
    return sorted((each for each in found if each), key=lambda each: (each.start, NAMES.index(each.name)))


def next_alarm(found: Iterable[Clock], now: datetime) -> datetime | None:
    """When to look again: the first warning or due after `now` of a clock that runs; None where none does."""
    running = [clock for clock in found if clock.state == "running"]
    alarms = [at for clock in running for at in (clock.warn_at, clock.due) if at is not None and at > now]
    return min(alarms, default=None)


def _clock(ticket: _Ticket, run: Run) -> Clock | None:
    until = run.end or ticket.now
    severity = [word for at, word in ticket.severities if at <= until][-1]
    promised = _target(ticket, run, severity)
    breached_at, target = _breach(ticket, run) or (None, _known(run, promised))
    if promised.due is None and breached_at is None:
        return None
    rule = ticket.policy.severities[severity]
    mode = rule.resolve_clock if run.name == "resolution" else rule.clock
    since = _delayed_since(run, rule) or run.start
    return Clock(
        name=run.name,
        start=run.start,
        due=target.due,
        warn_at=target.warn_at,
        state="breached" if breached_at else "met" if run.end else "paused" if _resting_since(run) else "running",
        breached_at=breached_at,
        ended_at=run.end,
        counted=time_counted(ticket.policy.calendar, since, until, mode, _rests(run, until)),
        delayed=run.delayed,
    )


def _target(ticket: _Ticket, run: Run, severity: str) -> Target:
    """What a severity promises for the run; a rest that lasts is not yet given back."""
    rests = _rests(run)
    match run.name:
        case "first_response":
            return sla.first_response(ticket.policy, severity, ticket.channel, run.start, rests)
        case "next_response":
            return sla.next_response(ticket.policy, severity, run.start, rests)
        case "resolution":
            return sla.resolution(ticket.policy, severity, run.start, rests)
    if since := _delayed_since(run, ticket.policy.severities[severity]):
        return sla.delayed_update(ticket.policy, severity, since, rests)
    if ticket.policy.clocks.update_from == "creation":
        return sla.update_on_grid(ticket.policy, severity, ticket.created, run.start, rests)
    return sla.next_update(ticket.policy, severity, run.start, rests)


def _delayed_since(run: Run, rule: Severity) -> datetime | None:
    """From when on a run counts the updates that are only promised once a delay was told; None where that is not so."""
    return run.since if run.name == "update" and rule.update is None and rule.update_delayed else None


def _breach(ticket: _Ticket, run: Run) -> tuple[datetime, Target] | None:
    """When the run was first overdue under the severity of that time, and what that had promised."""
    for (since, severity), (to, _) in pairwise([*ticket.severities, (_NEVER, "")]):
        target = _known(run, _target(ticket, run, severity))
        if target.due is None:
            continue
        at = target.due if since <= target.due else _awake(run, since)
        if at < to and at <= ticket.now and (run.end is None or at < run.end):
            return at, target
    return None


def _known(run: Run, target: Target) -> Target:
    """The target as far as it can be known: what lies behind the beginning of a rest that lasts will move with it."""
    since = _resting_since(run) or _NEVER
    return Target(*(at if at is None or at <= since else None for at in target))


def _awake(run: Run, at: datetime) -> datetime:
    """This instant, or the end of the rests it lies in."""
    for begin, end in sorted(run.rests, key=lambda rest: rest[0]):
        if begin <= at < (end or _NEVER):
            at = end or _NEVER
    return at


def _resting_since(run: Run) -> datetime | None:
    return min((begin for begin, end in run.rests if end is None), default=None)


def _rests(run: Run, until: datetime | None = None) -> list[Interval]:
    """The rests that are over; with `until`, the one that lasts as well, as if it ended then."""
    ends = [(begin, end or until) for begin, end in run.rests]
    return [(begin, end) for begin, end in ends if end is not None]
