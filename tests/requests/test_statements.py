"""How many statements read a customer's file: three at the most, whatever is asked and however much there is.

Counted is what is said to the database between the request (the query, the question) and its facts (the answer). The row that
keeps a request in its turn, and what a decision writes, come on top: always as many, however much there is.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, event

from connector.domain.licensing.catalogue import Product
from connector.domain.licensing.events import CustomerMerged, Granted, Key, OrderLine, OrderSeen, Person
from connector.domain.licensing.questions import Question
from connector.domain.policy.requests import Request
from connector.licences import key_rotation, lookup
from connector.licences.ledger import Ledger
from connector.licences.verification import ask
from connector.requests.customers import shown
from connector.requests.eligibility import Query, check
from connector.requests.facts import gather_judged
from connector.requests.support_requests import open_request
from connector.storage.database import reading, transaction
from connector.vendors.vendor import Vendor, named
from tests.support.stores import NOW, Store

MOST = 3
SIZES = (1, 50)
ADA = Person("7", "ada@example.com", "Ada")
ADA_AS = [Person(f"7{place}", f"ada.{place}@example.com") for place in "abc"]
EVE = Person("9", "eve@example.com", "Eve")
KEY, OLD, NEW, UNKNOWN = (Key(f"{word}-0000-0000") for word in ("MANY", "OLDK", "NEWK", "NONE"))
BOUGHT = NOW - timedelta(days=10)
LOOKS_AT_ALL = {
    "requests.restrictions": True,
    "requests.quota": 1000,
    "requests.quota_per": "30 days",
    "requests.duplicates": "redirect",
    "entitlement.pool_purchases": True,
    "channel.email.use": "first_contact",
    "channel.email.to": "https://example.com/support",
}

REQUESTS: dict[str, dict[str, Any]] = {
    "a key": {"key": KEY, "requester": ADA},
    "a key, by a stranger": {"key": KEY, "requester": EVE},
    "the key after a rotation": {"key": NEW, "requester": EVE},
    "a retired key": {"key": OLD, "requester": EVE},
    "a key nobody has": {"key": UNKNOWN, "requester": ADA},
    "a key and an order": {"key": KEY, "order_id": "o-0", "requester": ADA},
    "an order": {"order_id": "o-0", "requester": ADA},
    "an order and a wrong key": {"key": UNKNOWN, "order_id": "o-0", "requester": ADA},
    "an order for support alone": {"order_id": "s-1", "requester": ADA},
    "somebody else's order": {"order_id": "o-0", "requester": EVE},
    "a purchase code": {"purchase_code": KEY, "requester": ADA},
    "an order as purchase code": {"purchase_code": Key("o-0"), "requester": ADA},
    "a person": {"requester": ADA},
    "a person merged thrice": {"requester": ADA_AS[2]},
    "a person nobody vouches for": {"requester": ADA, "requester_verified": False},
    "a person and a product": {"requester": ADA, "product": "priority"},
    "nobody": {},
}
QUERIES = {
    "a key": Query(license_key=KEY),
    "a key nobody has": Query(license_key=UNKNOWN),
    "a retired key": Query(license_key=OLD),
    "a key, asked by another": Query(license_key=KEY, requester="eve@example.com"),
    "an order": Query(order="o-0"),
    "an order for support alone": Query(order="s-1"),
    "an order nobody has": Query(order="o-none"),
    "an order typed as key": Query(license_key="o-0"),
    "a key typed as order": Query(order=KEY),
    "an order and an address": Query(order="o-0", email="ada@example.com"),
    "an address": Query(email="ada@example.com"),
    "an address that was merged": Query(email="ada.c@example.com"),
    "a site": Query(site="p0.example.com"),
    "a site and a product": Query(site="p0.example.com", product="priority"),
}


def fill(store: Store, many: int) -> None:
    """A customer of `many` licences, orders and plans, known by four names that were merged in a row."""
    store.add_product(Product("forms", refs=("sku:FORMS",), site_limit=1, support_term="12 months"))
    store.add_product(Product("support-pack", extends="forms", support_term="12 months"))
    told: list[Any] = []
    for number in range(many):
        key = Key(f"MANY-0000-{number:04}" if number else KEY)
        line = OrderLine("1", ("slug:forms",), total="49.00", keys=(key,))
        told.append(Granted(key, "forms", BOUGHT, ADA, order_id=f"o-{number}", plan="basic", purchase="one_time"))
        told.append(OrderSeen(f"o-{number}", "paid", NOW, customer=ADA, lines=(line,), paid_at=BOUGHT, fulfilled=True))
        told.append(Granted(Key(f"PLAN-0000-{number:04}"), "priority", BOUGHT, ADA, sites=(f"p{number}.example.com",)))
    pack = OrderLine("1", ("slug:support-pack",), total="49.00")
    told.append(OrderSeen("s-1", "paid", NOW, customer=ADA_AS[2], lines=(pack,), paid_at=NOW, fulfilled=True))
    told += [CustomerMerged(one, two, NOW) for one, two in zip([ADA, *ADA_AS], ADA_AS, strict=False)]
    told.append(Granted(OLD, "forms", BOUGHT, EVE))
    with transaction(store.runtime.engine) as tx:
        vendor = named(tx, store.runtime, store.slug)
        for number, news in enumerate(told):
            Ledger(tx, vendor, store.keyring, NOW, f"dlv_{number}").apply(news)
        held = lookup.by_key(tx, vendor.id, store.keyring.key_hash(OLD))
        assert held is not None
        key_rotation.rotate(tx, store.keyring, vendor.id, held.id, NEW, NOW, NOW)


@pytest.fixture
def filled(stores: Callable[..., Store], kind_of_database: str) -> list[Store]:
    """A small and a large store whose policy looks at everything that a policy may look at."""
    made = [stores(kind_of_database, "whmcs-modules", LOOKS_AT_ALL) for _ in SIZES]
    for store, many in zip(made, SIZES, strict=True):
        fill(store, many)
    return made


def said(store: Store, work: Callable[[Connection, Vendor], Any], opened: Callable[[Any], Any] = reading) -> int:
    """How many statements the work says, inside a transaction and with the vendor read."""
    heard: list[str] = []
    listen = (store.runtime.engine, "before_cursor_execute", lambda *call: heard.append(call[2]))
    with opened(store.runtime.engine) as tx:
        vendor = named(tx, store.runtime, store.slug)
        event.listen(*listen)
        work(tx, vendor)
        event.remove(*listen)
    return len(heard)


def for_facts(store: Store, name: str) -> int:
    return said(store, lambda tx, vendor: gather_judged(tx, vendor, store.keyring, request(name), NOW))


def for_look_up(store: Store, query: Query) -> int:
    return said(store, lambda tx, vendor: check(tx, store.runtime, vendor, query, NOW))


def for_question(store: Store, key: Key) -> int:
    question = Question("validate", key=key, site="a.example.com")
    return said(store, lambda tx, vendor: ask(tx, store.runtime, question, NOW, vendor))


def for_request(store: Store, name: str) -> int:
    return said(
        store, lambda tx, vendor: open_request(tx, store.runtime, vendor, "ep_1", request(name), NOW), transaction
    )


def request(name: str) -> Request:
    return Request("r1", NOW, request_kind="how_to_feature", channel="email", **REQUESTS[name])


def test_the_facts_of_any_request_are_read_in_three_statements(filled: list[Store]) -> None:
    counts = {
        (name, size): for_facts(store, name) for store, size in zip(filled, SIZES, strict=True) for name in REQUESTS
    }
    assert not {place: count for place, count in counts.items() if count > MOST}


def test_any_look_up_is_read_in_three_statements(filled: list[Store]) -> None:
    """The look-up is the dry run of a decision: `connector check` and `GET /v1/eligibility`."""
    counts = {
        (name, size): for_look_up(store, query)
        for store, size in zip(filled, SIZES, strict=True)
        for name, query in QUERIES.items()
    }
    assert not {place: count for place, count in counts.items() if count > MOST}


def test_a_licence_question_and_a_customers_page_are_read_in_three_statements(filled: list[Store]) -> None:
    for store in filled:
        assert max(for_question(store, key) for key in (KEY, NEW, OLD, UNKNOWN)) <= MOST
        for word in ("7", "ada.c@example.com", "eve@example.com"):
            assert said(store, lambda tx, vendor, word=word: shown(tx, vendor, word, NOW)) <= MOST  # type: ignore[misc]


def test_a_request_takes_as_many_statements_for_fifty_licences_as_for_one(filled: list[Store]) -> None:
    """All of them: the request's own row, the file, decision, ticket, outbox and reply."""
    assert len({for_request(store, "a key") for store in filled}) == 1
