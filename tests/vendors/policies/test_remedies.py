"""Ways out without an address: every one that a pack can hand out is listed, with the key that gives it one."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.domain.policy.policy import Policy
from connector.domain.policy.remedies import REMEDIES
from connector.domain.policy.rules import RULES
from connector.vendors.policies import packs
from connector.vendors.policies.remedies import unaddressed, ways_out
from tests.domain.policy.any_facts import all_facts
from tests.domain.policy.building import (
    HOLDER,
    HOURLY,
    JETPACK,
    NOW,
    PACKS,
    STRANGER,
    TIERED,
    WHMCS,
    ZONE,
    asked,
    facts,
    judge,
    policy,
)
from tests.domain.policy.test_decide_laws import DEMANDING, every_policy

ADDRESS = "https://vendor.example.com/way"
LINKS = {f"links__{key}": ADDRESS for _, key in REMEDIES.values()}


def listed(judging: Policy) -> dict[str, str]:
    return {problem.place: problem.message for problem in unaddressed(judging)}


@given(all_facts, every_policy, st.booleans())
def test_whatever_is_handed_out_was_listed_before(what: Any, judging: Policy, addressed: bool) -> None:
    """No customer is told a way out that the vendor did not hear of, with the address or without."""
    known = {(way.code, way.kind, way.url) for way in ways_out(judging)}
    for found in judge(judging, what, NOW).findings:
        told = found.remedy
        assert told is None or (found.code, told.kind, told.url) in known or told.kind == "contact"


PARTS = sorted({part for rule in RULES for part in rule.parts})


@pytest.mark.parametrize("part", PARTS)
@pytest.mark.parametrize("judging", [*map(policy, PACKS), *DEMANDING], ids=lambda judging: judging.id)
def test_what_could_not_be_known_hands_out_listed_ways(judging: Policy, part: str) -> None:
    """A part that is not known just now holds the request, under every page that has a rule resting on it."""
    known = {(way.code, way.kind, way.url) for way in ways_out(judging)}
    for person in (HOLDER, STRANGER):
        found = judge(judging, facts(asked(requester=person), stale_parts=(part,)), NOW).findings
        held = {(each.code, each.remedy) for each in found if each.severity == "hold" and each.remedy}
        told = {(code, way.kind, way.url) for code, way in held if way.kind != "contact"}
        assert told <= known


@pytest.mark.parametrize("pack", PACKS)
def test_each_line_names_the_setting_that_cures_it(pack: str) -> None:
    """Setting what the lines say, as they say it, leaves nothing without an address."""
    lines = listed(policy(pack))
    assert all(f"--set {key}=https://" in message for key, message in lines.items())
    cured = packs.load(pack, (ZONE if pack == TIERED else {}) | dict.fromkeys(lines, ADDRESS))
    assert listed(cured) == {}
    assert all(way.url for way in ways_out(cured))


@pytest.mark.parametrize("judging", DEMANDING)
def test_rules_that_are_off_by_default_bring_their_own_ways_out(judging: Policy) -> None:
    assert listed(judging)


def test_only_what_a_pack_can_hand_out_is_listed() -> None:
    """002 knows no licences: nobody is told to renew, to buy or to wait for his holder."""
    assert {"links.renew", "links.buy"} & set(listed(policy(HOURLY))) == set()
    assert "links.renew" in listed(policy(WHMCS))
    assert "Let the licence holder ask" in listed(policy(JETPACK))["links.account"]
    assert "quota_used" not in listed(policy(WHMCS))["links.buy"]
    assert "quota_used" in listed(policy(WHMCS, requests__quota=2))["links.buy"]


def test_what_the_pack_itself_sends_elsewhere_is_listed_by_its_own_key() -> None:
    lines = listed(policy(WHMCS, **LINKS))
    assert sorted(lines) == ["scope.pre_sales.elsewhere.url", "scope.sales.elsewhere.url"]
    assert "'Contact page' (use_contact_page)" in lines["scope.pre_sales.elsewhere.url"]
    forum = {"channel.forum": {"use": "redirect", "code": "use_forum", "to": {"label": "Community"}}}
    sent = packs.load(WHMCS, {key.replace("__", "."): way for key, way in LINKS.items()} | forum)
    assert "channel.forum.to.url" not in listed(sent), "nobody on the forum is sent there"
    social = {"channel.social": {"use": "redirect", "code": "use_forum", "to": {"label": "Community"}}}
    assert "'Community' (use_forum)" in listed(packs.load(WHMCS, social))["channel.social.to.url"]


def test_a_label_without_an_address_keeps_its_label_when_it_gets_one() -> None:
    labelled = packs.load(WHMCS, {"links.renew": {"label": "Renew here"}})
    assert "'Renew here'" in listed(labelled)["links.renew.url"]
    cured = packs.load(WHMCS, {"links.renew": {"label": "Renew here"}, "links.renew.url": ADDRESS})
    assert cured.links["renew"].label == "Renew here"
