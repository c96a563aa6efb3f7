"""Looking for somebody's data in answers that hold tokens, ids and digests, without leaving anything to chance."""

from __future__ import annotations

import base64
import re

_TOKEN = re.compile(r"eyJ[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+")
_BY_CHANCE = re.compile(r"[A-Za-z0-9+/=_.-]*")
LONG = 6
"""Letters of a word that random text does not hold: base64 would have it once in 10^9 letters, in any case."""


def could_be_chance(word: str) -> bool:
    """Might random hexadecimal or base64 text hold this word?"""
    return len(word) < LONG and _BY_CHANCE.fullmatch(word) is not None


def found_in(text: str, *words: str | None) -> list[str]:
    """Which of these words stand in the text, in any letter case, or inside a signed token in it, where base64 hides them.

    Raises ValueError for a word that may be there by chance, and for an empty or missing one, which shows nothing.
    """
    if weak := [word for word in words if not word or could_be_chance(word)]:
        raise ValueError(f"{weak} may stand in random text, or nowhere: take a longer name")
    opened = "".join(_opened(token) for found in _TOKEN.findall(text) for token in found.split(".")[:2])
    return [word for word in words if word and word.lower() in (text + opened).lower()]


def _opened(part: str) -> str:
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)).decode()
