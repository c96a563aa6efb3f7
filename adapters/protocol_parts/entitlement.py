"""What licence protocols share that is no protocol's own: words for a product, and support apart from the licence."""

from __future__ import annotations

from datetime import datetime

from connector.domain.licensing.catalogue import Product, slug_of
from connector.domain.licensing.questions import Answer


def product_words(protocol: str, text: str) -> tuple[str, ...]:
    """What a protocol's word for a product may stand for: its own id, the shop's id, a name; the most telling first."""
    words = [f"{protocol}:{text}"]
    if text.isascii() and text.isdecimal():
        return (*words, f"variation:{text}", f"product:{text}")
    if name := slug_of(text):
        words.append(f"name:{name}")
    return tuple(words)


def own_word(protocol: str, product: Product | None) -> str | None:
    """The word by which this protocol's software knows the product, where the vendor registered one."""
    refs = product.refs if product else ()
    return next((ref.removeprefix(f"{protocol}:") for ref in refs if ref.startswith(f"{protocol}:")), None)


def support_data(answer: Answer) -> dict[str, str | None]:
    """Extra keys for protocols without a word for support: ends in RFC 3339 (UTC), None where there is none or none known."""
    stands = answer.verdict.standing
    known = stands is not None and (stands.support_open_ended or stands.support_until is not None)
    status = "active" if answer.verdict.support_active else "expired"
    return {
        "support_expires": _instant(stands.support_until if stands else None),
        "support_status": status if known else None,
        "updates_expires": _instant(stands.updates_until if stands else None),
    }


def _instant(at: datetime | None) -> str | None:
    return at.strftime("%Y-%m-%dT%H:%M:%SZ") if at else None
