"""How requests are made: vouched for, in a language that is spoken, one at a time and not too often."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from connector.domain.policy.facts import Earlier, Restriction
from tests.domain.policy.building import (
    CRMJETTY,
    HOURLY,
    JETPACK,
    NOW,
    STRANGER,
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

BEFORE = Earlier("SC-AAAA-0001", NOW - timedelta(hours=3), "bug", "acme-forms")


# --- identity ---


@pytest.mark.parametrize(
    ("verified", "outcome", "codes"),
    [
        (True, "accept", []),
        (False, "ask", ["identity_unverified"]),
        (None, "ask", ["identity_unverified"]),
    ],
)
def test_r9_a_policy_may_want_a_requester_the_host_vouches_for(
    verified: bool | None, outcome: str, codes: list[str]
) -> None:
    """R9: silence is no vouching; other policies take the name as it comes, and so do lanes."""
    strict = policy(WHMCS, entitlement__identity="verified")
    asks = facts(asked(requester_verified=verified))
    assert said(judge(strict, asks)) == (outcome, codes)
    assert judge(WHMCS, asks).outcome == "accept"
    assert judge(strict, nobody(kind="security", requester_verified=verified)).outcome == "accept"


# --- one request a ticket ---


@pytest.mark.parametrize("words", ["bug, how_to_feature", "bug; question", "Bug | how-to", "bug+question, bug"])
def test_chn_09_and_a26_several_requests_in_one_form(words: str) -> None:
    """CHN-09, A26, R19: one ticket that can be split, or asked apart; the forms differ, the meaning does not."""
    one = judge(WHMCS, facts(asked(kind=words)))
    assert said(one) == ("accept", ["several_requests"])
    assert one.findings[0].facts == {"kinds": ["bug", "how_to_feature"]}
    apart = judge(policy(WHMCS, requests__several="ask"), facts(asked(kind=words)))
    assert said(apart) == ("ask", ["one_request_per_ticket"])


@pytest.mark.parametrize(
    ("pack", "words", "outcome", "code"),
    [
        (WHMCS, "bug, custom_dev", "deny", "custom_development"),
        (WHMCS, "custom_dev, bug", "deny", "custom_development"),
        (HOURLY, "question, change_request", "hold", "awaiting_estimate"),
        (CRMJETTY, "bug, customisation_howto", "redirect", "use_community"),
        (WHMCS, "bug, wizardry", "ask", "kind_unknown"),
        (JETPACK, "bug, data_migration", "ask", "kind_unknown"),
        (WHMCS, "bug,,security", "ask", "kind_unknown"),
        (WHMCS, "bug, " * 200, "ask", "kind_unknown"),
    ],
)
def test_a26_several_are_judged_as_the_one_that_is_covered_least(
    pack: str, words: str, outcome: str, code: str
) -> None:
    """A26, SCO-33: what is not known or not mentioned is never guessed as covered, whatever stands beside it."""
    decision = judge(pack, facts(asked(kind=words)))
    assert decision.outcome == outcome
    assert code in said(decision)[1]


def test_a26_no_lane_opens_the_door_for_what_stands_beside_it() -> None:
    """A26: a bug does not get in without a licence because a security report stands beside it."""
    decision = judge(WHMCS, nobody(kind="security, bug"))
    assert decision.lane is None
    assert "licence_required" in said(decision)[1]
    assert judge(WHMCS, nobody(kind="security, pre_sales")).lane == "pre_sales"


# --- languages ---


@pytest.mark.parametrize(
    ("told", "known"),
    [
        ({"language": "de"}, False),
        ({"Language": "de-AT,de;q=0.9,en;q=0.5"}, False),
        ({"locale": "de_DE"}, False),
        ({"language": "en-GB"}, True),
        ({"locale": "EN"}, True),
        ({"language": "deu"}, True),
        ({"language": "*"}, True),
        ({"language": " "}, True),
        ({}, True),
    ],
)
def test_r22_a_language_that_is_not_spoken_is_told_or_sent_on(told: dict[str, str], known: bool) -> None:
    """R22: what cannot be read as a language is no reason to turn anybody away."""
    asks = facts(asked(kind="how_to_feature", environment=told))
    here = policy(WHMCS, requests__languages=("en", "fr"))
    away = policy(WHMCS, requests__languages=("en", "fr"), requests__other_languages="redirect")
    assert said(judge(here, asks)) == ("accept", [] if known else ["language_not_spoken"])
    assert judge(away, asks).outcome == ("accept" if known else "redirect")
    assert said(judge(WHMCS, asks)) == ("accept", [])
    security = nobody(kind="security", environment=told)
    assert judge(away, security).outcome == "accept"


# --- duplicates and quota ---


@pytest.mark.parametrize(
    ("changes", "outcome"),
    [
        ({}, "redirect"),
        ({"product": "ACME-Forms"}, "redirect"),
        ({"open": False}, "accept"),
        ({"kind": "how_to_feature"}, "accept"),
        ({"product": "acme-shop"}, "accept"),
        ({"at": NOW - timedelta(days=2)}, "redirect"),
        ({"at": NOW - timedelta(days=2, seconds=1)}, "accept"),
        ({"at": NOW + timedelta(seconds=1)}, "accept"),
    ],
)
def test_r19_the_same_thing_again_is_the_open_ticket(changes: dict[str, Any], outcome: str) -> None:
    """R19: same person, product and kind, within two days, while the ticket is open."""
    once = policy(WHMCS, requests__duplicates="redirect")
    asks = facts(earlier=(replace(BEFORE, **changes),))
    assert judge(once, asks).outcome == outcome
    assert judge(WHMCS, asks).outcome == "accept", "other policies take a second ticket"


def test_r19_the_latest_of_several_is_named_and_security_never_waits() -> None:
    """R19"""
    once = policy(WHMCS, requests__duplicates="redirect")
    later = replace(BEFORE, number="SC-AAAA-0002", at=NOW - timedelta(hours=1))
    found = judge(once, facts(earlier=(later, BEFORE))).findings[0]
    assert (found.code, found.facts) == ("already_asked", {"ticket": "SC-AAAA-0002"})
    assert "SC-AAAA-0002" in found.message
    report = replace(BEFORE, kind="security")
    assert judge(once, facts(asked(kind="security"), earlier=(report,))).outcome == "accept"


def times(*days: float) -> tuple[Earlier, ...]:
    return tuple(Earlier(f"SC-{n}", NOW - timedelta(days=day), open=False) for n, day in enumerate(days))


@pytest.mark.parametrize(
    ("earlier", "outcome"),
    [
        (times(1, 100), "accept"),
        (times(1, 100, 300), "deny"),
        (times(1, 100, 366), "accept"),
        (times(1, 100, -1), "accept"),
        (times(1, 2, 3, 4, 5), "deny"),
    ],
)
def test_r29_so_many_requests_in_so_long(earlier: tuple[Earlier, ...], outcome: str) -> None:
    """R29: three in twelve months; what is older, or lies ahead, does not count."""
    fair = policy(WHMCS, requests__quota=3)
    assert judge(fair, facts(earlier=earlier)).outcome == outcome
    assert judge(WHMCS, facts(earlier=earlier)).outcome == "accept"


def test_r29_one_more_may_be_had_for_a_fee_and_lanes_are_free() -> None:
    """R29"""
    fair = policy(WHMCS, requests__quota=1, requests__quota_then="chargeable", requests__quota_per="30 days")
    decision = judge(fair, facts(earlier=times(1, 29)))
    assert said(decision) == ("hold", ["quota_used"])
    assert decision.findings[0].message == "The requests that your plan holds in 30 days are used up: 2 of 1."
    assert judge(fair, facts(asked(kind="security"), earlier=times(1))).outcome == "accept"
    assert judge(fair, facts(asked(kind="payment_failed"), earlier=times(1))).outcome == "accept"


# --- restrictions ---


@pytest.mark.parametrize(
    ("made", "outcome", "codes"),
    [
        (Restriction("deny"), "deny", ["restricted"]),
        (Restriction("hold", NOW + timedelta(days=1)), "hold", ["restricted_review"]),
        (Restriction("deny", NOW + timedelta(seconds=1)), "deny", ["restricted"]),
        (Restriction("deny", NOW), "accept", []),
        (None, "accept", []),
    ],
)
def test_r30_staff_may_refuse_a_person_or_look_first(made: Restriction | None, outcome: str, codes: list[str]) -> None:
    """R30: it ends by itself, a lane stays open, and a policy that knows no restrictions has none."""
    strict = policy(WHMCS, requests__restrictions=True)
    assert said(judge(strict, facts(restriction=made))) == (outcome, codes)
    assert judge(strict, facts(asked(kind="payment_failed"), restriction=made)).outcome == "accept"
    assert judge(strict, facts(asked(kind="security"), restriction=made)).outcome == "accept"
    assert judge(WHMCS, facts(restriction=made)).outcome == "accept"


def test_r30_the_customer_hears_until_when_and_whom_to_tell() -> None:
    """R30"""
    strict = policy(WHMCS, requests__restrictions=True, links__appeal="mailto:appeal@acme.example.com")
    until = judge(strict, facts(restriction=Restriction("deny", NOW + timedelta(days=3)))).findings[0]
    assert "until Monday 9 March 2026" in until.message
    assert until.remedy is not None
    assert until.remedy.url == "mailto:appeal@acme.example.com"
    open_ended = judge(strict, facts(restriction=Restriction("deny"))).findings[0]
    assert "until further notice" in open_ended.message


# --- closed days ---


def test_r24_on_a_holiday_the_customer_hears_when_work_goes_on() -> None:
    """R24: a local date of the vendor's zone, and only where the vendor turned it on."""
    told = policy(WHMCS, notices__closed_days=True, calendar__holidays=("2026-03-06",))
    decision = judge(told, facts())
    assert said(decision) == ("accept", ["closed_today"])
    assert decision.findings[0].facts == {"opens_at": "2026-03-09T13:00:00Z"}
    assert said(judge(told, facts(), datetime(2026, 3, 7, 5, 0, tzinfo=UTC)))[1] == []
    assert said(judge(told, facts(), datetime(2026, 3, 7, 4, 59, tzinfo=UTC)))[1] == ["closed_today"]
    assert said(judge(policy(WHMCS, calendar__holidays=("2026-03-06",)), facts()))[1] == []


