"""What a person asked before, where the vendor's policy counts it: duplicates and quotas, through the database."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from connector.domain.licensing.events import Granted, Person
from connector.storage.database import transaction
from connector.storage.tables import links, tickets
from connector.tickets import schedule
from tests.requests.test_requests import ADA, KEY, ask, codes
from tests.support.stores import NOW, Store

BOTH = ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)]
Stores = Callable[..., Store]


def open_store(stores: Stores, database: str, **settings: Any) -> Store:
    store = stores(database, "whmcs-modules", {key.replace("__", "."): value for key, value in settings.items()})
    store.tell([Granted(KEY, "forms", NOW, ADA, support_until=NOW + timedelta(days=900))])
    return store


def act(store: Store, number: str, kind: str, at: Any = NOW) -> None:
    with transaction(store.runtime.engine) as tx:
        ticket = tx.execute(select(tickets).where(tickets.c.number == number)).one()
        schedule.record(tx, ticket, kind, at, f"{kind}-{at}", at)
        schedule.plan(tx, store.runtime, ticket, at)


@pytest.mark.parametrize("database", BOTH)
def test_r19_the_same_question_leads_to_the_open_ticket(stores: Stores, database: str) -> None:
    """R19: by any name of the person, until the ticket is solved, and again when it is reopened."""
    store = open_store(stores, database, requests__duplicates="redirect")
    first = ask(store)
    assert first.ticket is not None
    number = first.ticket["number"]
    again = ask(store, request_id="r2", requester=Person(None, "ADA@example.com".lower()))
    assert (again.decision["outcome"], codes(again), again.ticket) == ("redirect", ["already_asked"], None)
    assert again.decision["reasons"][0]["facts"] == {"ticket": number}
    assert ask(store, request_id="r3", request_kind="bug", reproduction="Click.").decision["outcome"] == "accept"
    assert ask(store).repeated, "the request itself is answered as before"
    act(store, number, "resolved")
    act(store, number, "reopened", NOW + timedelta(hours=1))
    assert codes(ask(store, request_id="r4")) == ["already_asked"]
    act(store, number, "resolved", NOW + timedelta(hours=2))
    assert ask(store, request_id="r5").decision["outcome"] == "accept"


@pytest.mark.parametrize("database", BOTH)
def test_r29_a_quota_counts_the_persons_own_tickets(stores: Stores, database: str) -> None:
    """R29: tickets count, refusals and other people's tickets do not; the period goes by."""
    store = open_store(stores, database, requests__quota=2, requests__quota_per="30 days")
    eve = Person("9", "eve@example.com")
    assert ask(store, request_id="r0", request_kind="custom_dev").decision["outcome"] == "deny"
    for number, person in enumerate((ADA, eve, ADA)):
        assert ask(store, request_id=f"r{number + 1}", requester=person).decision["outcome"] == "accept"
    refused = ask(store, request_id="r4")
    assert (refused.decision["outcome"], codes(refused)) == ("deny", ["quota_used"])
    assert ask(store, request_id="r5", requester=eve).decision["outcome"] == "accept"
    assert ask(store, request_id="r6", request_kind="security").decision["outcome"] == "accept"
    assert ask(store, now=NOW + timedelta(days=31), request_id="r4").decision["outcome"] == "accept"


def test_only_what_became_a_ticket_is_remembered(stores: Stores) -> None:
    """For lists by customer, and for the first contact, whatever the policy counts."""
    store = open_store(stores, "sqlite")
    asked = select(func.count()).select_from(links).where(links.c.link.like("asked:%"))
    for kind, count in (("custom_dev", 0), ("how_to_feature", 2)):
        ask(store, request_kind=kind)
        with transaction(store.runtime.engine) as tx:
            assert tx.execute(asked).scalar_one() == count


def test_a_held_request_that_is_asked_again_is_no_duplicate_of_itself(stores: Stores) -> None:
    """R19: the ticket that is on hold is its own."""
    store = open_store(stores, "sqlite", requests__duplicates="redirect", scope__how_to_feature__cover="billable")
    first, again = ask(store), ask(store)
    assert first.ticket is not None
    assert again.ticket is not None
    assert (again.decision["outcome"], again.ticket["number"]) == ("hold", first.ticket["number"])
