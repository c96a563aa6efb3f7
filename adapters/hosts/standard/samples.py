"""Samples of the standard format for `connector trigger`: one customer, one licence, one order and their events."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from adapters.host_parts.sampling import dump, overridden, paths, stamp

KEY = "DEMO-ACTIVE-0001-ABCD"
"""A licence of the demonstration store, so that a sample tells it something new."""
CUSTOMER = {"id": "4711", "email": "ada@example.com", "name": "Ada Example"}
BUYER = {"id": "4712", "email": "bo@example.com", "name": "Bo Example"}
SITE = "https://shop.example.com"


POINT: Mapping[str, tuple[str, ...]] = {
    "license.renewed": ("expires_at", "support_until"),
    "support.extended": ("period",),
    "subscription.started": ("paid_until",),
    "subscription.renewed": ("paid_until",),
}
"""What an event is about, where it says so in members of its own; of those the caller sets one, the others are left out."""
TIMES = ("expires_at", "support_until", "updates_until", "period", "paid_until")
NEEDED: Mapping[str, tuple[str, ...]] = {
    "license.granted": ("license_key", "product"),
    "license.status_changed": ("license_key", "status"),
    "license.owner_changed": ("license_key", "to"),
    "site.activated": ("license_key", "site"),
    "site.deactivated": ("license_key", "site"),
    "order": ("order_id",),
    "subscription": ("subscription_id",),
    "invoice": ("invoice_id",),
    "license": ("license_key",),
    "support.extended": ("license_key",),
}
"""What an event names its subject by, and cannot do without."""


def sample(
    event: str,
    overrides: Mapping[str, Any],
    now: datetime,
    known: Mapping[str, Any] | None = None,
    more: Iterable[str] = (),
) -> tuple[dict[str, str], bytes]:
    """(headers without signature, body) of this event at `now`; override paths start at the body (`data.license_key`).

    more: members that the event may have besides those of the sample, as paths.
    known: the event is about something that is there already, of which these members are known: nothing but what it is
    about is made up then. Raises ValueError for an event that is not in NAMES and for a member that it does not have.
    """
    templates = _templates(now)
    if event not in templates:
        raise ValueError(f"no sample of {event!r}: one of {', '.join(NAMES)}")
    whole = {"type": event, "occurred_at": stamp(now), "data": templates[event]}
    changed = overridden(whole, overrides, more)
    if known is not None:
        whole["data"] = _about(
            event, templates[event], known, {path.split(".")[1] for path in overrides if "." in path}
        )
        changed = overridden(whole, overrides, {*more, *_all_of(templates[event])})
    return {"content-type": "application/json"}, dump(changed)


def _all_of(data: Mapping[str, Any]) -> Iterator[str]:
    yield from (f"data.{path}" for path in paths(data))


def _about(event: str, template: dict[str, Any], known: Mapping[str, Any], said: set[str]) -> dict[str, Any]:
    """The data of an event about something known: what it needs and is about, the rest as it is known or left out."""
    if event.startswith(("support.requested", "ticket.", "estimate.", "customer.")):
        return template | {name: value for name, value in known.items() if name in template}
    point = POINT.get(event, ())
    kept = NEEDED.get(event) or NEEDED[event.partition(".")[0]]
    members = [*kept, *(() if said & {*point, *TIMES} else point)]
    return {name: known.get(name, template[name]) for name in members}


_ANY_TIME = datetime(2026, 1, 1, tzinfo=UTC)


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


NAMES = tuple(_templates(_ANY_TIME))
