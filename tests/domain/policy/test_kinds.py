"""One canonical word for each meaning, and nothing guessed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.domain.policy import kinds
from connector.domain.policy.kinds import canonical_attestation, canonical_channel, canonical_kind


@pytest.mark.parametrize(
    ("word", "kind"),
    [
        ("bug", "bug"),
        ("Bug Report", "bug"),
        ("custom_development", "custom_dev"),
        ("custom-development", "custom_dev"),
        ("third_party_conflict", "third_party"),
        ("server_administration", "server_admin"),
        ("how_to", "how_to_feature"),
        ("how-to", "how_to_feature"),
        ("question", "how_to_feature"),
        ("issue", "bug"),
        ("customization", "customisation"),
        ("license_trouble", "licence_trouble"),
        ("pre-sales", "pre_sales"),
        ("VULNERABILITY", "security"),
        ("general inquiry", "general"),
        ("Bug!", "bug"),
        ("“how to”", "how_to_feature"),
        ("bug\u200b\u00a0", "bug"),
        ("major bug", "major_bug"),
    ],
)
def test_other_peoples_words_have_one_meaning(word: str, kind: str) -> None:
    assert canonical_kind(word) == kind


@pytest.mark.parametrize("word", [None, "", " ", "bugs in my garden", "x" * 100_000, "covered", "bug;drop", 7])
def test_sco_33_an_unknown_word_is_not_guessed(word: str | None) -> None:
    """SCO-33"""
    assert canonical_kind(word) is None


def test_every_alias_leads_to_a_known_word() -> None:
    assert set(kinds._KIND_ALIASES.values()) <= set(kinds.KINDS)
    assert set(kinds._CHANNEL_ALIASES.values()) <= set(kinds.CHANNELS)
    assert set(kinds._ATTESTATION_WORDS.values()) == set(kinds.ATTESTATIONS)
    assert not set(kinds._KIND_ALIASES) & set(kinds.KINDS)
    assert not set(kinds._CHANNEL_ALIASES) & set(kinds.CHANNELS)


def test_every_lane_belongs_to_known_kinds() -> None:
    assert set(kinds.LANES) <= set(kinds.KINDS)
    assert set(kinds.LANES.values()) | {"bug"} == set(kinds.LANE_NAMES)


@pytest.mark.parametrize(
    ("word", "channel"),
    [("form", "ticket"), ("E-Mail", "email"), ("live chat", "chat"), ("developer_email", "direct"), ("pigeon", None)],
)
def test_channels_have_aliases_too(word: str, channel: str | None) -> None:
    assert canonical_channel(word) == channel


@pytest.mark.parametrize(
    ("word", "attestation"),
    [
        ("policy_read", "policy_read"),
        ("I have read the policy", "policy_read"),
        ("kb-checked", "knowledge_base_checked"),
        ("believes_in_scope", "in_scope"),
        ("policy and scope", None),
        ("yes", None),
    ],
)
def test_attestations_are_told_by_one_telling_word(word: str, attestation: str | None) -> None:
    """CHN-06: a box that says two things at once attests neither."""
    assert canonical_attestation(word) == attestation


def test_pur_02_the_seven_causes_of_a_failed_payment_and_unknown() -> None:
    """PUR-02"""
    assert len(kinds.PAYMENT_CAUSES) == 8
    assert "unknown" in kinds.PAYMENT_CAUSES


@given(st.text())
def test_no_text_breaks_the_reading(word: str) -> None:
    assert canonical_kind(word) in {None, *kinds.KINDS}
    assert canonical_channel(word) in {None, *kinds.CHANNELS}
    assert canonical_attestation(word) in {None, *kinds.ATTESTATIONS}
