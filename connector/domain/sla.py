"""What a policy promises for a request: when it must be answered, solved and next reported on."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from connector.domain.facts import Due
from connector.domain.hours import Calendar, Interval, Span, due, is_open, next_opening
from connector.domain.policy import Policy, Severity

_NOTHING = Due()


def promise(
    policy: Policy, severity: str, channel: str | None, created: datetime, pauses: Sequence[Interval] = ()
) -> Due:
    """The due times (UTC) of a request created at `created`; None where the policy promises nothing (HRS-27).

    pauses: finished holds, (begin, end) each; only time that the clock would have counted is given back (HRS-24).
    Call it again with the same `created` and all pauses after a hold, or with another severity after a change of it.
    """
    rule = policy.severities[severity]
    calendar = policy.calendar
    own = _respond_by(calendar, rule, created, pauses)
    respond_by = _with_channel(policy, channel, own, created, pauses)
    if respond_by is None and rule.resolve is None and rule.update is None:
        return _NOTHING
    return Due(
        respond_by=respond_by,
        warn_at=_counted(calendar, created, rule.respond_warn, rule.clock, pauses),
        resolve_by=_counted(calendar, created, rule.resolve, rule.resolve_clock, pauses),
        resolve_warn_at=_counted(calendar, created, rule.resolve_warn, rule.resolve_clock, pauses),
        update_by=_counted(calendar, created, rule.update, rule.clock, pauses),
    )


def next_update(policy: Policy, severity: str, since: datetime) -> datetime | None:
    """When the customer must hear again, from the last public message of an agent, else from creation (HRS-14, A9)."""
    rule = policy.severities[severity]
    return _counted(policy.calendar, since, rule.update, rule.clock, ())


def next_response(policy: Policy, severity: str, since: datetime, pauses: Sequence[Interval] = ()) -> datetime | None:
    """When the oldest unanswered message of the customer, written at `since`, must be answered (HRS-26)."""
    return _respond_by(policy.calendar, policy.severities[severity], since, pauses)


def _respond_by(calendar: Calendar, rule: Severity, created: datetime, pauses: Sequence[Interval]) -> datetime | None:
    """HRS-15, A10: literal by the instant of creation, or strict = never later than if made at the next opening."""
    if rule.respond_closed is None or is_open(calendar, created):
        return _counted(calendar, created, rule.respond, rule.clock, pauses)
    closed = _counted(calendar, created, rule.respond_closed, rule.clock, pauses)
    if rule.closed_reading == "literal":
        return closed
    return _earlier(closed, _counted(calendar, next_opening(calendar, created), rule.respond, rule.clock, pauses))


def _with_channel(
    policy: Policy, channel: str | None, own: datetime | None, created: datetime, pauses: Sequence[Interval]
) -> datetime | None:
    """The channel's own promise against the severity's: the stricter one, unless the vendor says otherwise (A27)."""
    rule = policy.channels.get(channel or "")
    if rule is None or rule.respond is None:
        return own
    by_channel = due(policy.calendar, created, rule.respond, rule.clock, pauses)
    return by_channel if policy.channel_clock == "channel" else _earlier(own, by_channel)


def _counted(
    calendar: Calendar, start: datetime, span: Span | None, clock: str, pauses: Sequence[Interval]
) -> datetime | None:
    return None if span is None else due(calendar, start, span, clock, pauses)


def _earlier(left: datetime | None, right: datetime | None) -> datetime | None:
    return min((each for each in (left, right) if each is not None), default=None)
