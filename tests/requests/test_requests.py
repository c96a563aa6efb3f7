"""Asking: once for each request, anew after a refusal, held and released - and what is kept of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

from sqlalchemy import func, select

from connector.domain.licensing.events import Granted, InvoiceSeen, Key, Person, StatusChanged, SupportExtended
from connector.domain.policy.requests import Request
from connector.requests.support_requests import Answer, open_request
from connector.storage.database import transaction
from connector.storage.tables import decisions, tickets
from connector.tickets import handover
from connector.vendors.vendor import named
from tests.support.stores import NOW, Store

KEY = Key("AAAA-BBBB-CCCC-0001")
ADA = Person("7", "ada@example.com", "Ada")
ASKED = Request("r1", key=KEY, product="forms", request_kind="how_to_feature", subject="Hi", requester=ADA)


def ask(store: Store, now: Any = NOW, **changes: Any) -> Answer:
    with transaction(store.runtime.engine) as tx:
        vendor = named(tx, store.runtime, store.slug)
        return open_request(tx, store.runtime, vendor, "ep_1", replace(ASKED, **changes), now)


def codes(answer: Answer) -> list[str]:
    return [reason["code"] for reason in answer.decision["reasons"]]


def count(store: Store, table: Any) -> int:
    with transaction(store.runtime.engine) as tx:
        return int(tx.execute(select(func.count()).select_from(table)).scalar_one())


def test_chn_14_one_request_has_one_ticket_however_often_it_is_asked(store: Store) -> None:
    store.tell([Granted(KEY, "forms", NOW, ADA)])
    first, again, other = ask(store), ask(store), ask(store, request_id="r2")
    assert first.ticket is not None
    assert again.ticket is not None
    assert other.ticket is not None
    assert again.repeated
    assert again.ticket["number"] == first.ticket["number"] != other.ticket["number"]


def test_elg_04_a_refusal_is_never_remembered(store: Store) -> None:
    store.tell([Granted(KEY, "forms", NOW - timedelta(days=900), ADA, support_until=NOW - timedelta(days=1))])
    refused = ask(store)
    assert (refused.decision["outcome"], codes(refused), refused.ticket) == ("deny", ["support_expired"], None)
    store.tell([SupportExtended(KEY, period="12 months", as_of=NOW)])
    assert ask(store).decision["outcome"] == "accept"


def test_met_04_refused_requests_are_kept_with_their_reasons(store: Store) -> None:
    assert ask(store).decision["outcome"] == "deny"
    assert (count(store, decisions), count(store, tickets)) == (1, 0)


def test_elg_03_no_ticket_is_made_for_an_expired_period(store: Store) -> None:
    store.tell([Granted(KEY, "forms", NOW, ADA, support_until=NOW - timedelta(days=1))])
    ask(store)
    assert count(store, tickets) == 0


def test_inv_09_an_overdue_invoice_holds_and_its_payment_releases(stores: Callable[..., Store]) -> None:
    store = stores("sqlite", "hourly-services", {"billing.pause_on_overdue": True})
    store.tell([InvoiceSeen("i1", "overdue", NOW, ADA)])
    held = ask(store, key=None, product=None)
    assert held.ticket is not None
    assert (held.decision["outcome"], codes(held), held.ticket["state"]) == ("hold", ["invoice_overdue"], "held")
    store.tell([InvoiceSeen("i1", "paid", NOW + timedelta(hours=1), ADA)])
    released = ask(store, now=NOW + timedelta(hours=2), key=None, product=None)
    assert released.ticket is not None
    assert (released.decision["outcome"], released.ticket["state"]) == ("accept", "queued")
    assert released.ticket["number"] == held.ticket["number"]


def test_chn_07_chn_08_mail_is_for_the_first_contact_only(stores: Callable[..., Store]) -> None:
    store = stores("sqlite", "hourly-services", {})
    first = ask(store, key=None, product=None, channel="email")
    second = ask(store, key=None, product=None, channel="email", request_id="r2")
    assert (first.decision["outcome"], second.decision["outcome"]) == ("redirect", "redirect")
    assert codes(first) == ["first_contact_noted"]
    assert codes(second) != codes(first)


def test_dur_04_the_latest_end_of_all_purchases_counts(stores: Callable[..., Store]) -> None:
    store = stores("sqlite", "crmjetty", {})
    later = Key("AAAA-BBBB-CCCC-0002")
    store.tell([Granted(KEY, "forms", NOW, ADA, purchase="one_time", support_until=NOW - timedelta(days=5))])
    assert ask(store).decision["outcome"] != "accept"
    store.tell([Granted(later, "forms", NOW, ADA, purchase="one_time", support_until=NOW + timedelta(days=5))])
    assert ask(store).decision["outcome"] == "accept"


def test_sco_09_a_plan_bought_besides_opens_its_scope(store: Store) -> None:
    store.tell([Granted(KEY, "forms", NOW, ADA)])
    assert codes(ask(store, request_kind="server_admin")) == ["server_administration"]
    plan = Key("AAAA-BBBB-CCCC-0009")
    store.tell([Granted(plan, "hosting", NOW, ADA, plan="Server-Management")])
    assert ask(store, request_kind="server_admin").decision["outcome"] == "accept"
    store.tell([StatusChanged(plan, "expired", NOW + timedelta(hours=1))])
    assert codes(ask(store, request_kind="server_admin", request_id="r9")) == ["server_administration"]


def test_a_person_without_a_key_is_found_by_name_when_verified(store: Store) -> None:
    store.tell([Granted(KEY, "forms", NOW, ADA)])
    assert ask(store, key=None).decision["outcome"] == "accept"
    unverified = ask(store, key=None, requester_verified=False, request_id="r2")
    assert codes(unverified) == ["licence_required"]


def test_a_stranger_does_not_get_in_by_an_order_number(store: Store) -> None:
    store.tell([Granted(KEY, "forms", NOW, ADA, order_id="12")])
    assert ask(store, key=None, order_id="12").decision["outcome"] == "accept"
    stranger = ask(store, key=None, order_id="12", requester=Person("9", "eve@example.com"), request_id="r2")
    assert stranger.decision["outcome"] != "accept"


def test_a_held_request_that_is_asked_twice_keeps_its_ticket(stores: Callable[..., Store]) -> None:
    store = stores("sqlite", "hourly-services", {"billing.pause_on_overdue": True})
    store.tell([InvoiceSeen("i1", "overdue", NOW, ADA)])
    first, again = ask(store, key=None, product=None), ask(store, key=None, product=None)
    assert first.ticket is not None
    assert again.ticket is not None
    assert first.ticket["number"] == again.ticket["number"]
    assert count(store, tickets) == 1


def test_elg_04_what_was_added_after_a_refusal_reaches_the_ticket(store: Store) -> None:
    store.tell([Granted(KEY, "forms", NOW - timedelta(days=900), ADA, support_until=NOW - timedelta(days=1))])
    assert ask(store, message="It fails").ticket is None
    store.tell([SupportExtended(KEY, period="12 months", as_of=NOW)])
    assert ask(store, message="It fails on export", environment={"php": "8.2"}).ticket is not None
    ask(store, message="Said after the ticket was made")
    with transaction(store.runtime.engine) as tx:
        ticket = tx.execute(select(tickets)).one()
        request, texts = handover.request_of(tx, store.runtime, ticket.request_id)
    assert (texts["message"], request.environment) == ("It fails on export", {"php": "8.2"})


def test_a_held_request_that_is_sent_away_once_keeps_its_ticket(stores: Callable[..., Store]) -> None:
    store = stores("sqlite", "hourly-services", {"billing.pause_on_overdue": True})
    store.tell([InvoiceSeen("i1", "overdue", NOW, ADA)])
    held = ask(store, key=None, product=None)
    assert ask(store, key=None, product=None, channel="social").decision["outcome"] == "redirect"
    store.tell([InvoiceSeen("i1", "paid", NOW + timedelta(hours=1), ADA)])
    released = ask(store, now=NOW + timedelta(hours=2), key=None, product=None)
    assert held.ticket is not None
    assert released.ticket is not None
    assert (released.ticket["number"], released.ticket["state"]) == (held.ticket["number"], "queued")
