"""Stored decisions made again: under another policy (`simulate`), or under their own, to the same bytes (`replay`).

Nothing is written, and nothing is gathered anew: the facts and the instant of each decision are the stored ones.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, select

from connector.domain.policy.decide import decide
from connector.domain.policy.facts import Decision, Facts, Finding
from connector.domain.policy.policy import Policy
from connector.runtime import Runtime
from connector.storage import codec, ids
from connector.storage.tables import decisions
from connector.vendors.policies.versions import UnknownPolicy, kept

PAGE = 1000
EXAMPLES = 3

# Ids are in order of time, so the primary key finds a period without an index of its own.
_PAGE = (
    select(decisions)
    .where(decisions.c.vendor_id == bindparam("vendor"), decisions.c.id > bindparam("after"))
    .order_by(decisions.c.id)
    .limit(PAGE)
)


@dataclass
class Flips:
    """What a policy would change: `rows` count by old and new outcome, reason code and clause, with some decisions."""

    policy: str
    decided: int = 0
    flipped: int = 0
    moved: Counter[str] = field(default_factory=Counter)
    outcomes: Counter[tuple[str, str]] = field(default_factory=Counter)
    rows: dict[tuple[str, str, str, str], list[str]] = field(default_factory=dict)
    counts: Counter[tuple[str, str, str, str]] = field(default_factory=Counter)

    def told(self) -> dict[str, Any]:
        """For people and machines: totals, then the flips, the most frequent first."""
        return {
            "policy": self.policy,
            "decisions": self.decided,
            "flipped": self.flipped,
            "same_outcome": self.decided - self.flipped,
            "moved": {name: self.moved[name] for name in ("priority", "tier", "due")},
            "outcomes": [
                {"from": old, "to": new, "count": count} for (old, new), count in sorted(self.outcomes.items())
            ],
            "flips": [
                {"from": old, "to": new, "code": code, "clause": clause or None, "count": count}
                | {"examples": self.rows[old, new, code, clause]}
                for (old, new, code, clause), count in sorted(self.counts.items(), key=lambda row: (-row[1], row[0]))
            ],
        }


def simulate(tx: Connection, vendor_id: str, policy: Policy, since: datetime, until: datetime) -> Flips:
    """Judge what was decided in [since, until) under `policy`, each by its stored facts at its stored instant (UTC)."""
    flips = Flips(policy.ref)
    for row in stored(tx, vendor_id, since, until):
        before = codec.loads(row.decision, Decision)
        after = decide(codec.loads(row.facts, Facts), policy, row.decided_at)
        _count(flips, row.id, before, after)
    return flips


@dataclass(frozen=True)
class Replayed:
    """What deciding again came to: how many, which came out otherwise, and whose policy is not kept here."""

    decided: int
    different: tuple[str, ...]
    unkept: tuple[str, ...]


def replay(tx: Connection, runtime: Runtime, vendor_id: str, since: datetime, until: datetime) -> Replayed:
    """Decide again by the kept policy of each decision, and compare bytes with what was stored."""
    decided, different, unkept = 0, [], []
    for row in stored(tx, vendor_id, since, until):
        decided += 1
        try:
            policy = kept(tx, runtime, row.policy)
        except UnknownPolicy:
            unkept.append(row.id)
            continue
        if again(row, policy) != row.decision:
            different.append(row.id)
    return Replayed(decided, tuple(different), tuple(unkept))


def again(row: Any, policy: Policy) -> str:
    """The text of a stored decision made again from its facts and its instant."""
    return codec.dumps(decide(codec.loads(row.facts, Facts), policy, row.decided_at))


def stored(tx: Connection, vendor_id: str, since: datetime, until: datetime) -> Iterator[Any]:
    """The vendor's decisions of [since, until), oldest first, a page at a time."""
    after = ids.first_of("dec", since)
    while rows := tx.execute(_PAGE, {"vendor": vendor_id, "after": after}).all():
        for row in rows:
            if row.decided_at >= until:
                return
            if row.decided_at >= since:
                yield row
        after = rows[-1].id


def _count(flips: Flips, decision_id: str, before: Decision, after: Decision) -> None:
    flips.decided += 1
    flips.outcomes[before.outcome, after.outcome] += 1
    if before.outcome == after.outcome:
        flips.moved["priority"] += before.priority != after.priority
        flips.moved["tier"] += before.tier != after.tier
        flips.moved["due"] += before.due != after.due
        return
    flips.flipped += 1
    for finding in _deciding(before, after):
        key = (before.outcome, after.outcome, finding.code, finding.clause or "")
        flips.counts[key] += 1
        examples = flips.rows.setdefault(key, [])
        if len(examples) < EXAMPLES:
            examples.append(decision_id)


def _deciding(before: Decision, after: Decision) -> list[Finding]:
    """What the new outcome rests on; where it is an acceptance, what the old one rested on and now is gone."""
    judged = after if after.outcome != "accept" else before
    return [finding for finding in judged.findings if finding.severity == judged.outcome]
