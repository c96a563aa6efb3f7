"""Trouble with a payment, from the orders that shops tell: taken without a licence, and told what is known of the order."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from connector.domain.licensing.catalogue import Product
from connector.domain.licensing.events import Granted, InvoiceSeen, Key, OrderLine, OrderSeen, Person
from connector.requests.support_requests import Answer
from tests.requests.test_history import BOTH
from tests.requests.test_requests import ADA, KEY, ask, codes
from tests.support.stores import NOW, Store

Stores = Callable[..., Store]
LINE = OrderLine("1", ("sku:FORMS",), total="99.00")
PENDING = OrderSeen("12", "pending", NOW, customer=ADA, lines=(LINE,), total="99.00", currency="USD")
PAID = replace(PENDING, state="paid", as_of=NOW + timedelta(minutes=5), paid_at=NOW + timedelta(minutes=5))
SECOND = replace(PAID, order_id="13", paid_at=NOW + timedelta(days=2), as_of=NOW + timedelta(days=2))
EVE = Person("9", "eve@example.com")


@pytest.fixture(params=BOTH)
def shop(request: pytest.FixtureRequest, stores: Stores) -> Store:
    store = stores(request.param, "crmjetty", {})
    store.add_product(Product("forms", refs=("sku:FORMS",), purchase="one_time"))
    return store


def trouble(store: Store, kind: str, **changes: Any) -> Answer:
    return ask(store, NOW + timedelta(days=3), key=None, request_kind=kind, request_id=f"r-{kind}-{changes}", **changes)


def facts_of(answer: Answer, code: str) -> Any:
    return next(reason["facts"] for reason in answer.decision["reasons"] if reason["code"] == code)


def test_pur_04_a_pending_order_is_not_paid_again(shop: Store) -> None:
    """PUR-01, PUR-04, PUR-08: the shop says pending, whatever the customer calls it; support itself is not there yet."""
    shop.tell([PENDING])
    told = trouble(shop, "payment_failed", order_id="12", cause="page_left")
    assert (told.decision["outcome"], told.ticket is not None) == ("accept", True)
    assert facts_of(told, "do_not_pay_again") == {"orders": ["12"]}
    assert "payment_restart" not in codes(told)
    assert codes(trouble(shop, "bug", order_id="12"))[0] == "payment_pending"


def test_pur_05_two_orders_for_one_thing_are_found_and_count_once(shop: Store) -> None:
    """PUR-05: by the person alone, without any order number; the support they give is that of one purchase."""
    shop.tell([PAID, SECOND])
    told = trouble(shop, "purchase_problem")
    assert facts_of(told, "duplicate_payment") == {"orders": ["12", "13"]}
    assert trouble(shop, "how_to_feature").decision["outcome"] == "accept"
    later = ask(shop, NOW + timedelta(days=120), key=None, request_kind="how_to_feature", request_id="late")
    assert "chargeable_offer" in codes(later), "three months, not six"


def test_pur_05_what_was_paid_back_is_no_second_payment(shop: Store) -> None:
    """PUR-05, DUR-05"""
    shop.tell([PAID, SECOND, replace(SECOND, state="refunded", as_of=NOW + timedelta(days=2, hours=1))])
    assert "duplicate_payment" not in codes(trouble(shop, "purchase_problem"))
    assert trouble(shop, "how_to_feature").decision["outcome"] == "accept"


def test_pur_01_nobody_learns_of_other_peoples_orders(shop: Store) -> None:
    """PUR-01: a stranger with trouble is taken as well, and told nothing of an order that is not his."""
    shop.tell([PENDING, SECOND])
    told = trouble(shop, "payment_failed", requester=EVE)
    assert told.decision["outcome"] == "accept"
    assert not {"do_not_pay_again", "duplicate_payment"} & set(codes(told))


@pytest.mark.parametrize("requester", [EVE, None], ids=["stranger", "nobody"])
def test_pur_01_a_guessed_order_number_tells_nothing(shop: Store, requester: Person | None) -> None:
    """PUR-01: numbers are easily guessed; only who bought learns how an order stands."""
    shop.tell([PENDING, replace(SECOND, state="refunded")])
    for number in ("12", "13"):
        for kind in ("payment_failed", "bug"):
            stranger = set(codes(trouble(shop, kind, requester=requester, order_id=number)))
            nothing = set(codes(trouble(shop, kind, requester=requester, order_id="99")))
            assert stranger == nothing
    assert "payment_pending" in codes(trouble(shop, "bug", order_id="12"))
    assert "support_expired" in codes(trouble(shop, "bug", order_id="13"))


def test_pur_04_a_guest_is_known_by_address_and_order_number_together(shop: Store) -> None:
    """PUR-04, R9: nobody vouches for a guest, so the address alone is not enough, and with the number it is."""
    shop.tell([PENDING])
    guest: dict[str, Any] = {"requester": Person(None, "ada@example.com"), "requester_verified": False}
    assert "do_not_pay_again" not in codes(trouble(shop, "payment_failed", **guest))
    assert "do_not_pay_again" in codes(trouble(shop, "payment_failed", order_id="12", **guest))


@pytest.mark.parametrize(("days", "outcome"), [(6, "accept"), (8, "hold")])
def test_r5_an_unpaid_invoice_has_its_days_of_grace(stores: Stores, days: int, outcome: str) -> None:
    """R5, INV-09: seven days after it was due, new work waits."""
    store = stores("sqlite", "hourly-services", {"billing.pause_on_overdue": True, "billing.grace": "7d"})
    store.tell([InvoiceSeen("i1", "issued", NOW, ADA, due_at=NOW)])
    answer = ask(store, NOW + timedelta(days=days), key=None, product=None)
    assert answer.decision["outcome"] == outcome


def test_r28_an_add_on_bought_besides_is_found(stores: Stores) -> None:
    """R28: the request names the core's key, the add-on is another licence of the same person."""
    settings = {"component.core.open": False, "component.core.plans": ["addon"], "attestations.required": []}
    store = stores("sqlite", "jetpack-crm", settings)
    store.tell([Granted(KEY, "core", NOW, ADA)])
    words: dict[str, Any] = {"product": "core", "component": "core", "now": NOW + timedelta(days=900)}
    assert "subscription_required" in codes(ask(store, **words))
    store.tell([Granted(Key("AAAA-BBBB-CCCC-0009"), "addon", NOW, ADA)])
    assert ask(store, **words).decision["outcome"] == "accept"
