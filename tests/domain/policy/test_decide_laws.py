"""What holds of every decision, for every policy and all facts."""

from __future__ import annotations

import hashlib
import os
import random
import subprocess
import sys
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from connector.domain.policy.decide import decide
from connector.domain.policy.facts import Decision, Facts
from connector.domain.policy.kinds import canonical_channel
from connector.domain.policy.policy import Channel, Policy, Severity
from connector.domain.policy.reasons import REASONS, SEVERITIES
from connector.domain.policy.rules import RULES
from connector.domain.policy.scope import scope_of
from connector.storage import codec
from tests.domain.policy.any_facts import all_facts
from tests.domain.policy.building import (
    CRMJETTY,
    JETPACK,
    NOW,
    OWNER,
    PACKS,
    STRANGER,
    TIERED,
    WHMCS,
    asked,
    facts,
    judge,
    moments,
    order,
    policy,
    standing,
)
from tests.paths import ROOT

nows = moments(1990, 2200)
every_pack = st.sampled_from(PACKS)
# Packs with the other readings of what the pages leave open, and with every rule that is off by default.
DEMANDING = (
    policy(
        WHMCS,
        entitlement__requester="original_holder",
        entitlement__per_site=True,
        entitlement__identity="verified",
        attestations__required=("policy_read",),
        requests__duplicates="redirect",
        requests__quota=1,
        severity__standard__clock="weekdays",
        severity__standard__respond_warn="4h",
    ),
    policy(CRMJETTY, entitlement__after_support="deny", entitlement__repeat="add_up", requests__languages=("en",)),
    policy(
        TIERED,
        calendar__ends_at="opening",
        severity__high__closed_reading="strict",
        channel_clock="channel",
        tier_start="first",
        billing__pause_on_overdue=True,
    ),
)
every_policy = st.sampled_from([*(policy(pack) for pack in PACKS), *DEMANDING])
ENTITLEMENT = {rule.name for rule in RULES if rule.entitlement}


@given(all_facts, every_policy, nows)
def test_the_outcome_is_the_worst_finding(what: Facts, judging: Policy, now: datetime) -> None:
    decision = judge(judging, what, now)
    weights = [SEVERITIES.index(each.severity) for each in decision.findings]
    assert decision.outcome == (SEVERITIES[max(weights)] if any(weights) else "accept")
    assert weights == sorted(weights, reverse=True)
    assert decision.outcome in ("accept", "ask", "hold", "redirect", "deny")


@given(all_facts, every_policy)
def test_no_finding_is_told_twice(what: Facts, judging: Policy) -> None:
    """Also where several rules rest on the same unknown part."""
    findings = judge(judging, replace(what, stale_parts=("upstream", "holder"))).findings
    assert not [each for place, each in enumerate(findings) if each in findings[:place]]


@given(all_facts, every_policy, st.randoms(use_true_random=False))
def test_the_order_of_the_rules_is_irrelevant(what: Facts, judging: Policy, chance: random.Random) -> None:
    shuffled = list(RULES)
    chance.shuffle(shuffled)
    usual, other = judge(judging, what), decide(what, judging, NOW, tuple(shuffled))
    assert replace(other, checks=()) == replace(usual, checks=())
    assert set(other.checks) == set(usual.checks)


@given(all_facts, every_policy, nows)
def test_the_same_facts_give_the_same_bytes(what: Facts, judging: Policy, now: datetime) -> None:
    """Also when they come back from the store: a decision can be made again."""
    first = codec.dumps(judge(judging, what, now))
    assert codec.dumps(judge(judging, what, now)) == first
    assert codec.dumps(judge(judging, codec.loads(codec.dumps(what), Facts), now)) == first
    assert codec.dumps(codec.loads(first, Decision)) == first


def test_the_same_facts_give_the_same_bytes_in_another_process() -> None:
    """Nothing hangs on the order of a set, which differs from one process to the next."""
    asked = "from tests.domain.policy.test_decide_laws import told; print(told())"
    told = {
        subprocess.run(
            [sys.executable, "-c", asked],
            env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": str(ROOT)},
            capture_output=True,
            check=True,
            text=True,
        ).stdout
        for seed in ("1", "2", "3")
    }
    assert len(told) == 1


