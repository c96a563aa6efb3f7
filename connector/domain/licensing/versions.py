"""Which of two versions is the newer, as WordPress's software will see it: PHP's `version_compare`. Pure."""

from __future__ import annotations

import re
from functools import cmp_to_key
from itertools import zip_longest

_PARTS = re.compile(r"[0-9]+|[^0-9.]+")
_FORMS = ("dev", "alpha", "beta", "rc", "#", "p")
"""Words in order; `#` stands for a number, and a word that is none of these comes before them all."""
_SHORT = {"a": "alpha", "b": "beta"}
LONGEST = 100


def compare(one: str, other: str) -> int:
    """-1, 0 or 1, as PHP's `version_compare(one, other)` gives for versions that begin with a digit and end without a dot.

    What is over LONGEST characters is not looked at.
    """
    if not one or not other:
        return bool(one) - bool(other)
    for mine, theirs in zip_longest(_parts(one), _parts(other), fillvalue="#"):
        numbers = mine.isdecimal() and theirs.isdecimal()
        left, right = (int(mine), int(theirs)) if numbers else (_rank(mine), _rank(theirs))
        if mine == "#" and theirs.isdecimal():  # 1 is older than 1.0
            return -1
        if theirs == "#" and mine.isdecimal():
            return 1
        if left != right:
            return 1 if left > right else -1
    return 0


def _later(one: str, other: str) -> int:
    return compare(other, one)


newest_first = cmp_to_key(_later)
"""Sorts versions, the newest first."""


def _parts(version: str) -> list[str]:
    """`1.0rc1-2` -> 1, 0, rc, 1, 2."""
    return _PARTS.findall(re.sub(r"[-_+]", ".", version[:LONGEST]))


def _rank(part: str) -> int:
    if part.isdecimal() or part == "#":
        return _FORMS.index("#")
    word = part if part[0] != "R" else part.replace("RC", "rc")
    named = next((form for form in _FORMS if word.startswith(form)), _SHORT.get(word[0]))
    return _FORMS.index(named) if named else -1
