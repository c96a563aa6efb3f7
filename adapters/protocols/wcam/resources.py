"""What the WooCommerce API Manager tells of a bought product: activations, its row, when it ends."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from adapters.protocol_parts.entitlement import own_word
from connector.domain.licensing.questions import Answer

UNLIMITED = 100_000
"""What the stock server counts down from where activations are unlimited."""
STANDS = ("VALID", "SITE_NOT_ACTIVATED", "SITE_LIMIT_REACHED")
"""Verdicts on a licence in force, whatever they say of the place."""


def _numbers(answer: Answer) -> tuple[int, int]:
    """Activations bought, and taken."""
    stands = answer.verdict.standing
    limit = stands.site_limit if stands else 0
    return UNLIMITED if limit is None else limit, stands.used if stands else 0


def remaining(answer: Answer) -> str:
    """The sentence that the library shows."""
    bought, taken = _numbers(answer)
    return f"{max(bought - taken, 0)} out of {bought} activations remaining"


def counts(asked: Mapping[str, str], answer: Answer) -> dict[str, Any]:
    """`data` of everything that is about activations."""
    stands = answer.verdict.standing
    bought, taken = _numbers(answer)
    return {
        "unlimited_activations": stands is not None and stands.site_limit is None,
        "total_activations_purchased": bought,
        "total_activations": taken,
        "activations_remaining": max(bought - taken, 0),
        "resources": [_resource(asked, answer)],
        "api_key_expirations": {kind(answer): [_expiry(asked, answer)]},
    }


def _resource(asked: Mapping[str, str], answer: Answer) -> dict[str, str]:
    """A bought product as the stock server lists its row: all text, and nothing of the buyer's."""
    stands = answer.verdict.standing
    bought, taken = _numbers(answer)
    ends = stands.expires_at if stands else None
    row = {
        "active": "1" if answer.verdict.code in STANDS else "0",
        "activations_total": taken,
        "activations_purchased_total": bought,
        "access_expires": int(ends.timestamp()) if ends else 0,
    }
    return {name: str(value) for name, value in ({"sub_id": 0} | sold(asked, answer) | row).items()}


def _expiry(asked: Mapping[str, str], answer: Answer) -> dict[str, Any]:
    stands = answer.verdict.standing
    ends = stands.expires_at if stands else None
    unlimited = stands is not None and stands.site_limit is None
    return {
        "friendly_api_key_expiration_date": _spoken(ends) if ends else "When Cancelled",
        "number_of_expiring_activations": "Unlimited activations" if unlimited else _numbers(answer)[0],
    } | sold(asked, answer)


def kind(answer: Answer) -> str:
    """The list that it is in; the other one is left out, as PHP does with an array that nothing was put into."""
    return "wc_subs_resources" if answer.licence and answer.licence.subscription_id else "non_wc_subs_resources"


def sold(asked: Mapping[str, str], answer: Answer) -> dict[str, Any]:
    """What was bought, and with which order: numbers where the shop's ids are numbers."""
    product, licence = answer.product, answer.licence
    named = asked.get("product_id", "")
    number = named if named.isdecimal() else own_word("wcam", product) or own_word("product", product) or named
    order = licence.order_ids[0] if licence and licence.order_ids else None
    sold = {
        "product_title": (product.name or product.slug) if product else "",
        "product_id": _whole(number),
        "order_id": _whole(order),
    }
    return sold | ({"sub_id": _whole(licence.subscription_id)} if licence and licence.subscription_id else {})


def _whole(text: str | None) -> int | str:
    """An id as the number it is in WooCommerce; as text where it is none, 0 where there is none."""
    if not text:
        return 0
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= 18 else text


def _spoken(at: datetime) -> str:
    """`March 2, 2027 12:00 am`, WordPress's usual form."""
    half = "pm" if at.hour > 11 else "am"
    return f"{at:%B} {at.day}, {at.year} {at.hour % 12 or 12}:{at:%M} {half}"
