"""Readings of what a page leaves open: each is a key of the pack, and turning it changes what is decided."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from connector.domain.licensing.standing import Standing
from connector.domain.policy.facts import Due
from connector.domain.policy.sla import promise
from tests.domain.policy.building import (
    CRMJETTY,
    JETPACK,
    NOW,
    TIERED,
    WHMCS,
    asked,
    facts,
    judge,
    nobody,
    policy,
    said,
    standing,
)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


def test_a4_a_version_change_may_stop_the_clock() -> None:
    """A4: the reply is due as ever; the other reading promises nothing for this kind, and for this kind only."""
    change = facts(asked(kind="version_change"))
    other = policy(CRMJETTY, scope__version_change__timed=False)
    assert judge(CRMJETTY, change).due.respond_by is not None
    assert judge(other, change).due == Due()
    assert judge(other, facts(asked(kind="how_to_feature"))).due.respond_by is not None


def test_a12_a_business_day_ends_at_the_same_time_on_the_next_working_day() -> None:
    """A12: nine open hours and the same wall time meet over a weekend, and part where the calendar has a short day."""
    start = utc("2026-03-06T16:00-05:00")
    other = {"severity__medium__resolve": "24h", "severity__medium__resolve_clock": "weekdays"}
    for settings, due in (({}, "2026-03-09T16:00-04:00"), (other, "2026-03-09T16:00-04:00")):
        assert promise(policy(TIERED, **settings), "medium", "ticket", start).resolve_by == utc(due)
    short: dict[str, Any] = {"calendar__open__mon": ("09:00-12:00",)}
    assert promise(policy(TIERED, **short), "medium", "ticket", start).resolve_by == utc("2026-03-10T13:00-04:00")
    assert promise(policy(TIERED, **short, **other), "medium", "ticket", start).resolve_by == utc(
        "2026-03-09T16:00-04:00"
    )


def test_a15_holidays_and_closures_are_the_vendors_to_name() -> None:
    """A15: none unless named; a closure is so many whole local days."""
    start = utc("2026-06-12T16:00-04:00")
    assert promise(policy(TIERED), "medium", "ticket", start).respond_by == utc("2026-06-15T11:00-04:00")
    closed = policy(TIERED, calendar__holidays=("2026-06-15",))
    assert promise(closed, "medium", "ticket", start).respond_by == utc("2026-06-16T11:00-04:00")


def test_a17_a_bug_may_start_in_tier_2_or_everything_in_tier_1() -> None:
    """A17: by kind and severity; the other reading starts everything with the first tier, its priority unchanged."""
    first = policy(TIERED, tier_start="first")
    for kind, tier in (("bug", 2), ("outage", 3), ("general", 1)):
        mapped, other = judge(TIERED, nobody(kind=kind)), judge(first, nobody(kind=kind))
        assert (mapped.tier, other.tier) == (tier, 1)
        assert (mapped.priority, mapped.due) == (other.priority, other.due)
    assert judge(policy(TIERED, scope__bug__tier=1), nobody(kind="bug")).tier == 1


def test_a21_three_months_or_ninety_days() -> None:
    """A21, DUR-01"""
    assert policy(CRMJETTY).term("one_time") == "3 months"
    assert policy(CRMJETTY, support_term__one_time="90 days").term("one_time") == "90 days"


def test_a22_lifetime_is_while_it_is_paid_or_for_a_lifetime() -> None:
    """A22, DUR-02"""
    assert policy(CRMJETTY).term("recurring") == "while_active"
    assert policy(CRMJETTY, support_term__recurring="99 years").term("recurring") == "99 years"


def bought(ago: int, days: int = 90, **changes: Any) -> Standing:
    """A purchase so many days ago that was covered for so many."""
    at = NOW - timedelta(days=ago)
    until = at + timedelta(days=days)
    return standing(license_id=f"lic_{ago}", purchased_at=at, support_until=until, **changes)


@pytest.mark.parametrize(
    ("purchases", "latest", "added"),
    [
        ((bought(100), bought(60)), "accept", "accept"),
        ((bought(150), bought(100)), "hold", "accept"),
        ((bought(185), bought(100)), "hold", "hold"),
        ((bought(400), bought(100)), "hold", "hold"),
        ((bought(150), bought(149)), "hold", "hold"),
        ((bought(150), bought(100, status="refunded")), "hold", "hold"),
        ((bought(250), bought(200), bought(150)), "hold", "accept"),
        ((bought(271), bought(200), bought(150)), "hold", "hold"),
    ],
)
def test_a23_bought_again_the_latest_end_counts_or_the_months_add_up(
    purchases: tuple[Standing, ...], latest: str, added: str
) -> None:
    """A23, DUR-04, PUR-05, DUR-05: two payments in a week are one purchase, and a refunded one is none."""
    first, *others = purchases
    what = facts(stands=first, siblings=tuple(others))
    assert judge(CRMJETTY, what).outcome == latest
    assert judge(policy(CRMJETTY, entitlement__repeat="add_up"), what).outcome == added
    back = facts(stands=others[0], siblings=(first, *others[1:]))
    if all(each.status == "active" for each in purchases):
        assert judge(policy(CRMJETTY, entitlement__repeat="add_up"), back).outcome == added


def test_a23_a_purchase_may_count_alone() -> None:
    """A23, DUR-04"""
    what = facts(stands=bought(100), siblings=(bought(60),))
    assert judge(policy(CRMJETTY, entitlement__pool_purchases=False), what).outcome == "hold"


@pytest.mark.parametrize(
    ("kind", "plans", "given"),
    [
        ("outage", ("gold",), "gold_outage"),
        ("bug", ("gold",), "standard"),
        ("outage", (), "standard"),
        ("outage", ("silver",), "standard"),
        ("bug", ("priority", "gold"), "priority"),
    ],
)
def test_r25_and_r26_a_target_may_belong_to_a_plan_and_a_kind(kind: str, plans: tuple[str, ...], given: str) -> None:
    """R25, R26: a severity that names both needs both; a plan bought besides will do."""
    matrix = policy(
        WHMCS,
        scope__outage__cover="covered",
        severity__gold_outage__rank=90,
        severity__gold_outage__plans=("gold",),
        severity__gold_outage__kinds=("outage",),
        severity__gold_outage__respond="1h",
    )
    assert judge(matrix, facts(asked(kind=kind), plans=plans)).priority == given


@pytest.mark.parametrize("wanted", ["gold_outage", "priority", "critical", "", "<b>"])
def test_a_severity_chosen_by_the_customer_counts_only_where_the_pack_says_so(wanted: str) -> None:
    """TIER-01, HRS-04: no word of the form lifts a request, and what was not applied is told."""
    plain = judge(WHMCS, facts(asked(severity=wanted)))
    assert (plain.priority, plain.rank) == ("standard", 10)
    assert ("severity_not_applied" in [each.code for each in plain.findings]) == bool(wanted)


def test_r25_what_is_best_effort_is_called_so() -> None:
    """R25: a notice with every answer of that severity; it promises nothing and refuses nothing."""
    kind = policy(JETPACK, severity__low__best_effort=True)
    core = judge(kind, nobody(component="core"))
    assert (core.outcome, said(core)[1], core.due) == ("accept", ["best_effort"], Due())
    assert said(judge(kind, facts(asked(component="extension"))))[1] == []


@pytest.mark.parametrize(
    ("product", "plans", "status", "outcome"),
    [
        ("acme-addon", (), "active", "accept"),
        ("acme-forms", ("acme-addon",), "active", "accept"),
        ("acme-forms", (), "active", "deny"),
        ("acme-addon", (), "expired", "deny"),
    ],
)
def test_r28_an_add_on_brings_support_for_the_core(
    product: str, plans: tuple[str, ...], status: str, outcome: str
) -> None:
    """R28: a request about the core, by somebody whose licence is for an add-on, or who has one besides."""
    bundle = policy(JETPACK, component__core__open=False, component__core__plans=("acme-addon",))
    asks = asked(component="core", product="acme-core")
    for until in (NOW - timedelta(days=1), NOW + timedelta(days=1)):
        mine = standing(product=product, status=status, support_until=until)
        decision = judge(bundle, facts(asks, mine, plans=plans))
        assert decision.outcome == outcome
        assert outcome == "accept" or "subscription_required" in said(decision)[1]
