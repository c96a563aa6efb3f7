"""Samples of WooCommerce's deliveries for `connector trigger`: a buyer, an order and its subscription."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from adapters.host_parts.sampling import dump, overridden, stamp

BUYER = {"first_name": "Ada", "last_name": "Example", "email": "ada@example.com"}


MORE = (
    *(f"billing.{name}" for name in ("first_name", "last_name", "company", "email", "phone", "country")),
    *("payment_method", "transaction_id", "order_key", "discount_total", "shipping_total", "prices_include_tax"),
    *(f"{date}{zone}" for date in ("date_paid", "date_completed", "date_modified") for zone in ("", "_gmt")),
    *("trial_end_date_gmt", "cancelled_date_gmt", "resubscribed_from", "removed_line_items"),
    *(f"{place}.{name}" for place in ("meta_data.#", "line_items.#.meta_data.#") for name in ("id", "key", "value")),
    *(f"line_items.#.{name}" for name in ("subtotal", "subtotal_tax", "parent_name", "bundled_by", "bundled_items")),
    *(f"refunds.#.{name}" for name in ("id", "reason", "total")),
)
"""Members of WooCommerce's REST objects that the samples do not have."""


def sample(
    event: str,
    overrides: Mapping[str, Any],
    now: datetime,
    known: Mapping[str, Any] | None = None,
    more: Iterable[str] = (),
) -> tuple[dict[str, str], bytes]:
    """(headers without signature, body) of this event at `now`; override paths start at the body (`line_items.0.sku`).

    A body is a snapshot of the whole: `known` helps it to nothing. Raises ValueError for an event that is not in NAMES and
    for a member that it does not have.
    """
    del known
    templates = _templates(now)
    if event not in templates:
        raise ValueError(f"no sample of {event!r}: one of {', '.join(NAMES)}")
    topic, body = templates[event]
    agent = {"user-agent": "WooCommerce/10.0.2 Hookshot (WordPress/6.7)"}
    if not topic:
        return agent | {"content-type": "application/x-www-form-urlencoded"}, b"webhook_id=1"
    resource, _, verb = topic.partition(".")
    headers = {
        "content-type": "application/json",
        "x-wc-webhook-source": "https://shop.example.com/",
        "x-wc-webhook-topic": topic,
        "x-wc-webhook-resource": resource,
        "x-wc-webhook-event": verb,
        "x-wc-webhook-id": "1",
        "x-wc-webhook-delivery-id": hashlib.sha256(stamp(now).encode()).hexdigest()[:32],
    }
    return agent | headers, dump(overridden(body, overrides, {*MORE, *more}))


def _templates(now: datetime) -> dict[str, tuple[str, dict[str, Any]]]:
    """Name of the sample -> (topic, body); the ping has no topic."""
    pending, processing, completed = (_order(now, status) for status in ("pending", "processing", "completed"))
    part = {"refunds": [{"id": 1003, "reason": "support not wanted", "total": "-49.00"}]}
    whole = {"refunds": [{"id": 1004, "reason": "", "total": "-79.00"}, *part["refunds"]]}
    customer = _customer(now)
    return {
        "order.created": ("order.created", pending),
        "order.processing": ("order.updated", processing),
        "order.completed": ("order.updated", completed),
        "order.partially_refunded": ("order.updated", completed | part),
        "order.refunded": ("order.updated", _order(now, "refunded") | whole),
        "order.cancelled": ("order.updated", _order(now, "cancelled")),
        "order.failed": ("order.updated", _order(now, "failed")),
        "order.restored": ("order.restored", completed),
        "order.deleted": ("order.deleted", {"id": 1001}),
        "customer.created": ("customer.created", customer),
        "customer.updated": ("customer.updated", customer | {"email": "ada.new@example.com"}),
        "customer.deleted": ("customer.deleted", {"id": 4711}),
        "subscription.created": ("subscription.created", _subscription(now, "active")),
        "subscription.on-hold": ("subscription.updated", _subscription(now, "on-hold")),
        "subscription.pending-cancel": ("subscription.updated", _subscription(now, "pending-cancel")),
        "subscription.expired": ("subscription.updated", _subscription(now, "expired")),
        "action.woocommerce_order_status_completed": (
            "action.woocommerce_order_status_completed",
            {"action": "woocommerce_order_status_completed", "arg": 1001},
        ),
        "error": (
            "order.updated",
            {"code": "woocommerce_rest_cannot_view", "message": "Sorry.", "data": {"status": 403}},
        ),
        "ping": ("", {}),
    }


def _order(now: datetime, status: str) -> dict[str, Any]:
    paid = status in ("processing", "completed", "refunded")
    return {
        "id": 1001,
        "parent_id": 0,
        "number": "1001",
        "status": status,
        "currency": "EUR",
        "version": "10.0.2",
        **_dates(now, "date_created", "date_modified"),
        **(_dates(now, "date_paid") if paid else _no_dates("date_paid")),
        **(_dates(now, "date_completed") if paid and status != "processing" else _no_dates("date_completed")),
        "total": "128.00",
        "total_tax": "0.00",
        "customer_id": 4711,
        "billing": BUYER,
        "customer_note": "",
        "created_via": "checkout",
        "meta_data": [],
        "line_items": [
            _item(1, "Acme Forms", 10, "ACME-FORMS", "79.00"),
            _item(2, "Support, 12 months", 11, "ACME-SUP-12", "49.00"),
        ],
        "refunds": [],
    }


def _item(id: int, name: str, product: int, sku: str, total: str) -> dict[str, Any]:
    ids = {"id": id, "name": name, "product_id": product, "variation_id": 0, "sku": sku}
    return ids | {"quantity": 1, "total": total, "total_tax": "0.00", "price": float(total), "meta_data": []}


def _customer(now: datetime) -> dict[str, Any]:
    dates = _dates(now, "date_created", "date_modified")
    return {"id": 4711, **dates, **BUYER, "role": "customer", "username": "ada", "billing": BUYER, "meta_data": []}


def _subscription(now: datetime, status: str) -> dict[str, Any]:
    running = status in ("active", "on-hold")
    terms = {
        "id": 1002,
        "parent_id": 1001,
        "number": "1002",
        "billing_period": "month",
        "billing_interval": "1",
        "start_date_gmt": _gmt(now),
        "next_payment_date_gmt": _gmt(now, days=30) if running else "",
        "end_date_gmt": "" if running else _gmt(now, days=0 if status == "expired" else 30),
    }
    return _order(now, status) | terms


def _dates(now: datetime, *names: str) -> dict[str, Any]:
    return {name + zone: _gmt(now) for name in names for zone in ("", "_gmt")}


def _no_dates(name: str) -> dict[str, Any]:
    return {name: None, f"{name}_gmt": None}


def _gmt(now: datetime, **later: float) -> str:
    return stamp(now, **later).removesuffix("Z")


NAMES = tuple(_templates(datetime(2026, 1, 1, tzinfo=UTC)))
