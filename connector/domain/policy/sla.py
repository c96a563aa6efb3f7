"""What a policy promises for a request: when it must be answered, solved and next reported on."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from connector.domain.calendar.hours import Calendar, Interval, Span, due, is_open, next_opening
from connector.domain.policy.facts import Due
from connector.domain.policy.policy import Policy, Severity

Pauses = Sequence[Interval]


class Target(NamedTuple):
    """When a clock runs out and when to warn before it does (UTC); None where nothing is promised."""

    due: datetime | None
    warn_at: datetime | None


_NOTHING = Target(None, None)


def promise(policy: Policy, severity: str, channel: str | None, created: datetime, pauses: Pauses = ()) -> Due:
    """The due times (UTC) of a request created at `created`; None where the policy promises nothing (HRS-27).

    pauses: finished holds, (begin, end) each; only time that the clock would have counted is given back (HRS-24).
    Call it again with the same `created` and all pauses after a hold, or with another severity after a change of it.
    """
    respond = first_response(policy, severity, channel, created, pauses)
    resolve = resolution(policy, severity, created, pauses)
    return Due(
        respond_by=respond.due,
        warn_at=respond.warn_at,
        resolve_by=resolve.due,
        resolve_warn_at=resolve.warn_at,
        update_by=next_update(policy, severity, created, pauses).due,
    )


def first_response(
    policy: Policy, severity: str, channel: str | None, created: datetime, pauses: Pauses = ()
) -> Target:
    """When a person must have answered first: the stricter of the severity's and the channel's promise (A27)."""
    rule = policy.severities[severity]
    by_channel = policy.channels.get(channel or "")
    found = _respond_by(policy, rule, created, pauses)
    if by_channel is not None and by_channel.respond is not None:
        other = due(policy.calendar, created, by_channel.respond, by_channel.clock, pauses)
        found = other if found is None or policy.channel_clock == "channel" else min(found, other)
    return _target(policy.calendar, found, created, rule.respond_warn, rule.clock, pauses)


def next_response(policy: Policy, severity: str, since: datetime, pauses: Pauses = ()) -> Target:
    """When the oldest unanswered message of the customer, written at `since`, must be answered (HRS-26)."""
    rule = policy.severities[severity]
    found = _respond_by(policy, rule, since, pauses)
    return _target(policy.calendar, found, since, rule.respond_warn, rule.clock, pauses)


def resolution(policy: Policy, severity: str, created: datetime, pauses: Pauses = ()) -> Target:
    """When the request must be solved (HRS-13, HRS-22)."""
    rule = policy.severities[severity]
    if rule.resolve is None:
        return _NOTHING
    found = due(policy.calendar, created, rule.resolve, rule.resolve_clock, pauses)
    return _target(policy.calendar, found, created, rule.resolve_warn, rule.resolve_clock, pauses)


def next_update(policy: Policy, severity: str, since: datetime, pauses: Pauses = ()) -> Target:
    """When the customer must hear again, from the last public message of an agent, else from creation (HRS-14, A9)."""
    rule = policy.severities[severity]
    if rule.update is None:
        return _NOTHING
    return Target(due(policy.calendar, since, rule.update, rule.clock, pauses), None)


def delayed_update(policy: Policy, severity: str, since: datetime, pauses: Pauses = ()) -> Target:
    """When the customer must hear again after a delay was told, under a severity that else promises no updates (HRS-23)."""
    rule = policy.severities[severity]
    if rule.update_delayed is None:
        return _NOTHING
    return Target(due(policy.calendar, since, rule.update_delayed, rule.clock, pauses), None)


def update_on_grid(policy: Policy, severity: str, created: datetime, last: datetime, pauses: Pauses = ()) -> Target:
    """The other reading of A9: one message in each step of a fixed grid from creation, `last` being the latest so far."""
    found = next_update(policy, severity, created, pauses)
    while found.due is not None and last > created:
        passed, found = found.due, next_update(policy, severity, found.due, pauses)
        if passed >= last:
            break
    return found


def _respond_by(policy: Policy, rule: Severity, start: datetime, pauses: Pauses) -> datetime | None:
    """HRS-15, A10: literal by the instant of creation, or strict = never later than if made at the next opening.

    Hours with a name go before: whoever asks on a Saturday is answered as that day says (R24).
    """
    calendar = policy.calendar
    named = [span for name, span in rule.respond_during.items() if is_open(policy.hours[name], start)]
    if named:
        return max(due(calendar, start, span, rule.clock, pauses) for span in named)
    if rule.respond_closed is None or is_open(calendar, start):
        return None if rule.respond is None else due(calendar, start, rule.respond, rule.clock, pauses)
    closed = due(calendar, start, rule.respond_closed, rule.clock, pauses)
    if rule.closed_reading == "literal" or rule.respond is None:
        return closed
    return min(closed, due(calendar, next_opening(calendar, start), rule.respond, rule.clock, pauses))


def _target(
    calendar: Calendar, found: datetime | None, start: datetime, warn: Span | None, clock: str, pauses: Pauses
) -> Target:
    """The due with its warning, which is dropped where it would not come first (a channel may be stricter)."""
    if found is None or warn is None:
        return Target(found, None)
    warn_at = due(calendar, start, warn, clock, pauses)
    return Target(found, warn_at if warn_at < found else None)
