"""Orders of WooCommerce: state, whether it was ever fulfilled, what was bought, what was given back."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from adapters.host_parts.reading import MAX_ID, MAX_LINE, Fields
from adapters.hosts.woocommerce import bundles
from adapters.hosts.woocommerce.people import buyer, gmt, numbered
from connector.domain.licensing.catalogue import slug_of
from connector.domain.licensing.events import Key, OrderLine, OrderSeen, Refund
from connector.domain.news import Ignored, News

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
FOLLOWS = {
    "_subscription_renewal": "renewal",
    "_subscription_renewal_early": "renewal",
    "_subscription_switch": "switch",
    "_subscription_resubscribe": "resubscribe",
}
"""Order meta of WooCommerce Subscriptions that names the subscription which the order goes on with."""

SWITCHES = "_subscription_switch_data"
NUMBER_META = (
    "_order_number",
    "_order_number_formatted",
    "_alg_wc_custom_order_number",
    "_alg_wc_full_custom_order_number",
    "_wcj_order_number",
    "_ywson_custom_number_order_complete",
)
"""Order meta in which plugins for sequential numbers keep the number that the customer sees."""

NUMBER = re.compile("[0-9]{1,20}")
QUANTITY = re.compile(r"[0-9]{1,7}(\.[0-9]{1,6})?")
MAX_FOUND = 100
MAX_NAMES = 10


def order(body: Fields, settings: Mapping[str, Any]) -> Sequence[News]:
    """The order as it stood when the body was built; a second piece of news says what was odd about it."""
    status = body.needed("status", lambda name: body.line(name, 100)).removeprefix("wc-")
    if status == "trash":
        return [Ignored("an order in the trash: nothing is taken away for that, since it can be restored")]
    grant_on = words(settings, "grant_on", GRANT_ON)
    paid, completed = gmt(body, "date_paid_gmt"), gmt(body, "date_completed_gmt")
    known = "paid" if status in grant_on else STATES.get(status)
    restored = status == "pending" and completed is not None  # from the trash, as which it does not say
    state = ("paid" if paid or completed else "pending") if known is None or restored else known
    subscription_id, follows = _followed(body)
    seen = OrderSeen(
        order_id=body.needed("id", lambda name: numbered(body, name)),
        state=state,
        as_of=gmt(body, "date_modified_gmt") or gmt(body, "date_created_gmt"),
        number=body.id("number"),
        customer=buyer(body),
        lines=lines(body, settings),
        refunds=_refunds(body),
        total=body.money("total"),
        currency=body.currency("currency"),
        paid_at=paid or completed,
        fulfilled=_is_fulfilled(status, grant_on, paid, completed),
        subscription_id=subscription_id,
        whole=True,
        by_dates=known is None or restored,
        names=_names(body),
        follows=follows,
    )
    if known:
        return [seen]
    return [seen, Ignored(f"the status {status!r} is none of WooCommerce's own: by its dates the order is {state}")]


def _followed(body: Fields) -> tuple[str | None, str | None]:
    """The subscription that the order goes on with, and how."""
    for name, follows in FOLLOWS.items():
        found = next((text for text in meta_texts(body, (name,)) if NUMBER.fullmatch(text)), None)
        if found:
            return found, follows
    for entry in body.children("meta_data"):
        value = entry.members.get("value")
        if entry.members.get("key") == SWITCHES and isinstance(value, Mapping):
            found = next((id for id in value if NUMBER.fullmatch(str(id))), None)
            if found:
                return found, "switch"
    return None, None


def _names(body: Fields) -> tuple[str, ...]:
    """The other numbers that people know the order by."""
    found = sorted({name for name in meta_texts(body, NUMBER_META) if len(name) <= MAX_ID})
    return tuple(found[:MAX_NAMES])


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


def lines(body: Fields, settings: Mapping[str, Any]) -> tuple[OrderLine, ...]:
    """The bought items. A key in the order's meta goes to every line without one: the ledger picks the licensed."""
    of_order = keys(body, settings)
    items = body.children("line_items")
    containers = bundles.containers(items)
    return tuple(_line(item, keys(item, settings) or of_order, containers.get(item.id("id") or "")) for item in items)


def _line(item: Fields, found: tuple[Key, ...], part_of: str | None) -> OrderLine:
    product, variation = numbered(item, "product_id"), numbered(item, "variation_id")
    refs = {"sku": item.id("sku"), "product": product, "variation": variation}
    if not any(refs.values()) and (name := slug_of(_titled(item))):
        refs = {"name": name}  # the product is gone from the shop: its name is all that is left
    total, slack = _with_tax(item)
    return OrderLine(
        line_id=item.needed("id", item.id),
        refs=tuple(f"{name}:{value}" for name, value in refs.items() if value),
        quantity=_quantity(item),
        total=total,
        keys=found,
        slack=slack,
        part_of=part_of,
    )


def _titled(item: Fields) -> str:
    name = item.members.get("name")
    return name[:MAX_LINE] if isinstance(name, str) else ""


def _quantity(item: Fields) -> int:
    """Some stores sell parts of things: a started piece counts as one. Plugins that filter bodies make text of numbers."""
    value = item.members.get("quantity", 1)
    if isinstance(value, str) and QUANTITY.fullmatch(value):
        value = float(value)
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 1_000_000:
        raise item.refuse("quantity", "`quantity` must be a number from 0 to 1000000")
    return math.ceil(value)


def _with_tax(item: Fields) -> tuple[str | None, str | None]:
    """What was paid for the line, with tax (refunds have it in them, and the two are compared), and how far that may be off:
    price and tax are each rounded in the body."""
    total, tax = item.money("total"), item.money("total_tax")
    if total is None or tax is None:
        return total, None
    paid = Decimal(total) + Decimal(tax)
    slack = Decimal(1).scaleb(int(paid.as_tuple().exponent)) if Decimal(tax) else None
    return str(paid), str(slack) if slack is not None else None


def _refunds(body: Fields) -> tuple[Refund, ...]:
    """Refunds are negative there and positive here; which line one is for is not said (REST order, v3)."""
    given = [(entry.needed("id", entry.id), entry.needed("total", entry.money)) for entry in body.children("refunds")]
    return tuple(Refund(id=id, amount=amount.removeprefix("-")) for id, amount in given if Decimal(amount))
