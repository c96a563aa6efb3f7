"""Orders of WooCommerce: state, whether it was ever fulfilled, what was bought, what was given back."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from adapters.hosts.woocommerce.people import buyer, gmt, numbered
from adapters.reading import MAX_LINE, Fields
from connector.domain.events import Ignored, Key, News, OrderLine, OrderSeen, Refund

STATES = {
    "checkout-draft": "pending",
    "auto-draft": "pending",
    "pending": "pending",
    "on-hold": "pending",
    "processing": "paid",
    "completed": "paid",
    "cancelled": "cancelled",
    "failed": "failed",
    "refunded": "refunded",
}
GRANT_ON = ("completed",)
KEY_META = ("_slm_lic_key", "License Key", "_license_key", "license_key")
RENEWS = "_subscription_renewal"
NUMBER = re.compile("[0-9]{1,20}")
MAX_FOUND = 100


def order(body: Fields, settings: Mapping[str, Any]) -> Sequence[News]:
    """The order as it stood when the body was built; a second piece of news says what was odd about it."""
    status = body.needed("status", lambda name: body.line(name, 100)).removeprefix("wc-")
    if status == "trash":
        return [Ignored("an order in the trash: nothing is taken away for that, since it can be restored")]
    grant_on = words(settings, "grant_on", GRANT_ON)
    paid, completed = gmt(body, "date_paid_gmt"), gmt(body, "date_completed_gmt")
    known = "paid" if status in grant_on else STATES.get(status)
    state = known or ("paid" if paid or completed else "pending")
    as_of = gmt(body, "date_modified_gmt") or gmt(body, "date_created_gmt")
    seen = OrderSeen(
        order_id=body.needed("id", lambda name: numbered(body, name)),
        state=state,
        as_of=as_of,
        number=body.id("number"),
        customer=buyer(body),
        lines=_lines(body, settings),
        refunds=_refunds(body),
        total=body.money("total"),
        currency=body.currency("currency"),
        paid_at=paid or completed or (as_of if state == "paid" else None),
        fulfilled=_is_fulfilled(status, grant_on, paid, completed),
        subscription_id=next((text for text in meta_texts(body, (RENEWS,)) if NUMBER.fullmatch(text)), None),
    )
    if known:
        return [seen]
    return [seen, Ignored(f"the status {status!r} is none of WooCommerce's own: by its dates the order is {state}")]


def _is_fulfilled(status: str, grant_on: Sequence[str], paid: datetime | None, completed: datetime | None) -> bool:
    """By its status or, for what came after, by its dates; who grants on payment grants on completion all the more."""
    if status in grant_on or completed is not None:
        return True
    return "processing" in grant_on and (paid is not None or status == "completed")


def words(settings: Mapping[str, Any], name: str, default: Sequence[str]) -> tuple[str, ...]:
    """A setting that is a list of texts, or one text with commas."""
    value = settings.get(name)
    given = value.split(",") if isinstance(value, str) else value if isinstance(value, list | tuple) else default
    return tuple(word.strip() for word in given if isinstance(word, str) and word.strip())


def keys(body: Fields, settings: Mapping[str, Any]) -> tuple[Key, ...]:
    """The licence keys in the meta data of an order or a line, each once."""
    found = tuple(dict.fromkeys(Key(text) for text in meta_texts(body, words(settings, "key_meta", KEY_META))))
    if len(found) > MAX_FOUND or any(len(key) > MAX_LINE for key in found):
        raise body.refuse(
            "meta_data", "what `key_meta` of this endpoint points at are no licence keys: correct that setting"
        )
    return found


def meta_texts(body: Fields, names: Sequence[str]) -> Iterator[str]:
    """The texts under these meta names (letter case aside). A value may be any JSON; commas and line ends part them."""
    wanted = {name.casefold() for name in names}
    for entry in body.children("meta_data"):
        name = entry.members.get("key")
        if isinstance(name, str) and name.casefold() in wanted:
            text = "\n".join(_texts(entry.members.get("value")))
            yield from (" ".join(part.split()) for part in text.replace(",", "\n").splitlines() if part.strip())


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, list | dict):
        for each in value if isinstance(value, list) else value.values():
            yield from _texts(each)
    elif value is not None and not isinstance(value, bool | float):
        yield str(value)


def _lines(body: Fields, settings: Mapping[str, Any]) -> tuple[OrderLine, ...]:
    """The bought items. A key in the order's meta goes to every line without one: the ledger picks the licensed."""
    of_order = keys(body, settings)
    return tuple(_line(item, keys(item, settings) or of_order) for item in body.children("line_items"))


def _line(item: Fields, found: tuple[Key, ...]) -> OrderLine:
    product, variation = numbered(item, "product_id"), numbered(item, "variation_id")
    refs = {"sku": item.id("sku"), "product": product, "variation": variation}
    return OrderLine(
        line_id=item.needed("id", item.id),
        refs=tuple(f"{name}:{value}" for name, value in refs.items() if value),
        quantity=_quantity(item),
        total=_with_tax(item),
        keys=found,
    )


def _quantity(item: Fields) -> int:
    """Some stores sell parts of things: a started piece counts as one."""
    value = item.members.get("quantity", 1)
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 1_000_000:
        raise item.refuse("quantity", "`quantity` must be a number from 0 to 1000000")
    return math.ceil(value)


def _with_tax(item: Fields) -> str | None:
    """What was paid for the line, with tax: refunds have it in them, and the two are compared."""
    total, tax = item.money("total"), item.money("total_tax")
    return total if total is None or tax is None else str(Decimal(total) + Decimal(tax))


def _refunds(body: Fields) -> tuple[Refund, ...]:
    """Refunds are negative there and positive here; which line one is for is not said (REST order, v3)."""
    given = [(entry.needed("id", entry.id), entry.needed("total", entry.money)) for entry in body.children("refunds")]
    return tuple(Refund(id=id, amount=amount.removeprefix("-")) for id, amount in given if Decimal(amount))
