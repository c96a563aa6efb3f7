"""One purchase, one living licence: renewals, switches and resubscriptions carry the licence that is on the customer's site."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import permutations
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from connector.domain.licensing.catalogue import Product
from connector.domain.licensing.events import (
    Granted,
    Key,
    LedgerEvent,
    OrderLine,
    OrderSeen,
    Person,
    Refund,
    SiteActivated,
    StatusChanged,
    SubscriptionSeen,
)
from connector.domain.licensing.standing import Standing
from connector.storage.database import transaction
from connector.storage.tables import licences
from tests.support.stores import NOW, Store

ADA = Person("7", "ada@example.com", "Ada")
SINGLE, AGENCY, THEME = ("product:70", "variation:71"), ("product:70", "variation:72"), ("product:80",)
OLD, NEW = Key("SHOP-OLD1-OLD1-OLD1"), Key("SHOP-NEW1-NEW1-NEW1")


def at(day: int, hour: int = 0) -> datetime:
    return NOW - timedelta(days=60) + timedelta(days=day, hours=hour)


def order(order_id: str, day: int, refs: tuple[str, ...] = SINGLE, key: Key | None = None, **more: Any) -> OrderSeen:
    lines = (OrderLine("1", refs, total="10.00", keys=(key,) if key else ()),)
    values: dict[str, Any] = {"lines": lines, "paid_at": at(day), "refunds": (), "total": "10.00", "currency": "EUR"}
    return OrderSeen(order_id, "paid", at(day), customer=ADA, fulfilled=True, whole=True, **(values | more))


def follows(order_id: str, day: int, how: str, refs: tuple[str, ...] = SINGLE, **more: Any) -> OrderSeen:
    return order(order_id, day, refs, follows=how, **({"subscription_id": "501"} | more))


def subscription(
    day: int, paid: int, refs: tuple[str, ...] = SINGLE, state: str = "active", **more: Any
) -> SubscriptionSeen:
    values: dict[str, Any] = {"order_id": "500", "customer": ADA, "lines": (OrderLine("9", refs),)}
    id = more.pop("id", "501")
    return SubscriptionSeen(id, state, at(day, 1), paid_until=at(paid), **(values | more))


FIRST, BEGUN = order("500", 0), subscription(0, 30)
RENEWAL, RENEWED = follows("511", 30, "renewal"), subscription(30, 61)


@pytest.fixture
def shop(store: Store) -> Store:
    return stocked(store)


def stocked(store: Store) -> Store:
    common: dict[str, Any] = {"issues_keys": True, "purchase": "recurring", "support_term": "while_active"}
    store.add_product(Product("single", refs=("variation:71",), site_limit=1, plan="single", **common))
    store.add_product(Product("agency", refs=("variation:72",), site_limit=10, plan="agency", **common))
    store.add_product(Product("theme", refs=THEME, issues_keys=True))
    return store


def keys(store: Store) -> list[str]:
    """Every key there is, older licences first, further keys of a licence with it."""
    with transaction(store.runtime.engine) as tx:
        rows = tx.execute(select(licences.c.key_sealed).order_by(licences.c.id)).scalars().all()
        return [store.keyring.unseal(bytes(row)).decode() for row in rows]


def living(store: Store, now: datetime = NOW) -> list[Standing]:
    """How the licences stand: each once, whatever keys open it."""
    found: dict[str | None, Standing] = {}
    for key in keys(store):
        stands = store.standing(key, now)
        found[stands.license_id] = stands
    return [stands for stands in found.values() if stands.status == "active"]


def test_a_renewal_makes_no_further_key_and_support_follows_the_subscription(shop: Store) -> None:
    shop.tell([FIRST, BEGUN, RENEWAL, RENEWED])
    [stands] = living(shop)
    assert (len(keys(shop)), stands.support_until, stands.updates_until) == (1, at(61), at(61))


@pytest.mark.parametrize("told", list(permutations([FIRST, BEGUN, RENEWAL, RENEWED])))
def test_one_living_licence_whatever_the_shop_tells_first(shop: Store, told: Sequence[LedgerEvent]) -> None:
    shop.tell([*told, told[0]])
    [stands] = living(shop)
    assert (stands.product, stands.support_until, stands.purchased_at) == ("single", at(61), at(0))


def test_without_subscription_topics_a_renewal_renews_the_customers_licence_of_the_product(shop: Store) -> None:
    shop.tell([FIRST, RENEWAL, follows("512", 60, "renewal")])
    assert len(keys(shop)) == 1


def test_a_renewal_of_a_purchase_never_seen_grants_its_licence_once(shop: Store) -> None:
    shop.tell([RENEWED, RENEWAL, follows("512", 60, "renewal")])
    assert len(keys(shop)) == 1


def test_a_switch_upgrades_the_licence_on_the_site_in_place(shop: Store) -> None:
    shop.tell([FIRST, BEGUN])
    [key] = keys(shop)
    shop.tell([SiteActivated(Key(key), "one.example.com", at(1))])
    shop.tell([follows("510", 10, "switch", AGENCY), subscription(10, 30, AGENCY)])
    stands = shop.standing(key)
    assert keys(shop) == [key]
    assert (stands.product, stands.plan, stands.site_limit, stands.seated) == (
        "agency",
        "agency",
        10,
        ("one.example.com",),
    )
    assert stands.support_until == at(30)


SWITCH = follows("510", 10, "switch", AGENCY, lines=(OrderLine("1", AGENCY, total="10.00", keys=(NEW,)),))
SOLD = order("500", 0, key=OLD)
SWITCHED: list[Any] = [
    SOLD,
    BEGUN,
    SWITCH,
    subscription(10, 30, AGENCY),
    follows("511", 30, "renewal", AGENCY),
    subscription(30, 61, AGENCY),
]


def test_where_the_shop_makes_another_key_both_open_the_one_licence(shop: Store) -> None:
    shop.tell(SWITCHED)
    [stands] = living(shop)
    assert shop.standing(OLD) == shop.standing(NEW) == stands
    assert (stands.product, stands.support_until) == ("agency", at(61))


@pytest.mark.slow
@given(data=st.data())
@settings(
    max_examples=15, deadline=None, phases=[Phase.generate], suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_switched_in_any_order_of_arrival(stores: Any, kind_of_database: str, data: st.DataObject) -> None:
    """Only the order in which news arrive differs: the licence, its keys, its sites and its orders do not."""
    used = [SiteActivated(OLD, "one.example.com", at(2)), SiteActivated(NEW, "two.example.com", at(12))]
    refunded = replace(SWITCHED[4], as_of=at(31), refunds=(Refund("r", "10.00"),))
    history = [*SWITCHED, *used, refunded]
    told = [*data.draw(st.permutations(history)), *data.draw(st.lists(st.sampled_from(history), max_size=4))]
    straight, twisted = (stocked(stores(kind_of_database)) for _ in range(2))
    straight.tell(history)
    twisted.tell(told)
    assert replace(twisted.standing(OLD), license_id=None) == replace(straight.standing(OLD), license_id=None)
    assert twisted.standing(NEW).license_id == twisted.standing(OLD).license_id
    assert twisted.standing(OLD).seated == ("one.example.com", "two.example.com")


def test_taken_up_again_the_subscription_carries_the_licence_there_is(shop: Store) -> None:
    ended = subscription(30, 30, state="ended")
    again = order("600", 45, follows="resubscribe", subscription_id="501")
    shop.tell([FIRST, BEGUN, ended, again, subscription(45, 76, id="601", order_id="600", replaces="501")])
    [stands] = living(shop)
    assert (len(keys(shop)), stands.subscription, stands.support_until) == (1, "active", at(76))
    shop.tell([replace(ended, as_of=at(50))])  # the old one saved once more speaks for nothing
    assert living(shop)[0].subscription == "active"
    shop.tell(
        [order("611", 55, follows="renewal", subscription_id="601"), subscription(55, 107, id="601", order_id="600")]
    )
    assert (len(keys(shop)), living(shop)[0].support_until) == (1, at(107))


def test_a_subscription_that_alone_says_whom_it_replaces_carries_it_too(shop: Store) -> None:
    shop.tell([FIRST, BEGUN, subscription(30, 30, state="ended")])
    shop.tell([subscription(45, 76, id="601", order_id="600", replaces="501")])
    shop.tell([order("600", 45, follows="resubscribe", subscription_id="501")])
    assert (len(keys(shop)), living(shop)[0].support_until) == (1, at(76))


def test_what_else_was_in_the_cart_is_no_part_of_the_subscription(shop: Store) -> None:
    cart = (OrderLine("1", SINGLE, total="10.00"), OrderLine("2", THEME, total="30.00"))
    shop.tell([replace(FIRST, lines=cart, total="40.00"), BEGUN, RENEWAL, follows("510", 31, "switch", AGENCY)])
    assert sorted(stands.product or "" for stands in living(shop)) == ["agency", "theme"]


def test_two_subscriptions_of_one_cart_each_speak_for_their_own(shop: Store) -> None:
    cart = (OrderLine("1", SINGLE, total="10.00"), OrderLine("2", AGENCY, total="90.00"))
    shop.tell([replace(FIRST, lines=cart, total="100.00"), BEGUN, subscription(0, 20, AGENCY, "ended", id="502")])
    found = {stands.product: (stands.subscription, stands.support_until) for stands in living(shop)}
    assert found == {"single": ("active", at(30)), "agency": ("ended", at(20))}


def test_each_unit_of_a_renewal_goes_on_with_a_licence_of_its_own(shop: Store) -> None:
    two = (OrderLine("1", SINGLE, quantity=2, total="20.00"),)
    shop.tell([replace(FIRST, lines=two), BEGUN, replace(RENEWAL, lines=two)])
    assert len(keys(shop)) == len(living(shop)) == 2


def test_giving_a_renewal_back_takes_back_the_renewal_and_never_the_licence(shop: Store) -> None:
    shop.tell([FIRST, BEGUN, RENEWAL, RENEWED, replace(RENEWAL, state="refunded", as_of=at(31))])
    [stands] = living(shop)
    assert (stands.support_until, stands.updates_until) == (at(30), at(30))


def test_money_back_for_the_purchase_and_every_renewal_ends_the_licence(shop: Store) -> None:
    shop.tell([FIRST, BEGUN, RENEWAL, RENEWED, replace(FIRST, state="refunded", as_of=at(31))])
    assert len(living(shop)) == 1
    shop.tell([replace(RENEWAL, state="refunded", as_of=at(32))])
    assert living(shop) == []


def test_a_renewal_lifts_no_suspension(shop: Store) -> None:
    shop.tell([FIRST, BEGUN])
    [key] = keys(shop)
    shop.tell([StatusChanged(Key(key), "suspended", at(10)), RENEWAL])
    assert shop.standing(key).status == "suspended"


@pytest.mark.parametrize("early", [1, 200])
def test_r2_a_yearly_licence_renewed_early_loses_no_day(store: Store, early: int) -> None:
    store.add_product(Product("forms", refs=("sku:F",), license_term="1 year", support_term="1 year", issues_keys=True))
    first = order("1", 0, ("sku:F",))
    again = follows("2", 365 - early, "renewal", ("sku:F",), subscription_id="77")
    store.tell([first, again])
    [stands] = living(store)
    assert stands.expires_at == stands.support_until
    assert stands.expires_at is not None
    assert timedelta(days=729) < stands.expires_at - at(0) < timedelta(days=733)
    store.tell([replace(again, state="refunded", as_of=at(366))])
    back = store.standing(keys(store)[0])
    assert back.expires_at is not None
    assert timedelta(days=365) < back.expires_at - at(0) < timedelta(days=368)
    assert back.support_until == back.expires_at


def test_an_imported_licence_that_knows_its_order_is_the_licence_of_that_order(shop: Store) -> None:
    own = Granted(OLD, "single", at(0, 5), ADA, site_limit=5, order_id="500", purchased_at=at(0), support_until=at(20))
    shop.tell([own, replace(FIRST, as_of=at(40)), BEGUN, RENEWAL])
    stands = shop.standing(OLD)
    assert (keys(shop), stands.site_limit, stands.subscription) == ([OLD], 5, "active")
    shop.tell([replace(FIRST, state="refunded", as_of=at(41)), replace(RENEWAL, state="refunded", as_of=at(41))])
    assert shop.standing(OLD).status == "refunded"


def test_an_imported_licence_may_know_its_order_by_the_number_people_see(shop: Store) -> None:
    own = Granted(OLD, "theme", at(0), ADA, order_id="A-17", support_until=at(90))
    shop.tell([own, order("900", 0, THEME, number="A-17")])
    assert (keys(shop), shop.standing(OLD).support_until) == ([OLD], at(90))


def test_a_number_that_is_somebody_elses_brings_no_licence_along(shop: Store) -> None:
    own = Granted(OLD, "theme", at(0), Person("8", "bob@example.com"), order_id="900")
    shop.tell([own, order("900", 0, THEME)])
    assert len(keys(shop)) == 2


def test_units_that_were_not_imported_are_issued(shop: Store) -> None:
    own = Granted(OLD, "theme", at(0), ADA, order_id="900")
    shop.tell([own, order("900", 0, lines=(OrderLine("1", THEME, quantity=3, total="30.00"),))])
    assert len(keys(shop)) == 3
