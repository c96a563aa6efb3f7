"""Interleaved rounds: in each, every kind of request has its turn right after the yardstick; what counts is the ratio."""

from __future__ import annotations

import statistics
from collections.abc import Callable
from dataclasses import dataclass, field

from sqlalchemy import Table, create_engine, func, select

from bench import bodies, machine
from bench.drive import Job, Outcome, drive
from bench.serving import Serving
from bench.stock import Store
from connector.storage.tables import deliveries, events, outbox, tickets

DRAWN = 20_000
"""Requests that are sent again and again: of more licences than any process remembers."""
GUESS = 4_000
"""Requests a second that no intake here exceeds: so many are prepared."""


@dataclass
class Series:
    """The rounds of one kind of request."""

    rates: list[float] = field(default_factory=list)
    ratios: list[float] = field(default_factory=list)
    latencies: list[float] = field(default_factory=list)
    generator: float = 0.0

    def add(self, outcome: Outcome, yardstick: float) -> None:
        self.rates.append(outcome.rate)
        self.ratios.append(outcome.rate / yardstick)
        self.latencies += outcome.latencies
        self.generator = max(self.generator, outcome.busy)

    @property
    def rate(self) -> float:
        return statistics.median(self.rates)

    @property
    def ratio(self) -> float:
        return statistics.median(self.ratios)

    def milliseconds(self, share: float) -> float:
        ordered = sorted(self.latencies)
        return 1000 * ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def measure(
    store: Store,
    serving: Serving,
    yardstick: Serving,
    rounds: int,
    seconds: float,
    say: Callable[[str], None],
) -> dict[str, Series]:
    """Drive the server and the yardstick in turns. Raises RuntimeError where answers are wrong or rows are missing."""
    found = {"hello": Series()} | {name: Series() for name in bodies.KINDS}
    before, made = _counts(store.url), dict.fromkeys(bodies.KINDS, 0)
    for number in range(rounds + 1):
        for name, kind in bodies.KINDS.items():
            warming = number == 0
            span = 0.5 if warming else seconds
            jobs = kind.make(store, DRAWN if kind.again else int(GUESS * span * 0.6))
            if not machine.wait_until_quiet():
                say("  others are using this machine: expect figures that are too low")
            hello = drive(Job(yardstick.port, bodies.HELLO, span / 2, again=True, expect=b"hello"))
            outcome = drive(Job(serving.port, jobs, span, kind.again, kind.expect))
            if outcome.wrong or hello.wrong:
                raise RuntimeError(f"{outcome.wrong} wrong answers to {name}: {outcome.first_wrong!r}")
            made[name] += outcome.answers
            if not warming:
                found["hello"].add(hello, hello.rate)
                found[name].add(outcome, hello.rate)
    _compare(before, _counts(store.url), made)
    return found


def _compare(before: dict[str, int], after: dict[str, int], made: dict[str, int]) -> None:
    """Every answer has its rows."""
    wanted = dict.fromkeys(before, 0)
    for name, kind in bodies.KINDS.items():
        for table in kind.rows:
            wanted[table] += made[name]
    stored = {name: after[name] - before[name] for name in wanted}
    if stored != wanted:
        raise RuntimeError(f"answers given: {wanted}; rows stored: {stored}")


def _counts(url: str) -> dict[str, int]:
    counted: tuple[Table, ...] = (deliveries, tickets, outbox, events)
    engine = create_engine(url)
    with engine.connect() as tx:
        found = {table.name: tx.execute(select(func.count()).select_from(table)).scalar_one() for table in counted}
    engine.dispose()
    return found
