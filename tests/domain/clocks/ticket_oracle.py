"""What becomes of a ticket's clocks, lived through minute by minute. Slow, plain, and nothing of the engine's."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from tests.domain.calendar.oracle import MINUTE, Wall

Event = tuple[datetime, str, str]


@dataclass(frozen=True)
class Promise:
    """What one severity promises, in minutes; `open` or `always` minutes, and None where it promises nothing."""

    respond: int | None
    resolve: int | None
    mode: str
    resolve_mode: str
    update: int | None = None
    respond_closed: int | None = None
    update_delayed: int | None = None

    def of(self, name: str, started_open: bool, delayed: bool = False) -> tuple[int | None, str]:
        """Minutes and mode of a clock; delayed: updates are promised because a delay was told."""
        if name == "resolution":
            return self.resolve, self.resolve_mode
        if name == "update":
            return (self.update_delayed if self.update is None and delayed else self.update), self.mode
        closed = self.respond_closed is not None and not started_open
        return (self.respond_closed if closed else self.respond), self.mode


@dataclass
class Life:
    """One run of a clock."""

    name: str
    start: datetime
    started_open: bool
    used: dict[str, int] = field(default_factory=lambda: {"open": 0, "always": 0})
    last_minute: tuple[str, ...] = ()
    ended: datetime | None = None
    breached: datetime | None = None
    ran_out_at_end: datetime | None = None
    before_delay: dict[str, int] | None = None

    def minutes(self, promise: Promise, mode: str) -> int:
        """What counts: from the delay on, for updates that are promised only because of it."""
        return (
            self.used[mode] - (self.before_delay or {}).get(mode, 0) if self.only_delayed(promise) else self.used[mode]
        )

    def only_delayed(self, promise: Promise) -> bool:
        told = self.name == "update" and self.before_delay is not None
        return told and promise.update is None and promise.update_delayed is not None


class Desk:
    """A desk on which one ticket lies."""

    def __init__(self, wall: Wall, promises: Mapping[str, Promise], severity: str, created: datetime) -> None:
        self.wall, self.promises, self.severity = wall, promises, severity
        self.held = self.waiting = self.solved = False
        self.lives: list[Life] = []
        for name in ("first_response", "update", "resolution"):
            self.start(name, created)

    def live_through(self, created: datetime, events: Sequence[Event], now: datetime) -> list[Life]:
        """Minute by minute: first what happens, then who is late, then the minute passes."""
        at = created
        while True:
            for when, kind, word in events:
                if when == at:
                    getattr(self, kind)(at, word)
            for life in self.lives:
                self.look(life, at)
            if at == now:
                return self.lives
            open_now = self.wall.is_open(at)
            for life in self.lives:
                counts = life.ended is None and not self.rests(life)
                life.last_minute = () if not counts else ("always", "open") if open_now else ("always",)
                for mode in life.last_minute:
                    life.used[mode] += 1
            at += MINUTE

    def look(self, life: Life, at: datetime) -> None:
        promise = self.promises[self.severity]
        span, mode = promise.of(life.name, life.started_open, life.before_delay is not None)
        used = life.minutes(promise, mode)
        if life.ended is not None or life.breached is not None or span is None or used < span:
            return
        ran_out_just_now = used == span and mode in life.last_minute
        if ran_out_just_now or not self.rests(life):
            life.breached = at

    def rests(self, life: Life) -> bool:
        return self.held or (self.waiting and life.name == "resolution")

    def start(self, name: str, at: datetime) -> None:
        self.lives.append(Life(name, at, self.wall.is_open(at)))

    def end(self, at: datetime, *names: str) -> None:
        for life in self.lives:
            if life.ended is None and life.name in names:
                span, mode = self.promises[self.severity].of(life.name, life.started_open)
                life.ended = at
                life.ran_out_at_end = at if life.used[mode] == span and mode in life.last_minute else None

    def answered(self, at: datetime, word: str) -> None:
        if not self.solved:
            delayed = any(life.name == "update" and life.ended is None and life.before_delay for life in self.lives)
            self.end(at, "first_response", "next_response", "update")
            self.start("update", at)
            if delayed:
                self.delayed(at, word)

    def delayed(self, at: datetime, word: str) -> None:
        for life in self.lives:
            if life.name == "update" and life.ended is None and life.before_delay is None:
                life.before_delay = dict(life.used)

    def wrote(self, at: datetime, word: str) -> None:
        self.waiting = False
        self.reopened(at, word)
        if not any(life.name in ("first_response", "next_response") and life.ended is None for life in self.lives):
            self.start("next_response", at)

    def hold(self, at: datetime, word: str) -> None:
        self.held = True

    def released(self, at: datetime, word: str) -> None:
        self.held = False

    def wait(self, at: datetime, word: str) -> None:
        self.waiting = True

    def resumed(self, at: datetime, word: str) -> None:
        self.waiting = False

    def resolved(self, at: datetime, word: str) -> None:
        if not self.solved:
            self.end(at, "first_response", "next_response", "update", "resolution")
            self.solved, self.held, self.waiting = True, False, False

    def reopened(self, at: datetime, word: str) -> None:
        if not self.solved:
            return
        self.solved = False
        for life in self.lives:
            if life.name == "resolution":
                life.ended = None
                life.breached = life.breached or life.ran_out_at_end  # what was opened again was not solved at its due
        self.start("update", at)

    def changed(self, at: datetime, word: str) -> None:
        self.severity = word
