"""Supported environments and stable releases."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.domain.policy.rules_environment import Alternative, parse_alternative
from tests.domain.policy.building import WHMCS, asked, facts, judge, policy, said

OWN = policy(
    WHMCS,
    environment__supported__php=(">=7.4",),
    environment__supported__whmcs=(">=8.0",),
    environment__supported__cpanel=(">=110",),
    environment__supported__os=("almalinux >=8", "ubuntu >=20.04", "debian >=11"),
)
"""The same page with a list of the vendor's own."""


def environment(kind: str = "installation", **parts: str) -> tuple[str, list[str]]:
    return said(judge(OWN, facts(asked(kind=kind, environment=parts))))


@pytest.mark.parametrize(
    "parts",
    [
        {"php": "8.2", "whmcs": "8.10.1", "os": "AlmaLinux 9.4"},
        {"PHP_Version": "8.2.7-1+ubuntu22.04"},
        {"php-version": "PHP 7.4"},
        {"os": "Ubuntu 22.04 LTS"},
        {"cpanel": "118.0.12"},
        {"cpanel": "11.126"},
        {"cPanel_version": "11.110.0.50"},
        {"cpanel": "cPanel & WHM 11.136.0 (build 4)"},
        {"cpanel": "v11.126.0.4"},
        {"whmcs": "v9.0"},
    ],
)
def test_sco_01_supported_environments_are_helped_with(parts: dict[str, str]) -> None:
    """SCO-01"""
    assert environment(**parts) == ("accept", [])


@pytest.mark.parametrize(
    "parts",
    [
        {"php": "5.6"},
        {"php": "7.3.33", "whmcs": "8.10"},
        {"whmcs": "7.10.3"},
        {"os": "CentOS 6"},
        {"os": "ubuntu 18.04"},
        {"os": "Windows"},
        {"cpanel": "11.108.0.1"},
        {"cpanel": "108"},
        {"cpanel": "11"},
        {"php": "5.126"},
    ],
)
def test_sco_01_other_environments_are_refused(parts: dict[str, str]) -> None:
    """SCO-01"""
    assert environment(**parts) == ("deny", ["unsupported_environment"])


@pytest.mark.parametrize("parts", [{}, {"php": " "}, {"php": "the newest"}, {"browser": "Firefox 140"}])
def test_sco_01_an_unknown_environment_is_asked_for(parts: dict[str, str]) -> None:
    """SCO-01"""
    assert environment(**parts) == ("ask", ["environment_required"])


def test_sco_01_the_refusal_names_what_is_supported() -> None:
    """SCO-01"""
    decision = judge(OWN, facts(asked(kind="installation", environment={"php": "5.6"})))
    assert decision.findings[0].message == "PHP 5.6 is not a supported environment. Supported: 7.4 or newer."


@pytest.mark.parametrize(
    "parts", [{"php": "5.6"}, {"os": "CentOS 6"}, {"cpanel": "11.108"}, {"whmcs": "7", "php": "8"}]
)
def test_sco_01_a_list_that_the_page_does_not_have_refuses_nobody(parts: dict[str, str]) -> None:
    """SCO-01: what lies outside a reading is told, and what cannot be read in it is not asked for."""
    decision = judge(WHMCS, facts(asked(kind="installation", environment=parts)))
    assert said(decision) == ("accept", ["environment_unlisted"])
    unread = facts(asked(kind="installation", environment={"php": "the newest"}))
    assert said(judge(WHMCS, unread)) == ("accept", [])
    assert said(judge(WHMCS, facts(asked(kind="installation", environment={})))) == ("ask", ["environment_required"])


def test_a_vendor_who_writes_cpanels_old_numbers_means_the_same() -> None:
    old = policy(WHMCS, environment__supported__cpanel=(">=11.110",))
    for version, outcome in (("11.126", "accept"), ("126", "accept"), ("11.108", "deny"), ("108", "deny")):
        assert judge(old, facts(asked(kind="installation", environment={"cpanel": version}))).outcome == outcome


def test_sco_01_the_vendor_sets_the_list_and_what_must_be_named() -> None:
    """SCO-01, R14"""
    pack = policy(WHMCS, environment__supported__php=(">=8.1 <8.5", "=7.4"), environment__required=("php", "whmcs"))
    for php, outcome in (("8.4.9", "accept"), ("8.5", "deny"), ("7.4", "accept"), ("8.0", "deny")):
        assert (
            judge(pack, facts(asked(kind="installation", environment={"php": php, "whmcs": "8.10"}))).outcome == outcome
        )
    incomplete = judge(pack, facts(asked(kind="installation", environment={"php": "8.2"})))
    assert incomplete.findings[0].facts == {"missing": ["whmcs"]}


def test_sco_01_other_kinds_of_request_are_not_measured() -> None:
    """SCO-01"""
    assert environment("how_to_feature", php="5.6") == ("accept", [])


@pytest.mark.parametrize(
    "version",
    [
        "9.0.0-rc.1",
        "9.0 RC1",
        "8.11 beta",
        "9.0.0-alpha2",
        "9.0.0b1",
        "9.1-dev",
        "nightly 9",
        "9.0.0-prerelease",
        "9.0rc2",
    ],
)
def test_sco_05_a_release_that_is_not_stable_is_refused(version: str) -> None:
    """SCO-05"""
    assert environment("compatibility", whmcs=version) == ("deny", ["prerelease"])


@pytest.mark.parametrize("version", ["9.0.0", "8.11.2", "v9", "9.0.0 (release)", "9.0.1 developer licence"])
def test_sco_05_a_new_stable_release_is_covered(version: str) -> None:
    """SCO-05: also one that no list knows yet."""
    assert environment("compatibility", whmcs=version) == ("accept", [])


@pytest.mark.parametrize("text", ["", " ", ">=", "8.1", "php => 8", ">=8.1 or <7", "<>8"])
def test_version_rules_are_written_one_way(text: str) -> None:
    with pytest.raises(ValueError, match=r"write >=8\.1"):
        parse_alternative(text)


def test_a_version_rule_has_a_name_and_bounds() -> None:
    assert parse_alternative("Ubuntu >=20.04 <25") == Alternative("ubuntu", ((">=", (20, 4)), ("<", (25,))))
    assert parse_alternative("freebsd") == Alternative("freebsd", ())


@given(st.dictionaries(st.text(max_size=200), st.text(max_size=500), max_size=5))
def test_no_environment_breaks_the_rules(parts: dict[str, str]) -> None:
    for kind in ("installation", "compatibility"):
        assert judge(WHMCS, facts(asked(kind=kind, environment=parts))).outcome in ("accept", "ask", "deny")
