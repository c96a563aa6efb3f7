"""Lanes, purchase problems, money, credentials and priority."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from connector.domain.policy.kinds import LANES, PAYMENT_CAUSES
from tests.domain.policy.building import (
    CRMJETTY,
    HOURLY,
    NOW,
    PACKS,
    STRANGER,
    TIERED,
    WHMCS,
    asked,
    facts,
    judge,
    nobody,
    order,
    policy,
    said,
    standing,
)

# --- lanes ---


@pytest.mark.parametrize("pack", PACKS)
@pytest.mark.parametrize("kind", sorted(LANES))
def test_lanes_need_no_entitlement(pack: str, kind: str) -> None:
    """Security, purchase problems, pre-sales and licence trouble, also for the lapsed and for strangers (R34, R36)."""
    decision = judge(pack, nobody(kind=kind, requester=STRANGER, key_given=True))
    assert decision.lane == LANES[kind]
    assert decision.outcome in ("accept", "redirect")
    assert not {"licence_inactive", "licence_required", "not_licence_holder"} & set(said(decision)[1])
    assert {check.result for check in decision.checks if check.rule in ("licence", "holder", "site")} == {"skip"}


def test_a_policy_may_open_a_lane_for_bugs() -> None:
    """R35"""
    lapsed = facts(asked(kind="bug"), standing(support_until=NOW - timedelta(days=1)))
    assert judge(policy(WHMCS, scope__bug__lane="bug"), lapsed).outcome == "accept"


# --- purchase problems ---


@pytest.mark.parametrize("cause", [*PAYMENT_CAUSES, "gremlins", None])
def test_pur_01_to_03_a_failed_payment_is_taken_whatever_the_cause(cause: str | None) -> None:
    """PUR-01, PUR-02, PUR-03, PUR-06: both ways to a reversal and how to go on are named."""
    decision = judge(CRMJETTY, nobody(kind="payment_failed", cause=cause, orders=(order("failed"),)))
    assert decision.outcome == "accept"
    assert said(decision)[1][-2:] == ["payment_restart", "payment_reversal"]
    reversal = next(each for each in decision.findings if each.code == "payment_reversal")
    assert "bank" in reversal.message
    assert "We can" in reversal.message


@pytest.mark.parametrize(
    ("cause", "code", "words"),
    [
        ("wrong_card_data", "payment_card_data", "postcode"),
        ("Incorrect card details", "payment_card_data", "postcode"),
        ("card_outdated", "payment_card_outdated", "no longer valid"),
        ("bank_outage", "payment_bank_away", "bank"),
        ("page_left", "payment_page_left", "closed"),
        ("connection_lost", "payment_connection_lost", "connection"),
        ("card_blocked_online", "payment_card_blocked", "blocked"),
        ("card_not_accepted", "payment_card_not_accepted", "not be accepted"),
        ("unknown", None, ""),
        ("gremlins", None, ""),
        (None, None, ""),
    ],
)
def test_pur_02_each_of_the_seven_causes_has_its_advice(cause: str | None, code: str | None, words: str) -> None:
    """PUR-02: seven causes, each told what it means; an unknown one is taken without."""
    decision = judge(CRMJETTY, nobody(kind="payment_failed", cause=cause, orders=(order("failed"),)))
    advice = {each.code: each for each in decision.findings if each.code.startswith("payment_")}
    advice = {name: each for name, each in advice.items() if name not in ("payment_restart", "payment_reversal")}
    assert (decision.outcome, set(advice)) == ("accept", {code} - {None})
    assert code is None or words in advice[code].message


def test_pur_04_nobody_is_told_to_start_again_what_is_still_processed() -> None:
    """PUR-04, PUR-06: also where the customer calls a pending payment failed."""
    for kind in ("payment_failed", "payment_pending", "purchase_problem"):
        told = said(judge(CRMJETTY, nobody(kind=kind, cause="bank_outage", orders=(order("pending"),))))[1]
        assert "do_not_pay_again" in told
        assert not {"payment_restart", "payment_bank_away"} & set(told)


@pytest.mark.parametrize("kind", ["payment_pending", "payment_failed"])
def test_pur_04_while_it_is_processed_do_not_pay_again(kind: str) -> None:
    """PUR-04"""
    decision = judge(CRMJETTY, nobody(kind=kind, orders=(order("pending"),)))
    assert decision.outcome == "accept"
    assert "do_not_pay_again" in said(decision)[1]
    on_his_word = said(judge(CRMJETTY, nobody(kind=kind)))[1]
    assert ("do_not_pay_again" in on_his_word) == (kind == "payment_pending")


def test_pur_05_two_payments_for_one_thing_are_found() -> None:
    """PUR-05: same product, same amount, close in time."""
    twice = (order("paid"), order("paid", "o2", total="59.0"))
    decision = judge(CRMJETTY, nobody(kind="purchase_problem", orders=twice))
    found = next(each for each in decision.findings if each.code == "duplicate_payment")
    assert found.facts["orders"] == ["o1", "o2"]


@pytest.mark.parametrize(
    "other",
    [
        order("paid", "o2", total="60.00"),
        order("paid", "o2", currency="USD"),
        order("paid", "o2", product="acme-shop"),
        order("refunded", "o2"),
        replace(order("paid", "o2"), paid_at=NOW - timedelta(days=8, seconds=1)),
        order("paid", "o2", total="cheap"),
    ],
)
def test_pur_05_other_purchases_are_no_duplicates(other: Any) -> None:
    """PUR-05"""
    decision = judge(CRMJETTY, nobody(kind="purchase_problem", orders=(order("paid"), other)))
    assert "duplicate_payment" not in said(decision)[1]


def test_pur_05_the_customers_word_is_enough() -> None:
    """PUR-05"""
    assert said(judge(CRMJETTY, nobody(kind="duplicate_payment"))) == ("accept", ["duplicate_payment"])


def test_pur_07_card_data_is_cut_out_and_said_so() -> None:
    """PUR-07"""
    assert "credentials_removed" in said(judge(CRMJETTY, nobody(kind="payment_failed", redactions=("card",))))[1]


def test_pre_03_a_technical_question_is_support_wherever_it_was_sent() -> None:
    """PRE-03: by its kind, not by the address it came to; a question of sales goes to sales from everywhere."""
    for channel in ("email", "ticket", "contact_form"):
        technical = judge(CRMJETTY, facts(asked(kind="bug", channel=channel)))
        assert (technical.outcome, technical.lane) == ("accept", None)
        assert said(judge(CRMJETTY, facts(asked(kind="sales", channel=channel))))[0] == "redirect"


# --- money ---


@pytest.mark.parametrize(
    ("settings", "severity", "codes"),
    [
        ({}, None, []),
        ({"billing__pause_on_overdue": True}, None, ["invoice_overdue"]),
        ({"billing__pause_on_overdue": True}, "urgent", ["invoice_overdue"]),
        ({"billing__payment_clearance": True}, None, []),
        ({"billing__payment_clearance": True}, "urgent", ["payment_clearance"]),
        ({"billing__pause_on_overdue": True, "billing__payment_clearance": True}, "urgent", ["payment_clearance"]),
    ],
)
def test_inv_09_and_inv_10_new_work_waits_for_an_overdue_invoice(
    settings: dict[str, Any], severity: str | None, codes: list[str]
) -> None:
    """INV-09, INV-10, A25: off until the vendor turns it on; urgency does not bypass it."""
    late = nobody(kind="question", severity=severity, invoices_overdue=("i1",))
    decision = judge(policy(HOURLY, **settings), late)
    assert said(decision) == ("hold" if codes else "accept", codes)
    assert [each.clause for each in decision.findings] == ["8"] * len(codes)


def test_inv_12_without_an_overdue_invoice_nothing_waits() -> None:
    """INV-12"""
    assert judge(policy(HOURLY, billing__pause_on_overdue=True), nobody(kind="question")).outcome == "accept"


def test_inv_09_trouble_with_the_payment_itself_is_not_held() -> None:
    """INV-09: a lane is open to everybody."""
    pack = policy(HOURLY, billing__pause_on_overdue=True)
    assert judge(pack, nobody(kind="payment_failed", invoices_overdue=("i1",))).outcome == "accept"


# --- credentials ---


@pytest.mark.parametrize("pack", PACKS)
def test_crd_01_secrets_in_a_message_are_never_passed_on(pack: str) -> None:
    """CRD-01, CRD-10, R33: 002 asks for the secure way, the others go on without the secret."""
    decision = judge(pack, facts(asked(kind="how_to_feature", redactions=("password", "password"))))
    expected = ("ask", "credentials_not_accepted") if pack == HOURLY else ("accept", "credentials_removed")
    assert decision.outcome == expected[0]
    found = next(each for each in decision.findings if each.code == expected[1])
    assert found.facts == {"removed": ["password"], "count": 2}


# --- priority ---


@pytest.mark.parametrize(
    ("kind", "priority", "tier", "rule"),
    [
        ("general", "low", 1, "TIER-04"),
        ("feature_request", "low", 1, "SCO-29"),
        ("account_configuration", "low", 1, "SCO-29"),
        ("bug", "medium", 2, "SCO-30 TIER-06"),
        ("how_to_feature", "medium", 1, "SCO-30"),
        ("performance", "medium", 2, "SCO-30"),
        ("major_bug", "high", 2, "SCO-31"),
        ("service_interruption", "high", 2, "SCO-31"),
        ("job_delay", "high", 2, "SCO-31"),
        ("outage", "critical", 3, "SCO-32 TIER-08"),
        ("data_loss", "critical", 3, "SCO-32"),
        ("feature_failure", "critical", 3, "SCO-32"),
        ("data_corruption", "critical", 3, "TIER-08"),
        ("integration", "medium", 3, "TIER-08"),
    ],
)
def test_the_kind_gives_priority_and_tier(kind: str, priority: str, tier: int, rule: str) -> None:
    """SCO-29 SCO-30 SCO-31 SCO-32 TIER-03 TIER-04 TIER-06 TIER-08 A17"""
    decision = judge(TIERED, nobody(kind=kind))
    assert (decision.priority, decision.tier) == (priority, tier)


def test_tier_03_more_urgent_work_ranks_higher() -> None:
    """TIER-03"""
    ranks = [judge(TIERED, nobody(kind=kind)).rank for kind in ("outage", "major_bug", "bug", "general")]
    assert ranks == sorted(set(ranks), reverse=True)


def test_policies_without_tiers_name_none() -> None:
    assert judge(WHMCS, facts()).tier is None


def test_hrs_04_and_tier_01_priority_comes_with_the_plan_not_with_the_asking() -> None:
    """HRS-04, TIER-01"""
    plain = judge(WHMCS, facts(asked(severity="priority")))
    assert (plain.priority, said(plain)[1]) == ("standard", ["severity_not_applied"])
    paid = judge(WHMCS, facts(stands=standing(plan="priority")))
    assert paid.priority == "priority"
    assert judge(WHMCS, facts(plans=("priority",))).priority == "priority"
    assert judge(WHMCS, facts(stands=standing(plan="Priority"))).priority == "priority", (
        "hosts write names as they like"
    )
    assert judge(policy(WHMCS, severity__priority__plans=("Gold",)), facts(plans=("gold",))).priority == "priority"
    assert judge(WHMCS, facts(asked(kind="server_admin"), plans=("Server-Management",))).outcome == "accept"
    assert judge(WHMCS, facts(asked(kind="data_migration"), features=("Migration",))).outcome == "accept"
    lapsed = standing(plan="priority", status="expired")
    assert judge(WHMCS, facts(asked(kind="security"), lapsed)).priority == "standard"


@pytest.mark.parametrize(
    ("kind", "asked_for", "given"),
    [
        ("bug", "high", "high"),
        ("bug", "HIGH", "high"),
        ("bug", "critical", "medium"),
        ("security", "critical", "critical"),
        ("security", None, "high"),
        ("general", "critical", "low"),
        ("bug", "on fire", "medium"),
    ],
)
def test_a_severity_may_be_asked_for_where_the_policy_names_the_kind(
    kind: str, asked_for: str | None, given: str
) -> None:
    decision = judge(TIERED, nobody(kind=kind, severity=asked_for))
    assert decision.priority == given
    told = "severity_not_applied" in said(decision)[1]
    assert told == (asked_for is not None and asked_for.lower() != given)


def test_a_severity_of_a_plan_may_be_asked_for_by_who_has_the_plan() -> None:
    optional = policy(WHMCS, severity__urgent__may_ask=True, severity__urgent__plans=("gold",))
    asks = asked(severity="urgent")
    assert judge(optional, facts(asks)).priority == "standard"
    assert judge(optional, facts(asks, plans=("gold",))).priority == "urgent"


def test_hrs_08_a_backlog_is_announced_and_the_clock_still_measured() -> None:
    """HRS-08, NOT-04"""
    busy, quiet = policy(CRMJETTY, notices__backlog=True), policy(CRMJETTY)
    asks = facts(asked(kind="how_to_feature"))
    assert "backlog" in said(judge(busy, asks))[1]
    assert judge(busy, asks).due == judge(quiet, asks).due
