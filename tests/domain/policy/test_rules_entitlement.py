"""Who may ask: licence, payment, product, person, subscription, support period, site."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from connector.domain.licensing.events import Person
from tests.domain.policy.building import (
    CRMJETTY,
    HOLDER,
    HOURLY,
    JETPACK,
    NOW,
    OWNER,
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

ENDED = NOW - timedelta(days=1)
SITES = ("one.example.com", "two.example.com", "three.example.com")


# --- licence and support period, two facts (000) ---


@pytest.mark.parametrize("status", ["suspended", "revoked", "expired", "refunded", "deleted"])
def test_elg_01_support_needs_an_active_licence(status: str) -> None:
    """ELG-01"""
    outcome, codes = said(judge(WHMCS, facts(stands=standing(status=status))))
    assert outcome == "deny"
    assert "licence_inactive" in codes


def test_elg_01_an_unknown_key_is_an_inactive_licence() -> None:
    """ELG-01"""
    decision = judge(WHMCS, nobody(key_given=True))
    assert said(decision) == ("deny", ["licence_inactive"])
    assert decision.findings[0].facts == {"status": "unknown"}
    assert decision.findings[0].remedy is not None
    assert decision.findings[0].remedy.kind == "check_key", "there is nothing to renew"


def test_elg_01_an_active_licence_is_accepted() -> None:
    """ELG-01"""
    assert said(judge(WHMCS, facts())) == ("accept", [])


def test_no_key_where_one_is_needed_is_asked_for() -> None:
    assert said(judge(WHMCS, nobody())) == ("ask", ["licence_required"])


def test_several_licences_that_fit_are_asked_apart() -> None:
    assert said(judge(WHMCS, facts(asked(key_given=False), None, ambiguous=True))) == ("ask", ["licence_ambiguous"])


def test_elg_02_licence_and_support_period_are_two_facts() -> None:
    """ELG-02, R1"""
    assert said(judge(WHMCS, facts(stands=standing(support_until=ENDED)))) == ("deny", ["support_expired"])
    assert said(judge(WHMCS, facts(stands=standing(status="expired")))) == ("deny", ["licence_inactive"])


def test_elg_03_an_expired_period_hands_out_the_renewal_link() -> None:
    """ELG-03"""
    vendor = policy(WHMCS, links__renew="https://shop.example.com/renew")
    decision = judge(vendor, facts(stands=standing(support_until=datetime(2026, 3, 2, 5, tzinfo=UTC))))
    found = decision.findings[0]
    assert (found.code, found.clause, found.message) == (
        "support_expired",
        "4",
        "Support for Acme Forms ended on 1 March 2026.",
    )
    assert found.remedy is not None
    assert found.remedy.url == "https://shop.example.com/renew"
    assert decision.priority is None


def test_elg_04_after_the_renewal_the_door_opens_again() -> None:
    """ELG-04: nothing of the earlier no remains."""
    assert judge(WHMCS, facts(stands=standing(support_until=ENDED))).outcome == "deny"
    assert judge(WHMCS, facts(stands=standing(support_until=NOW + timedelta(days=365)))).outcome == "accept"


def test_the_end_of_support_is_exclusive() -> None:
    assert judge(WHMCS, facts(stands=standing(support_until=NOW))).outcome == "deny"
    assert judge(WHMCS, facts(stands=standing(support_until=NOW + timedelta(microseconds=1)))).outcome == "accept"


def test_elg_05_entitlement_is_per_product() -> None:
    """ELG-05"""
    decision = judge(WHMCS, facts(asked(product="acme-shop")))
    assert said(decision) == ("deny", ["product_not_owned"])
    assert decision.findings[0].facts == {"product": "acme-shop", "licensed": "acme-forms"}
    assert judge(WHMCS, facts(asked(product="ACME-Forms"))).outcome == "accept"
    assert judge(WHMCS, facts(asked(product=None))).outcome == "accept"


@pytest.mark.parametrize("typed", ["Forms Pro 2", "n/a", "Forms, Gallery", "the forms plugin"])
def test_elg_05_words_that_name_no_product_are_asked_about(typed: str) -> None:
    """ELG-05: what the vendor sells stands there as its slug; other words are a person's, and claim no other product."""
    decision = judge(WHMCS, facts(asked(product=typed)))
    assert said(decision) == ("ask", ["product_unclear"])
    assert typed in decision.findings[0].message


