"""Versions compare as PHP's `version_compare` does, for that is what decides whether a site updates."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.domain.licensing.versions import LONGEST, compare, newest_first

RISING = [
    ("1", "1.0"),
    ("1.0", "1.0.0"),
    ("1.9", "1.10"),
    ("1.0.foo", "1.0.dev"),
    ("1.0-dev", "1.0alpha"),
    ("1.0a", "1.0b"),
    ("1.0alpha2", "1.0beta1"),
    ("1.0beta2", "1.0beta10"),
    ("1.0-beta10", "1.0RC1"),
    ("2.0rc1", "2.0"),
    ("2.0", "2.0pl1"),
    ("1.0_1", "1.0_2"),
    ("", "0"),
]
SAME = [
    ("1.0a", "1.0alpha"),
    ("1.0RC1", "1.0rc1"),
    ("1.0p1", "1.0pl1"),
    ("1-0", "1.0"),
    ("1.0b1", "1.0.beta.1"),
    ("", ""),
]
VERSIONS = st.from_regex(r"[0-9]{1,3}(\.[0-9]{1,3}){0,3}(-?(dev|alpha|beta|rc|pl|x)[0-9]{0,2})?", fullmatch=True)


@pytest.mark.parametrize(("older", "newer"), RISING)
def test_the_newer_version_is_the_one_php_takes(older: str, newer: str) -> None:
    assert compare(older, newer) == -1
    assert compare(newer, older) == 1


@pytest.mark.parametrize(("one", "other"), SAME)
def test_two_spellings_of_one_version_are_the_same(one: str, other: str) -> None:
    assert compare(one, other) == compare(other, one) == 0


def test_the_newest_comes_first() -> None:
    mixed = ["2.4", "2.10-beta1", "2.9.1", "2.10"]
    assert sorted(mixed, key=newest_first) == ["2.10", "2.10-beta1", "2.9.1", "2.4"]


@given(VERSIONS, VERSIONS, VERSIONS)
def test_it_is_an_order(one: str, two: str, three: str) -> None:
    assert compare(one, one) == 0
    assert compare(one, two) == -compare(two, one)
    first, second, third = sorted([one, two, three], key=newest_first)
    assert compare(first, second) >= 0
    assert compare(second, third) >= 0
    assert compare(first, third) >= 0


@given(st.text(max_size=3 * LONGEST), st.text(max_size=3 * LONGEST))
def test_any_text_can_be_compared(one: str, other: str) -> None:
    assert compare(one, other) in (-1, 0, 1)
