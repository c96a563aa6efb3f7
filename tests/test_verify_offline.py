"""docs/verify-offline.md is what it says: its two functions give every token of the vectors the same, expected verdict."""

from __future__ import annotations

from functools import cache
from typing import Any

import pytest

from connector.formats.hostnames import canonical_site
from tests import offline
from tests.offline import VECTORS

TOKENS = {each["name"]: each for each in VECTORS["tokens"]}
SITES = VECTORS["sites"]


@cache
def by_php() -> dict[str, Any]:
    """What PHP says of everything, in one process."""
    return offline.run_php(VECTORS["tokens"], [url for url, _ in SITES])


@pytest.mark.parametrize("name", TOKENS)
def test_python_gives_the_expected_verdict(name: str) -> None:
    """C8, C9: spans, clocks set back, algorithm confusion, foreign keys."""
    each = TOKENS[name]
    found = offline.python_verdict(each["token"], each["now"], each["latest"])
    assert found == (each["verdict"], each["latest_after"])


@pytest.mark.parametrize("name", TOKENS)
def test_php_gives_the_expected_verdict(name: str) -> None:
    each = TOKENS[name]
    verdict, latest = by_php()["tokens"][list(TOKENS).index(name)]
    assert (verdict, latest) == (each["verdict"], each["latest_after"])


def test_both_languages_spell_a_site_as_tokens_do() -> None:
    urls, expected = zip(*SITES, strict=True)
    assert [canonical_site(url) for url in urls] == list(expected)
    assert [offline.python()["site_name"](url) for url in urls] == list(expected)
    assert by_php()["sites"] == list(expected)


def test_the_greatest_time_seen_is_remembered_even_when_a_token_is_refused() -> None:
    """An ended token cannot be woken by turning the clock back to its last good second."""
    token = TOKENS["fresh"]["token"]
    start = TOKENS["fresh"]["now"]
    late = start + VECTORS["max_offline"]
    memory: dict[str, int] = {}
    verdicts = []
    for now in (start, late, start):
        verdict, memory["latest"] = offline.python_verdict(token, now, memory.get("latest", 0))
        verdicts.append(verdict)
    assert verdicts == ["good", "ended", "clock"]
    latest = start
    told = []
    for now in (start, late, start):
        [[verdict, latest]] = offline.run_php([{"token": token, "now": now, "latest": latest}], [])["tokens"]
        told.append(verdict)
    assert told == verdicts


def test_the_functions_are_as_short_as_promised() -> None:
    """Somebody must be able to read them in one look."""
    for language, start, end in (
        ("python", "def verify_offline", "\n\n\n"),
        ("php", "function verify_offline", "\n}\n"),
    ):
        code = offline.block(language)
        body = code[code.index(start) :]
        assert body[: body.index(end)].count("\n") <= 30, language
