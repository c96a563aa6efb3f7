"""Customers read names, words and dates: no slug, no code, no microsecond, whatever the facts are full of."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from string import Formatter
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.domain.policy.findings import say
from connector.domain.policy.kinds import ATTESTATIONS, CHANNELS, KINDS
from connector.domain.policy.mail_texts import TEXTS as MAILS
from connector.domain.policy.reasons import TEXTS
from connector.domain.policy.wording import ATTESTATIONS as SENTENCES
from connector.domain.policy.wording import KIND_NAMES, day, last_day, moment, name_of, version_rule, zone_name
from connector.vendors.policies.schema import NEEDS
from tests.domain.policy.building import PACKS, WHMCS, asked, facts, judge, policy, standing

AT = datetime(2026, 3, 1, 4, 59, 59, 999999, tzinfo=UTC)
FULL: dict[str, list[Any]] = {
    "product": ["acme-forms", "acme_forms-pro"],
    "licensed": ["acme-shop"],
    "plans": [["server-management", "gold_plus"]],
    "status": ["active", "suspended", "revoked", "expired", "refunded", "deleted"],
    "state": ["failed", "cancelled"],
    "channel": [*CHANNELS, "public_forum"],
    "kind": [*KINDS, "no_such_kind"],
    "kinds": [list(KINDS)],
    "component": ["core", "extension", "add_on"],
    "part": ["php", "os", "php_extension"],
    "found": ["8.1"],
    "supported": [["ubuntu >=20.04", ">=8.1 <9", "=7.4"]],
    "missing": [list(ATTESTATIONS), list(NEEDS), ["php", "os", "memory_limit"]],
    "spoken": [["en", "de"]],
    "period": ["P12M", "12 months", "P1Y", "90 days"],
    "asked": ["very_urgent"],
    "applied": ["best_effort"],
}
TIMES = ("support_until", "opens_at", "ends_at")
CODES = re.compile(
    r"[a-z0-9]_[a-z0-9]|acme-|server-management|\bP\d|[<>]=|T\d\d:|\d:\d\d:\d\d|\.\d{3}|\d{4}-\d\d-\d\d|\bwhmcs\b|\bphp\b|[{}]|\+00:00"
)


def values_of(name: str) -> list[Any]:
    if name in TIMES:
        return [AT, AT.isoformat(), "2026-03-01T04:59:59.999999Z", AT.date()]
    return FULL.get(name, ["one.example.com", 3, "SC-7F3K-2M9Q"])


@pytest.mark.parametrize("pack", PACKS)
@pytest.mark.parametrize("name", [name for name in TEXTS if name not in MAILS])
def test_no_text_shows_a_slug_a_code_or_a_microsecond(name: str, pack: str) -> None:
    """NOT-05: each name in braces with everything that may stand for it."""
    names = sorted({field for _, field, _, _ in Formatter().parse(TEXTS[name]) if field})
    told = {each: values_of(each) for each in names}
    for turn in range(max((len(values) for values in told.values()), default=1)):
        sample = {each: values[turn % len(values)] for each, values in told.items()}
        text = say(policy(pack), name, sample)
        assert not CODES.search(text), text


@pytest.mark.parametrize("pack", PACKS)
@pytest.mark.parametrize("kind", KINDS)
def test_no_decision_shows_a_code(pack: str, kind: str) -> None:
    lapsed = standing(support_until=AT, site_limit=1, seated=("one.example.com",))
    asks = asked(kind=kind, component="add_on", channel="social", attestations=(), severity="very_urgent")
    for found in judge(pack, facts(asks, lapsed)).findings:
        assert not CODES.search(found.message), found.message


def test_every_kind_and_confirmation_has_words() -> None:
    assert set(KIND_NAMES) == set(KINDS)
    assert set(SENTENCES) == set(ATTESTATIONS)


@pytest.mark.parametrize(
    ("zone", "words"),
    [
        ("America/New_York", "New York time"),
        ("America/Argentina/Buenos_Aires", "Buenos Aires time"),
        ("UTC", "UTC"),
        ("Etc/UTC", "UTC"),
        ("Etc/GMT+5", "UTC-5"),
        ("Etc/GMT-4", "UTC+4"),
    ],
)
def test_a_zone_is_called_by_its_place(zone: str, words: str) -> None:
    assert zone_name(zone) == words


def test_days_are_the_vendors_and_spelled() -> None:
    """Half past four in London is the day before in New York."""
    new_york = policy(WHMCS)
    assert moment(AT, new_york) == "Saturday 28 February 2026 at 23:59 (New York time)"
    assert last_day(AT, new_york) == "28 February 2026"
    assert day(date(2026, 12, 1), new_york) == "1 December 2026"


@pytest.mark.parametrize(
    ("slug", "words"),
    [("acme-forms", "Acme Forms"), ("acme_forms", "Acme Forms"), ("Acme Forms (Pro)", "Acme Forms (Pro)"), ("é", "é")],
)
def test_a_product_without_a_name_is_called_by_its_slug_spelled(slug: str, words: str) -> None:
    assert name_of(slug, {}) == words


def test_a_product_is_called_by_the_name_that_the_vendor_gave_it() -> None:
    named = facts(stands=standing(support_until=AT), names={"acme-forms": "ACME Formulare"})
    assert judge(WHMCS, named).findings[0].message == "Support for ACME Formulare ended on 28 February 2026."
    assert judge(WHMCS, named).findings[0].facts["product"] == "acme-forms", "machines read the slug"


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        (">=8.1", "8.1 or newer"),
        (">=8.1 <9", "8.1 or newer and older than 9"),
        ("ubuntu >=20.04", "Ubuntu 20.04 or newer"),
        ("=7.4", "7.4"),
        ("<=3", "3 or older"),
        ("cloudlinux", "Cloudlinux"),
    ],
)
def test_a_version_rule_is_told_in_words(rule: str, words: str) -> None:
    assert version_rule(rule) == words


@given(st.text(max_size=300))
def test_whatever_somebody_typed_stays_on_one_short_line(text: str) -> None:
    told = say(policy(WHMCS), "kind_unknown", {"kind": text})
    assert "\n" not in told
    assert len(told) < 300
