"""The pure core: what a decision and a due time cost, in microseconds and in calls of an empty function."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from timeit import Timer

from connector.domain.calendar.hours import Calendar, Interval, Span, due
from connector.domain.clocks.clock_runs import Mark
from connector.domain.clocks.clocks import clocks
from connector.domain.licensing.events import Person
from connector.domain.licensing.standing import Standing
from connector.domain.policy.decide import decide
from connector.domain.policy.facts import Asked, Facts
from connector.vendors.policies import packs

NOW = datetime(2026, 3, 6, 21, tzinfo=UTC)  # two days before the clocks go forward in New York
HOLDER, STRANGER = Person("7", "ada@example.com", "Ada"), Person("9", "eve@example.com", "Eve")
QUARTER = Span(63 * 9 * 3600)
"""Sixty-three business days of nine hours: a due just under 90 days away."""

_DAY, _HOUR = timedelta(days=1), timedelta(hours=1)
_SECONDS = 0.05
_ROUNDS = 7


@dataclass(frozen=True)
class Cost:
    """Of one call: microseconds, at best, and the ratio to calling a function that does nothing."""

    micros: float
    calls: float


def costs() -> dict[str, Cost]:
    """What each kind of work costs."""
    return measured({**_decisions(), **_dues()})


def measured(work: Mapping[str, Callable[[], object]]) -> dict[str, Cost]:
    """Of each piece of work what one call costs; rounds are interleaved, so that a slow moment of the machine hits all alike."""
    best = dict.fromkeys(["nothing", *work], float("inf"))
    for _ in range(_ROUNDS):
        for name, call in {"nothing": _nothing, **work}.items():
            best[name] = min(best[name], _once(call))
    return {name: Cost(best[name] * 1e6, best[name] / best["nothing"]) for name in work}


def _nothing() -> None:
    pass


def _once(call: Callable[[], object]) -> float:
    """Seconds of one call, from as many as take a while."""
    timer = Timer(call)
    count = max(1, int(_SECONDS / max(timer.timeit(3) / 3, 1e-7)))
    return timer.timeit(count) / count


def _decisions() -> Mapping[str, Callable[[], object]]:
    work: dict[str, Callable[[], object]] = {}
    for pack in packs.shipped():
        policy = packs.load(pack, {"calendar.timezone": "America/New_York"})
        work[f"decision, {pack}"] = lambda policy=policy: decide(_USUAL, policy, NOW)  # type: ignore[misc]
    jetpack = packs.load("jetpack-crm")
    work["decision, refused for many reasons"] = lambda: decide(_REFUSED, jetpack, NOW)
    return work


_USUAL = Facts(
    asked=Asked(
        kind="bug",
        product="acme-forms",
        channel="ticket",
        requester=HOLDER,
        has_reproduction=True,
        attestations=("policy_read", "knowledge_base_checked", "in_scope"),
        key_given=True,
        environment={"php": "8.2", "whmcs": "8.10"},
    ),
    standing=Standing(
        license_id="lic_1",
        product="acme-forms",
        status="active",
        purchase="one_time",
        support_until=NOW + timedelta(days=30),
        holder=HOLDER,
        owner=HOLDER,
    ),
)
_REFUSED = replace(
    _USUAL,
    asked=replace(_USUAL.asked, kind="custom_dev", channel="social", requester=STRANGER, site="two.example.com"),
    standing=Standing("lic_1", "acme-forms", "expired", support_until=NOW, site_limit=0, holder=HOLDER, owner=HOLDER),
)


def _dues() -> Mapping[str, Callable[[], object]]:
    week = (((540, 1080),),) * 5 + ((), ())
    known = Calendar("America/New_York", week)
    split = Calendar("America/New_York", (((540, 720), (780, 1140)),) * 5 + ((), ()), frozenset({date(2026, 5, 25)}))
    pauses: list[Interval] = [(NOW + day * _DAY, NOW + (day + 2) * _DAY) for day in range(0, 50, 10)]
    tiered = packs.load("tiered-sla", {"calendar.timezone": "America/New_York"})
    marks = [
        Mark(NOW + hours * _HOUR, kind)
        for hours, kind in enumerate(
            ("answered", "wrote", "waiting", "wrote", "held", "released", "answered", "resolved"), 1
        )
    ]
    return {
        "due over 90 days": lambda: due(known, NOW, QUARTER),
        "due over 90 days, split days, a holiday, 5 pauses": lambda: due(split, NOW, QUARTER, "open", pauses),
        "due over 90 days, of a calendar never used before": lambda: due(Calendar(known.zone, week), NOW, QUARTER),
        "clocks of a ticket after 8 happenings": lambda: clocks(tiered, "medium", None, NOW, marks, NOW + _DAY),
    }
