"""The ledger is order-free and duplicate-proof: any permutation and duplication of a history gives the same ledger."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from connector.domain.licensing.catalogue import Product
from connector.domain.licensing.events import (
    CustomerMerged,
    CustomerSeen,
    Granted,
    InvoiceSeen,
    Key,
    LedgerEvent,
    OrderLine,
    OrderSeen,
    OwnerChanged,
    Person,
    Refund,
    Renewed,
    SiteActivated,
    SiteDeactivated,
    StatusChanged,
    SubscriptionSeen,
    SupportExtended,
)
from tests.support.stores import NOW, Store

ADA, BOB = Person("7", "ada@example.com", "Ada"), Person("8", "bob@example.com", "Bob")
FORMS, SUPPORT = ("sku:FORMS",), ("sku:SUP-12",)


def at(days: int) -> Any:
    return NOW - timedelta(days=100 - days)


def order(day: int, state: str, **more: Any) -> OrderSeen:
    lines = (OrderLine("1", FORMS, total="99.00"), OrderLine("2", SUPPORT, total="49.00"))
    values: dict[str, Any] = {"customer": ADA, "lines": lines, "total": "148.00", "currency": "USD"}
    paid = {"paid_at": at(3), "fulfilled": True} if state != "pending" else {}
    return OrderSeen("12", state, at(day), **(values | paid | more))


KEY, OTHER = Key("AAAA-BBBB-CCCC-0001"), Key("AAAA-BBBB-CCCC-0002")
HISTORY: list[LedgerEvent] = [
    Granted(KEY, "forms", at(1), ADA, site_limit=2, order_id="11", support_until=at(60)),
    SiteActivated(KEY, "one.example.com", at(2)),
    SiteActivated(KEY, "two.example.com", at(3)),
    SiteActivated(KEY, "three.example.com", at(4)),
    SiteDeactivated(KEY, "one.example.com", at(5)),
    OwnerChanged(KEY, BOB, ADA, at(6)),
    SupportExtended(KEY, period="12 months", as_of=at(7)),
    Renewed(KEY, at(8), expires_at=at(400)),
    StatusChanged(KEY, "suspended", at(9)),
    StatusChanged(KEY, "active", at(9)),
    Granted(OTHER, "crm", at(10), BOB, purchase="recurring", subscription_id="s1"),
    SubscriptionSeen("s1", "active", at(11), key=OTHER, paid_until=at(130)),
    SubscriptionSeen("s1", "cancelled", at(12)),
    order(2, "pending"),
    order(3, "paid"),
    order(20, "paid", refunds=(Refund("r1", "49.00"),)),
    order(30, "refunded", refunds=(Refund("r1", "49.00"), Refund("r2", "99.00"))),
    InvoiceSeen("i1", "issued", at(40), ADA, due_at=at(50)),
    InvoiceSeen("i1", "paid", at(51)),
    CustomerSeen(Person("7", "ada.new@example.com"), at(41)),
    CustomerMerged(Person("7"), Person("9", "old.ada@example.com"), at(42)),
]
_TABLES = ["sites", "links", "events", "accounts", "licences", "products"]


def ledger_after(store: Store, events: list[LedgerEvent]) -> dict[str, Any]:
    with store.runtime.engine.begin() as tx:
        for table in _TABLES:
            tx.execute(text(f"DELETE FROM {table}"))
    store.add_product(Product("forms", refs=FORMS, site_limit=2, issues_keys=True))
    store.add_product(Product("forms-support", refs=SUPPORT, extends="forms", support_term="12 months"))
    store.tell(events)
    return store.ledger()


@pytest.mark.slow
@given(data=st.data())
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_permutation_and_duplication_gives_the_same_ledger(store: Store, data: st.DataObject) -> None:
    straight = ledger_after(store, HISTORY)
    twisted = data.draw(st.permutations(HISTORY))
    twice = data.draw(st.lists(st.sampled_from(HISTORY), max_size=5))
    assert ledger_after(store, [*twisted, *twice]) == straight


def test_backwards_is_forwards(store: Store) -> None:
    assert ledger_after(store, HISTORY[::-1]) == ledger_after(store, HISTORY)


def test_older_news_never_overwrites_newer(store: Store) -> None:
    store.tell(
        [Granted(KEY, "forms", at(1), ADA), StatusChanged(KEY, "revoked", at(9)), StatusChanged(KEY, "active", at(5))]
    )
    assert store.standing(KEY).status == "revoked"


def test_without_host_time_news_counts_in_order_of_arrival(store: Store) -> None:
    for minute, status in enumerate(("suspended", "active", "suspended")):
        store.tell([StatusChanged(KEY, status)], now=NOW + timedelta(minutes=minute))
    store.tell([Granted(KEY, "forms", at(1), ADA)])
    assert store.standing(KEY).status == "suspended"
