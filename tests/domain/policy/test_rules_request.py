"""What is asked and how: channels, scope, missing facts, money, credentials, priority."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from connector.domain.licensing.events import Person
from connector.domain.policy.kinds import BUGS, KINDS, LANES
from tests.domain.policy.building import (
    CRMJETTY,
    HOURLY,
    JETPACK,
    PACKS,
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

OPEN = datetime(2026, 3, 6, 15, tzinfo=UTC)  # Friday, 10:00 in New York
NIGHT = datetime(2026, 3, 7, 2, tzinfo=UTC)


# --- channels ---


@pytest.mark.parametrize(
    ("pack", "channel", "outcome", "code", "rule"),
    [
        (WHMCS, "ticket", "accept", None, "CHN-01"),
        (WHMCS, "social", "redirect", "use_helpdesk", "CHN-02"),
        (WHMCS, "forum", "redirect", "use_helpdesk", "CHN-03"),
        (WHMCS, "developer_email", "redirect", "use_helpdesk", "CHN-04"),
        (WHMCS, "email", "redirect", "use_helpdesk", "CHN-01"),
        (WHMCS, "carrier pigeon", "redirect", "use_helpdesk", "CHN-01"),
        (JETPACK, "form", "accept", None, "CHN-05"),
        (JETPACK, "email", "redirect", "use_helpdesk", "CHN-05"),
        (HOURLY, "email", "redirect", "first_contact_noted", "CHN-07"),
        (HOURLY, "contact_form", "redirect", "first_contact_noted", "CHN-07"),
        (HOURLY, "referral", "redirect", "first_contact_noted", "CHN-07"),
        (HOURLY, "chat", "redirect", "use_helpdesk", "CHN-08"),
        (CRMJETTY, "email", "accept", None, "CHN-10"),
        (TIERED, "ticket", "accept", None, None),
        (TIERED, "email", "accept", None, "CHN-16"),
        (TIERED, "forum", "accept", None, "CHN-18"),
        (TIERED, "social", "redirect", "use_helpdesk", "CHN-18"),
    ],
)
def test_chn_only_official_channels_are_taken(
    pack: str, channel: str, outcome: str, code: str | None, rule: str | None
) -> None:
    """CHN-01 CHN-02 CHN-03 CHN-04 CHN-05 CHN-07 CHN-08 CHN-10 CHN-16 CHN-18 R23"""
    decision = judge(pack, facts(asked(kind="how_to_feature", channel=channel)), OPEN)
    assert decision.outcome == outcome
    assert code is None or decision.findings[0].code == code


def test_chn_08_after_the_first_contact_everything_is_a_ticket() -> None:
    """CHN-08"""
    second = nobody(kind="how_to_feature", channel="email", first_contact=False)
    assert said(judge(HOURLY, second)) == ("redirect", ["use_helpdesk"])


def test_chn_11_a_closed_chat_takes_a_message() -> None:
    """CHN-11, HRS-09: Friday 18:00 in India is closed, the next opening is Monday 10:00."""
    asks = facts(asked(kind="how_to_feature", channel="chat"))
    closing = datetime(2026, 3, 6, 12, 30, tzinfo=UTC)
    decision = judge(CRMJETTY, asks, closing)
    notice = next(each for each in decision.findings if each.code == "chat_closed")
    assert (decision.outcome, notice.severity) == ("accept", "notice")
    assert notice.facts["opens_at"] == "2026-03-09T04:30:00Z"
    assert "chat_closed" not in said(judge(CRMJETTY, asks, closing - timedelta(minutes=1)))[1]


def test_chn_15_a_closed_chat_offers_the_ticket() -> None:
    """CHN-15"""
    asks = nobody(kind="how_to_feature", channel="chat")
    assert judge(TIERED, asks, OPEN).outcome == "accept"
    assert said(judge(TIERED, asks, NIGHT)) == ("redirect", ["chat_closed"])


@pytest.mark.parametrize(
    ("kind", "at", "outcome"),
    [
        ("major_bug", OPEN, ("accept", [])),
        ("major_bug", NIGHT, ("redirect", ["phone_closed"])),
        ("outage", OPEN, ("accept", [])),
        ("outage", NIGHT, ("accept", [])),
        ("bug", OPEN, ("redirect", ["urgent_only"])),
        ("bug", NIGHT, ("redirect", ["urgent_only"])),
        ("general", OPEN, ("redirect", ["urgent_only"])),
    ],
)
def test_chn_17_the_hotline_is_for_what_is_urgent_in_hours_or_critical(
    kind: str, at: datetime, outcome: tuple[str, list[str]]
) -> None:
    """CHN-17: and a bug that its customer calls high is handled so."""
    assert said(judge(TIERED, nobody(kind=kind, channel="phone"), at)) == outcome
    if kind == "bug":
        called = judge(TIERED, nobody(kind=kind, channel="phone", severity="high"), OPEN)
        assert (called.outcome, called.priority) == ("accept", "high")


def test_nobody_is_sent_to_the_channel_he_comes_from() -> None:
    """CHN-18: whatever an older pack says; elsewhere the forum is pointed at."""
    old = policy(TIERED, channel__forum__use="redirect", channel__forum__code="use_forum")
    assert said(judge(old, nobody(kind="general", channel="forum"))) == ("redirect", ["use_helpdesk"])
    elsewhere = policy(TIERED, channel__chat__use="redirect", channel__chat__code="use_forum")
    assert said(judge(elsewhere, nobody(kind="general", channel="chat"))) == ("redirect", ["use_forum"])
    page = policy(WHMCS, scope__pre_sales__through=())
    assert judge(page, nobody(kind="pre_sales", channel="contact_form")).outcome == "accept"


def test_chn_06_three_confirmations_before_a_ticket() -> None:
    """CHN-06: one missing is asked for."""
    decision = judge(JETPACK, facts(asked(attestations=("policy_read", "in_scope"))))
    assert said(decision) == ("ask", ["attestation_required"])
    assert decision.findings[0].facts == {"missing": ["knowledge_base_checked"]}
    assert decision.findings[0].message == "Please confirm first: “I have looked into the knowledge base”."


def test_chn_12_and_chn_13_reading_first_is_suggested_not_demanded() -> None:
    """CHN-12, CHN-13, R21"""
    unread = said(judge(CRMJETTY, facts(asked(attestations=()))))
    assert unread == ("accept", ["presumed_vendor", "read_first"])
    read = asked(attestations=("policy_read", "manual_read", "faq_read"))
    assert "read_first" not in said(judge(CRMJETTY, facts(read)))[1]


# --- scope ---

NO_HELP = {
    WHMCS: {
        "custom_dev": ("custom_development", "SCO-06"),
        "third_party": ("third_party_conflict", "SCO-07"),
        "server_admin": ("server_administration", "SCO-08"),
        "data_migration": ("data_migration", "SCO-10"),
    },
    JETPACK: {
        "third_party": ("third_party_plugin", "SCO-15"),
        "customisation": ("customisation", "SCO-16"),
        "server_admin": ("server_administration", "SCO-17"),
        "client_specific": ("client_specific", "SCO-18"),
        "custom_dev": ("custom_development", "SCO-19"),
    },
}
HELP = {
    WHMCS: {"installation": "SCO-01", "bug": "SCO-02", "how_to_feature": "SCO-04", "compatibility": "SCO-05"},
    JETPACK: {"installation": "SCO-12", "how_to_feature": "SCO-13", "bug": "SCO-14"},
    CRMJETTY: {"how_to_feature": "SCO-24", "bug": "SCO-24", "version_change": "SCO-23"},
    HOURLY: {"how_to_feature": "SCO-28"},
    TIERED: {"feature_request": "SCO-29", "bug": "SCO-30", "major_bug": "SCO-31", "outage": "SCO-32"},
}


@pytest.mark.parametrize(
    ("pack", "kind", "code"),
    [(pack, kind, code) for pack, kinds in NO_HELP.items() for kind, (code, _) in kinds.items()],
)
def test_sco_what_a_policy_excludes_is_refused_with_its_code(pack: str, kind: str, code: str) -> None:
    """SCO-06 SCO-07 SCO-08 SCO-10 SCO-15 SCO-16 SCO-17 SCO-18 SCO-19 R18"""
    assert said(judge(pack, facts(asked(kind=kind)))) == ("deny", [code])


@pytest.mark.parametrize(("pack", "kind"), [(pack, kind) for pack, kinds in HELP.items() for kind in kinds])
def test_sco_what_a_policy_covers_is_accepted(pack: str, kind: str) -> None:
    """SCO-01 SCO-02 SCO-04 SCO-05 SCO-12 SCO-13 SCO-14 SCO-23 SCO-24 SCO-28 SCO-29 SCO-30 SCO-31 SCO-32"""
    assert judge(pack, facts(asked(kind=kind))).outcome == "accept"


def test_sco_02_a_bug_needs_steps_to_reproduce_it() -> None:
    """SCO-02"""
    assert said(judge(WHMCS, facts(asked(has_reproduction=False)))) == ("ask", ["reproduction_required"])


@pytest.mark.parametrize(("modified", "outcome"), [(True, "deny"), (False, "accept"), (None, "accept")])
def test_sco_03_only_original_unmodified_code(modified: bool | None, outcome: str) -> None:
    """SCO-03"""
    decision = judge(WHMCS, facts(asked(modified_code=modified)))
    assert decision.outcome == outcome
    assert outcome == "accept" or decision.findings[0].code == "modified_code"
    assert judge(WHMCS, facts(asked(kind="how_to_feature", modified_code=modified))).outcome == "accept"


@pytest.mark.parametrize(
    ("more", "outcome"),
    [
        ({"plans": ("server-management",)}, "accept"),
        ({"plans": ("priority",)}, "deny"),
        ({}, "deny"),
    ],
)
def test_sco_08_and_sco_09_server_work_only_with_the_plan(more: dict[str, Any], outcome: str) -> None:
    """SCO-08, SCO-09: an expired plan is no plan."""
    assert judge(WHMCS, facts(asked(kind="server_admin"), **more)).outcome == outcome
    expired = standing(plan="server-management", status="expired")
    assert "server_administration" in said(judge(WHMCS, facts(asked(kind="server_admin"), expired)))[1]


def test_sco_09_the_licences_own_plan_will_do() -> None:
    """SCO-09"""
    assert judge(WHMCS, facts(asked(kind="server_admin"), standing(plan="server-management"))).outcome == "accept"


def test_sco_11_migration_where_the_tool_says_so() -> None:
    """SCO-11"""
    assert judge(WHMCS, facts(asked(kind="data_migration"), features=("migration",))).outcome == "accept"


def test_pre_01_a_question_before_buying_is_taken_where_the_page_sends_it() -> None:
    """PRE-01: whoever writes on the contact page is not sent to the contact page, nor to the helpdesk of customers."""
    decision = judge("whmcs-modules", nobody(kind="pre_sales", channel="contact_form"))
    assert said(decision) == ("accept", [])
    assert judge("whmcs-modules", nobody(kind="bug", channel="contact_form")).outcome == "redirect"
    assert judge("whmcs-modules", nobody(kind="pre_sales", channel="social")).outcome == "redirect"


@pytest.mark.parametrize(
    ("pack", "kind", "code", "target"),
    [
        (JETPACK, "platform_general", "use_platform_forums", "https://wordpress.org/support/"),
        (CRMJETTY, "technology_general", "use_technology_site", None),
        (CRMJETTY, "customisation_howto", "use_community", None),
        (WHMCS, "pre_sales", "use_contact_page", None),
        (CRMJETTY, "sales", "use_sales", "mailto:sales@crmjetty.com"),
    ],
)
def test_sco_20_22_25_and_pre_01_02_some_questions_are_answered_elsewhere(
    pack: str, kind: str, code: str, target: str | None
) -> None:
    """SCO-20, SCO-22, SCO-25, PRE-01, PRE-02"""
    decision = judge(pack, facts(asked(kind=kind)))
    found = decision.findings[0]
    assert (decision.outcome, found.code) == ("redirect", code)
    assert found.remedy is not None
    assert found.remedy.url == target


def test_sco_25_the_way_to_the_community_comes_with_an_offer() -> None:
    """SCO-25, CHG-01"""
    assert "paid_customisation" in said(judge(CRMJETTY, facts(asked(kind="customisation_howto"))))[1]


def test_sco_21_and_tier_10_a_security_report_comes_first_and_needs_nothing() -> None:
    """SCO-21, TIER-02, TIER-10, R34: critical, before every extension, and the ticket says so to whoever opens it."""
    decision = judge(JETPACK, nobody(kind="security", component="core", requester=STRANGER))
    assert (decision.outcome, decision.priority, decision.lane) == ("accept", "critical", "security")
    assert decision.rank > judge(JETPACK, facts(asked(component="extension"))).rank
    assert said(decision)[1] == ["security_first"]


def test_sco_23_and_not_04_a_version_change_takes_longer_and_says_so() -> None:
    """SCO-23, NOT-04, A4: the clock for the first reply runs on, none for the solution."""
    decision = judge(CRMJETTY, facts(asked(kind="version_change")))
    assert "longer_than_usual" in said(decision)[1]
    assert decision.due.respond_by is not None
    assert decision.due.resolve_by is None


def test_sco_26_a_failure_counts_as_the_vendors_first() -> None:
    """SCO-26, CHG-03: accepted free of charge."""
    assert "presumed_vendor" in said(judge(CRMJETTY, facts(asked(kind="bug"))))[1]


@pytest.mark.parametrize("kind", ["third_party", "customisation"])
def test_sco_27_and_bil_09_10_other_causes_and_customising_are_paid_work(kind: str) -> None:
    """SCO-27, BIL-09, BIL-10, CHG-02: held until an estimate is approved, also in the free months."""
    assert judge(CRMJETTY, facts(asked(kind=kind))).outcome == "hold"
    assert "awaiting_estimate" in said(judge(CRMJETTY, facts(asked(kind=kind))))[1]


@pytest.mark.parametrize("kind", ["bug", "change_request", "server_admin", "third_party", "custom_dev"])
def test_bil_06_without_approval_the_request_stays_on_hold(kind: str) -> None:
    """BIL-06, SCO-28, R44: no due time while it is held."""
    decision = judge(HOURLY, nobody(kind=kind))
    assert said(decision) == ("hold", ["awaiting_estimate"])
    assert decision.due.respond_by is None


def test_bil_08_questions_need_no_approval() -> None:
    """BIL-08"""
    assert said(judge(HOURLY, nobody(kind="question"))) == ("accept", [])


@pytest.mark.parametrize("pack", PACKS)
@pytest.mark.parametrize(
    ("kind", "code"),
    [(None, "kind_missing"), (" ", "kind_missing"), ("wizardry", "kind_unknown"), ("x" * 9999, "kind_unknown")],
)
def test_sco_33_the_kind_is_declared_never_guessed(pack: str, kind: str | None, code: str) -> None:
    """SCO-33"""
    decision = judge(pack, facts(asked(kind=kind)))
    assert decision.outcome == "ask"
    found = next(each for each in decision.findings if each.code == code)
    assert "bug" in str(found.facts["known"])
    assert len(found.message) < 200


def test_sco_33_a_kind_the_policy_does_not_mention_is_asked_again() -> None:
    """SCO-33"""
    assert said(judge(JETPACK, facts(asked(kind="data_migration")))) == ("ask", ["kind_unknown"])


@pytest.mark.parametrize("pack", PACKS)
def test_sco_33_nothing_that_a_pack_does_not_name_is_ever_covered(pack: str) -> None:
    """SCO-33: of all kinds there are, for every pack, alone and beside one that is covered; lanes and bugs apart."""
    bugs = set(BUGS) if "bug" in policy(pack).scope else set()
    for kind in set(KINDS) - set(policy(pack).scope) - set(LANES) - bugs:
        for words in (kind, f"how_to_feature, {kind}"):
            decision = judge(pack, facts(asked(kind=words)), OPEN)
            assert (decision.outcome, decision.priority) == ("ask", None)
            assert "kind_unknown" in said(decision)[1]


@pytest.mark.parametrize(
    ("pack", "kind"), [(pack, kind) for pack in PACKS for kind in BUGS if kind not in policy(pack).scope]
)
def test_a_kind_of_bug_is_a_bug_where_the_policy_does_not_name_it(pack: str, kind: str) -> None:
    """SCO-33: `major_bug`, `data_loss` and their like are errors in the product, whatever 004 calls them besides."""
    as_bug, as_itself = (judge(pack, facts(asked(kind=word)), OPEN) for word in ("bug", kind))
    assert said(as_itself) == said(as_bug)
    assert as_itself.lane == as_bug.lane
    excluded = policy(pack, scope__bug__cover="excluded")
    assert judge(excluded, facts(asked(kind=kind)), OPEN).outcome == "deny"


@pytest.mark.parametrize("pack", PACKS)
@pytest.mark.parametrize("who", [None, Person(None, None, "Ann")], ids=["nobody", "a name alone"])
def test_who_does_not_say_who_he_is_is_asked_and_nothing_else(pack: str, who: Person | None) -> None:
    for more in ({}, {"order_given": True}, {"key_given": True}):
        shown = {"key_given": False} | more
        found = facts(asked(kind="bug", requester=who, **shown), standing() if "key_given" in more else None)
        decision = judge(pack, found, OPEN)
        assert decision.outcome == "ask"
        assert "requester_required" in said(decision)[1]
        assert "licence_required" not in said(decision)[1]


@pytest.mark.parametrize("pack", PACKS)
def test_a_lane_is_open_to_those_who_do_not_say_who_they_are(pack: str) -> None:
    decision = judge(pack, facts(asked(kind="security", requester=None)), OPEN)
    assert "requester_required" not in said(decision)[1]


@pytest.mark.parametrize("component", [None, "", "woo-connect"])
def test_elg_11_a_free_user_is_asked_for_the_part_and_not_for_a_key(component: str | None) -> None:
    """ELG-11: support for the core is open to all, so that a licence is asked for only when it is about an extension."""
    decision = judge(JETPACK, nobody(kind="bug", component=component))
    assert said(decision) == ("ask", ["component_required"])
    assert "the core, extensions" in decision.findings[0].message
    core = judge(JETPACK, nobody(kind="bug", component="core"))
    assert core.outcome == "accept"
    extension = judge(JETPACK, nobody(kind="bug", component="extension"))
    assert said(extension) == ("ask", ["licence_required"])


@pytest.mark.parametrize("shown", [{"key_given": True}, {"order_given": True}])
def test_who_shows_a_licence_is_not_asked_for_the_part(shown: dict[str, Any]) -> None:
    decision = judge(JETPACK, nobody(kind="bug", **shown))
    assert "component_required" not in said(decision)[1]


def test_missing_facts_are_not_asked_for_what_is_not_covered() -> None:
    decision = judge(
        policy(WHMCS, scope__custom_dev__needs=("reproduction",)),
        facts(asked(kind="custom_dev", has_reproduction=False)),
    )
    assert said(decision) == ("deny", ["custom_development"])


@pytest.mark.parametrize(
    ("need", "lacks", "has"),
    [
        ("site", {"site": None}, {"site": "one.example.com"}),
        ("modified_code", {"modified_code": None}, {"modified_code": False}),
    ],
)
def test_a_pack_may_ask_for_more_facts(need: str, lacks: dict[str, Any], has: dict[str, Any]) -> None:
    pack = policy(WHMCS, scope__how_to_feature__needs=(need,))
    assert said(judge(pack, facts(asked(kind="how_to_feature", **lacks)))) == ("ask", [f"{need}_required"])
    assert judge(pack, facts(asked(kind="how_to_feature", **has))).outcome == "accept"


def test_a_pack_may_ask_for_the_product() -> None:
    pack = policy(TIERED, scope__bug__needs=("product",))
    assert said(judge(pack, nobody(product=None))) == ("ask", ["product_required"])
    assert judge(pack, facts(asked(product=None))).outcome == "accept"
