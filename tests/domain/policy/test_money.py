"""Money as hosts write it."""

from __future__ import annotations

from decimal import Decimal

import pytest

from connector.domain.policy.money import Money, parse_money


def test_one_amount_has_many_spellings() -> None:
    assert parse_money("59", "eur") == parse_money("59.00", "EUR") == Money(Decimal(59), "EUR")


@pytest.mark.parametrize(
    ("amount", "currency"),
    [
        (None, "EUR"),
        ("", "EUR"),
        ("5", None),
        ("5", "EURO"),
        ("five", "EUR"),
        ("NaN", "EUR"),
        ("Infinity", "EUR"),
        ("9" * 99, "EUR"),
    ],
)
def test_what_is_no_money_is_none(amount: str | None, currency: str | None) -> None:
    assert parse_money(amount, currency) is None
