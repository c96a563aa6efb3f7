"""Plans as the ledger knows them: of the licence asked about, of others of its holder, and of strangers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from connector.domain.licensing.events import Granted, Key, Person
from tests.support.offices import ADA, KEY
from tests.support.stores import NOW, Store
from tests.support.talks import EVE, Talk

FORMS, CRM, PLAN = KEY, Key("CCCC-0001"), Key("PPPP-0001")


@pytest.fixture
def talk(stores: Callable[..., Store], kind_of_database: str) -> Talk:
    return Talk(stores(kind_of_database, "whmcs-modules", {"entitlement.requester_mode": "notice"}))


def give(talk: Talk, key: Key, product: str, holder: Person = ADA, **terms: Any) -> None:
    talk.store.tell([Granted(key, product, NOW, holder, support_until=NOW + timedelta(days=900), **terms)])


def priority(talk: Talk, key: Key, requester: Person = ADA, **asked: Any) -> str:
    words = {"request_kind": "bug", "reproduction": "Click.", "key": key, "requester": requester} | asked
    answer = talk.ask(f"{key}-{requester.email}-{len(talk.listed())}", **words)
    return str(answer.ticket["priority"]) if answer.ticket else str(answer.decision["outcome"])


def test_one_products_priority_plan_does_not_lift_another_product(talk: Talk) -> None:
    give(talk, FORMS, "forms", plan="priority")
    give(talk, CRM, "crm")
    assert (priority(talk, FORMS), priority(talk, CRM)) == ("priority", "standard")


def test_a_second_licence_of_the_product_and_a_product_that_is_a_plan_lift(talk: Talk) -> None:
    give(talk, FORMS, "forms")
    give(talk, CRM, "forms", plan="priority")
    assert priority(talk, FORMS) == "priority"


def test_a_product_that_is_a_plan_lifts_every_product(talk: Talk) -> None:
    give(talk, FORMS, "forms")
    assert priority(talk, FORMS) == "standard"
    give(talk, PLAN, "priority")
    assert priority(talk, FORMS) == "priority"


def test_a_stranger_gets_neither_the_holders_priority_nor_his_server_plan(talk: Talk) -> None:
    """And his own where he has them."""
    give(talk, FORMS, "forms", plan="priority")
    give(talk, PLAN, "server-management")
    assert priority(talk, FORMS, request_kind="server_admin") == "priority"
    assert priority(talk, FORMS, EVE) == "standard"
    assert priority(talk, FORMS, EVE, request_kind="server_admin") == "deny"
    give(talk, replace_key(PLAN), "server-management", EVE)
    assert priority(talk, FORMS, EVE, request_kind="server_admin") == "standard"


def replace_key(key: Key) -> Key:
    return Key(key.replace("0001", "0002"))


def test_chn_07_a_client_with_tickets_is_no_first_contact(stores: Callable[..., Store], kind_of_database: str) -> None:
    """CHN-07, CHN-08: by any of his names; what was refused was no contact yet."""
    talk = Talk(stores(kind_of_database, "hourly-services"))

    def code(request_id: str, **asked: Any) -> str:
        answer = talk.ask(request_id, channel="email", **asked)
        return str(answer.decision["reasons"][0]["code"])

    assert code("e1", requester=ADA) == "first_contact_noted"
    talk.ask("t1", requester=EVE)
    assert code("e2", requester=EVE) == "use_helpdesk"
    assert code("e3", requester=replace(EVE, id=None)) == "use_helpdesk"
    assert code("e4", requester=Person("9", None)) == "use_helpdesk"
    assert code("e5", requester=Person("10", "new@example.com")) == "first_contact_noted"
