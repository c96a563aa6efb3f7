"""A key told by an order before its grant is known; a key we make is told in the answer, by its last four."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from itertools import permutations
from typing import Any

import pytest

from connector.domain.licensing.catalogue import Product
from connector.domain.licensing.events import Granted, Key, OrderLine, OrderSeen, Person, SiteActivated
from connector.domain.policy.decide import decide
from connector.domain.policy.requests import Request
from connector.licences import lookup
from connector.licences.ledger import Ledger
from connector.requests.eligibility import check, guess
from connector.requests.facts import gather_judged
from connector.storage import ids
from connector.storage.database import reading, transaction
from connector.vendors.vendor import named
from tests.support.stores import NOW, Store

ADA = Person("7", "ada@example.com", "Ada")
KEY = Key("TOLD-0001-0001-0001")
LINE = OrderLine("1", ("slug:forms",), total="99.00", keys=(KEY,))
PAID = OrderSeen("12", "paid", NOW, customer=ADA, lines=(LINE,), total="99.00", paid_at=NOW, fulfilled=True)
PENDING = replace(PAID, state="pending", as_of=NOW - timedelta(hours=1), paid_at=None, fulfilled=False)
GRANT = Granted(
    KEY, "forms", NOW + timedelta(minutes=1), ADA, site_limit=1, plan="pro", support_until=NOW + timedelta(days=9)
)


def asked(store: Store) -> tuple[str, list[str]]:
    with reading(store.runtime.engine) as tx:
        vendor = named(tx, store.runtime, store.slug)
        request = Request(
            "r", NOW, key=KEY, requester=ADA, requester_verified=True, request_kind="bug", reproduction="1."
        )
        judging, facts = gather_judged(tx, vendor, store.keyring, request, NOW)
        decision = decide(facts, judging.policy, NOW)
    return decision.outcome, [each.code for each in decision.findings]


@pytest.fixture
def shop(store: Store) -> Store:
    store.add_product(Product("forms", site_limit=3, support_term="12 months"))
    return store


def test_a_paid_order_lets_its_key_stand_until_the_grant_comes_with_its_own_terms(shop: Store) -> None:
    shop.tell([PAID])
    assert (shop.standing(KEY).status, shop.standing(KEY).site_limit, shop.standing(KEY).holder) == ("active", 3, ADA)
    shop.tell([SiteActivated(KEY, "one.example.com", NOW), GRANT])
    stands = shop.standing(KEY)
    assert (stands.site_limit, stands.plan, stands.support_until) == (1, "pro", NOW + timedelta(days=9))
    assert stands.seated == ("one.example.com",)


@pytest.mark.parametrize("told", list(permutations([PENDING, PAID, GRANT])))
@pytest.mark.parametrize("granted", [-120, 1])
def test_the_grants_terms_count_whatever_came_first(shop: Store, told: tuple[Any, ...], granted: int) -> None:
    grant = replace(GRANT, as_of=NOW + timedelta(minutes=granted))
    shop.tell([grant if each is GRANT else each for each in told])
    stands = shop.standing(KEY)
    assert (stands.site_limit, stands.plan, stands.support_until) == (1, "pro", NOW + timedelta(days=9))


def test_pur_08_a_key_of_an_unpaid_order_waits_for_its_payment_and_is_not_unknown(shop: Store) -> None:
    shop.tell([PENDING])
    outcome, codes = asked(shop)
    assert (outcome, codes) == ("deny", ["payment_pending"])
    with reading(shop.runtime.engine) as tx:
        vendor = named(tx, shop.runtime, shop.slug)
        assert check(tx, shop.runtime, vendor, guess(KEY), NOW)["found"]


def test_a_key_nobody_told_of_is_unknown(shop: Store) -> None:
    assert "licence_inactive" in asked(shop)[1]


def test_a_refund_ends_what_its_order_let_stand(shop: Store) -> None:
    shop.tell([PAID, replace(PAID, state="refunded", as_of=NOW + timedelta(minutes=5))])
    assert shop.standing(KEY).status == "refunded"


def test_keys_made_here_are_told_once(store: Store) -> None:
    store.add_product(Product("forms", refs=("sku:FORMS",), issues_keys=True))
    order = replace(PAID, lines=(OrderLine("1", ("sku:FORMS",), quantity=2),))
    made = []
    for _ in range(2):
        with transaction(store.runtime.engine) as tx:
            ledger = Ledger(tx, named(tx, store.runtime, store.slug), store.keyring, NOW, ids.new_id("dlv", NOW))
            ledger.apply(order)
            made.append(len(ledger.issued))
    assert made == [2, 0]


SKU_LINE = OrderLine("1", ("sku:FORMS",), total="99.00")
SOLD = replace(PAID, order_id="20", lines=(SKU_LINE,), whole=True)


def later(minutes: int, *keys: str, quantity: int = 1) -> OrderSeen:
    line = replace(SKU_LINE, keys=tuple(map(Key, keys)), quantity=quantity)
    return replace(SOLD, as_of=NOW + timedelta(minutes=minutes), lines=(line,))


@pytest.fixture
def woo(store: Store) -> Store:
    store.add_product(Product("forms", refs=("sku:FORMS",), site_limit=3, issues_keys=True, support_term="12 months"))
    return store


def living(store: Store) -> list[str]:
    """The licences that stand, by their last four."""
    with reading(store.runtime.engine) as tx:
        vendor = named(tx, store.runtime, store.slug)
        found = lookup.by_order(tx, vendor.id, "20")
        stand = [lookup.standing_of(tx, vendor.id, each, vendor.catalogue, NOW) for each in found]
        return [each.last4 for each, stands in zip(found, stand, strict=True) if stands.status == "active"]


@pytest.mark.parametrize(
    "told", list(permutations([SOLD, later(1, "SHOP-0001-0001-0001"), later(2, "SHOP-0001-0001-0001")]))
)
def test_a_key_that_the_shop_adds_later_opens_the_licence_there_is(woo: Store, told: tuple[OrderSeen, ...]) -> None:
    woo.tell([told[0]])
    [first] = living(woo)
    woo.tell(told[1:])
    assert living(woo) == [first]
    assert woo.standing("SHOP-0001-0001-0001").status == "active"


def test_each_unit_of_a_line_keeps_one_licence(woo: Store) -> None:
    woo.tell([later(0, quantity=2), later(1, "SHOP-0001-0001-0001", quantity=2)])
    assert len(living(woo)) == 2
    woo.tell([later(2, "SHOP-0001-0001-0001", "SHOP-0002-0002-0002", quantity=2)])
    assert len(living(woo)) == 2


def test_a_key_that_the_shop_put_in_the_place_of_another_is_the_one_that_stands(woo: Store) -> None:
    woo.tell([later(0, "SHOP-0001-0001-0001"), later(1, "SHOP-0009-0009-0009")])
    assert living(woo) == ["0009"]
    assert woo.standing("SHOP-0001-0001-0001").status == "revoked"
    woo.tell([later(2, "SHOP-0001-0001-0001", "SHOP-0009-0009-0009")])
    assert sorted(living(woo)) == ["0001", "0009"]


@pytest.mark.parametrize(("quantity", "told"), [(1, True), (2, False)])
def test_keys_for_more_units_than_a_line_has_now_are_told(woo: Store, quantity: int, told: bool) -> None:
    woo.tell([later(0, quantity=2)])
    with transaction(woo.runtime.engine) as tx:
        ledger = Ledger(tx, named(tx, woo.runtime, woo.slug), woo.keyring, NOW, "dlv_2")
        ledger.apply(later(1, quantity=quantity))
        assert [f"is for {quantity} now" in note for note in ledger.notes] == ([True] if told else [])
