"""Templates of the standard format for `connector trigger`: one customer, one licence, one order and their news."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from adapters.sampling import dump, overridden, stamp

KEY = "DEMO-ACTIVE-0001-ABCD"
"""A licence of the demonstration store, so that a sample tells it something new."""
CUSTOMER = {"id": "4711", "email": "ada@example.com", "name": "Ada Example"}
BUYER = {"id": "4712", "email": "bo@example.com", "name": "Bo Example"}
SITE = "https://shop.example.com"


def sample(event: str, overrides: Mapping[str, Any], now: datetime) -> tuple[dict[str, str], bytes]:
    """(headers without signature, body) of this event at `now`; override paths start at the body (`data.license_key`).

    Raises ValueError for an event that is not in NAMES and for a path that leads nowhere.
    """
    templates = _templates(now)
    if event not in templates:
        raise ValueError(f"no sample of {event!r}: one of {', '.join(NAMES)}")
    body = {"type": event, "occurred_at": stamp(now), "data": templates[event]}
    return {"content-type": "application/json"}, dump(overridden(body, overrides))


def _templates(now: datetime) -> dict[str, dict[str, Any]]:
    key = {"license_key": KEY}
    order = _order()
    subscription = {"subscription_id": "sub-88", "order_id": order["order_id"], "customer": CUSTOMER}
    money = {"total": "120.00", "currency": "EUR"}
    invoice = {"invoice_id": "2041", "customer": CUSTOMER, **money, "due_at": stamp(now, days=14)}
    request = {"request_id": f"form-{int(now.timestamp() * 1_000_000)}"}
    return {
        "license.granted": _grant(now),
        "license.renewed": key | {"expires_at": stamp(now, days=365), "support_until": stamp(now, days=365)},
        "license.status_changed": key | {"status": "suspended"},
        "license.owner_changed": key | {"from": CUSTOMER, "to": BUYER},
        "license.deleted": key,
        "site.activated": key | {"site": SITE},
        "site.deactivated": key | {"site": SITE},
        "support.extended": key | {"period": "12 months"},
        "order.pending": order,
        "order.paid": order,
        "order.failed": order,
        "order.cancelled": order,
        "order.refunded": order | {"refunds": [{"id": "rf-1", "amount": order["total"]}]},
        "order.disputed": order,
        "subscription.started": subscription | {"paid_until": stamp(now, days=30)},
        "subscription.renewed": subscription | {"paid_until": stamp(now, days=60)},
        "subscription.cancelled": subscription | {"paid_until": stamp(now, days=30)},
        "subscription.ended": subscription | {"paid_until": stamp(now)},
        "invoice.issued": invoice,
        "invoice.overdue": invoice | {"due_at": stamp(now, days=-1)},
        "invoice.paid": invoice,
        "invoice.cancelled": invoice,
        "customer.updated": {"customer": CUSTOMER | {"email": "ada.new@example.com"}},
        "customer.merged": {"from": {"id": "4699", "email": "ada.old@example.com"}, "to": CUSTOMER},
        "support.requested": request | _request(),
        "ticket.message": request | {"message": "It happens on the staging site, too.", "requester": CUSTOMER},
        "estimate.answered": request | {"estimate": "1", "approved": True},
        "ping": {},
    }


def _grant(now: datetime) -> dict[str, Any]:
    return {
        "license_key": KEY,
        "product": "acme-forms",
        "customer": CUSTOMER,
        "site_limit": 3,
        "expires_at": None,
        "support_until": stamp(now, days=365),
        "updates_until": stamp(now, days=365),
        "plan": "pro",
        "purchase": "one_time",
        "order_id": "1001",
        "purchased_at": stamp(now),
        "sites": [SITE],
    }


def _order() -> dict[str, Any]:
    item = {"product": "acme-forms", "quantity": 1, "amount": "79.00", "currency": "EUR", "license_key": KEY}
    money = {"total": "79.00", "currency": "EUR"}
    return {"order_id": "1001", "customer": CUSTOMER, "items": [item], **money, "refunds": []}


def _request() -> dict[str, Any]:
    return {
        "license_key": KEY,
        "product": "acme-forms",
        "site": SITE,
        "kind": "bug",
        "severity": "medium",
        "subject": "The export button does nothing",
        "message": "Since version 4.2 the export button on the entries page does nothing.",
        "channel": "ticket",
        "requester": CUSTOMER | {"verified": True},
        "environment": {"php": "8.2", "wordpress": "6.7", "acme-forms": "4.2.0"},
        "reproduction": "Open Entries, choose all, press Export: nothing happens, the browser console stays empty.",
        "attestations": ["policy_read", "knowledge_base_checked", "in_scope"],
        "modified_code": False,
        "component": "core",
        "attachments": ["https://shop.example.com/uploads/console.png"],
    }


NAMES = tuple(_templates(datetime(2026, 1, 1, tzinfo=UTC)))
