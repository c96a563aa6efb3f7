"""What happened to a ticket, read into runs of its clocks: when each started and ended, and when it rested in between."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from connector.domain.policy.policy import Clocks

NAMES = ("first_response", "next_response", "update", "resolution")
Rest = tuple[datetime, datetime | None]
_RESTS = {"held": "held", "waiting": "waiting", "access_declined": "access_declined"}
_ENDS = {"released": ("held",), "resumed": ("waiting", "access_declined")}


@dataclass(frozen=True)
class Mark:
    """What happened to a ticket at an instant (UTC) that moves its clocks; `kind` is one of MARKS.

    answered    a person of the vendor wrote to the customer, or said that work has begun (HRS-21)
    receipt     the customer was told automatically that the request came in; counts where the policy says so (A13)
    wrote       the customer wrote: ends a wait, opens what was solved, and starts the next response (HRS-26)
    held, released              nothing runs in between (HRS-24)
    waiting, access_declined    the resolution rests, until `resumed` or (waiting) until the customer wrote (A16, A18)
    resolved, reopened          nothing runs in between; the resolution then counts on, or starts anew (HRS-22, A14)
    severity    it is `word` from here on; targets still count from the start of each run (TIER-05)
    delayed     for the reason `word` it will take longer: the due stays and is marked, and updates are promised (HRS-23)
    """

    at: datetime
    kind: str
    word: str = ""


MARKS = ("answered", "receipt", "wrote", "resolved", "reopened", "severity", "delayed", *_RESTS, *_ENDS)


@dataclass(frozen=True)
class Run:
    """One run of a clock; `end` is None while it has not ended. Rests are (begin, end), the end None while it lasts.

    delayed: why it takes longer, as last told; since: from when on, for the updates that are promised then (HRS-23).
    """

    name: str
    start: datetime
    end: datetime | None = None
    rests: tuple[Rest, ...] = ()
    delayed: str = ""
    since: datetime | None = None


def runs(created: datetime, marks: Iterable[Mark], reading: Clocks) -> list[Run]:
    """Every run that these marks, in order of time, made of the clocks of a ticket created at `created` (UTC)."""
    history = _History(created, reading)
    for mark in marks:
        history.note(mark)
    return [history.rested(run) for run in history.runs]


class _History:
    def __init__(self, created: datetime, reading: Clocks) -> None:
        self.reading = reading
        self.runs = [Run(name, created) for name in ("first_response", "update", "resolution")]
        self.rests: dict[str, list[Rest]] = {"held": [], "waiting": [], "access_declined": [], "solved": []}

    def note(self, mark: Mark) -> None:
        """Take in what happened next."""
        if mark.kind in _RESTS:
            self._rest(_RESTS[mark.kind], mark.at)
        for kind in _ENDS.get(mark.kind, ()):
            self._go_on(kind, mark.at)
        if mark.kind == "wrote":
            self._wrote(mark.at)
        elif mark.kind == "resolved":
            self._resolved(mark.at)
        elif mark.kind == "reopened" and self._resting("solved"):
            self._reopened(mark.at)
        elif mark.kind == "answered":
            self._answered(mark.at)
        elif mark.kind == "delayed":
            self._delayed(mark)
        elif mark.kind == "receipt" and self.reading.receipt_counts:
            self._end(mark.at, "first_response")

    def rested(self, run: Run) -> Run:
        """The run with what it rested; only the resolution rests for the customer."""
        kinds = ["held"]
        if run.name == "resolution":
            kinds += ["solved"] if self.reading.reopened == "continue" else []
            kinds += ["waiting"] if self.reading.waiting == "pause" else []
            kinds += ["access_declined"] if self.reading.access_declined == "pause" else []
        rests = [rest for kind in kinds for rest in self.rests[kind] if run.end is None or rest[0] < run.end]
        return replace(run, rests=tuple(rests))

    def _answered(self, at: datetime) -> None:
        if not self._resting("solved"):
            delayed = any(run.name == "update" and run.end is None and run.since for run in self.runs)
            self._end(at, "first_response", "next_response", "update")
            self._start("update", at, at if delayed else None)

    def _wrote(self, at: datetime) -> None:
        self._go_on("waiting", at)
        if self._resting("solved"):
            self._reopened(at)
        if not self._runs("first_response", "next_response"):
            self._start("next_response", at)

    def _resolved(self, at: datetime) -> None:
        if not self._resting("solved"):
            self._end(at, *NAMES)
            for kind in ("held", "waiting", "access_declined"):
                self._go_on(kind, at)
            self._rest("solved", at)

    def _reopened(self, at: datetime) -> None:
        self._go_on("solved", at)
        last = max(place for place, run in enumerate(self.runs) if run.name == "resolution")
        if self.reading.reopened == "continue":
            self.runs[last] = replace(self.runs[last], end=None)
        else:
            self._start("resolution", at)
        self._start("update", at)

    def _runs(self, *names: str) -> bool:
        return any(run.end is None and run.name in names for run in self.runs)

    def _delayed(self, mark: Mark) -> None:
        self._change("resolution", delayed=mark.word)
        if any(run.name == "update" and run.end is None and run.since is None for run in self.runs):
            self._change("update", since=mark.at)

    def _start(self, name: str, at: datetime, since: datetime | None = None) -> None:
        self.runs.append(Run(name, at, since=since))

    def _end(self, at: datetime, *names: str) -> None:
        self._change(*names, end=at)

    def _change(self, *names: str, **changes: Any) -> None:
        """Change what runs of these clocks."""
        self.runs = [replace(run, **changes) if run.end is None and run.name in names else run for run in self.runs]

    def _resting(self, kind: str) -> bool:
        return bool(self.rests[kind]) and self.rests[kind][-1][1] is None

    def _rest(self, kind: str, at: datetime) -> None:
        if not self._resting(kind):
            self.rests[kind].append((at, None))

    def _go_on(self, kind: str, at: datetime) -> None:
        if self._resting(kind):
            self.rests[kind][-1] = self.rests[kind][-1][0], at
