"""Packs of good shape that nobody could keep: refused with the place and the cure."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from connector.domain.policy.findings import finding
from connector.domain.policy.reasons import REASONS, TEXTS, VARIANTS
from connector.vendors.policies import packs
from tests.domain.policy.building import TIERED, WHMCS, ZONE
from tests.vendors.policies.test_packs import faults, pack


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
        (
            'use = "official"',
            'use = "official", severities = ["norml"]',
            "channel.ticket.severities",
            "did you mean normal?",
        ),
        (
            "[entitlement]",
            '[channel.phone]\nuse = "redirect"\nseverities = ["normal"]\n[entitlement]',
            "channel.phone.severities",
            "nobody is taken here",
        ),
        (
            "[entitlement]",
            '[channel.phone]\nany_time = ["normal"]\nseverities = ["high"]\n[severity.high]\n[entitlement]',
            "channel.phone.any_time",
            "add it to severities",
        ),
        ('respond = "8h"', 'update = "1h"\nupdate_delayed = "2h"', "severity.normal.update_delayed", "keep one of"),
        ('respond = "8h"', 'clock = "always"\nupdate_delayed = "1bd"', "severity.normal.update_delayed", "open-hours"),
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
        (
            "[entitlement]",
            '[requests]\nduplicate_within = "2bd"\n[entitlement]',
            "requests.duplicate_within",
            "write 7d",
        ),
        (
            'use = "official"',
            'use = "official", respond = "1bd", clock = "always"',
            "channel.ticket.respond",
            "open-hours",
        ),
        ('use = "official"', 'use = "official", respond = "0h"', "channel.ticket.respond", "nobody can keep"),
        ('respond = "8h"', 'respond = "0h"', "severity.normal.respond", "nobody can keep"),
        ('respond = "8h"', 'respond = "8h"\nresolve = "0bd"', "severity.normal.resolve", "nobody can keep"),
        ('respond = "8h"', 'respond_closed = "8h"', "severity.normal.respond_closed", "add respond"),
        ('respond = "8h"', 'respond = "8h"\nrespond_warn = "1bd"', "severity.normal.respond_warn", "before respond"),
        ('respond = "8h"', 'resolve = "1bd"\nresolve_warn = "9h"', "severity.normal.resolve_warn", "before resolve"),
        (
            "[entitlement]",
            '[links]\nhelpdsk = "https://a.example.com"\n[entitlement]',
            "links.helpdsk",
            "mean helpdesk?",
        ),
        ("[entitlement]", "[links]\nrenew = {}\n[entitlement]", "links.renew", "label"),
        (
            "[entitlement]",
            "[component.core]\nopen = true\nsubscription = true\n[entitlement]",
            "component.core",
            "keep one",
        ),
        (
            "[entitlement]",
            '[environment]\nsupported.php = [">=8..1"]\n[entitlement]',
            "environment.supported.php.0",
            "no version rule",
        ),
        ('cover = "covered"', 'cover = "covered", through = ["email"]', "scope.bug.through", "take it away"),
        ("[entitlement]", '[clocks]\nescalates = ["respond"]\n[entitlement]', "clocks.escalates.0", "first_response"),
        ('version = "2026-01"', 'version = "2026-13"', "version", "year and month"),
        ("default_severity", "requires = 5\ndefault_severity", "requires", "must be a list"),
        ("default_severity", 'requires = "calendar.timezone"\ndefault_severity', "requires", "must be a list"),
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
    unknown = finding(other, "licence_inactive", told_as="unknown")
    assert unknown.message == f"> {VARIANTS['licence_inactive_unknown'].text}"


@pytest.mark.parametrize(
    ("old", "new", "place", "words"),
    [
        ("at = 2026-03-09T09:00:00Z", "at = 0001-01-01T00:00:00+01:00", "example[0].at", "1971"),
        ("at = 2026-03-09T09:00:00Z", "at = 9999-12-31T23:00:00-10:00", "example[0].at", "9899"),
        ("at = 2026-03-09T09:00:00Z", "at = 9950-12-31T23:00:00-10:00", "example[0].at", "9899"),
        ('kind = "bug"', 'kind = "bug"\nsupport_until = 0001-01-01T00:00:00+01:00', "example[0].support_until", "UTC"),
        ("2026-03-09T17:00:00Z", "9999-12-31T23:00:00-10:00", "example[0].respond_by", "UTC"),
        ('kind = "bug"', 'knid = "bug"', "example[0].knid", "did you mean kind?"),
        ('kind = "bug"', 'kind = "bgu"', "example[0].kind", "did you mean bug?"),
        ('kind = "bug"', 'kind = "bug"\norders = ["paied"]', "example[0].orders.0", "did you mean paid?"),
        ('kind = "bug"', 'kind = "bug"\nsupport = "exipred"', "example[0].support", "did you mean expired?"),
        ('kind = "bug"', 'kind = "bug"\nlicence = "exipred"', "example[0].licence", "did you mean expired?"),
        ('kind = "bug"', 'kind = "bug"\npurchase = "monthly"', "example[0].purchase", "recurring"),
        ('kind = "bug"', 'kind = "bug"\nsubscription = "over"', "example[0].subscription", "cancelled"),
        ('kind = "bug"', 'kind = "bug"\nrequester = "hodler"', "example[0].requester", "did you mean holder?"),
        (
            'kind = "bug"',
            'kind = "bug"\nunknown_parts = ["hold"]',
            "example[0].unknown_parts.0",
            "did you mean holder?",
        ),
        ('expect = "accept"', 'expect = "acept"', "example[0].expect", "did you mean accept?"),
        ('expect = "accept"', 'expect = "accept"\nreasons = ["backlgo"]', "example[0].reasons.0", "mean backlog?"),
        ('expect = "accept"', 'expect = "accept"\nlane = "fast"', "example[0].lane", "security"),
    ],
)
def test_an_example_of_words_that_mean_nothing_is_refused(
    tmp_path: Path, old: str, new: str, place: str, words: str
) -> None:
    """A word that nobody understands would make an example that proves nothing, or a traceback."""
    found = faults(pack(tmp_path, (old, new)))
    assert words in found.get(place, ""), found


def test_an_example_may_be_about_a_kind_that_nobody_knows(tmp_path: Path) -> None:
    """SCO-33: asked back, and a pack may pin that."""
    asked = 'kind = "wizardry"\nexpect = "ask"\nreasons = ["kind_unknown"]'
    changes = [('kind = "bug"\nexpect = "accept"\nrespond_by = 2026-03-09T17:00:00Z', asked)]
    assert faults(pack(tmp_path, *changes)) == {}


def test_a_promise_that_lies_beyond_all_years_is_told_of_its_example(tmp_path: Path) -> None:
    changes = ('respond = "8h"', 'respond = "9999bd"'), ("at = 2026-03-09T09:00:00Z", "at = 9880-03-11T09:00:00Z")
    found = faults(pack(tmp_path, *changes))
    assert "calendar" in found["example[0] a bug on Monday"]


def test_a_pack_saved_with_a_byte_order_mark_is_read(tmp_path: Path) -> None:
    path = pack(tmp_path)
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())
    assert faults(path) == {}


def test_a_kept_policy_is_revived_although_a_stricter_lint_would_refuse_it_now() -> None:
    """NOT-06: its tickets' clocks go on, and its decisions are replayed."""
    body = packs.body(WHMCS, {"severity.standard.respond_warn": "25h"})
    with pytest.raises(packs.PackError):
        packs.load(WHMCS, {"severity.standard.respond_warn": "25h"})
    assert packs.revive(body).severities["standard"].respond_warn is not None
