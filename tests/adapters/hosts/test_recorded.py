"""Bodies recorded from WooCommerce 7.9.0, and subscriptions from public documentation: one expectation a file."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from adapters.hosts.woocommerce import HOST
from connector.domain.licensing.events import CustomerSeen, OrderLine, OrderSeen, Person, Refund, SubscriptionSeen
from connector.domain.news import Alert, Ignored, News
from connector.ports import Delivery
from tests.adapters.hosts.bodies import RECORDED
from tests.servers import missing
from webhooks.signatures import BadSignature, verify


def at(minute: int, second: int) -> datetime:
    return datetime(2026, 11, 21, 19, minute, second, tzinfo=UTC)


OWNER = Person("2", "owner@agency.test", "Ola Owner")
LINES = (
    OrderLine("1", ("sku:CRM-EXT-3", "product:10"), 1, "99.00"),
    OrderLine("2", ("sku:SUP-12", "product:11"), 1, "49.00"),
)
WHOLE: dict[str, Any] = {"refunds": (), "total": "148.00", "currency": "USD", "whole": True}
PENDING = OrderSeen("12", "pending", at(36, 53), "12", OWNER, LINES, **WHOLE)
PAID = replace(PENDING, state="paid", as_of=at(36, 55), paid_at=at(36, 55))
COMPLETED = replace(PAID, as_of=at(36, 57), fulfilled=True)
PART = (Refund("13", "49.00"),)
REFUNDED = replace(COMPLETED, state="refunded", as_of=at(37, 0), refunds=(Refund("14", "99.00"), *PART))
CUSTOMER = CustomerSeen(OWNER, at(36, 52))

EXPECTED: dict[str, News | type[News]] = {
    "signed_error.woocommerce_rest_cannot_view.403": Alert,
    "signed_error.woocommerce_rest_invalid_id.404": Alert,
    "wc79.action.woocommerce_order_refunded": Ignored,
    "wc79.action.woocommerce_order_status_completed": Ignored,
    "wc79.customer.created": CUSTOMER,
    "wc79.customer.deleted": Ignored,
    "wc79.customer.updated": CUSTOMER,
    "wc79.order.created": PENDING,
    "wc79.order.deleted": Ignored,
    "wc79.order.restored": replace(REFUNDED, as_of=at(37, 3)),
    "wc79.order.updated.completed": COMPLETED,
    "wc79.order.updated.completed.refunds1": replace(COMPLETED, as_of=at(36, 59), refunds=PART),
    "wc79.order.updated.pending": PENDING,
    "wc79.order.updated.processing": PAID,
    "wc79.order.updated.refunded.refunds2": REFUNDED,
    "wc79.ping": Ignored,
    "rest_example_2_active": SubscriptionSeen(
        subscription_id="1300",
        state="active",
        as_of=datetime(2021, 4, 22, 10, 47, 58, tzinfo=UTC),
        order_id="1299",
        paid_until=datetime(2021, 4, 29, 10, 44, 41, tzinfo=UTC),
        lines=(OrderLine("1648", ("product:1027",), 1, "10.00", slack="0.01"),),
    ),
    "rest_example_3_on-hold": SubscriptionSeen(
        subscription_id="1246",
        state="cancelled",
        as_of=datetime(2021, 4, 23, 7, 49, 23, tzinfo=UTC),
        order_id="1245",
        paid_until=datetime(2021, 5, 16, 3, 54, 51, tzinfo=UTC),
        lines=(OrderLine("1532", ("product:916",), 2, "23.13", slack="0.01"),),
    ),
    "rest_example_4_active": SubscriptionSeen(
        subscription_id="1313",
        state="active",
        as_of=datetime(2021, 4, 23, 6, 38, 41, tzinfo=UTC),
        paid_until=datetime(2021, 7, 23, 10, 45, tzinfo=UTC),
        lines=(
            OrderLine("1685", ("product:1175",), 2, "139.13", slack="0.01"),
            OrderLine("1686", ("product:633", "variation:636"), 1, "43.48", slack="0.01"),
        ),
    ),
}

GENERATED = [name for name in EXPECTED if not name.startswith("rest_example")]


def recorded(name: str) -> Delivery:
    """A recorded body with its recorded headers."""
    folder = RECORDED / ("woocommerce-generated" if name in GENERATED else "woocommerce-subscriptions")
    if not folder.is_dir():
        missing(f"The folder of recorded deliveries ({folder})", "It stands beside the repository.")
    headers = folder / f"{name}.headers.json"
    pairs = json.loads(headers.read_text())["headers"] if headers.exists() else []
    body = folder / (f"{name}.txt" if name.endswith("ping") else f"{name}.json")
    return Delivery({header.lower(): value for header, value in pairs}, body.read_bytes())


@pytest.mark.parametrize("name", EXPECTED)
def test_a_recorded_body_says_what_a_reader_of_it_expects(name: str) -> None:
    [news] = HOST.parse(recorded(name))
    if isinstance(news, SubscriptionSeen):  # the people of the documentation's examples are theirs, not ours
        assert news.customer is not None
        assert news.customer.id == "1"
        news = replace(news, customer=None)
    expected: Any = EXPECTED[name]
    assert isinstance(news, expected) if isinstance(expected, type) else news == expected


@pytest.mark.parametrize("name", GENERATED)
def test_a_recorded_delivery_is_authentic_by_its_bytes(name: str) -> None:
    delivery = recorded(name)
    secrets = ["x" if name.startswith("signed_error") else "s3cr3t-7f2a"]
    if name.endswith("ping"):
        assert HOST.unsigned_ok(delivery)
        return
    assert not HOST.unsigned_ok(delivery)
    assert verify(HOST.scheme, secrets, delivery.headers, delivery.body, at(0, 0)) == 0
    with pytest.raises(BadSignature):
        verify(HOST.scheme, secrets, delivery.headers, delivery.body + b" ", at(0, 0))


def test_every_recorded_delivery_is_one_of_its_own() -> None:
    assert len({HOST.delivery_key(recorded(name)) for name in GENERATED}) == len(GENERATED)


def test_recorded_deliveries_share_delivery_ids_as_trap_01_says() -> None:
    shared = [recorded(name) for name in GENERATED if name.startswith("signed_error")]
    assert len({delivery.headers["x-wc-webhook-delivery-id"] for delivery in shared}) == 1 < len(shared)
    assert len({HOST.delivery_key(delivery) for delivery in shared}) == len(shared)
