"""What an order does to licences: keys of the shop, keys of ours, and nothing where nothing was sold."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

from sqlalchemy import select

from connector.domain.licensing.catalogue import Product
from connector.domain.licensing.events import Granted, Key, OrderLine, OrderSeen, Person, SubscriptionSeen
from connector.domain.licensing.records import Found
from connector.licences import lookup
from connector.storage.database import transaction
from connector.storage.tables import licences
from connector.vendors.vendor import named
from tests.support.stores import NOW, Store

ADA = Person("7", "ada@example.com", "Ada")
KEY = Key("SHOP-0001-0001-0001")
LINE = OrderLine("1", ("sku:FORMS", "product:10"), total="99.00")
ORDER = OrderSeen("12", "paid", NOW, customer=ADA, lines=(LINE,), total="99.00", paid_at=NOW, fulfilled=True)


def count(store: Store) -> int:
    with transaction(store.runtime.engine) as tx:
        return len(tx.execute(select(licences.c.id)).all())


def keys_of(store: Store) -> list[str]:
    with transaction(store.runtime.engine) as tx:
        rows = tx.execute(select(licences.c.id)).scalars().all()
        return [store.keyring.unseal(lookup.sealed_key(tx, row)).decode() for row in rows]


def test_a_mapped_product_gets_a_key_of_ours_the_same_every_time(store: Store) -> None:
    store.add_product(Product("forms", refs=("sku:FORMS",), site_limit=3, issues_keys=True))
    store.tell([ORDER, replace(ORDER, as_of=NOW.replace(hour=13), number="0012")])
    [key] = keys_of(store)
    stands = store.standing(key)
    assert (stands.product, stands.site_limit, stands.status, stands.holder) == ("forms", 3, "active", ADA)


def test_each_unit_bought_gets_its_own_key(store: Store) -> None:
    store.add_product(Product("forms", refs=("sku:FORMS",), issues_keys=True))
    store.tell([replace(ORDER, lines=(replace(LINE, quantity=3),))])
    assert len(set(keys_of(store))) == 3


def test_a_key_of_the_shop_is_taken_also_for_a_product_nobody_mapped(store: Store) -> None:
    store.tell([replace(ORDER, lines=(replace(LINE, keys=(KEY,)),))])
    assert keys_of(store) == [KEY]
    assert store.standing(KEY).product == "forms"


def test_an_order_of_unmapped_products_without_keys_grants_nothing(store: Store) -> None:
    store.tell([ORDER])
    assert count(store) == 0


def test_pur_08_an_order_not_yet_fulfilled_grants_nothing(store: Store) -> None:
    store.add_product(Product("forms", refs=("sku:FORMS",), issues_keys=True))
    store.tell([replace(ORDER, state="pending", paid_at=None, fulfilled=False)])
    assert count(store) == 0


def test_the_standard_format_grants_by_its_own_word_and_keeps_its_terms(store: Store) -> None:
    line: Any = OrderLine("1", ("slug:forms",), keys=(KEY,), total="99.00")
    grant = Granted(KEY, "forms", NOW, ADA, site_limit=2)
    store.tell([grant, replace(ORDER, as_of=NOW.replace(hour=14), lines=(line,))])
    assert store.standing(KEY).site_limit == 2
    store.tell([replace(ORDER, state="refunded", as_of=NOW.replace(hour=15), lines=(line,))])
    assert store.standing(KEY).status == "refunded"


def test_r3_a_subscription_named_by_its_licence_alone_touches_no_other(store: Store) -> None:
    other = Key("SHOP-0002-0002-0002")
    for key in (KEY, other):
        store.tell([Granted(key, "forms", NOW, ADA, purchase="recurring")])
    ends = NOW.replace(year=2027)
    store.tell([SubscriptionSeen("", "active", NOW, key=KEY, paid_until=ends)])
    store.tell([SubscriptionSeen("", "cancelled", NOW.replace(hour=13), key=other, paid_until=NOW)])
    assert (store.standing(KEY).subscription, store.standing(KEY).support_until) == ("active", ends)
    assert (store.standing(other).subscription, store.standing(other).support_until) == ("cancelled", NOW)


def test_a_paid_order_without_any_time_counts_from_its_arrival(store: Store) -> None:
    store.add_product(Product("forms", refs=("sku:FORMS",), issues_keys=True))
    store.tell([replace(ORDER, as_of=None, paid_at=None)])
    [key] = keys_of(store)
    assert store.standing(key).purchased_at == NOW


def test_a_line_of_support_grants_no_licence(store: Store) -> None:
    store.add_product(Product("help", refs=("sku:FORMS",), extends="forms", support_term="1 year", issues_keys=True))
    store.tell([ORDER, replace(ORDER, order_id="13", lines=(replace(LINE, keys=(KEY,)),))])
    assert all(not found.licence.known for found in every(store))


def every(store: Store) -> list[Found]:
    with transaction(store.runtime.engine) as tx:
        vendor = named(tx, store.runtime, store.slug)
        rows = tx.execute(select(licences.c.id)).scalars().all()
        return [found for row in rows if (found := lookup.by_id(tx, vendor.id, row))]


def test_dur_01_the_support_term_counts_from_the_payment_and_not_from_the_arrival(store: Store) -> None:
    store.add_product(Product("forms", refs=("sku:FORMS",), issues_keys=True, support_term="30 days"))
    bought = NOW - timedelta(days=20)
    store.tell([replace(ORDER, paid_at=bought, as_of=NOW - timedelta(days=10))])
    [key] = keys_of(store)
    until = store.standing(key).support_until
    assert until is not None
    assert timedelta(days=30) <= until - bought <= timedelta(days=31)


def test_an_order_paid_but_not_fulfilled_grants_nothing_yet(store: Store) -> None:
    store.add_product(Product("forms", refs=("sku:FORMS",), issues_keys=True))
    store.tell([replace(ORDER, fulfilled=False)])
    assert count(store) == 0
