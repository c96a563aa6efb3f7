"""Pages that say nothing of other people's keys and of second sites: neither is passed over in silence."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.domain.licensing.events import Person
from connector.domain.policy.kinds import LANES
from tests.domain.policy.any_facts import all_facts
from tests.domain.policy.building import (
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
    policy,
    said,
    standing,
)

SILENT = (WHMCS, CRMJETTY)
FREE = (HOURLY, TIERED)
FULL = standing(site_limit=1, seated=("one.example.com",))
EFFECT = {"off": "accept", "notice": "accept", "ask": "ask", "deny": "deny"}
KIND = {HOURLY: "how_to_feature"}


def codes(pack: Any, *what: Any, **more: Any) -> tuple[str, list[str]]:
    """Outcome and codes, without the notices that the pack adds to every bug."""
    outcome, told = said(judge(pack, facts(*what, **more)))
    return outcome, [code for code in told if code not in ("presumed_vendor", "read_first")]


# --- sites ---


@pytest.mark.parametrize("pack", SILENT)
def test_elg_08_a_site_beyond_the_licences_own_limit_is_denied_like_anywhere_else(pack: str) -> None:
    """ELG-08"""
    assert codes(pack, asked(site="two.example.com"), FULL) == ("deny", ["site_limit"])
    over = standing(site_limit=1, seated=("one.example.com",), over_limit=("two.example.com",))
    assert codes(pack, asked(site="two.example.com"), over) == ("deny", ["site_limit"]), "though software runs there"


@pytest.mark.parametrize("pack", SILENT)
@pytest.mark.parametrize(
    ("asks", "stands"),
    [
        ({"site": None}, FULL),
        ({"site": "one.example.com"}, FULL),
        ({"site": "ONE.example.com"}, FULL),
        ({"site": "staging.one.example.com", "site_exempt": True}, FULL),
        ({"site": "dev.example.com"}, standing(site_limit=1, seated=("one.example.com",), exempt=("dev.example.com",))),
        ({"site": "two.example.com"}, standing(site_limit=None, seated=("one.example.com",))),
        ({"site": "two.example.com"}, standing(site_limit=2, seated=("one.example.com",))),
        ({"site": "two.example.com"}, standing(site_limit=1)),
    ],
    ids=["none named", "seated", "other case", "staging", "exempt", "unlimited", "free seat", "freed seat"],
)
def test_elg_08_a_silent_page_asks_for_no_site_and_minds_no_other(pack: str, asks: dict[str, Any], stands: Any) -> None:
    """ELG-08, R11"""
    assert codes(pack, asked(**asks), stands) == ("accept", [])


@pytest.mark.parametrize("mode", EFFECT)
@pytest.mark.parametrize("pack", PACKS)
def test_elg_08_the_vendor_says_what_becomes_of_a_site_beyond_the_limit(pack: str, mode: str) -> None:
    """ELG-08"""
    judging = policy(pack, entitlement__site_mode=mode)
    kind = KIND.get(pack, "bug")
    outcome, told = codes(judging, asked(kind=kind, site="two.example.com"), FULL)
    assert (outcome, told) == (EFFECT[mode], [] if mode == "off" else ["site_limit"])


# --- people ---


@pytest.mark.parametrize("pack", SILENT)
def test_elg_06_somebody_else_who_is_vouched_for_is_asked_to_come_as_the_buyer(pack: str) -> None:
    """ELG-06"""
    decision = judge(pack, facts(asked(requester=STRANGER, requester_verified=True)))
    found = decision.findings[0]
    assert (decision.outcome, found.code) == ("ask", "requester_differs")
    assert found.remedy is not None
    assert found.remedy.label == "Sign in as the buyer, or be added by them"
    assert "ada" not in found.message


@pytest.mark.parametrize("pack", SILENT)
@pytest.mark.parametrize("verified", [None, False])
def test_elg_06_an_address_that_nobody_vouches_for_is_told_to_the_agent(pack: str, verified: bool | None) -> None:
    """ELG-06"""
    assert codes(pack, asked(requester=STRANGER, requester_verified=verified)) == ("accept", ["other_address"])


KNOWN = standing(
    holder_ids=("70",), holder_emails=("ada@old.example.com",), owner=OWNER, delegates=("dev@agency.example.com",)
)


@pytest.mark.parametrize("pack", SILENT)
@pytest.mark.parametrize(
    "requester",
    [
        HOLDER,
        OWNER,
        Person(id="70"),
        Person("no-id-of-ours", "Ada@Old.example.com"),
        Person("another-hosts-id", "ADA@example.com"),
        Person("55", "dev@agency.example.com"),
    ],
)
def test_elg_06_whom_the_licence_knows_is_no_stranger(pack: str, requester: Person) -> None:
    """ELG-06, R6"""
    assert codes(pack, asked(requester=requester, requester_verified=True), KNOWN) == ("accept", [])


@pytest.mark.parametrize("pack", SILENT)
def test_elg_06_whoever_cannot_be_compared_passes_on_a_silent_page(pack: str) -> None:
    """ELG-06"""
    by_id = standing(holder=Person(id="7"), owner=None)
    only_mail = asked(requester=Person(email="eve@example.com"), requester_verified=True)
    assert codes(pack, only_mail, by_id) == ("accept", [])
    assert codes(pack, only_mail, standing(holder=None, owner=None)) == ("accept", [])


@pytest.mark.parametrize("mode", EFFECT)
@pytest.mark.parametrize("pack", PACKS)
def test_elg_06_the_vendor_says_what_becomes_of_somebody_else(pack: str, mode: str) -> None:
    """ELG-06, ELG-07"""
    judging = policy(pack, entitlement__requester_mode=mode)
    kind = KIND.get(pack, "bug")
    outcome, told = codes(judging, asked(kind=kind, requester=STRANGER, requester_verified=True))
    code = "not_licence_holder" if pack == JETPACK else "requester_differs"
    assert (outcome, told) == (EFFECT[mode], [] if mode == "off" else [code])


@pytest.mark.parametrize("mode", ["ask", "deny"])
@pytest.mark.parametrize("pack", SILENT)
def test_elg_06_another_address_is_a_notice_at_most_while_the_page_names_no_holder(pack: str, mode: str) -> None:
    """ELG-06: anybody may type an address."""
    judging = policy(pack, entitlement__requester_mode=mode)
    assert codes(judging, asked(requester=STRANGER)) == ("accept", ["other_address"])


@pytest.mark.parametrize("mode", ["off", "notice"])
def test_elg_06_a_page_that_binds_support_lets_anybody_ask_where_it_does_not_matter(mode: str) -> None:
    """ELG-06"""
    judging = policy(JETPACK, entitlement__requester_mode=mode)
    assert codes(judging, asked(requester=None)) == ("ask", ["requester_required"])  # nobody could be answered
    assert codes(judging, asked(requester=STRANGER), standing(holder=None, owner=None)) == ("accept", [])


# --- what is never touched ---


def test_elg_06_and_elg_08_the_page_that_binds_support_keeps_to_deny() -> None:
    """ELG-06, ELG-08: 001, whether or not the host vouches for anybody."""
    for verified in (None, True, False):
        assert said(judge(JETPACK, facts(asked(requester=STRANGER, requester_verified=verified))))[0] == "deny"
    assert codes(JETPACK, asked(site="two.example.com"), FULL) == ("deny", ["site_limit"])


@pytest.mark.parametrize("pack", FREE)
def test_elg_13_and_elg_14_where_no_licence_is_needed_it_is_a_notice(pack: str) -> None:
    """ELG-13, ELG-14"""
    asks = asked(kind="how_to_feature", requester=STRANGER, requester_verified=True, site="two.example.com")
    assert codes(pack, asks, FULL) == ("accept", ["requester_differs", "site_limit"])


@pytest.mark.parametrize("kind", sorted(LANES))
@pytest.mark.parametrize("pack", SILENT)
def test_lanes_are_open_to_strangers_and_to_any_site(pack: str, kind: str) -> None:
    asks = asked(kind=kind, requester=STRANGER, requester_verified=True, site="two.example.com")
    assert not {"site_limit", "requester_differs", "other_address"} & set(codes(pack, asks, FULL)[1])


@given(all_facts, st.sampled_from(PACKS))
def test_a_verified_stranger_and_a_site_too_many_are_never_passed_over_in_silence(what: Any, pack: str) -> None:
    """Whatever else is asked, by whatever page: unless a lane or an open part is asked about, something is said."""
    asks = asked(kind="how_to_feature", requester=STRANGER, requester_verified=True, site="two.example.com")
    decision = judge(pack, facts(asks, FULL, orders=what.orders, plans=what.plans), NOW - timedelta(hours=1))
    told = {each.code for each in decision.findings}
    assert "site_limit" in told
    assert told & {"requester_differs", "not_licence_holder"}
