"""Tiers: a kind may start higher, and from there it goes up one step at a time, its clocks untouched."""

from __future__ import annotations

from dataclasses import replace

import pytest

from connector.domain.policy.escalation import CannotEscalate, escalated, next_tier
from connector.domain.policy.policy import Tier
from connector.domain.policy.sla import promise
from tests.domain.policy.building import NOW, TIERED, WHMCS, facts, judge, nobody, policy


def test_tier_05_and_tier_07_from_one_to_two_to_three_and_no_further() -> None:
    """TIER-05, TIER-07, TIER-09"""
    tiered = policy(TIERED)
    assert escalated(tiered, 1) == 2
    assert escalated(tiered, 2) == 3
    with pytest.raises(CannotEscalate, match="tier 3 is the last one"):
        escalated(tiered, 3)


def test_tier_09_no_step_is_left_out() -> None:
    """TIER-09: 1 to 3 by a call is refused, a critical failure starts there by its kind (TIER-08)."""
    tiered = policy(TIERED)
    assert escalated(tiered, 1, to=2) == 2
    for wanted in (1, 3, 0, -1, 9):
        with pytest.raises(CannotEscalate, match=f"from tier 1 the next one is 2, not {wanted}"):
            escalated(tiered, 1, to=wanted)
    assert judge(TIERED, nobody(kind="outage")).tier == 3


def test_tier_05_the_clocks_do_not_ask_for_the_tier() -> None:
    """TIER-05: a bug is due at the same time whether it starts in tier 1 or was passed on to tier 2."""
    second = judge(TIERED, nobody(kind="bug"))
    first = judge(policy(TIERED, tier_start="first"), nobody(kind="bug"))
    assert (first.tier, second.tier) == (1, 2)
    assert escalated(policy(TIERED), first.tier) == second.tier
    assert first.due == second.due == promise(policy(TIERED), "medium", "ticket", NOW)


def test_a_pack_may_name_its_tiers_and_the_way_between_them() -> None:
    """TIER-09: the way up is the pack's; where it says nothing, the next number."""
    straight = policy(TIERED, escalation__1__to=3, escalation__1__name="Initial support")
    assert escalated(straight, 1, to=3) == 3
    assert (next_tier(straight, 2), next_tier(straight, 3)) == (3, None)
    assert straight.escalation["1"] == Tier("Initial support", 3)


def test_a_policy_without_tiers_has_nobody_to_pass_on_to() -> None:
    assert judge(WHMCS, facts()).tier is None
    for tier in (None, 1):
        with pytest.raises(CannotEscalate, match="has no tiers"):
            escalated(policy(WHMCS), tier)
    with pytest.raises(CannotEscalate):
        escalated(replace(policy(TIERED), tiers=1), 1)
