"""Worked SLA instants as a CSV table, run against the shipped packs and their other readings.

Columns: policy, priority, created_at_utc, clock, expected_due_utc, note. The note may carry
`holidays=2026-12-25|2027-01-01`, `paused=<from>/<to>|<from>/<to>` (finished holds) and `start=<instant>` (where a next
update or response counts from).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from connector import packs
from connector.domain.facts import Due
from connector.domain.hours import DAYS, Interval, next_opening
from connector.domain.kinds import canonical_channel
from connector.domain.periods import end_of_support, parse_period
from connector.domain.policy import Policy
from connector.domain.sla import next_response, next_update, promise

_NEW_YORK = {"calendar.timezone": "America/New_York"}
_SYNTHETIC = {**_NEW_YORK, "severity.standard.respond": "8h"}

# The names of a case's policy column: a shipped pack with the settings that make this reading of its page.
READINGS: Mapping[str, tuple[str, Mapping[str, Any]]] = {
    "A-NY": ("whmcs-modules", {}),
    "A-EST": ("whmcs-modules", {"calendar.timezone": "Etc/GMT+5"}),
    "A-NY-clock": ("whmcs-modules", {"severity.priority.clock": "always"}),
    "A-NY-24hday": ("whmcs-modules", {"severity.standard.clock": "weekdays"}),
    "C": ("crmjetty", {}),
    "C-literal": ("crmjetty", {"severity.standard.clock": "always"}),
    "C-open10": ("crmjetty", {"severity.standard.clock": "from_next_opening"}),
    "E-NY": ("tiered-sla", _NEW_YORK),
    "E-NY-strict": ("tiered-sla", {**_NEW_YORK, "severity.high.closed_reading": "strict"}),
    "E-UTC": ("tiered-sla", {"calendar.timezone": "UTC"}),
    "E-London": ("tiered-sla", {"calendar.timezone": "Europe/London"}),
    "X-night": ("whmcs-modules", {**_SYNTHETIC, "calendar.open": {day: ["00:00-06:00"] for day in DAYS}}),
    "X-247": ("whmcs-modules", {**_SYNTHETIC, "calendar.open": {day: ["00:00-24:00"] for day in DAYS}}),
}

_TOKEN = re.compile(r"(holidays|paused|start)=([^;\s]+)")
_DUE = {
    "first_response": "respond_by",
    "first_response_target": "warn_at",
    "resolution": "resolve_by",
    "resolution_target": "resolve_warn_at",
}


class BadCase(ValueError):
    """A row that cannot be run: an unknown policy, clock or instant."""


@dataclass(frozen=True)
class Mismatch:
    """A row (counted from 1 after the header) that came out otherwise, or could not be run at all."""

    row: int
    policy: str
    clock: str
    expected: str
    found: str


def run(rows: Iterable[Mapping[str, str]]) -> list[Mismatch]:
    """Run every row; what comes back is what does not hold. Empty = all as expected."""
    return list(_mismatches(rows))


def outcome(row: Mapping[str, str]) -> datetime | None:
    """The instant (UTC) that a row's clock comes to, None for no end; raises BadCase."""
    notes = dict(_TOKEN.findall(row.get("note") or ""))
    policy = _policy(row["policy"], notes.get("holidays"))
    created, start = _instant(row["created_at_utc"]), _instant(notes.get("start", row["created_at_utc"]))
    clock, severity, channel = row["clock"], _severity(policy, row["priority"]), canonical_channel(row["priority"])
    pauses = _pauses(notes.get("paused"))
    if clock in _DUE:
        due: Due = promise(policy, severity, channel, created, pauses)
        found: datetime | None = getattr(due, _DUE[clock])
        return found
    if clock == "next_response":
        return next_response(policy, severity, start, pauses).due
    if clock == "next_update":
        return next_update(policy, severity, start, pauses).due
    if clock == "chat_opens_at":
        return next_opening(policy.calendar, created)
    if clock == "free_support_ends":
        return _support_end(policy, row["priority"], created)
    if match := re.fullmatch(r"update_(\d)", clock):
        return _nth_update(policy, severity, created, int(match[1]))
    raise BadCase(f"no clock {clock!r}")


def _mismatches(rows: Iterable[Mapping[str, str]]) -> Iterator[Mismatch]:
    for number, row in enumerate(rows, 1):
        expected = row.get("expected_due_utc") or "none"
        try:
            due = outcome(row)
            found = due.astimezone(UTC).isoformat().replace("+00:00", "Z") if due else "none"
            same = due == (None if expected == "none" else _instant(expected))
        except (ValueError, KeyError) as error:
            found, same = f"cannot be run: {error}", False
        if not same:
            yield Mismatch(number, row.get("policy", ""), row.get("clock", ""), expected, found)


def _policy(name: str, holidays: str | None) -> Policy:
    if name not in READINGS:
        raise BadCase(f"no policy {name!r}: one of {', '.join(READINGS)}")
    pack, settings = READINGS[name]
    closed = {"calendar.holidays": re.split(r"[|,]", holidays)} if holidays else {}
    return packs.load(pack, {**settings, **closed})


def _severity(policy: Policy, priority: str) -> str:
    return priority if priority in policy.severities else policy.default_severity


def _nth_update(policy: Policy, severity: str, created: datetime, count: int) -> datetime | None:
    at: datetime | None = created
    for _ in range(count):
        at = next_update(policy, severity, at).due if at else None
    return at


def _support_end(policy: Policy, purchase: str, bought: datetime) -> datetime | None:
    term = policy.term(purchase.replace("-", "_"))
    return None if term in (None, "while_active") else end_of_support(bought, parse_period(term or ""), policy.zone)


def _instant(text: str) -> datetime:
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise BadCase(f"{text!r} is no instant: write 2026-03-06T21:00:00Z") from None
    if at.tzinfo is None:
        raise BadCase(f"{text!r} has no offset: write 2026-03-06T21:00:00Z")
    return at


def _pauses(text: str | None) -> list[Interval]:
    pairs = [pause.split("/") for pause in text.split("|")] if text else []
    return [(_instant(begin), _instant(end)) for begin, end in pairs]
