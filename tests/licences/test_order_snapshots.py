"""R4: an order is what its newest snapshot says, in every member - and a licence stands as its orders do."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from itertools import permutations
from typing import Any

import pytest

from connector.domain.licensing.catalogue import Product
from connector.domain.licensing.events import Granted, Key, OrderLine, OrderSeen, OwnerChanged, Person, Refund
from tests.support.stores import NOW, Store

ADA = Person("7", "ada@example.com", "Ada")
FORMS, GALLERY = Key("SHOP-0001-0001-0001"), Key("SHOP-0002-0002-0002")
LINES = (
    OrderLine("1", ("sku:FORMS",), total="99.00", keys=(FORMS,)),
    OrderLine("2", ("sku:GALLERY",), total="49.00", keys=(GALLERY,)),
)


def at(minute: int) -> datetime:
    return NOW - timedelta(hours=2) + timedelta(minutes=minute)


BOUGHT = OrderSeen(
    "12", "paid", at(0), "12", ADA, LINES, (), "148.00", "EUR", paid_at=at(0), fulfilled=True, whole=True
)
RESTORED = replace(BOUGHT, by_dates=True)


def then(minute: int, state: str, seen: OrderSeen = BOUGHT, **more: Any) -> OrderSeen:
    return replace(seen, state=state, as_of=at(minute), **more)


@pytest.fixture
def shop(store: Store) -> Store:
    store.add_product(Product("forms", refs=("sku:FORMS",), site_limit=2))
    store.add_product(Product("gallery", refs=("sku:GALLERY",)))
    return store


@pytest.mark.parametrize(
    ("stopped", "status"),
    [("cancelled", "revoked"), ("failed", "revoked"), ("refunded", "refunded"), ("disputed", "suspended")],
)
def test_a_stopped_order_that_waits_for_money_is_unpaid_until_it_is_paid(
    shop: Store, stopped: str, status: str
) -> None:
    shop.tell([BOUGHT, then(5, stopped), then(9, "pending")])
    assert shop.standing(FORMS).status == status
    shop.tell([then(10, "paid", RESTORED)])  # by dates older than the stop
    assert shop.standing(FORMS).status == status
    shop.tell([then(15, "paid")])
    assert shop.standing(FORMS).status == "active"


def test_a_stop_is_over_where_a_later_payment_is_dated(shop: Store) -> None:
    shop.tell([BOUGHT, then(5, "failed"), then(9, "paid", RESTORED, paid_at=at(8))])
    assert shop.standing(FORMS).status == "active"


def test_a_paid_order_restored_from_the_trash_keeps_its_licence_and_its_support(shop: Store) -> None:
    shop.tell([BOUGHT, then(5, "paid", RESTORED)])
    assert (shop.standing(FORMS).status, shop.standing(FORMS).payment) == ("active", "paid")


def test_a_snapshot_without_its_day_of_payment_is_unpaid(shop: Store) -> None:
    shop.tell([BOUGHT, then(5, "pending", paid_at=None, fulfilled=False)])
    assert shop.standing(FORMS).status == "revoked"


def test_money_that_is_no_longer_given_back_is_not_given_back(shop: Store) -> None:
    shop.tell([BOUGHT, then(5, "paid", refunds=(Refund("r", "99.00"),))])
    assert (shop.standing(FORMS).status, shop.standing(GALLERY).status) == ("refunded", "active")
    shop.tell([then(6, "paid", refunds=())])
    assert shop.standing(FORMS).status == "active"


def test_one_refunded_line_ends_its_licence_and_no_other(shop: Store) -> None:
    shop.tell([BOUGHT, then(5, "paid", refunds=(Refund("r", "49.00"),))])
    assert (shop.standing(FORMS).status, shop.standing(GALLERY).status) == ("active", "refunded")


def test_an_item_taken_off_the_order_takes_its_licence_along(shop: Store) -> None:
    shop.tell([BOUGHT, then(5, "paid", lines=LINES[:1], total="99.00")])
    assert (shop.standing(FORMS).status, shop.standing(GALLERY).status) == ("active", "revoked")
    shop.tell([then(6, "paid")])
    assert shop.standing(GALLERY).status == "active"


def test_an_item_whose_price_was_corrected_is_paid_back_at_the_new_price(shop: Store) -> None:
    cheaper = (replace(LINES[0], total="79.00"), LINES[1])
    shop.tell([BOUGHT, then(5, "paid", lines=cheaper, total="128.00", refunds=(Refund("r", "79.00"),))])
    assert shop.standing(FORMS).status == "refunded"


def test_a_line_whose_product_is_gone_still_names_its_key(shop: Store) -> None:
    gone = OrderLine("3", ("name:old-theme",), total="10.00", keys=(Key("SHOP-0003-0003-0003"),))
    shop.tell([replace(BOUGHT, lines=(*LINES, gone))])
    assert shop.standing("SHOP-0003-0003-0003").product == "old-theme"


@pytest.mark.parametrize("state", ["refunded", "cancelled"])
def test_after_a_refund_no_end_lies_ahead(shop: Store, state: str) -> None:
    ends = NOW + timedelta(days=90)
    told = Granted(FORMS, "forms", at(1), ADA, order_id="12", support_until=ends, updates_until=ends, expires_at=ends)
    shop.tell([BOUGHT, told, then(5, state)])
    stands = shop.standing(FORMS)
    assert [stands.support_until, stands.updates_until, stands.expires_at] == [at(5)] * 3
    assert not stands.support_open_ended


SNAPSHOTS = [
    BOUGHT,
    then(3, "paid", refunds=(Refund("r", "49.00"),)),
    then(5, "cancelled"),
    then(7, "pending"),
    then(9, "paid", lines=LINES[:1], refunds=(), total="99.00"),
]


def test_snapshots_in_any_order_of_arrival_are_one_history(shop: Store) -> None:
    shop.tell(SNAPSHOTS)
    straight = shop.standing(FORMS), shop.standing(GALLERY)
    assert [stands.status for stands in straight] == ["active", "revoked"]
    for number, told in enumerate(permutations(SNAPSHOTS)):
        if number % 7 == 0:
            moved = [replace(each, order_id=f"o{number}", lines=_other(each.lines, number)) for each in told]
            shop.tell(moved)
            keys = [Key(f"{key}-{number}") for key in (FORMS, GALLERY)]
            assert [shop.standing(key).status for key in keys] == ["active", "revoked"]


def _other(lines: tuple[OrderLine, ...], number: int) -> tuple[OrderLine, ...]:
    return tuple(replace(line, keys=tuple(Key(f"{key}-{number}") for key in line.keys)) for line in lines)


GUEST = Person(None, "ada@example.com", "Ada")


@pytest.mark.parametrize(
    ("first", "then_buyer", "known"),
    [
        (GUEST, Person("7", "Ada@example.com", "Ada"), Person("7", "Ada@example.com", "Ada")),
        (ADA, GUEST, ADA),
        (ADA, Person("7", "ada@example.org"), Person("7", "ada@example.org", "Ada")),
        (ADA, Person("8", "bob@example.com", "Bob"), Person("8", "bob@example.com", "Bob")),
        (GUEST, Person(None, "bob@example.com"), Person(None, "bob@example.com")),
        (ADA, None, ADA),
    ],
    ids=["a guest took an account", "the account is gone", "address put right", "given to another", "guests", "unsaid"],
)
def test_a_purchase_is_of_the_buyer_that_its_newest_snapshot_names(
    shop: Store, first: Person, then_buyer: Person | None, known: Person
) -> None:
    told = [replace(BOUGHT, customer=first), then(5, "paid", customer=then_buyer)]
    shop.tell(told[::-1])
    standing = shop.standing(FORMS)
    assert (standing.holder, standing.owner) == (known, known)


def test_a_licence_that_was_handed_on_stays_with_whom_it_was_handed_to(shop: Store) -> None:
    bob = Person("8", "bob@example.com", "Bob")
    shop.tell([BOUGHT, OwnerChanged(FORMS, bob, ADA, at(2)), then(5, "paid", customer=GUEST)])
    assert (shop.standing(FORMS).holder, shop.standing(FORMS).owner) == (ADA, bob)


def test_who_pays_a_renewal_is_no_buyer(shop: Store) -> None:
    paid = replace(BOUGHT, order_id="13", number="13", follows="renewal", subscription_id="9", lines=LINES[:1])
    agency = Person("8", "agency@example.com")
    shop.tell([replace(BOUGHT, subscription_id="9"), then(4, "paid", paid, customer=agency)])
    shop.tell([then(5, "paid", paid, customer=agency)])
    assert shop.standing(FORMS).holder == ADA
