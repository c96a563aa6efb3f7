"""The native verdict: one code for each state, and nothing personal in it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from connector.domain.licensing.events import Person
from connector.domain.licensing.standing import Standing
from connector.domain.licensing.verdict import CODES, RECHECK, REMEDIES, verdict

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
    assert verdict(replace(STANDS, status=status), NOW).code == code


@pytest.mark.parametrize(
    ("place", "code", "this_site"),
    [
        ("active", "VALID", "active"),
        ("exempt", "VALID", "exempt"),
        ("free_exempt", "SITE_NOT_ACTIVATED", "exempt"),
        ("free_slot", "SITE_NOT_ACTIVATED", "free_slot"),
        ("limit_reached", "SITE_LIMIT_REACHED", "limit_reached"),
        (None, "VALID", "not_sent"),
    ],
)
def test_elg_08_every_seat_state_has_its_code(place: str | None, code: str, this_site: str) -> None:
    found = verdict(STANDS, NOW, place=place, site="one.example.com")
    assert (found.code, found.this_site) == (code, this_site)


def test_another_product_says_nothing_else_about_the_licence() -> None:
    assert verdict(replace(STANDS, status="revoked"), NOW, fits=False).code == "PRODUCT_MISMATCH"


@pytest.mark.parametrize(
    ("email", "asker"),
    [
        (None, "not_sent"),
        (" Ada@Example.com ", "holder"),
        ("bob@example.com", "delegate"),
        ("eve@example.com", "other"),
    ],
)
def test_elg_06_the_asker_is_the_holder_a_delegate_or_somebody_else(email: str | None, asker: str) -> None:
    stands = replace(STANDS, holder_emails=("ada@example.com",), delegates=("bob@example.com",))
    assert verdict(stands, NOW, email=email).asker == asker


def test_support_and_updates_end_apart_from_the_licence() -> None:
    found = verdict(replace(STANDS, support_until=NOW, updates_until=NOW + timedelta(days=1)), NOW)
    assert (found.valid, found.support_active, found.updates_active) == (True, False, True)


def test_an_answer_is_believed_until_something_ends() -> None:
    soon = NOW + timedelta(hours=3)
    assert verdict(replace(STANDS, support_until=soon), NOW).check_again_after == soon
    assert verdict(STANDS, NOW).check_again_after == NOW + RECHECK


def test_unknown_keys_get_a_verdict_too() -> None:
    assert verdict(None, NOW).code == "NOT_FOUND"


def test_every_code_has_a_sentence() -> None:
    assert all(words.endswith(".") for words in CODES.values())


def test_every_code_but_valid_has_a_way_out() -> None:
    assert set(REMEDIES) == set(CODES) - {"VALID"}
