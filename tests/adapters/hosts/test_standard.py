"""The standard format (contract 3.2): every event type, what is refused and where, what is cut out of texts."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from adapters.hosts.standard import EVENTS, HOST
from connector.domain.licensing.events import (
    CustomerMerged,
    CustomerSeen,
    Granted,
    InvoiceSeen,
    Key,
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
from connector.domain.news import Ignored, News
from connector.domain.policy.requests import EstimateAnswered, Message, Request
from connector.ports import Delivery, Unreadable
from tests.adapters.hosts.bodies import fixture, fixtures

AT = datetime(2026, 5, 4, 8, 15, 30, tzinfo=UTC)
KEY = Key("NORD-44TT-99AA-7C7C")
MIA = Person("c-17", "mia@studio.example", "Mia Muster")
LINES = (
    OrderLine("1", ("slug:nordic-slider",), 1, "59.00", (KEY,)),
    OrderLine("2", ("slug:nordic-support",), 2, "20.00"),
)
BOUGHT: dict[str, Any] = {
    "order_id": "5521",
    "as_of": AT,
    "customer": MIA,
    "lines": LINES,
    "total": "79.00",
    "currency": "EUR",
}
SLIDER: dict[str, Any] = {
    "subscription_id": "s-900",
    "as_of": AT,
    "key": KEY,
    "customer": MIA,
    "product": "nordic-slider",
}
BILLED: dict[str, Any] = {"invoice_id": "3001", "as_of": AT, "customer": MIA, "total": "240.00", "currency": "USD"}
DUE = datetime(2026, 5, 18, 21, 59, 59, tzinfo=UTC)


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)  # type: ignore[misc,arg-type]


EXPECTED: dict[str, News] = {
    "license.granted": Granted(
        key=KEY,
        product="nordic-slider",
        as_of=AT,
        holder=MIA,
        site_limit=2,
        expires_at=utc(2027, 5, 4, 21, 59, 59),
        support_until=utc(2026, 11, 4, 23, 59, 59),
        updates_until=utc(2027, 5, 4, 23, 59, 59),
        plan="studio",
        purchase="recurring",
        order_id="5521",
        purchased_at=utc(2026, 5, 4, 8, 15),
        sites=("studio.example", "shop.studio.example"),
    ),
    "license.granted.lifetime": Granted(KEY, "nordic-slider", AT, Person(email="mia@studio.example")),
    "license.renewed": Renewed(KEY, AT, expires_at=utc(2028, 5, 4, 23, 59, 59)),
    "license.status_changed": StatusChanged(KEY, "suspended", AT),
    "license.owner_changed": OwnerChanged(KEY, Person("c-18", "otto@other.example", "Otto Other"), MIA, AT),
    "license.deleted": StatusChanged(KEY, "deleted", AT),
    "site.activated": SiteActivated(KEY, "blog.studio.example", AT),
    "site.deactivated": SiteDeactivated(KEY, "blog.studio.example", AT),
    "support.extended": SupportExtended(KEY, period="6 months", as_of=AT),
    "support.extended.until": SupportExtended(KEY, support_until=utc(2027, 3, 1, 4, 59, 59), as_of=AT),
    "order.pending": OrderSeen(state="pending", refunds=(), **BOUGHT),
    "order.paid": OrderSeen(state="paid", paid_at=AT, fulfilled=True, refunds=(), **BOUGHT),
    "order.failed": OrderSeen(state="failed", refunds=(), **BOUGHT),
    "order.cancelled": OrderSeen(state="cancelled", refunds=(), **BOUGHT),
    "order.disputed": OrderSeen(state="disputed", fulfilled=True, refunds=(), **BOUGHT),
    "order.refunded": OrderSeen(state="refunded", fulfilled=True, refunds=(Refund("r1", "79.00"),), **BOUGHT),
    "order.refunded.partial": OrderSeen(
        state="paid", paid_at=AT, fulfilled=True, refunds=(Refund("r1", "20.00", "2"),), **BOUGHT
    ),
    "subscription.started": SubscriptionSeen(state="active", paid_until=utc(2026, 6, 4, 8, 15, 30), **SLIDER),
    "subscription.renewed": SubscriptionSeen(state="active", paid_until=utc(2026, 7, 4, 8, 15, 30), **SLIDER),
    "subscription.cancelled": SubscriptionSeen(state="cancelled", paid_until=utc(2026, 7, 4, 8, 15, 30), **SLIDER),
    "subscription.ended": SubscriptionSeen(
        "order:5521", "ended", AT, order_id="5521", paid_until=utc(2026, 7, 4, 8, 15, 30)
    ),
    "invoice.issued": InvoiceSeen(state="issued", due_at=DUE, **BILLED),
    "invoice.overdue": InvoiceSeen(state="overdue", due_at=DUE, **BILLED),
    "invoice.paid": InvoiceSeen(state="paid", due_at=DUE, **BILLED),
    "invoice.cancelled": InvoiceSeen(state="cancelled", due_at=DUE, **BILLED),
    "customer.updated": CustomerSeen(Person("c-17", "mia.neu@studio.example", "Mia Muster"), AT),
    "customer.merged": CustomerMerged(MIA, Person("c-3", "mia.alt@studio.example"), AT),
    "support.requested": Request(
        request_id="wp-form-88",
        as_of=AT,
        key=KEY,
        product="nordic-slider",
        site="shop.studio.example",
        request_kind="bug",
        severity="high",
        subject="Slides stay black",
        message="Since 3.1 all slides stay black.\nSee the log.",
        requester=MIA,
        requester_verified=True,
        environment={"php": "8.2", "wordpress": "6.7", "multisite": "false"},
        reproduction="Open any page with a slider.",
        attestations=("policy_read", "in_scope"),
        modified_code=False,
        component="extension",
        attachments=("https://shop.studio.example/black.png", "log.txt https://shop.studio.example/log.txt"),
    ),
    "support.requested.presales": Request("88", AT, request_kind="pre_sales", message="May I buy three licences?"),
    "ticket.message": Message(None, "wp-form-88", "It is the same in a private window.", MIA, AT),
    "estimate.answered": EstimateAnswered("SC-7F3K-2M9Q", None, False, "2", AT),
    "ping": Ignored("a ping: signature and endpoint fit together"),
}


def parse(type: str, data: Any, **more: Any) -> News:
    body = {"type": type, "data": data} | more
    [news] = HOST.parse(Delivery({"webhook-id": "msg_1"}, json.dumps(body).encode()))
    return news


def refused(type: str, data: Any, **more: Any) -> str:
    with pytest.raises(Unreadable) as fault:
        parse(type, data, **more)
    assert fault.value.message
    return fault.value.pointer


@pytest.mark.parametrize("name", [path.stem for path in fixtures("standard")])
def test_every_event_type_of_the_contract_is_read(name: str) -> None:
    assert list(HOST.parse(fixture("standard", name))) == [EXPECTED[name]]


def test_every_event_type_has_a_fixture_and_a_sample() -> None:
    assert {*EVENTS, "ping"} == {path.stem for path in fixtures("standard") if path.stem in {*EVENTS, "ping"}}
    assert set(HOST.samples) == {*EVENTS, "ping"}


def test_an_unknown_type_is_ignored_with_words() -> None:
    assert parse("license.polished", {}) == Ignored("events of type 'license.polished' are not used")


def test_the_delivery_is_known_by_its_signed_id_and_named_by_its_type() -> None:
    delivery = fixture("standard", "order.paid")
    assert HOST.delivery_key(delivery) == "msg_order_paid"
    assert HOST.event_name(delivery) == "order.paid"


def test_without_a_time_of_the_host_the_news_has_none() -> None:
    assert parse("license.deleted", {"license_key": "K-1"}) == StatusChanged(Key("K-1"), "deleted", None)


@pytest.mark.parametrize(
    ("type", "data", "pointer"),
    [
        ("license.granted", {"product": "x"}, "/data/license_key"),
        ("license.granted", {"license_key": "  ", "product": "x"}, "/data/license_key"),
        ("license.granted", {"license_key": 7, "product": "x"}, "/data/license_key"),
        ("license.granted", {"license_key": "k" * 256, "product": "x"}, "/data/license_key"),
        ("license.granted", {"license_key": "K"}, "/data/product"),
        ("license.granted", {"license_key": "K", "product": "x" * 101}, "/data/product"),
        ("license.granted", {"license_key": "K", "product": "x", "site_limit": -1}, "/data/site_limit"),
        ("license.granted", {"license_key": "K", "product": "x", "site_limit": "3"}, "/data/site_limit"),
        ("license.granted", {"license_key": "K", "product": "x", "site_limit": True}, "/data/site_limit"),
        ("license.granted", {"license_key": "K", "product": "x", "purchase": "rented"}, "/data/purchase"),
        ("license.granted", {"license_key": "K", "product": "x", "customer": "Mia"}, "/data/customer"),
        ("license.owner_changed", {"license_key": "K", "to": {"email": "mia"}}, "/data/to"),
        ("license.granted", {"license_key": "K", "product": "x", "sites": "a.example"}, "/data/sites"),
        ("license.granted", {"license_key": "K", "product": "x", "sites": ["a.example", " "]}, "/data/sites/1"),
        ("license.granted", {"license_key": "K", "product": "x", "sites": ["a.example"] * 1001}, "/data/sites"),
        ("license.status_changed", {"license_key": "K", "status": "cracked"}, "/data/status"),
        ("license.owner_changed", {"license_key": "K", "from": {"id": 1}}, "/data/to"),
        ("license.owner_changed", {"license_key": "K", "to": {"name": "B"}}, "/data/to"),
        ("site.activated", {"license_key": "K"}, "/data/site"),
        ("site.activated", {"license_key": "K", "site": "not a site"}, "/data/site"),
        ("site.activated", {"license_key": "K", "site": "a.example/" + "x" * 400}, "/data/site"),
        ("support.extended", {"license_key": "K"}, "/data/support_until"),
        ("support.extended", {"license_key": "K", "period": "a while"}, "/data/period"),
        ("order.paid", {"items": []}, "/data/order_id"),
        ("order.paid", {"order_id": True}, "/data/order_id"),
        ("order.paid", {"order_id": 1.5}, "/data/order_id"),
        ("order.paid", {"order_id": 1, "items": [{"quantity": 1}]}, "/data/items/0/product"),
        ("order.paid", {"order_id": 1, "items": [{"product": "x", "amount": "1,99"}]}, "/data/items/0/amount"),
        ("order.paid", {"order_id": 1, "items": [{"product": "x", "quantity": 0.5}]}, "/data/items/0/quantity"),
        ("order.paid", {"order_id": 1, "items": False}, "/data/items"),
        ("order.paid", {"order_id": 1, "currency": "euro"}, "/data/currency"),
        ("order.refunded", {"order_id": 1, "refunds": [{"id": "r"}]}, "/data/refunds/0/amount"),
        ("subscription.renewed", {"paid_until": "2026-01-01T00:00:00Z"}, "/data/subscription_id"),
        ("invoice.paid", {}, "/data/invoice_id"),
        ("customer.updated", {"customer": {"name": "Mia"}}, "/data/customer"),
        ("customer.updated", {}, "/data/customer"),
        ("customer.merged", {"to": {"id": 1}}, "/data/from"),
        ("support.requested", {"message": "help"}, "/data/request_id"),
        ("support.requested", {"request_id": ["1"]}, "/data/request_id"),
        ("support.requested", {"request_id": True}, "/data/request_id"),
        ("support.requested", {"request_id": "1" * 191}, "/data/request_id"),
        ("ticket.message", {"message": "and another thing"}, "/data/request_id"),
        ("ticket.message", {"request_id": "1"}, "/data/message"),
        ("estimate.answered", {"request_id": "1"}, "/data/approved"),
    ],
)
def test_what_is_missing_or_misshapen_is_named_by_its_pointer(type: str, data: Any, pointer: str) -> None:
    assert refused(type, data) == pointer


def test_the_envelope_is_checked_too() -> None:
    for body, pointer in [
        (b"[]", ""),
        (b'{"data":{}}', "/type"),
        (b'{"type":"order.paid"}', "/data"),
        (b'{"type":1}', "/type"),
    ]:
        with pytest.raises(Unreadable) as fault:
            HOST.parse(Delivery({}, body))
        assert fault.value.pointer == pointer


@pytest.mark.parametrize(
    ("time", "cure"),
    [
        ("2026-03-01T10:00:00", "add Z"),
        ("2026-02-30", "no such day"),
        ("1772359200", "RFC 3339"),
        ("2026-03-01T10:00:00 CET", "RFC 3339"),
        ("2026-02-30T10:00:00Z", "no such day"),
        ("2026-03-01T25:00:00Z", "no such day"),
        ("2026-03-01T10:00:00+99:00", "no such day"),
        ("9999-12-31T23:59:59Z", "send null for never"),
        ("1970-01-01T00:00:00Z", "send null for never"),
        ("٢٠٢٦-03-01T10:00:00Z", "RFC 3339"),
    ],
)
def test_a_time_that_could_mean_two_instants_or_none_is_refused_with_the_cure(time: str, cure: str) -> None:
    with pytest.raises(Unreadable, match=cure) as fault:
        parse("ticket.message", {"request_id": "1", "message": "m"}, occurred_at=time)
    assert fault.value.pointer == "/occurred_at"


@pytest.mark.parametrize(
    ("time", "meant"),
    [
        ("2026-03-01T10:00:00Z", utc(2026, 3, 1, 10)),
        ("2026-03-01t10:00:00z", utc(2026, 3, 1, 10)),
        ("2026-03-01 10:00:00+05:30", utc(2026, 3, 1, 4, 30)),
        ("2026-03-01T00:30:00+02:00", utc(2026, 2, 28, 22, 30)),
        ("2026-03-01T10:00:00.123456789Z", utc(2026, 3, 1, 10, 0, 0, 123456)),
        ("2016-12-31T23:59:60Z", utc(2016, 12, 31, 23, 59, 59)),
    ],
)
def test_rfc_3339_times_become_utc(time: str, meant: datetime) -> None:
    news = parse("license.deleted", {"license_key": "K"}, occurred_at=time)
    assert isinstance(news, StatusChanged)
    assert news.as_of == meant


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("49.00", "49.00"),
        ("-3", "-3"),
        ("+3.5", "3.5"),
        (49, "49"),
        (49.5, "49.5"),
        (1e-7, "0.0000001"),
        (None, None),
        ("", None),
    ],
)
def test_money_is_kept_as_decimal_text(sent: object, kept: str | None) -> None:
    news = parse("invoice.paid", {"invoice_id": "1", "total": sent})
    assert isinstance(news, InvoiceSeen)
    assert news.total == kept


@pytest.mark.parametrize("sent", ["1e3", "NaN", "49.00 EUR", "0x10", 1e300, True, "1" * 16])
def test_what_is_no_amount_is_refused(sent: object) -> None:
    assert refused("invoice.paid", {"invoice_id": "1", "total": sent}) == "/data/total"


def test_a_guest_whose_id_is_0_has_no_id() -> None:
    """WordPress gives every guest the id 0: two guests must not become one person (ELG-06)."""
    for guest in ({"id": 0, "email": "a@b.example"}, {"id": "0", "email": "a@b.example"}):
        assert parse("customer.updated", {"customer": guest}) == CustomerSeen(Person(None, "a@b.example", None), None)


def test_php_writes_empty_objects_and_gappy_lists_in_its_own_way() -> None:
    order = parse("order.paid", {"order_id": 1, "customer": [], "items": {"1": {"product": "x"}}})
    assert isinstance(order, OrderSeen)
    assert order.customer is None
    assert [line.refs for line in order.lines] == [("slug:x",)]


def test_a_customer_may_also_stand_bare_and_a_merge_in_other_words() -> None:
    assert parse("customer.updated", {"id": 5, "email": "M@x.example"}) == CustomerSeen(
        Person("5", "m@x.example"), None
    )
    merged = parse("customer.merged", {"customer": {"id": 1}, "duplicate": {"id": 2}})
    assert merged == CustomerMerged(Person("1"), Person("2"), None)


def test_an_order_without_total_is_refunded_in_part_by_the_sum_of_its_items() -> None:
    items = [{"product": "a", "amount": "5"}, {"product": "b", "amount": "5"}]
    for amount, state in (("5", "paid"), ("10", "refunded")):
        order = parse("order.refunded", {"order_id": 1, "items": items, "refunds": [{"amount": f"-{amount}"}]})
        assert isinstance(order, OrderSeen)
        assert (order.state, order.refunds) == (state, (Refund("1", amount),))
    whole = parse("order.refunded", {"order_id": 1, "refunds": [{"amount": "5"}]})
    assert isinstance(whole, OrderSeen)
    assert whole.state == "refunded"


def test_a_subscription_may_be_named_by_its_licence_alone() -> None:
    news = parse("subscription.cancelled", {"license_key": "K", "expires_at": "2026-07-01T00:00:00Z"})
    assert news == SubscriptionSeen("", "cancelled", None, Key("K"), paid_until=utc(2026, 7, 1))


# --- texts of customers ---


def test_colours_and_control_characters_of_pasted_logs_are_left_out() -> None:
    news = parse("support.requested", {"request_id": "1", "message": "\x1b[31mError\x1b[0m\r\n\tat line 3\x07"})
    assert isinstance(news, Request)
    assert news.message == "Error\n\tat line 3"


SECRET = "hunter2-Correct-Horse"
TOKEN = "ghp_" + "0123456789abcdefghij" + "ABCDEFGHIJ012345"
WITH_SECRETS = {
    "request_id": "1",
    "subject": f"login password: {SECRET}",
    "message": f"It fails.\nMy password is: {SECRET}\nThanks",
    "reproduction": f"Log in with password={SECRET}",
    "environment": {
        "key": TOKEN,
        "card 4111 1111 1111 1111": "x",
        "admin_password": SECRET,
        "php": "8.2",
        "dsn": f"mysql://root:{SECRET}@db.example.com/wp",
    },
    "attachments": [
        f"https://a.example/x?password={SECRET}",
        {"url": "https://a.example/y", "name": f"password: {SECRET}"},
    ],
    "requester": {"name": f"password: {SECRET}", "email": "mia@studio.example"},
    "license_key": "NORD-44TT-99AA-7C7C",
}


def test_no_credential_leaves_the_parser() -> None:
    """CRD-01: whatever text it stands in; the licence key is still a key, and what was found is named."""
    news = parse("support.requested", WITH_SECRETS)
    assert isinstance(news, Request)
    assert SECRET not in repr(news)
    assert TOKEN not in repr(news)
    assert news.redactions == ("card", "connection_string", "password", "token")
    assert news.environment["php"] == "8.2"
    assert "4111 1111" not in repr(news)
    assert news.key == "NORD-44TT-99AA-7C7C"


def test_a_further_message_is_screened_like_the_first() -> None:
    """CRD-01"""
    news = parse("ticket.message", {"request_id": "1", "message": f"password: {SECRET}"})
    assert isinstance(news, Message)
    assert SECRET not in repr(news)
    assert news.redactions
