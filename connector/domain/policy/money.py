"""Money as a decimal amount with its currency; never a float."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal, InvalidOperation


@dataclass(frozen=True)
class Money:
    """An amount and its ISO 4217 code, upper case."""

    amount: Decimal
    currency: str


def parse_money(amount: str | None, currency: str | None) -> Money | None:
    """The money a host wrote, or None where the text is no finite amount or has no currency.

    Two spellings of one amount compare equal: `59`, `59.0` and `59.00` EUR.
    """
    if not amount or not currency or len(amount) > 40 or len(currency) != 3:
        return None
    try:
        value = Decimal(amount)
    except InvalidOperation:
        return None
    return Money(value, currency.upper()) if value.is_finite() else None
