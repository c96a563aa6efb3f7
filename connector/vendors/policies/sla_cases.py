"""Worked SLA instants as a CSV table, run against the shipped packs and their other readings.

Columns: policy, priority, created_at_utc, clock, expected_due_utc, note. The note may carry
`holidays=2026-12-25|2027-01-01`, `paused=<from>/<to>|<from>/<to>` (finished holds) and `start=<instant>` (where a next
update or response counts from).
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from itertools import zip_longest
from typing import Any
from zoneinfo import available_timezones

from connector.domain.calendar.hours import DAYS, Interval, next_opening
from connector.domain.calendar.periods import end_of_support, parse_period
from connector.domain.policy.facts import Due
from connector.domain.policy.kinds import CHANNELS, canonical_channel
from connector.domain.policy.policy import Policy
from connector.domain.policy.sla import next_response, next_update, promise
from connector.vendors.policies import packs

_NEW_YORK = {"calendar.timezone": "America/New_York"}
_PAGES = {"A": "whmcs-modules", "C": "crmjetty", "E": "tiered-sla"}
_WORDS: Mapping[str, Mapping[str, Any]] = {
    "NY": _NEW_YORK,
    "EST": {"calendar.timezone": "Etc/GMT+5"},
    "A clock": {"severity.priority.clock": "always"},
    "A 24hday": {"severity.standard.clock": "weekdays"},
    "C literal": {"severity.standard.clock": "always"},
    "C open10": {"severity.standard.clock": "from_next_opening"},
    "E strict": {"severity.high.closed_reading": "strict"},
}
"""What a word in the name of a case's policy sets, alone or after the letter of its page."""
_SYNTHETIC = {**_NEW_YORK, "severity.standard.respond": "8h"}

# Synthetic calendars that no page has.
_OTHERS: Mapping[str, tuple[str, Mapping[str, Any]]] = {
    "X-night": ("whmcs-modules", {**_SYNTHETIC, "calendar.open": {day: ["00:00-06:00"] for day in DAYS}}),
    "X-247": ("whmcs-modules", {**_SYNTHETIC, "calendar.open": {day: ["00:00-24:00"] for day in DAYS}}),
}

COLUMNS = ("policy", "priority", "created_at_utc", "clock", "expected_due_utc")
_TOKEN = re.compile(r"(holidays|paused|start)=([^;\s]+)")
_DUE = {
    "first_response": "respond_by",
    "first_response_target": "warn_at",
    "resolution": "resolve_by",
    "resolution_target": "resolve_warn_at",
}


CLOCKS = (*_DUE, "next_response", "next_update", "update_1", "chat_opens_at", "free_support_ends")


class BadCase(ValueError):
    """A row that cannot be run, or a table that cannot be read."""


@dataclass(frozen=True)
class Case:
    """A row of the table, with the line of the file it starts on."""

    line: int
    cells: Mapping[str, str]


@dataclass(frozen=True)
class Mismatch:
    """A row that came out otherwise, or could not be run at all, with the line of the file it starts on."""

    line: int
    policy: str
    clock: str
    expected: str
    found: str


def read(lines: Iterable[str]) -> list[Case]:
    """The rows under a header that names COLUMNS (and `note`); raises BadCase that names the line."""
    reader = csv.reader(lines, strict=True)
    cases, line = [], 0
    try:
        head = [cell.strip() for cell in next(reader, [])]
        if missing := [column for column in COLUMNS if column not in head]:
            raise BadCase(f"line 1: no column {', '.join(missing)}; the header is {','.join(COLUMNS)},note")
        line = reader.line_num
        for row in reader:
            if row:
                cases.append(Case(line + 1, _cells(head, row)))
            line = reader.line_num
    except (csv.Error, UnicodeDecodeError) as error:
        raise BadCase(f"line {line + 1}: cannot be read as CSV in UTF-8: {error}") from None
    return cases


def _cells(head: Sequence[str], row: list[str]) -> dict[str, str]:
    """The cells by column. What is missing is empty; what is too much belongs to a note at the end, else to no column."""
    last = len(head) - 1 if head[-1] == "note" else len(head)
    cells = dict(zip_longest(head[:last], (cell.strip() for cell in row[:last]), fillvalue=""))
    return cells | ({"note": ",".join(row[last:])} if head[-1] == "note" else {"": ",".join(row[last:])})


def run(cases: Iterable[Case]) -> list[Mismatch]:
    """Run every row; what comes back is what does not hold. Empty = all as expected."""
    return list(_mismatches(cases))


