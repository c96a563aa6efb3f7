"""A policy's own answers: which version it is, and which term a purchase gets."""

from __future__ import annotations

from dataclasses import replace

from tests.domain.policy.building import CRMJETTY, JETPACK, TIERED, WHMCS, policy


def test_a_policy_names_itself_with_version_and_digest() -> None:
    """ELG-15: a decision says by which policy version it was made."""
    pack = policy(WHMCS)
    assert pack.ref == f"whmcs-modules@2025-01#{pack.digest[:6]}"
    assert len(pack.digest) == 64


def test_settings_change_the_digest_and_examples_do_not() -> None:
    assert policy(TIERED).digest != policy(TIERED, calendar__timezone="Europe/London").digest
    assert replace(policy(WHMCS), examples=()).ref == policy(WHMCS).ref


def test_dur_01_to_03_the_kind_of_purchase_decides_the_term() -> None:
    """DUR-01, DUR-02, DUR-03: three months, while active, and nothing where it is unknown."""
    terms = policy(CRMJETTY)
    assert [terms.term(kind) for kind in ("one_time", "recurring", None, "barter")] == [
        "3 months",
        "while_active",
        None,
        None,
    ]


def test_silent_policies_read_a_year() -> None:
    for pack in (WHMCS, JETPACK):
        assert [policy(pack).term(kind) for kind in ("one_time", "recurring", None)] == [
            "12 months",
            "while_active",
            "12 months",
        ]


def test_hrs_11_the_zone_is_the_vendors() -> None:
    """HRS-11, A8"""
    assert policy(TIERED, calendar__timezone="Europe/London").zone == "Europe/London"
