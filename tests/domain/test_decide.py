"""The decision as a whole, and what holds for every pack and all facts."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.domain.decide import decide, outcome_of
from connector.domain.events import Person
from connector.domain.facts import Asked, Decision, Due, Facts, Finding, Purchase, Standing
from connector.domain.kinds import CHANNELS, KINDS
from connector.domain.reasons import REASONS, SEVERITIES
from connector.domain.rules import RULES
from tests.domain.building import (
    ATTESTED,
    CRMJETTY,
    HOLDER,
    HOURLY,
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
    nobody,
    policy,
    said,
    standing,
)

# --- by example ---


def test_all_findings_come_back_and_the_worst_decides() -> None:
    """A lapsed, unregistered site of somebody else is told all three at once."""
    everything = facts(
        asked(requester=STRANGER, site="four.example.com", channel="email"),
        standing(support_until=NOW - timedelta(days=1), site_limit=1, seated=("one.example.com",)),
    )
    outcome, codes = said(judge(JETPACK, everything))
    assert outcome == "deny"
    assert codes == ["not_licence_holder", "site_limit", "subscription_required", "use_helpdesk"]


@pytest.mark.parametrize(
    ("severities", "outcome"),
    [
        ([], "accept"),
        (["notice"], "accept"),
        (["ask", "notice"], "ask"),
        (["ask", "hold"], "hold"),
        (["redirect", "hold"], "redirect"),
        (["redirect", "deny", "ask"], "deny"),
    ],
)
def test_outcomes_rank_accept_ask_hold_redirect_deny(severities: list[str], outcome: str) -> None:
    assert outcome_of(Finding("bug", severity) for severity in severities) == outcome


def test_an_accepted_request_stands_in_the_queue() -> None:
    decision = judge(TIERED, nobody(kind="outage"))
    assert (decision.priority, decision.rank, decision.tier) == ("critical", 100, 3)
    assert decision.due.respond_by == NOW + timedelta(minutes=15)


def test_hrs_24_a_held_request_has_its_priority_and_no_clock() -> None:
    """HRS-24: nothing runs while it is on hold."""
    decision = judge(CRMJETTY, facts(asked(kind="third_party")))
    assert (decision.outcome, decision.priority, decision.due) == ("hold", "standard", Due())


@pytest.mark.parametrize("kind", ["custom_dev", "pre_sales", None])
def test_what_is_not_taken_has_no_priority(kind: str | None) -> None:
    decision = judge(WHMCS, facts(asked(kind=kind)))
    assert (decision.priority, decision.rank, decision.tier, decision.due) == (None, 0, None, Due())


def test_the_checks_show_every_rule_as_passed_failed_or_skipped() -> None:
    decision = judge(JETPACK, facts(asked(requester=STRANGER), standing(site_limit=2, seated=("one.example.com",))))
    results = {check.rule: check.result for check in decision.checks}
    assert list(results) == [rule.name for rule in RULES]
    assert (results["licence"], results["holder"], results["site"]) == ("pass", "fail", "fail")
    assert results["support_period"] == "skip"
    assert {check.rule: check.codes for check in decision.checks}["holder"] == ("not_licence_holder",)


def test_a_rule_that_only_has_a_notice_passed() -> None:
    decision = judge(JETPACK, facts(asked(site="two.example.com"), standing(site_limit=2, seated=("one.example.com",))))
    check = next(each for each in decision.checks if each.rule == "site")
    assert (check.result, check.codes) == ("pass", ("site_not_registered",))


@pytest.mark.parametrize(
    ("pack", "part", "code"),
    [
        (JETPACK, "holder", "unknown_holder"),
        (WHMCS, "support_period", "unknown_support_period"),
        (CRMJETTY, "purchase_kind", "unknown_purchase_kind"),
        (WHMCS, "upstream", "unknown_upstream"),
        (JETPACK, "sites", "unknown_upstream"),
        (WHMCS, "licence", "unknown_upstream"),
    ],
)
def test_our_own_trouble_is_a_hold_never_a_refusal(pack: str, part: str, code: str) -> None:
    worst = standing(status="expired", support_until=NOW - timedelta(days=1), site_limit=0, holder=OWNER)
    if part != "upstream":
        worst = standing(site_limit=0) if part == "sites" else standing()
    decision = judge(pack, facts(asked(site="one.example.com"), worst, stale_parts=(part,)))
    assert decision.outcome == "hold"
    assert code in said(decision)[1]


def test_an_unknown_part_that_the_policy_does_not_ask_for_changes_nothing() -> None:
    assert judge(WHMCS, facts(stale_parts=("holder", "sites"))).outcome == "accept"
    assert judge(HOURLY, nobody(kind="question", stale_parts=("upstream",))).outcome == "accept"


def test_met_05_a_policy_without_clocks_decides_as_well() -> None:
    """MET-05, HRS-27"""
    decision = judge(JETPACK, facts())
    assert (decision.outcome, decision.due) == ("accept", Due())


@pytest.mark.parametrize("now", [NOW.replace(year=1), NOW.replace(year=9999)])
def test_an_absurd_now_is_told_to_the_caller(now: datetime) -> None:
    with pytest.raises(ValueError, match="between the years 1970 and 9900"):
        judge(WHMCS, facts(), now)


@pytest.mark.parametrize("until", [datetime(1, 1, 1, tzinfo=UTC), datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)])
def test_a_host_that_writes_never_as_the_first_or_last_instant_does_no_harm(until: datetime) -> None:
    """A first instant is no date at all: held as unknown, neither refused nor guessed as covered."""
    decision = judge(WHMCS, facts(stands=standing(support_until=until)))
    assert decision.outcome == ("hold" if until.year == 1 else "accept")


# --- for all facts ---

words = st.one_of(
    st.none(), st.text(max_size=300), st.sampled_from(["acme-forms", "one.example.com", "critical", "core"])
)
ends = st.one_of(
    st.none(),
    st.sampled_from([NOW, NOW - timedelta(days=1), NOW + timedelta(days=1)]),
    st.datetimes(timezones=st.just(UTC)),
)
people = st.one_of(
    st.sampled_from([None, HOLDER, OWNER, STRANGER, Person(id="7"), Person(email="EVE@example.com")]),
    st.builds(Person, id=words, email=words, name=words),
)
some_words = st.lists(st.text(max_size=40), max_size=3).map(tuple)
requests = st.builds(
    Asked,
    kind=st.one_of(st.sampled_from([None, "", *KINDS]), st.text(max_size=300)),
    product=words,
    site=words,
    site_exempt=st.booleans(),
    channel=st.one_of(st.sampled_from(CHANNELS), st.text(max_size=300)),
    severity=st.one_of(words, st.sampled_from(["urgent", "priority", "high", "low"])),
    requester=people,
    component=st.one_of(words, st.sampled_from(["core", "extension"])),
    environment=st.dictionaries(
        st.sampled_from(["php", "os", "whmcs", "PHP_version", "x"]), st.text(max_size=60), max_size=3
    ),
    has_reproduction=st.booleans(),
    attestations=st.one_of(st.just(ATTESTED), some_words),
    modified_code=st.sampled_from([None, True, False]),
    key_given=st.booleans(),
    order_given=st.booleans(),
    redactions=st.sampled_from([(), ("password",)]),
    first_contact=st.booleans(),
)
standings = st.builds(
    Standing,
    license_id=st.just("lic_1"),
    product=words,
    status=st.sampled_from(["active", "suspended", "revoked", "expired", "refunded", "deleted"]),
    plan=st.sampled_from([None, "priority", "server-management"]),
    purchase=st.sampled_from([None, "one_time", "recurring"]),
    support_until=ends,
    support_open_ended=st.booleans(),
    site_limit=st.one_of(st.none(), st.integers(0, 3)),
    seated=st.lists(st.sampled_from(["one.example.com", "two.example.com"]), unique=True).map(tuple),
    holder=people,
    owner=people,
    holder_ids=some_words,
    holder_emails=some_words,
    subscription=st.sampled_from([None, "active", "cancelled", "ended"]),
    payment=st.sampled_from([None, "pending", "paid", "failed"]),
)
orders = st.builds(
    Purchase,
    order_id=st.sampled_from(["o1", "o2"]),
    state=st.sampled_from(["pending", "paid", "failed", "cancelled", "refunded", "disputed"]),
    product=words,
    total=words,
    currency=st.sampled_from([None, "EUR"]),
    paid_at=ends,
)
parts = st.sampled_from(
    ["holder", "licence", "orders", "sites", "subscription", "support_period", "purchase_kind", "upstream", "moon"]
)
all_facts = st.builds(
    Facts,
    asked=requests,
    standing=st.one_of(st.none(), standings),
    ambiguous=st.booleans(),
    siblings=st.lists(standings, max_size=2).map(tuple),
    plans=st.sampled_from([(), ("priority",), ("server-management",)]),
    features=st.sampled_from([(), ("migration",)]),
    orders=st.lists(orders, max_size=2).map(tuple),
    invoices_overdue=st.sampled_from([(), ("i1",)]),
    stale_parts=st.lists(parts, max_size=2).map(tuple),
)
nows = moments(1990, 2200)
every_pack = st.sampled_from(PACKS)
ENTITLEMENT = {rule.name for rule in RULES if rule.entitlement}


@given(all_facts, every_pack, nows)
def test_the_outcome_is_the_worst_finding(what: Facts, pack: str, now: datetime) -> None:
    decision = judge(pack, what, now)
    weights = [SEVERITIES.index(each.severity) for each in decision.findings]
    assert decision.outcome == (SEVERITIES[max(weights)] if any(weights) else "accept")
    assert weights == sorted(weights, reverse=True)
    assert decision.outcome in ("accept", "ask", "hold", "redirect", "deny")


@given(all_facts, every_pack, st.randoms(use_true_random=False))
def test_the_order_of_the_rules_is_irrelevant(what: Facts, pack: str, chance: random.Random) -> None:
    shuffled = list(RULES)
    chance.shuffle(shuffled)
    usual, other = judge(pack, what), decide(what, policy(pack), NOW, tuple(shuffled))
    assert replace(other, checks=()) == replace(usual, checks=())
    assert set(other.checks) == set(usual.checks)


@given(all_facts, every_pack)
def test_the_same_facts_give_the_same_decision(what: Facts, pack: str) -> None:
    assert judge(pack, what) == judge(pack, what)


@given(all_facts, every_pack, nows)
def test_there_is_a_due_time_exactly_when_accepted_and_promised(what: Facts, pack: str, now: datetime) -> None:
    decision = judge(pack, what, now)
    promising = pack not in (JETPACK, HOURLY)
    assert (decision.due.respond_by is not None) == (decision.outcome == "accept" and promising)
    assert (decision.priority is not None) == (decision.outcome in ("accept", "hold"))
    assert decision.outcome == "accept" or decision.due == Due()


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
