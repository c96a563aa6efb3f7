"""One purchase, one answer: by key, order id, any number of the order, e-mail or site, the verdict is the same."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

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
    SupportExtended,
)
from connector.domain.policy.decide import decide
from connector.domain.policy.requests import Request
from connector.requests.eligibility import Query, check, guess
from connector.requests.facts import gather_judged
from connector.storage.database import reading
from connector.vendors.vendor import named
from tests.support.stores import NOW, Store

ADA = Person("7", "ada@example.com", "Ada")
KEY, SITE = Key("SHOP-0001-0001-0001"), "one.example.com"


def at(day: int) -> datetime:
    return NOW - timedelta(days=100) + timedelta(days=day)


LINE = OrderLine("1", ("sku:FORMS",), total="99.00", keys=(KEY,))
ORDER = OrderSeen(
    "977", "paid", at(0), "WC-1042", ADA, (LINE,), (), "99.00", "EUR", at(0), True, whole=True, names=("1042",)
)
BOUGHT: list[LedgerEvent] = [ORDER, SiteActivated(KEY, SITE, at(1))]
HAPPENED: dict[str, LedgerEvent] = {
    "suspended": StatusChanged(KEY, "suspended", at(9)),
    "revoked": StatusChanged(KEY, "revoked", at(9)),
    "deleted": StatusChanged(KEY, "deleted", at(9)),
    "refunded": replace(ORDER, state="refunded", as_of=at(10)),
    "line refunded": replace(ORDER, refunds=(Refund("r", "99.00"),), as_of=at(10)),
    "cancelled": replace(ORDER, state="cancelled", as_of=at(10)),
    "cancelled, then on hold": replace(ORDER, state="pending", as_of=at(11)),
    "support over": SupportExtended(KEY, support_until=at(50), as_of=at(12)),
    "goodwill": SupportExtended(KEY, period="12 months", as_of=at(99)),
    "expired": Granted(KEY, "forms", at(13), ADA, order_id="977", expires_at=at(60), support_until=at(400)),
}
WAYS = [KEY, "order:977", "977", "WC-1042", "#WC-1042", "#1042", "1042", "ada@example.com", SITE, f"https://{SITE}/"]


def said(decision: Any) -> tuple[Any, ...]:
    return decision["outcome"], [(each["code"], each["message"], each["facts"]) for each in decision["reasons"]]


def looked_up(store: Store, way: str) -> tuple[Any, ...]:
    with reading(store.runtime.engine) as tx:
        vendor = named(tx, store.runtime, store.slug)
        query = replace(guess(way), kind="bug", site=SITE)
        found = check(tx, store.runtime, vendor, query, NOW)
    assert found["found"], way
    return said(found["decision"]), found["license"]


def requested(store: Store, **asked: Any) -> tuple[Any, ...]:
    with reading(store.runtime.engine) as tx:
        vendor = named(tx, store.runtime, store.slug)
        request = Request("r1", NOW, requester=ADA, requester_verified=True, request_kind="bug", site=SITE, **asked)
        judging, facts = gather_judged(tx, vendor, store.keyring, request, NOW)
        decision = decide(facts, judging.policy, NOW)
    return decision.outcome, [(each.code, each.message) for each in decision.findings], facts.standing


@pytest.fixture
def shop(store: Store) -> Store:
    store.add_product(Product("forms", refs=("sku:FORMS",), site_limit=2, support_term="12 months"))
    store.tell(BOUGHT)
    return store


def holds(shop: Store) -> None:
    assert [looked_up(shop, way) for way in WAYS] == [looked_up(shop, KEY)] * len(WAYS)
    by_key = requested(shop, key=KEY)
    ways: list[dict[str, Any]] = [{"order_id": name} for name in ("977", "WC-1042", "1042")]
    for way in (*ways, {}, {"purchase_code": KEY}, {"key": Key("SHOP-0001-0001-000l"), "order_id": "1042"}):
        assert requested(shop, **way) == by_key


@pytest.mark.parametrize("happened", ["nothing", *HAPPENED])
def test_one_purchase_has_one_answer(shop: Store, happened: str) -> None:
    shop.tell([HAPPENED[happened]] if happened in HAPPENED else [])
    holds(shop)


@pytest.mark.slow
@given(told=st.lists(st.sampled_from(sorted(HAPPENED)), max_size=4))
@settings(
    max_examples=20, deadline=None, phases=[Phase.generate], suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_one_purchase_has_one_answer_whatever_happened(shop: Store, told: list[str]) -> None:
    shop.tell([HAPPENED[name] for name in told])
    holds(shop)


def test_an_imported_licence_is_found_by_the_number_it_was_imported_with(store: Store) -> None:
    store.tell(
        [Granted(KEY, "forms", at(0), ADA, order_id="A-17", support_until=at(400)), SiteActivated(KEY, SITE, at(1))]
    )
    assert looked_up(store, "#A-17") == looked_up(store, KEY)
    assert looked_up(store, "A-17") == looked_up(store, KEY)


def test_an_order_of_support_alone_leads_to_the_licence_it_supports(shop: Store) -> None:
    shop.add_product(Product("help", refs=("sku:HELP",), extends="forms", support_term="12 months"))
    shop.tell(
        [
            replace(
                ORDER, order_id="990", number="WC-1043", names=(), lines=(OrderLine("1", ("sku:HELP",), total="49.00"),)
            )
        ]
    )
    assert requested(shop, order_id="WC-1043") == requested(shop, key=KEY)


def test_somebody_elses_number_leads_nowhere(shop: Store) -> None:
    bob = Person("8", "bob@example.com")
    with reading(shop.runtime.engine) as tx:
        vendor = named(tx, shop.runtime, shop.slug)
        for name in ("977", "WC-1042", "1042"):
            request = Request("r1", NOW, order_id=name, requester=bob, requester_verified=True)
            assert gather_judged(tx, vendor, shop.keyring, request, NOW)[1].standing is None


def test_a_key_that_reads_like_a_number_is_found_as_a_key(store: Store) -> None:
    store.tell([Granted(Key("123456789"), "forms", at(0), ADA, support_until=at(400))])
    with reading(store.runtime.engine) as tx:
        vendor = named(tx, store.runtime, store.slug)
        assert check(tx, store.runtime, vendor, guess("123456789"), NOW)["found"]
        assert not check(tx, store.runtime, vendor, Query(order="555"), NOW)["found"]