# --- holder, owner, sites (001) ---


@pytest.mark.parametrize(
    "requester",
    [
        HOLDER,
        Person(id="7"),
        Person(email="ADA@example.com"),
        Person("another-hosts-id", "ada@example.com"),
        Person("77", "ada@old.example.com"),
    ],
)
def test_elg_06_the_original_holder_is_known_by_any_of_his_names(requester: Person) -> None:
    """ELG-06: ids and addresses under which the person is known, letters in any case."""
    known = standing(holder_ids=("7", "70"), holder_emails=("ada@old.example.com",))
    assert judge(JETPACK, facts(asked(requester=requester), known)).outcome == "accept"


def test_elg_06_somebody_else_is_not_the_holder() -> None:
    """ELG-06"""
    decision = judge(JETPACK, facts(asked(requester=STRANGER)))
    assert said(decision) == ("deny", ["not_licence_holder"])
    assert "ada" not in decision.findings[0].message


@pytest.mark.parametrize("requester", [Person(id="9"), Person(email="eve@example.com")])
def test_elg_06_one_name_is_enough_to_tell_people_apart(requester: Person) -> None:
    """ELG-06"""
    assert said(judge(JETPACK, facts(asked(requester=requester)))) == ("deny", ["not_licence_holder"])


def test_elg_07_support_does_not_pass_on_with_the_licence() -> None:
    """ELG-07, A1: B has the licence now, A keeps the support."""
    sold = standing(owner=OWNER)
    assert said(judge(JETPACK, facts(asked(requester=OWNER), sold))) == ("deny", ["non_transferable"])
    assert judge(JETPACK, facts(asked(requester=HOLDER), sold)).outcome == "accept"


def test_a1_the_other_reading_serves_the_current_owner() -> None:
    """A1"""
    current = policy(JETPACK, entitlement__requester="owner")
    sold = standing(owner=OWNER)
    assert judge(current, facts(asked(requester=OWNER), sold)).outcome == "accept"
    assert said(judge(current, facts(asked(requester=HOLDER), sold))) == ("deny", ["not_licence_holder"])
    assert judge(current, facts(asked(requester=HOLDER), standing(owner=None))).outcome == "accept"


@pytest.mark.parametrize("requester", [None, Person(name="Ada")])
def test_an_unknown_requester_is_asked_for(requester: Person | None) -> None:
    assert said(judge(JETPACK, facts(asked(requester=requester)))) == ("ask", ["requester_required"])


@pytest.mark.parametrize("holder", [None, Person(id="7"), Person(name="Ada")])
def test_a_holder_we_cannot_compare_with_is_held_never_denied(holder: Person | None) -> None:
    unknown = standing(holder=holder, owner=None)
    assert said(judge(JETPACK, facts(asked(requester=Person(email="eve@example.com")), unknown))) == (
        "hold",
        ["unknown_holder"],
    )


def test_policies_without_a_holder_rule_serve_whoever_has_the_key() -> None:
    assert judge(WHMCS, facts(asked(requester=STRANGER))).outcome == "accept"


@pytest.mark.parametrize(
    ("seated", "site", "outcome", "codes"),
    [
        (SITES, "four.example.com", "deny", ["site_limit"]),
        (SITES, "two.example.com", "accept", []),
        (SITES, "TWO.example.com", "accept", []),
        (SITES[:2], "four.example.com", "accept", ["site_not_registered"]),
        (SITES, None, "ask", ["site_required"]),
        ((), "four.example.com", "accept", ["site_not_registered"]),
    ],
)
def test_elg_08_only_as_many_sites_as_the_licence_lists(
    seated: tuple[str, ...], site: str | None, outcome: str, codes: list[str]
) -> None:
    """ELG-08, R10"""
    licence = standing(site_limit=3, seated=seated)
    assert said(judge(JETPACK, facts(asked(site=site), licence))) == (outcome, codes)


def test_elg_08_an_unlimited_licence_and_a_staging_site_take_no_seat() -> None:
    """ELG-08, R11"""
    full = standing(site_limit=3, seated=SITES)
    assert judge(JETPACK, facts(asked(site="four.example.com"), standing(site_limit=None))).outcome == "accept"
    assert judge(JETPACK, facts(asked(site="staging.one.example.com", site_exempt=True), full)).outcome == "accept"