def told() -> str:
    """Decisions with many findings, of every policy, as one digest."""
    lapsed = standing(
        status="expired", support_until=NOW, site_limit=1, seated=("one.example.com",), payment="failed", holder=OWNER
    )
    worst = [
        facts(
            asked(
                kind=kind,
                requester=STRANGER,
                site="two.example.com",
                channel=channel,
                attestations=(),
                redactions=("password",),
            ),
            lapsed,
            stale_parts=parts,
            orders=(order("paid", "o1"), order("paid", "o2"), order("pending", "o3")),
            invoices_overdue=("i2", "i1"),
        )
        for kind in ("bug", "installation", "payment_failed", "lunch")
        for channel in ("ticket", "social")
        for parts in ((), ("sites", "holder", "licence"))
    ]
    texts = [
        codec.dumps(judge(judging, what))
        for judging in (*(policy(pack) for pack in PACKS), *DEMANDING)
        for what in worst
    ]
    return hashlib.sha256("\n".join(texts).encode()).hexdigest()


@given(all_facts, every_policy, nows)
def test_there_are_due_times_exactly_when_accepted_and_promised(what: Facts, judging: Policy, now: datetime) -> None:
    """HRS-27, A4: each clock that the severity names, for what is timed; none else."""
    decision = judge(judging, what, now)
    assert (decision.priority is not None) == (decision.outcome in ("accept", "hold"))
    rule = judging.severities[decision.priority] if decision.outcome == "accept" and decision.priority else Severity()
    scope = scope_of(what.asked, judging)
    timed = decision.outcome == "accept" and (scope is None or scope.timed)
    channel = judging.channels.get(canonical_channel(what.asked.channel) or "", Channel())
    due = decision.due
    assert (due.respond_by is not None) == (timed and (rule.respond or channel.respond) is not None)
    assert (due.resolve_by is not None) == (timed and rule.resolve is not None)
    assert (due.update_by is not None) == (timed and rule.update is not None)


@given(all_facts, every_policy, nows)
def test_due_times_lie_ahead_and_warnings_before_them(what: Facts, judging: Policy, now: datetime) -> None:
    due = judge(judging, what, now).due
    for warn_at, ends in ((due.warn_at, due.respond_by), (due.resolve_warn_at, due.resolve_by), (None, due.update_by)):
        assert ends is None or now < ends
        assert warn_at is None or (ends is not None and now < warn_at < ends)


@given(all_facts, every_pack)
def test_what_is_unknown_never_denies(what: Facts, pack: str) -> None:
    """With the whole upstream in doubt no entitlement rule refuses anybody."""
    decision = judge(pack, replace(what, stale_parts=("upstream",)))
    for check in decision.checks:
        if check.rule in ENTITLEMENT:
            assert all(REASONS[code].severity != "deny" for code in check.codes)
    assert all(each.severity == "hold" for each in decision.findings if each.code.startswith("unknown_"))


@given(all_facts, every_pack)
def test_a_lane_or_an_open_component_switches_off_every_entitlement_rule(what: Facts, pack: str) -> None:
    decision = judge(pack, what)
    entitled = {check.result for check in decision.checks if check.rule in ENTITLEMENT}
    core = pack == JETPACK and what.asked.component == "core"
    assert not (decision.lane or core) or entitled == {"skip"}


@given(all_facts, every_pack)
def test_every_finding_is_explained(what: Facts, pack: str) -> None:
    """ELG-15, NOT-05: a known code, a short sentence, and a way forward wherever the request is not taken."""
    for found in judge(pack, what).findings:
        assert found.code in REASONS
        assert 0 < len(found.message) < 700
        assert found.severity == "notice" or found.remedy is not None
        assert all(is_plain(value) for value in found.facts.values())


@given(all_facts, every_pack, st.integers(1, 400))
def test_time_alone_never_turns_a_lapsed_licence_good(what: Facts, pack: str, days: int) -> None:
    """What is refused for its support period today is refused tomorrow too."""
    lapsed = {"support_expired", "subscription_required", "chargeable_offer"}
    now, later = judge(pack, what), judge(pack, what, NOW + timedelta(days=days))
    assert lapsed & codes(now) <= codes(later)


def codes(decision: Decision) -> set[str]:
    return {each.code for each in decision.findings}


def is_plain(value: Any) -> bool:
    if isinstance(value, list):
        return all(is_plain(item) for item in value)
    return isinstance(value, str | int | float | bool)
