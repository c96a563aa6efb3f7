"""Bundles in an order's lines: which line is the container of which, in the words of the plugins that sell bundles.

Read from the line items that Product Bundles, Composite Products, Mix and Match, Chained Products and WPC Product Bundles
leave in an order.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from adapters.host_parts.reading import Fields

CART_KEYS = {
    "_bundled_by": ("_bundle_cart_key", "_yith_bundle_cart_key"),
    "_composite_parent": ("_composite_cart_key",),
    "_mnm_container": ("_mnm_cart_key",),
    "_chained_product_of": ("_chained_cart_key",),
}
"""Meta of an item that names its container -> the meta of the container with that same value."""

LINE_IDS = ("bundled_by", "composite_parent", "mnm_container")
"""Members of an item, as these plugins add them to the REST order, with the line id of its container."""

PRODUCT_IDS = ("_woosb_parent_id", "_chained_product_of")
"""Meta of an item with the product id of its container."""


def containers(items: Sequence[Fields]) -> dict[str, str]:
    """Line id -> line id of the container, for lines that came in one."""
    by_key = {(name, value): _id(item) for item in items for name, value in _meta(item)}
    by_product = {str(item.members.get("product_id")): _id(item) for item in reversed(items)}
    ids = {_id(item) for item in items}
    found = {}
    for item in items:
        for container in _named(item, by_key, by_product):
            if container in ids and container != _id(item):
                found[_id(item)] = container
                break
    return found


def _named(item: Fields, by_key: dict[tuple[str, str], str], by_product: dict[str, str]) -> Iterator[str]:
    for name in LINE_IDS:
        yield str(item.members.get(name) or "")
    for name, value in _meta(item):
        for key in CART_KEYS.get(name, ()):
            yield by_key.get((key, value), "")
        if name in PRODUCT_IDS:
            yield by_product.get(value, "")


def _meta(item: Fields) -> Iterator[tuple[str, str]]:
    for entry in item.children("meta_data"):
        name, value = entry.members.get("key"), entry.members.get("value")
        if isinstance(name, str) and isinstance(value, str | int) and value not in ("", 0):
            yield name, str(value)


def _id(item: Fields) -> str:
    return item.id("id") or ""