def test_elg_08_a_site_that_runs_over_the_limit_has_no_seat() -> None:
    """ELG-08"""
    over = standing(site_limit=3, seated=SITES, over_limit=("four.example.com",))
    assert said(judge(JETPACK, facts(asked(site="four.example.com"), over))) == ("deny", ["site_limit"])


# --- components (001) ---


@pytest.mark.parametrize(
    "changes",
    [
        {"support_until": ENDED},
        {"status": "expired"},
        {"subscription": "ended", "support_until": ENDED},
        {"subscription": "ended", "support_until": None, "support_open_ended": True},
        {"subscription": "cancelled", "support_until": ENDED},
    ],
)
def test_elg_10_extension_support_needs_an_active_subscription(changes: dict[str, Any]) -> None:
    """ELG-10"""
    outcome, codes = said(judge(JETPACK, facts(asked(component="extension"), standing(**changes))))
    assert outcome == "deny"
    assert "subscription_required" in codes


@pytest.mark.parametrize(
    "changes",
    [
        {"subscription": "active", "support_until": None},
        {"subscription": "cancelled", "support_until": NOW + timedelta(days=3)},
        {"support_open_ended": True, "support_until": None},
        {},
    ],
)
def test_elg_10_a_running_or_paid_subscription_will_do(changes: dict[str, Any]) -> None:
    """ELG-10, R3: cancelled runs to its paid end."""
    assert judge(JETPACK, facts(asked(component="extension"), standing(**changes))).outcome == "accept"


def test_elg_10_an_unknown_subscription_is_held() -> None:
    """ELG-10"""
    decision = judge(JETPACK, facts(asked(component="extension"), standing(support_until=None)))
    assert said(decision) == ("hold", ["unknown_support_period"])


def test_elg_11_the_core_is_open_to_all_behind_the_extensions() -> None:
    """ELG-11, A2, TIER-02, R27, R43"""
    core = judge(JETPACK, nobody(component="core", requester=STRANGER))
    extension = judge(JETPACK, facts(asked(component="extension")))
    assert (core.outcome, extension.outcome) == ("accept", "accept")
    assert core.rank < extension.rank
    assert judge(JETPACK, nobody(component=" Core", requester=STRANGER)).outcome == "accept", "in any letter case"


def test_a2_the_other_reading_asks_for_a_subscription_everywhere() -> None:
    """A2"""
    strict = policy(JETPACK, component__core__open=False, component__core__subscription=True)
    assert judge(strict, nobody(component="core")).outcome == "ask"
    lapsed = facts(asked(component="core"), standing(support_until=ENDED))
    assert said(judge(strict, lapsed)) == ("deny", ["subscription_required"])


def test_a_request_that_names_no_component_is_one_about_an_extension() -> None:
    assert said(judge(JETPACK, facts(stands=standing(support_until=ENDED)))) == ("deny", ["subscription_required"])


# --- free for a time, then chargeable (003) ---


def test_elg_12_after_the_free_months_support_is_offered_for_a_fee() -> None:
    """ELG-12, A3; `deny` is the other reading."""
    over = facts(stands=standing(support_until=ENDED))
    assert "chargeable_offer" in said(judge(CRMJETTY, over))[1]
    assert judge(CRMJETTY, over).outcome == "hold"
    strict = policy(CRMJETTY, entitlement__after_support="deny")
    assert judge(strict, over).outcome == "deny"


def test_dur_02_a_recurring_product_is_supported_while_it_is_paid() -> None:
    """DUR-02, A22: cancelled, paid until 1 August."""
    paid_until = datetime(2026, 8, 1, tzinfo=UTC)
    running = standing(purchase="recurring", support_until=None, support_open_ended=True)
    cancelled = standing(purchase="recurring", support_until=paid_until, subscription="cancelled")
    assert judge(CRMJETTY, facts(stands=running)).outcome == "accept"
    assert judge(CRMJETTY, facts(stands=cancelled), paid_until - timedelta(seconds=1)).outcome == "accept"
    assert judge(CRMJETTY, facts(stands=cancelled), paid_until).outcome == "hold"


