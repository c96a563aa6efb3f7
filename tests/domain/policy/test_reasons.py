"""The table of reason codes, and how a finding reads."""

from __future__ import annotations

import ast
import re
from datetime import UTC, datetime
from string import Formatter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.domain.policy.findings import finding
from connector.domain.policy.kinds import AT_HOME
from connector.domain.policy.policy import Link
from connector.domain.policy.reasons import REASONS, SEVERITIES
from connector.domain.policy.remedies import REMEDIES
from connector.domain.policy.rules_request import EXCLUDED_CODES
from connector.vendors.policies import packs
from connector.vendors.policies.schema import NEEDS
from tests.domain.policy.building import PACKS, TIERED, WHMCS, asked, facts, judge, nobody, policy, standing
from tests.paths import ROOT

DOMAIN = ROOT / "connector" / "domain" / "policy"


def codes_in_rules() -> set[str]:
    """Every text constant in the rules that is a reason code."""
    texts = {
        node.value
        for path in [*DOMAIN.glob("rules*.py"), DOMAIN / "policy.py", DOMAIN / "decide.py"]
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    return texts & set(REASONS)


def codes_in_packs() -> set[str]:
    codes = set(EXCLUDED_CODES.values())
    for pack in PACKS:
        for scope in policy(pack).scope.values():
            codes |= {
                *scope.notice,
                *([scope.code] if scope.code else []),
                *(f"{need}_required" for need in scope.needs),
            }
        codes |= {channel.code for channel in policy(pack).channels.values()}
    return codes


def test_every_code_is_used_and_every_used_code_is_in_the_table() -> None:
    used = codes_in_rules() | codes_in_packs() | set(AT_HOME) | {f"{need}_required" for need in NEEDS} & set(REASONS)
    assert used == set(REASONS)


@pytest.mark.parametrize("code", REASONS)
def test_every_reason_is_complete(code: str) -> None:
    """ELG-15: a code, a sentence for the customer, a hint for the vendor."""
    reason = REASONS[code]
    assert re.fullmatch(r"[a-z]+(_[a-z]+)*", code)
    assert reason.severity in SEVERITIES
    assert reason.text.endswith(".")
    assert reason.hint.endswith(".")
    assert reason.remedy is None or reason.remedy in REMEDIES
    assert all(name is None or name.isidentifier() for _, name, _, _ in Formatter().parse(reason.text))


@pytest.mark.parametrize("code", [code for code, reason in REASONS.items() if reason.severity != "notice"])
def test_not_05_whatever_is_not_taken_names_a_way_forward(code: str) -> None:
    """NOT-05"""
    assert REASONS[code].remedy is not None


@pytest.mark.parametrize("code", [code for code in REASONS if code.startswith("unknown_")])
def test_what_could_not_be_known_is_held_never_denied(code: str) -> None:
    assert REASONS[code].severity == "hold"


@pytest.mark.parametrize("code", REASONS)
def test_a_text_reads_without_its_facts(code: str) -> None:
    assert "{" not in finding(policy(WHMCS), code).message


def test_an_exclusive_end_is_told_as_its_last_day_in_the_vendors_zone() -> None:
    found = finding(
        policy(WHMCS), "support_expired", "4", product="Acme Forms", support_until=datetime(2026, 3, 2, 5, tzinfo=UTC)
    )
    assert found.message == "Support for Acme Forms ended on 1 March 2026."
    assert found.facts == {"product": "Acme Forms", "support_until": "2026-03-02T05:00:00Z"}
    assert (found.severity, found.clause) == ("deny", "4")


def test_a_moment_is_told_with_weekday_and_zone() -> None:
    found = finding(policy(TIERED), "chat_closed", opens_at=datetime(2026, 3, 9, 13, tzinfo=UTC))
    assert found.message == "The live chat is closed; it opens again on Monday 9 March 2026 at 09:00 (New York time)."


def test_the_vendors_links_lead_the_remedies() -> None:
    vendor = policy(WHMCS, links__renew="https://shop.example.com/renew")
    remedy = finding(vendor, "support_expired").remedy
    assert remedy is not None
    assert (remedy.kind, remedy.label, remedy.url) == ("renew", "Renew support", "https://shop.example.com/renew")
    elsewhere = finding(vendor, "see_elsewhere", link=Link("Forum", "https://forum.example.com/")).remedy
    assert elsewhere is not None
    assert (elsewhere.label, elsewhere.url) == ("Forum", "https://forum.example.com/")


def test_without_a_link_the_remedy_still_says_what_to_do() -> None:
    remedy = finding(policy(WHMCS), "support_expired").remedy
    assert remedy is not None
    assert (remedy.label, remedy.url) == ("Renew support", None)


def test_a_name_cannot_forge_lines_or_turn_the_text_around() -> None:
    found = finding(policy(WHMCS), "kind_unknown", kind="a\nb\x00c\u202ed")
    assert found.facts == {"kind": "a b c d"}


@given(st.text(max_size=3000), st.datetimes(timezones=st.just(UTC)))
def test_hostile_facts_stay_short_and_never_crash(text: str, at: datetime) -> None:
    found = finding(
        policy(WHMCS), "product_not_owned", product=text, licensed="{0.__class__}", support_until=at, seen_at=at
    )
    assert len(found.message) < 400
    assert "{0.__class__}" in found.message
    assert "\n" not in found.message


def test_the_shipped_packs_are_the_five() -> None:
    assert packs.shipped() == sorted(PACKS)


# --- other languages, and a vendor's own words ---

GERMAN = {
    "texts__de__support_expired": "Der Support für {product} endete am {support_until}.",
    "texts__de__chat_closed": "Der Chat öffnet wieder: {opens_at}.",
    "texts__en__licence_inactive": "No licence, no support: {status}.",
}


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("de-DE,de;q=0.9", "Der Support für Acme Forms endete am 2026-03-01."),
        ("en", "Support for Acme Forms ended on 1 March 2026."),
        ("fr", "Support for Acme Forms ended on 1 March 2026."),
        (None, "Support for Acme Forms ended on 1 March 2026."),
    ],
)
def test_a_reason_is_told_in_the_customers_language_where_the_pack_has_it(language: str | None, words: str) -> None:
    """NOT-05: code, facts and outcome are the same in every language; a text that is missing is told in English."""
    vendor = policy(WHMCS, **GERMAN)
    lapsed = standing(support_until=datetime(2026, 3, 2, 5, tzinfo=UTC))
    environment = {"language": language} if language else {}
    decision = judge(vendor, facts(asked(environment=environment), lapsed))
    plain = judge(WHMCS, facts(asked(environment=environment), lapsed))
    assert decision.findings[0].message == words
    assert (decision.outcome, decision.findings[0].facts) == (plain.outcome, plain.findings[0].facts)


def test_a_vendor_may_say_it_in_its_own_words() -> None:
    vendor = policy(WHMCS, **GERMAN)
    suspended = judge(vendor, facts(stands=standing(status="suspended")))
    assert suspended.findings[0].message == "No licence, no support: suspended."
    assert vendor.digest != policy(WHMCS).digest
    unknown = judge(vendor, nobody(key_given=True))
    assert unknown.findings[0].message.startswith("We do not know this licence key")


def test_a_moment_in_another_language_is_told_without_english_words() -> None:
    found = finding(
        policy(TIERED, **GERMAN).speaking("de"), "chat_closed", opens_at=datetime(2026, 3, 9, 13, tzinfo=UTC)
    )
    assert found.message == "Der Chat öffnet wieder: 2026-03-09 09:00 (America/New_York)."


def test_no_sentence_counts_a_thing_that_may_be_one() -> None:
    """`1 sites` is no English: a number stands behind its noun."""
    counted = re.compile(r"\{(?:limit|used|free|most|quota|redactions)\} (?!of\b)\w+s\b")
    assert [code for code, reason in REASONS.items() if counted.search(reason.text)] == []