def outcome(row: Mapping[str, str]) -> datetime | None:
    """The instant (UTC) that a row's clock comes to, None for no end; raises BadCase."""
    if row.get(""):
        raise BadCase(f"more cells than columns, from {row['']!r} on")
    notes = {key: value.rstrip(",.)") for key, value in _TOKEN.findall(row.get("note", ""))}
    policy = _policy(row["policy"], notes.get("holidays", ""))
    created, start = _instant(row["created_at_utc"]), _instant(notes.get("start", row["created_at_utc"]))
    clock, pauses = row["clock"], _pauses(notes.get("paused"))
    if clock == "chat_opens_at":
        return next_opening(policy.calendar, created)
    if clock == "free_support_ends":
        return _support_end(policy, row["priority"], created)
    severity, channel = _severity(policy, row["priority"]), canonical_channel(row["priority"])
    if clock in _DUE:
        due: Due = promise(policy, severity, channel, created, pauses)
        found: datetime | None = getattr(due, _DUE[clock])
        return found
    if clock == "next_response":
        return next_response(policy, severity, start, pauses).due
    if clock == "next_update":
        return next_update(policy, severity, start, pauses).due
    if match := re.fullmatch(r"update_([1-9]\d?)", clock, re.ASCII):
        return _nth_update(policy, severity, created, int(match[1]), pauses)
    raise BadCase(f"no clock {clock!r}: one of {', '.join(CLOCKS)}")


def _mismatches(cases: Iterable[Case]) -> Iterator[Mismatch]:
    for case in cases:
        row = case.cells
        expected = row["expected_due_utc"] or "none"
        try:
            due = outcome(row)
            found = due.astimezone(UTC).isoformat().replace("+00:00", "Z") if due else "none"
            same = due == (None if expected == "none" else _instant(expected))
        except (ValueError, OverflowError) as error:
            found, same = f"cannot be run: {error}", False
        if not same:
            yield Mismatch(case.line, row["policy"], row["clock"], expected, found)


def reading_of(name: str) -> tuple[str, dict[str, Any]]:
    """The shipped pack and settings that a policy column means: `A`, `A-EST`, `A-NY-24hday`, `C-literal`, `E-Tokyo-strict`.

    A page's letter, then in any order a zone (its IANA name or the city of it) and another reading; raises BadCase.
    """
    letter, *words = name.split("-")
    if name in _OTHERS:
        pack, settings = _OTHERS[name]
        return pack, dict(settings)
    if letter not in _PAGES:
        raise BadCase(
            f"no policy {name!r}: write A-NY, A-EST-clock, C, C-literal, E-London-strict ..., {', '.join(_OTHERS)}"
        )
    chosen: dict[str, Any] = {}
    for word in words:
        more = _WORDS.get(word) or _WORDS.get(f"{letter} {word}") or _zone(word)
        if not more:
            known = ", ".join(key.removeprefix(f"{letter} ") for key in _WORDS if key[1:2] != " " or key[0] == letter)
            raise BadCase(f"no policy {name!r}: {word!r} is no zone, nor one of {known}")
        chosen |= more
    return _PAGES[letter], chosen


def _zone(word: str) -> dict[str, str]:
    fitting = {each for each in available_timezones() if each == word or each.rpartition("/")[2] == word}
    found = word if word in fitting else min(fitting, default=None)
    return {"calendar.timezone": found} if found else {}


@cache
def _policy(name: str, holidays: str) -> Policy:
    pack, settings = reading_of(name)
    closed = {"calendar.holidays": re.split(r"[|,]", holidays)} if holidays else {}
    return packs.load(pack, {**settings, **closed})


def _severity(policy: Policy, priority: str) -> str:
    """A severity by its name; a channel or `any` stands for the usual one."""
    if priority in policy.severities:
        return priority
    if priority == "any" or priority in CHANNELS:
        return policy.default_severity
    raise BadCase(f"no priority {priority!r}: one of {', '.join([*policy.severities, 'any'])}, or a channel")


def _nth_update(
    policy: Policy, severity: str, created: datetime, count: int, pauses: Sequence[Interval]
) -> datetime | None:
    at: datetime | None = created
    for _ in range(count):
        at = next_update(policy, severity, at, pauses).due if at else None
    return at


def _support_end(policy: Policy, purchase: str, bought: datetime) -> datetime | None:
    kind = purchase.replace("-", "_")
    if kind not in ("one_time", "recurring"):
        raise BadCase(f"no purchase {purchase!r}: one-time or recurring")
    term = policy.term(kind)
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
    return [_pause(pause) for pause in text.split("|")] if text else []


def _pause(text: str) -> Interval:
    begin, _, end = text.partition("/")
    pause = _instant(begin), _instant(end)
    if pause[1] < pause[0]:
        raise BadCase(f"the pause {text} ends before it begins")
    return pause
