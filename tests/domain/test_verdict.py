"""The native verdict: one code for each state, and nothing personal in it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from connector.domain.events import Person
from connector.domain.facts import Standing
from connector.domain.verdict import CODES, RECHECK, verdict

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
STANDS = Standing(
    "lic_1", "forms", "active", site_limit=2, seated=("one.example.com",), holder=Person("7", "ada@example.com")
)


@pytest.mark.parametrize(
    ("status", "code"),
    [
        ("active", "VALID"),
        ("expired", "EXPIRED"),
        ("suspended", "SUSPENDED"),
        ("revoked", "REVOKED"),
        ("deleted", "REVOKED"),
        ("refunded", "REFUNDED"),
    ],
)
def test_every_status_has_its_code(status: str, code: str) -> None:
    assert verdict(replace(STANDS, status=status), None, None, NOW).code == code


@pytest.mark.parametrize(
    ("site", "stands", "code", "this_site"),
    [
        ("one.example.com", STANDS, "VALID", "active"),
        ("two.example.com", STANDS, "SITE_NOT_ACTIVATED", "free_slot"),
        ("two.example.com", replace(STANDS, site_limit=1), "SITE_LIMIT_REACHED", "limit_reached"),
        ("two.example.com", replace(STANDS, site_limit=None), "SITE_NOT_ACTIVATED", "free_slot"),
        (None, STANDS, "VALID", "not_sent"),
    ],
)
def test_elg_08_every_seat_state_has_its_code(site: str | None, stands: Standing, code: str, this_site: str) -> None:
    found = verdict(stands, "forms", site, NOW)
    assert (found.code, found.this_site) == (code, this_site)


def test_another_product_says_nothing_else_about_the_licence() -> None:
    assert verdict(replace(STANDS, status="revoked"), "crm", None, NOW).code == "PRODUCT_MISMATCH"


def test_a_seat_that_waiting_sites_want_is_not_free() -> None:
    waiting = replace(STANDS, site_limit=1, over_limit=("two.example.com",))
    assert verdict(waiting, None, "three.example.com", NOW).this_site == "limit_reached"


def test_support_and_updates_end_apart_from_the_licence() -> None:
    found = verdict(replace(STANDS, support_until=NOW, updates_until=NOW + timedelta(days=1)), None, None, NOW)
    assert (found.valid, found.support_active, found.updates_active) == (True, False, True)


def test_an_answer_is_believed_until_something_ends() -> None:
    soon = NOW + timedelta(hours=3)
    assert verdict(replace(STANDS, support_until=soon), None, None, NOW).check_again_after == soon
    assert verdict(STANDS, None, None, NOW).check_again_after == NOW + RECHECK


def test_unknown_keys_get_a_verdict_too() -> None:
    assert verdict(None, "forms", "one.example.com", NOW).code == "NOT_FOUND"


def test_every_code_has_a_sentence() -> None:
    assert all(words.endswith(".") for words in CODES.values())
