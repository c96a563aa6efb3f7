"""What a lane opens, no other rule closes: for every pack, every rule that a vendor may turn on, and all facts.

Security opens every channel, and what a report lacks is asked beside the acceptance. In the other lanes the page's own word on
the kind stands, with what it needs, and the way in; how many, how often, by whom and whether paid is no matter in any lane.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.domain.policy.facts import Decision, Earlier, Facts, Restriction
from connector.domain.policy.kinds import CHANNELS, KINDS, LANES
from connector.domain.policy.policy import Policy
from connector.domain.policy.rules import RULES
from tests.domain.policy.any_facts import all_facts
from tests.domain.policy.building import (
    NOW,
    PACKS,
    STRANGER,
    WHMCS,
    asked,
    facts,
    judge,
    nobody,
    policy,
    said,
    standing,
)

STRICT: dict[str, Any] = {
    "entitlement__requester": "original_holder",
    "entitlement__per_site": True,
    "entitlement__identity": "verified",
    "attestations__required": ("policy_read",),
    "requests__several": "ask",
    "requests__languages": ("en",),
    "requests__other_languages": "redirect",
    "requests__duplicates": "redirect",
    "requests__restrictions": True,
    "requests__quota": 1,
    "billing__pause_on_overdue": True,
    "credentials__found": "refuse",
    "environment__supported__php": (">=8.1",),
    "environment__required": ("php",),
}
MANNER = {"one_request", "language", "attestations", "duplicate", "quota", "restriction", "overdue"}
strictest = st.sampled_from([policy(pack, **STRICT) for pack in PACKS] + [policy(pack) for pack in PACKS])
BAD = facts(
    asked(
        channel="social",
        requester=STRANGER,
        requester_verified=False,
        attestations=(),
        has_reproduction=False,
        modified_code=True,
        site="elsewhere.example.com",
        redactions=("password",),
        environment={"php": "5.6", "language": "xx"},
        automatic=True,
    ),
    standing(status="revoked", support_until=NOW - timedelta(days=900), site_limit=1, seated=("one.example.com",)),
    invoices_overdue=("i1",),
    restriction=Restriction("deny"),
    earlier=(Earlier("SC-1", NOW - timedelta(hours=1), "security", "acme-forms"),),
    stale_parts=("upstream", "holder"),
)


def closing(decision: Decision) -> set[str]:
    """The rules that keep the request from being taken."""
    heavy = {each.code for each in decision.findings if each.severity != "notice"}
    return {check.rule for check in decision.checks if heavy & set(check.codes)}


def of_kind(what: Facts, kind: str) -> Facts:
    return replace(what, asked=replace(what.asked, kind=kind))


@given(all_facts, strictest)
def test_a_security_report_is_taken_whatever_else_there_is(what: Facts, strict: Policy) -> None:
    decision = judge(strict, of_kind(what, "security"))
    assert (decision.outcome, decision.lane, closing(decision)) == ("accept", "security", set())


@given(all_facts, strictest, st.sampled_from(sorted(LANES)))
def test_in_no_lane_do_entitlement_quota_duplicates_and_their_kind_close(
    what: Facts, strict: Policy, kind: str
) -> None:
    decision = judge(strict, of_kind(what, kind))
    assert decision.lane == LANES[kind]
    entitled = {rule.name for rule in RULES if rule.entitlement}
    assert not closing(decision) & (MANNER | entitled)
    assert not closing(decision) - {"channel", "automatic", "scope", "needs", "credentials"}


@given(all_facts, st.sampled_from(PACKS), st.sampled_from(["bug", "how_to_feature", "third_party", "installation"]))
def test_a_lane_of_the_vendors_own_opens_the_same(what: Facts, pack: str, kind: str) -> None:
    """R35: a kind that a page puts into a lane."""
    opened = policy(pack, **STRICT, **{f"scope__{kind}__cover": "covered", f"scope__{kind}__lane": "security"})
    assert judge(opened, of_kind(what, kind)).outcome == "accept"


@pytest.mark.parametrize("channel", [*CHANNELS, "carrier pigeon"])
@pytest.mark.parametrize("pack", PACKS)
def test_security_opens_every_channel_at_any_hour(pack: str, channel: str) -> None:
    """TIER-10: never sent elsewhere beside words that it comes before everything."""
    for now in (NOW, NOW + timedelta(hours=9)):
        decision = judge(pack, nobody(kind="security", channel=channel), now)
        assert decision.outcome == "accept"
        assert not {"use_helpdesk", "use_forum", "first_contact_noted", "urgent_only", "phone_closed"} & set(
            said(decision)[1]
        )


@pytest.mark.parametrize("pack", PACKS)
def test_the_worst_of_requests_is_taken_as_a_security_report(pack: str) -> None:
    """What it lacks is asked beside the acceptance; the same as a bug is refused."""
    strict = policy(pack, **STRICT)
    taken = judge(strict, of_kind(BAD, "security"))
    assert taken.outcome == "accept"
    assert "credentials_not_accepted" in said(taken)[1], "what was cut out is told"
    assert judge(strict, of_kind(BAD, "bug")).outcome in ("redirect", "deny")


def test_the_page_may_say_that_it_takes_no_security_reports() -> None:
    """Its own word on the kind stands; nothing else does."""
    elsewhere = policy(WHMCS, scope__security__cover="redirect", scope__security__code="see_elsewhere")
    assert judge(elsewhere, facts(asked(kind="security"))).outcome == "redirect"


def test_a_repeated_purchase_problem_is_taken_with_the_number_of_the_open_ticket() -> None:
    again = replace(
        BAD, asked=asked(kind="payment_failed"), earlier=(Earlier("SC-7", NOW, "payment_failed", "acme-forms"),)
    )
    decision = judge(policy(WHMCS, **STRICT), again)
    assert decision.outcome == "accept"
    [told] = [each for each in decision.findings if each.code == "already_asked"]
    assert (told.severity, told.facts["ticket"]) == ("notice", "SC-7")


@pytest.mark.parametrize("kind", sorted(set(KINDS) - set(LANES)))
def test_outside_lanes_the_same_rules_close(kind: str) -> None:
    """So that the laws above can fail."""
    assert closing(judge(policy(WHMCS, **STRICT), of_kind(BAD, kind))) & MANNER
