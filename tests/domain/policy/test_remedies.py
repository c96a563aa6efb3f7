"""The way out fits the reason and its weight, and nobody is promised work with a refusal."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given

from connector.domain.policy.findings import finding
from connector.domain.policy.policy import Policy
from connector.domain.policy.reasons import REASONS, SEVERITIES, TEXTS, VARIANTS
from connector.domain.policy.remedies import BESIDE, FITS, REMEDIES, WAYS
from tests.domain.policy.any_facts import all_facts
from tests.domain.policy.building import (
    CRMJETTY,
    HOURLY,
    JETPACK,
    NOW,
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
from tests.domain.policy.test_decide_laws import every_policy

ENDED = NOW - timedelta(days=1)
GONE = ("suspended", "revoked", "refunded", "deleted")
RENEWING = {"renew", "subscribe"}


def kinds(judging: str | Policy, what: Any) -> dict[str, str]:
    """The kind of way out of each reason."""
    return {found.code: found.remedy.kind for found in judge(judging, what).findings if found.remedy}


@pytest.mark.parametrize("code", REASONS)
def test_every_way_out_fits_the_weight_of_its_reason(code: str) -> None:
    """NOT-05"""
    reason = REASONS[code]
    assert reason.remedy is None or reason.remedy in FITS[reason.severity] or code == "site_not_registered"
    other = {"quota_used": "hold"}.get(code, reason.severity)
    assert all(kind in FITS[other] for kind in WAYS.get(code, ()))


@pytest.mark.parametrize("name", VARIANTS)
def test_every_other_text_has_a_way_out_that_fits(name: str) -> None:
    assert VARIANTS[name].remedy in FITS[VARIANTS[name].severity]


def test_every_kind_of_way_out_fits_somewhere() -> None:
    assert set(REMEDIES) == frozenset().union(*FITS.values())
    assert set(FITS) == set(SEVERITIES)


@given(all_facts, every_policy)
def test_every_way_out_that_is_told_fits_and_no_renewal_is_offered_for_what_was_taken_back(
    what: Any, judging: Policy
) -> None:
    decision = judge(judging, what)
    for found in decision.findings:
        if found.remedy and found.code != "site_not_registered":
            assert found.remedy.kind in FITS[found.severity], found
        if found.severity == "notice" and REASONS[found.code].severity != "notice":
            assert found.remedy is None
    if what.standing and what.standing.status in GONE and not what.siblings:
        assert not RENEWING & {found.remedy.kind for found in decision.findings if found.remedy}


@given(all_facts, every_policy)
def test_no_work_is_promised_with_a_refusal(what: Any, judging: Policy) -> None:
    decision = judge(judging, what)
    told = {found.code: found.message for found in decision.findings}
    if decision.outcome in ("redirect", "deny"):
        assert not {code for code, (_, text) in BESIDE.items() if not text} & set(told)
        for code in {"awaiting_estimate", "chargeable_offer"} & set(told):
            assert "estimate" not in told[code]
            assert "fee" not in told[code]
        assert not [text for code, text in told.items() if "You need not" in text or "We look into it" in text]


@pytest.mark.parametrize("status", GONE)
@pytest.mark.parametrize("pack", [WHMCS, CRMJETTY, JETPACK])
def test_what_was_taken_back_is_not_renewed(pack: str, status: str) -> None:
    """R4: also where the period has run out, and a subscription ended."""
    ways = kinds(pack, facts(stands=standing(status=status, support_until=ENDED, subscription="ended")))
    refused = {"licence_inactive", "support_expired", "subscription_required"} & set(ways)
    assert refused
    assert {ways[code] for code in refused} == {"buy" if status == "refunded" else "contact"}


def test_an_expired_licence_is_renewed() -> None:
    assert kinds(WHMCS, facts(stands=standing(status="expired"))) == {"licence_inactive": "renew"}


def test_dur_05_after_a_refund_no_end_is_named() -> None:
    """DUR-05"""
    refunded = standing(status="refunded", support_until=NOW + timedelta(days=90))
    told = {each.code: each for each in judge(WHMCS, facts(stands=refunded)).findings}
    assert told["support_expired"].message == "Support for Acme Forms ended when the purchase was refunded."
    assert told["support_expired"].facts == {"product": "acme-forms"}
    by_order = judge(WHMCS, nobody(order_given=True, orders=(order("refunded"),)))
    assert not re.search(r"\b20\d\d\b", " ".join(each.message for each in by_order.findings))


def test_sco_09_the_refusal_of_server_work_names_the_plan_that_covers_it() -> None:
    """SCO-08, SCO-09"""
    found = judge(WHMCS, facts(asked(kind="server_admin"))).findings[0]
    assert found.message == (
        "Installing and configuring servers is not covered by product support. It comes with the plan Server Management."
    )
    assert found.remedy is not None
    assert found.remedy.kind == "buy"
    named = facts(asked(kind="server_admin"), names={"server-management": "Acme Managed Servers"})
    assert "the plan Acme Managed Servers." in judge(WHMCS, named).findings[0].message


def test_sco_17_where_no_plan_covers_it_there_is_nothing_to_buy() -> None:
    """SCO-17"""
    found = judge(JETPACK, facts(asked(kind="server_admin"))).findings[0]
    assert "plan" not in found.message
    assert found.remedy is not None
    assert found.remedy.kind == "contact"


def test_sco_26_a_refused_bug_is_not_called_our_own_error() -> None:
    """SCO-26"""
    suspended = facts(stands=standing(status="suspended"))
    assert "presumed_vendor" not in said(judge(CRMJETTY, suspended))[1]
    assert "presumed_vendor" not in said(judge(CRMJETTY, facts(stands=standing(support_until=ENDED))))[1]
    assert "presumed_vendor" in said(judge(CRMJETTY, facts()))[1]


def test_bil_06_no_estimate_is_spoken_of_on_the_way_to_the_tickets() -> None:
    """BIL-06, CHN-08: all reasons come back, and the lighter one promises nothing."""
    decision = judge(HOURLY, nobody(kind="change_request", channel="social"))
    assert said(decision) == ("redirect", ["use_helpdesk", "awaiting_estimate"])
    assert decision.findings[1].message == "This is paid work."


def test_a_vendors_own_words_are_told_beside_a_refusal_too() -> None:
    own = policy(HOURLY, texts__en__awaiting_estimate_beside="We charge for this.")
    decision = judge(own, nobody(kind="change_request", channel="social"))
    assert decision.findings[1].message == "We charge for this."


@pytest.mark.parametrize("code", [code for code, reason in REASONS.items() if reason.severity == "hold"])
def test_every_hold_that_speaks_of_what_comes_has_other_words_beside_a_refusal(code: str) -> None:
    promises = any(
        word in REASONS[code].text for word in ("We look into it", "you get", "we can", "You need not", "We keep")
    )
    assert not promises or code in BESIDE


def test_what_is_only_a_notice_offers_no_cure() -> None:
    assert finding(policy(WHMCS), "site_limit", severity="notice").remedy is None
    assert finding(policy(WHMCS), "language_not_spoken").remedy is not None
    assert {f"{code}_beside" for code, (_, text) in BESIDE.items() if text} <= set(TEXTS)