def test_dur_03_a_lifetime_is_never_guessed() -> None:
    """DUR-03: an unknown kind of purchase is held."""
    unknown = standing(purchase=None, support_until=None)
    assert "unknown_purchase_kind" in said(judge(CRMJETTY, facts(stands=unknown)))[1]
    assert judge(CRMJETTY, facts(stands=unknown)).outcome == "hold"


def test_an_end_of_support_nobody_ever_told_is_held() -> None:
    assert said(judge(WHMCS, facts(stands=standing(support_until=None)))) == ("hold", ["unknown_support_period"])


def test_dur_04_the_latest_end_of_all_purchases_counts() -> None:
    """DUR-04, A23"""
    first, second = standing(support_until=ENDED), standing(license_id="lic_2")
    assert judge(CRMJETTY, facts(stands=first, siblings=(second,))).outcome == "accept"
    assert judge(CRMJETTY, facts(stands=first, siblings=(standing(support_until=ENDED),))).outcome == "hold"
    assert judge(WHMCS, facts(stands=first, siblings=(second,))).outcome == "deny"  # 000 does not pool


def test_dur_05_a_refund_ends_it() -> None:
    """DUR-05: whatever the period says."""
    for pack in (CRMJETTY, WHMCS):
        outcome, codes = said(judge(pack, facts(stands=standing(status="refunded"))))
        assert outcome == "deny"
        assert {"support_expired", "support_refunded"} <= set(codes)


def test_dur_05_a_refunded_purchase_lends_nothing_to_the_others() -> None:
    """DUR-05, DUR-04"""
    refunded = standing(status="refunded")
    assert judge(CRMJETTY, facts(stands=standing(support_until=ENDED), siblings=(refunded,))).outcome == "hold"
    assert judge(CRMJETTY, facts(stands=refunded, siblings=(standing(),))).outcome == "accept"


# --- orders ---


@pytest.mark.parametrize(
    ("state", "outcome", "code"),
    [
        ("pending", "deny", "payment_pending"),
        ("paid", "hold", "unknown_licence"),
        ("refunded", "deny", "support_expired"),
        ("disputed", "deny", "licence_inactive"),
        ("failed", "deny", "order_not_paid"),
        ("cancelled", "deny", "order_not_paid"),
    ],
)
@pytest.mark.parametrize("pack", [WHMCS, CRMJETTY])
def test_pur_08_an_order_gives_what_it_was_paid_for(pack: str, state: str, outcome: str, code: str) -> None:
    """PUR-08, R4: a pending order gives no entitlement yet, one that was refunded or disputed none any more."""
    decided, codes = said(judge(pack, nobody(order_given=True, orders=(order(state),))))
    assert decided == outcome
    assert code in codes


def test_pur_08_a_licence_of_a_pending_order_waits_too() -> None:
    """PUR-08"""
    assert "payment_pending" in said(judge(WHMCS, facts(stands=standing(payment="pending"))))[1]


def test_pur_08_an_order_of_another_product_has_no_part_in_it() -> None:
    """PUR-08"""
    other = order("pending", product="acme-shop")
    assert said(judge(WHMCS, nobody(orders=(other,)))) == ("ask", ["licence_required"])


def test_an_order_number_nobody_knows_is_asked_again() -> None:
    assert said(judge(WHMCS, nobody(order_given=True))) == ("ask", ["licence_required"])


# --- policies that ask for no licence (002, 004) ---


@pytest.mark.parametrize(("pack", "rule"), [(HOURLY, "ELG-13"), (TIERED, "ELG-14")])
def test_elg_13_and_elg_14_everybody_may_ask(pack: str, rule: str) -> None:
    """ELG-13, ELG-14"""
    assert judge(pack, nobody(kind="how_to_feature")).outcome == "accept"


def test_elg_13_what_is_billable_waits_for_an_estimate() -> None:
    """ELG-13"""
    assert said(judge(HOURLY, nobody(kind="change_request"))) == ("hold", ["awaiting_estimate"])


def test_elg_15_a_refusal_explains_itself() -> None:
    """ELG-15: code, sentence, facts, policy version, time."""
    decision = judge(WHMCS, facts(stands=standing(support_until=ENDED)))
    (found,) = decision.findings
    assert found.message
    assert found.clause == "4"
    assert found.facts["support_until"] == "2026-03-05T21:00:00Z"
    assert decision.policy.startswith("whmcs-modules@2025-01#")
    assert decision.checked_at == NOW
