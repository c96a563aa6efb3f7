"""Our own format with a shop's own words: products by SKU and number, what an order goes on with, what waits for its hand-over."""

from __future__ import annotations

import json
from typing import Any

from sqlalchemy import select

from adapters.hosts import standard
from connector.domain.licensing.catalogue import Product
from connector.domain.licensing.events import Granted, Key, OrderSeen
from connector.ports import Delivery
from connector.storage.database import transaction
from connector.storage.tables import licences
from connector.storage.tables import products as product_rows
from tests.support.stores import Store

KEY = "WORD-0001-0001-0001"
FORMS = {"product": "acme-forms-for-shops", "sku": "FORMS", "product_id": 70, "variation_id": 0}


def read(kind: str, **data: Any) -> Any:
    body = {"type": kind, "occurred_at": "2026-05-04T08:15:30Z", "data": data}
    [news] = standard.parse(Delivery({}, json.dumps(body).encode()))
    return news


def order(id: str = "500", **more: Any) -> OrderSeen:
    usual = {"order_id": id, "customer": {"id": 7, "email": "ada@example.com"}, "items": [FORMS | {"line_id": 1}]}
    found: OrderSeen = read("order.paid", **(usual | more))
    return found


def count(store: Store) -> int:
    with transaction(store.runtime.engine) as tx:
        return len(tx.execute(select(licences.c.id)).all())


def products(store: Store) -> set[str]:
    with transaction(store.runtime.engine) as tx:
        return set(tx.execute(select(product_rows.c.slug)).scalars())


def test_a_product_told_by_sku_is_granted_under_its_own_name(store: Store) -> None:
    store.add_product(Product("forms", refs=("sku:FORMS",)))
    granted = read("license.granted", license_key=KEY, **FORMS)
    assert isinstance(granted, Granted)
    store.tell([granted])
    assert store.standing(Key(KEY)).product == "forms"
    assert products(store) == {"forms"}


def test_a_product_nobody_told_of_is_its_slug(store: Store) -> None:
    store.tell([read("license.granted", license_key=KEY, **FORMS)])
    assert store.standing(Key(KEY)).product == "acme-forms-for-shops"


def test_an_order_line_told_by_number_registers_no_second_product(store: Store) -> None:
    store.add_product(Product("forms", refs=("product:70",), issues_keys=True))
    store.tell([order()])
    assert (count(store), products(store)) == (1, {"forms"})


def test_a_paid_order_that_is_not_handed_over_grants_nothing_yet(store: Store) -> None:
    store.add_product(Product("forms", refs=("sku:FORMS",), issues_keys=True))
    store.tell([order(fulfilled=False)])
    assert count(store) == 0
    store.tell([order(fulfilled=True)])
    assert count(store) == 1


def test_a_switch_goes_on_with_the_licence_that_the_subscription_began(store: Store) -> None:
    """Also from one product to another, which only `follows` can tell."""
    store.add_product(Product("forms", refs=("sku:FORMS",), issues_keys=True))
    store.add_product(Product("forms-agency", refs=("sku:AGENCY",), issues_keys=True))
    agency = FORMS | {"sku": "AGENCY", "product_id": 71, "line_id": 2}
    store.tell(
        [
            order(subscription_id="9"),
            order("501", items=[agency], subscription_id="9", follows="switch", paid_at="2026-05-05T08:00:00Z"),
        ]
    )
    assert count(store) == 1


def test_a_bundle_names_the_line_it_came_in_and_an_order_its_other_numbers() -> None:
    found = order(items=[FORMS | {"line_id": 1}, FORMS | {"line_id": 2, "part_of": 1}], names=["B-2", "A-1"])
    assert [line.part_of for line in found.lines] == [None, "1"]
    assert found.names == ("A-1", "B-2")