# --- facts that must be there, versions, changed code ---


@pytest.mark.parametrize(
    ("need", "lacks", "has"),
    [
        ("order", {}, {"order_given": True}),
        ("component", {"component": None}, {"component": "core"}),
        ("version", {"environment": {"php": "8.2"}}, {"environment": {"Plugin-Version": "3.1"}}),
    ],
)
def test_r20_a_kind_may_need_further_facts(need: str, lacks: dict[str, Any], has: dict[str, Any]) -> None:
    """R20"""
    pack = policy(TIERED, scope__how_to_feature__needs=(need, "site"))
    without = judge(pack, nobody(kind="how_to_feature", site="one.example.com", **lacks))
    assert said(without) == ("ask", ["facts_required"])
    assert without.findings[0].facts == {"missing": [need]}
    assert judge(pack, nobody(kind="how_to_feature", site="one.example.com", **has)).outcome == "accept"


def products(slug: str) -> dict[str, Any]:
    return {f"environment__products__{slug}": (">=3.1",)}


@pytest.mark.parametrize(
    ("told", "outcome", "codes"),
    [
        ({"version": "3.2.1"}, "accept", []),
        ({"product_version": "v3.1"}, "accept", []),
        ({"version": "3.0.9"}, "ask", ["update_first"]),
        ({"version": "newest"}, "ask", ["environment_required"]),
        ({"php": "8.2"}, "ask", ["environment_required"]),
    ],
)
def test_r13_an_old_version_is_updated_first(told: dict[str, str], outcome: str, codes: list[str]) -> None:
    """R13: asked, not refused; products without a list, and security reports, are not measured."""
    pack = policy(WHMCS, scope__bug__latest_only=True, **products("acme-forms"))
    assert said(judge(pack, facts(asked(environment=told)))) == (outcome, codes)
    assert judge(pack, facts(asked(environment=told, product=None))).outcome == outcome
    assert judge(pack, facts(asked(kind="security", environment=told))).outcome == "accept"
    other = policy(WHMCS, scope__bug__latest_only=True, **products("acme-shop"))
    assert judge(other, facts(asked(environment=told))).outcome == "accept"


