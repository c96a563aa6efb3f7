"""A customer with many licences: a request costs as many statements as for one with few."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import event

from connector.domain.licensing.catalogue import Product
from connector.domain.licensing.events import Granted, Key, OrderLine, OrderSeen, Person
from connector.domain.policy.requests import Request
from connector.requests.support_requests import open_request
from connector.storage.database import transaction
from connector.vendors.vendor import named
from tests.support.stores import NOW, Store

ADA = Person("7", "ada@example.com")


def customer_of(store: Store, licences: int) -> None:
    store.add_product(Product("support-pack", extends="forms", support_term="12 months"))
    for number in range(licences):
        bought = NOW - timedelta(days=10)
        store.tell([Granted(Key(f"MANY-0000-{number:04}"), "forms", bought, ADA, purchase="one_time", plan="basic")])
    line = OrderLine("1", ("slug:support-pack",), total="49.00")
    store.tell([OrderSeen("o-1", "paid", NOW, customer=ADA, lines=(line,), paid_at=NOW, fulfilled=True)])


def statements_of_a_request(store: Store) -> int:
    said: list[str] = []
    listen = (store.runtime.engine, "before_cursor_execute", lambda *call: said.append(call[2]))
    asked = Request("r1", key=Key("MANY-0000-0001"), product="forms", request_kind="how_to_feature", requester=ADA)
    with transaction(store.runtime.engine) as tx:
        vendor = named(tx, store.runtime, store.slug)
        event.listen(*listen)
        answer = open_request(tx, store.runtime, vendor, "ep_1", asked, NOW)
        event.remove(*listen)
    assert answer.decision["outcome"] == "accept"
    return len(said)


@pytest.mark.parametrize("policy", ["whmcs-modules", "crmjetty"])
def test_dur_04_many_licences_of_one_product_cost_no_more_statements(stores: Callable[..., Store], policy: str) -> None:
    """Support bought in an order of its own stands beside them, so each licence must know whether it is the only one."""
    few, many = stores("sqlite", policy), stores("sqlite", policy)
    customer_of(few, 3)
    customer_of(many, 23)
    assert statements_of_a_request(many) == statements_of_a_request(few)
