"""Packs of good shape that nobody could keep: refused with the place and the cure."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from connector import packs
from connector.domain.findings import finding
from connector.domain.reasons import REASONS, TEXTS, UNKNOWN_KEY
from tests.domain.building import TIERED, WHMCS, ZONE
from tests.test_packs import faults, pack


@pytest.mark.parametrize(
    ("old", "new", "place", "words"),
    [
        ("[entitlement]", "[escalation.1]\nto = 2\n[entitlement]", "escalation.1", "the pack has 0"),
        ('"Europe/London"', '"Mars/Olympus"', "calendar.timezone", "no time zone"),
        ('timezone = "Europe/London"\n', "", "calendar.timezone", "add this key"),
        ('open.mon = ["09:00-17:00"]', "open = {}", "calendar.open", "never open"),
        ('["09:00-17:00"]', '["13:00-17:00", "09:00-14:00"]', "calendar.open.mon", "overlap"),
        ('["09:00-17:00"]', '["09:00-12:00", "09:00-12:00"]', "calendar.open.mon", "overlap"),
        ("[calendar]", '[calendar]\nbusiness_day = "2bd"', "calendar.business_day", "write 9h"),
        ("[calendar]", '[calendar]\nbusiness_day = "0h"', "calendar.business_day", "write 9h"),
        ('respond = "8h"', 'respond = "-8h"', "severity.normal.respond", "never negative"),
        ('respond = "8h"', 'respond_warn = "4h"', "severity.normal.respond_warn", "add respond"),
        ('respond = "8h"', 'respond = "8h"\nrespond_warn = "8h"', "severity.normal.respond_warn", "before respond"),
        ('respond = "8h"', 'resolve = "2bd"\nresolve_warn = "3bd"', "severity.normal.resolve_warn", "before resolve"),
        ('respond = "8h"', 'respond = "8h"\nupdate = "0m"', "severity.normal.update", "write a span"),
        ('respond = "8h"', 'kinds = ["outage"]', "severity.normal.kinds", "add scope.outage"),
        ('respond = "8h"', "tier = 2", "severity.normal.tier", "the pack has 0"),
        ('cover = "covered"', 'cover = "covered", tier = 1', "scope.bug.tier", "the pack has 0"),
        ('use = "official"', 'use = "redirect"', "channel", "nobody could ask"),
        ('use = "official"', 'use = "official", code = "site_limit"', "channel.ticket.code", "no redirect"),
        ('cover = "covered"', 'cover = "excluded", code = "best_effort"', "scope.bug.code", "needs a deny"),
        ('cover = "covered"', 'cover = "billable", code = "not_covered"', "scope.bug.code", "needs a hold"),
        ('cover = "covered"', 'cover = "redirect", code = "awaiting_estimate"', "scope.bug.code", "needs a redirect"),
        ('cover = "covered"', 'cover = "covered", supported_only = true', "scope.bug.supported_only", "environment"),
        ('cover = "covered"', 'cover = "covered", latest_only = true', "scope.bug.latest_only", "environment.products"),
        (
            "[entitlement]",
            '[environment]\nsupported.php = [">=8"]\nrequired = ["phq"]\n[entitlement]',
            "environment.required",
            "did you mean php?",
        ),
        ("[entitlement]", '[requests]\nlanguages = ["english"]\n[entitlement]', "requests.languages.0", "ISO 639-1"),
        ("[entitlement]", "[requests]\nquota = 0\n[entitlement]", "requests.quota", "1"),
        ("[entitlement]", '[requests]\nquota_per = "often"\n[entitlement]', "requests.quota_per", "write 12 months"),
        ("[entitlement]", '[texts.de]\nno_code = "x"\n[entitlement]', "texts.de.no_code", "no text of ours"),
        ("[entitlement]", '[texts.german]\nbacklog = "x"\n[entitlement]', "texts.german", "ISO 639-1"),
        ("[entitlement]", '[texts.de]\nbacklog = "{x}"\n[entitlement]', "texts.de.backlog", "{x} is not known here"),
        ("[entitlement]", '[texts.de]\nbacklog = "{"\n[entitlement]', "texts.de.backlog", "braces do not fit"),
        ("[entitlement]", '[texts.de]\nbacklog = "{0}"\n[entitlement]', "texts.de.backlog", "only plain names"),
        (
            "[entitlement]",
            '[texts.de]\nsite_limit = "{site.__class__}"\n[entitlement]',
            "texts.de.site_limit",
            "only plain names",
        ),
        (
            "[entitlement]",
            '[texts.de]\nsite_limit = "{site!r}"\n[entitlement]',
            "texts.de.site_limit",
            "only plain names",
        ),
    ],
)
def test_what_cannot_be_meant_is_refused_with_its_place(
    tmp_path: Path, old: str, new: str, place: str, words: str
) -> None:
    found = faults(pack(tmp_path, (old, new)))
    assert words in found.get(place, ""), found


@pytest.mark.parametrize(
    ("steps", "place", "words"),
    [
        ({"escalation.2.to": 1, "escalation.1.to": 2}, "escalation.1.to", "1 -> 2 -> 1 goes round in a circle"),
        ({"escalation.3.to": 1}, "escalation.3.to", "3 -> 1 -> 2 -> 3 goes round in a circle"),
        ({"escalation.2.to": 2}, "escalation.2.to", "2 -> 2 goes round in a circle"),
        ({"escalation.2.to": 4}, "escalation.2.to", "there is no tier 4: the pack has 3"),
        ({"escalation.0.to": 1}, "escalation.0", "no tier"),
        ({"tiers": 2}, "scope.outage.tier", "there is no tier 3: the pack has 2"),
    ],
)
def test_tier_09_a_way_up_that_comes_back_is_refused(steps: dict[str, Any], place: str, words: str) -> None:
    """TIER-09: cycles are refused before anybody goes round in them."""
    with pytest.raises(packs.PackError) as caught:
        packs.load(TIERED, {**ZONE, **steps})
    found = {problem.place: problem.message for problem in caught.value.problems}
    assert words in found.get(place, ""), found


@pytest.mark.parametrize("language", ["en", "de"])
def test_a_vendors_own_words_may_stand_for_every_reason(language: str) -> None:
    """Every text and every way out can be told in other words, with the same names in braces, in every language."""
    words = {f"texts.{language}.{name}": f"> {text}" for name, text in TEXTS.items()}
    other = packs.load(WHMCS, words).speaking(language)
    for code in REASONS:
        found = finding(other, code)
        assert found.message.startswith("> ")
        assert found.remedy is None or found.remedy.label.startswith("> ")
    assert finding(other, "licence_inactive", told_as=UNKNOWN_KEY).message == f"> {UNKNOWN_KEY.text}"