def test_r13_the_customer_hears_which_version_to_update_to() -> None:
    """R13"""
    pack = policy(WHMCS, scope__bug__latest_only=True, **products("acme-forms"))
    found = judge(pack, facts(asked(environment={"version": "2.0"}))).findings[0]
    assert found.message == "You use version 2.0 of Acme Forms. Please update first: supported is 3.1 or newer."
    assert found.remedy is not None
    assert found.remedy.kind == "update"


@pytest.mark.parametrize(
    ("reading", "outcome", "codes"),
    [
        ("deny", "deny", ["modified_code"]),
        ("chargeable", "hold", ["awaiting_estimate", "modified_code"]),
        ("limited", "accept", ["modified_code_limited"]),
    ],
)
def test_r15_changed_code_is_refused_paid_for_or_limited(reading: str, outcome: str, codes: list[str]) -> None:
    """R15, SCO-03"""
    pack = policy(WHMCS, scope__bug__when_modified=reading)
    assert said(judge(pack, facts(asked(modified_code=True)))) == (outcome, codes)
    assert said(judge(pack, facts(asked(modified_code=False)))) == ("accept", [])


def test_r16_and_r17_conflicts_and_installations_are_what_the_pack_says() -> None:
    """R16, R17: best effort, or paid work, by data alone."""
    tried = policy(WHMCS, scope__third_party__cover="covered", scope__third_party__notice=("best_effort",))
    assert said(judge(tried, facts(asked(kind="third_party")))) == ("accept", ["best_effort"])
    paid = policy(WHMCS, scope__installation__cover="billable", scope__installation__supported_only=False)
    assert said(judge(paid, facts(asked(kind="installation")))) == ("hold", ["awaiting_estimate"])


# --- who may ask in the holder's place ---


def test_r6_whom_the_holder_named_may_ask_and_nobody_else() -> None:
    """R6: by e-mail address, letters in any case."""
    named = standing(delegates=("eve@example.com",))
    who = replace(STRANGER, id=None, email="EVE@example.com")
    assert judge(JETPACK, facts(asked(requester=who), named)).outcome == "accept"
    other = replace(who, email="mallory@example.com")
    assert said(judge(JETPACK, facts(asked(requester=other), named))) == ("deny", ["not_licence_holder"])


def test_elg_08_a_site_that_needs_no_seat_is_served_on_a_full_licence() -> None:
    """ELG-08, R11: staging and local sites stand beside the seats."""
    full = standing(site_limit=1, seated=("one.example.com",), exempt=("staging.one.example.com",))
    assert judge(JETPACK, facts(asked(site="staging.one.example.com"), full)).outcome == "accept"
    assert judge(JETPACK, facts(asked(site="two.example.com"), full)).outcome == "deny"
