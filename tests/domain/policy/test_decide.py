"""The decision as a whole, and what holds for every pack and all facts."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from connector.domain.policy.decide import outcome_of
from connector.domain.policy.facts import Due, Finding
from connector.domain.policy.rules import RULES
from tests.domain.policy.building import (
    CRMJETTY,
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
