"""What the standard format says of licences, orders and customers: one small function for each event type."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from functools import partial
from typing import Any

from adapters.host_parts.reading import Fields
from adapters.hosts.standard.loading import loaded
from connector.domain.licensing import events
from connector.domain.licensing.events import OrderLine, Refund
from connector.formats.standard.fields import Data
from connector.formats.standard.ledger import DATA

Told = Mapping[str, Any]
"""The members of an event, as its schema read them."""

PAID_END = ("expires_at", "paid_until", "ends_at", "current_period_end")


def granted(data: Told, as_of: datetime | None) -> events.Granted:
    """A null `site_limit` is unlimited, a null `expires_at` is for life."""
    return events.Granted(
        key=data["license_key"],
        product=data["product"],
        refs=_refs(data),
        as_of=as_of,
        holder=data["customer"],
        site_limit=data["site_limit"],
        expires_at=data["expires_at"],
        support_until=data["support_until"],
        updates_until=data["updates_until"],
        plan=data["plan"],
        purchase=data["purchase"],
        order_id=data["order_id"],
        subscription_id=data["subscription_id"],
        purchased_at=data["purchased_at"],
        sites=tuple(dict.fromkeys(data["sites"] or ())),
    )


def renewed(data: Told, as_of: datetime | None) -> events.Renewed:
    """Dates left out stay as they were."""
    return events.Renewed(
        key=data["license_key"],
        as_of=as_of,
        expires_at=data["expires_at"],
        support_until=data["support_until"],
        updates_until=data["updates_until"],
        order_id=data["order_id"],
    )


def status_changed(data: Told, as_of: datetime | None) -> events.StatusChanged:
    """`status` is the host's word on the licence."""
    return events.StatusChanged(key=data["license_key"], status=data["status"], as_of=as_of)


def deleted(data: Told, as_of: datetime | None) -> events.StatusChanged:
    """A deleted licence keeps its history here."""
    return events.StatusChanged(key=data["license_key"], status="deleted", as_of=as_of)


def owner_changed(data: Told, as_of: datetime | None) -> events.OwnerChanged:
    """`from` may be left out, `to` may not."""
    return events.OwnerChanged(key=data["license_key"], to=data["to"], before=data["before"], as_of=as_of)


def site_activated(data: Told, as_of: datetime | None) -> events.SiteActivated:
    """One site took the licence into use."""
    return events.SiteActivated(key=data["license_key"], site=data["site"], as_of=as_of)


def site_deactivated(data: Told, as_of: datetime | None) -> events.SiteDeactivated:
    """One site gave the licence back."""
    return events.SiteDeactivated(key=data["license_key"], site=data["site"], as_of=as_of)


def support_extended(data: Told, as_of: datetime | None) -> events.SupportExtended:
    """Either a new end (`support_until`) or a `period` to add."""
    return events.SupportExtended(
        key=data["license_key"], support_until=data["support_until"], period=data["period"], as_of=as_of
    )


def order(state: str, data: Told, as_of: datetime | None) -> events.OrderSeen:
    """An order's snapshot. One refunded in part stays paid; the ledger looks at the lines that were refunded."""
    items = data["items"] or []
    lines = tuple(_line(place, item) for place, item in enumerate(items, 1))
    given = tuple(_refund(place, each) for place, each in enumerate(data["refunds"] or [], 1))
    refunds = given if data["refunds"] is not None else None
    total = data["total"]
    paid_at = data["paid_at"] or data["purchased_at"]
    if state == "refunded" and _is_partial(given, total, lines):
        state = "paid"
    return events.OrderSeen(
        order_id=data["order_id"],
        state=state,
        as_of=as_of,
        number=data["number"],
        customer=data["customer"],
        lines=lines,
        refunds=refunds,
        total=total,
        currency=data["currency"] or next(filter(None, (item["currency"] for item in items)), None),
        paid_at=paid_at or (as_of if state == "paid" else None),
        fulfilled=state in ("paid", "refunded", "disputed") if data["fulfilled"] is None else data["fulfilled"],
        subscription_id=data["subscription_id"],
        names=tuple(sorted(set(data["names"] or ()))),
        follows=data["follows"],
    )


def subscription(state: str, data: Told, as_of: datetime | None) -> events.SubscriptionSeen:
    """Named by its own id, or by the order or the licence it pays for."""
    id, order_id = data["subscription_id"], data["order_id"]
    return events.SubscriptionSeen(
        subscription_id=id or (f"order:{order_id}" if order_id else ""),
        state=state,
        as_of=as_of,
        key=data["license_key"],
        order_id=order_id,
        customer=data["customer"],
        paid_until=next(filter(None, map(data.get, PAID_END)), None),
        product=data["product"],
        lines=tuple(replace(_line(place, item), keys=()) for place, item in enumerate(data["items"] or (), 1)),
        replaces=data["replaces"],
    )


def invoice(state: str, data: Told, as_of: datetime | None) -> events.InvoiceSeen:
    """`due_at` is the last moment to pay in time."""
    return events.InvoiceSeen(
        invoice_id=data["invoice_id"],
        state=state,
        as_of=as_of,
        customer=data["customer"],
        due_at=data["due_at"],
        total=data["total"],
        currency=data["currency"],
    )


def customer_updated(data: Told, as_of: datetime | None) -> events.CustomerSeen:
    """The same person with new contact data."""
    return events.CustomerSeen(customer=data["customer"], as_of=as_of)


def customer_merged(data: Told, as_of: datetime | None) -> events.CustomerMerged:
    """`from` was merged into `to` (as with an owner change)."""
    return events.CustomerMerged(customer=data["into"], duplicate=data["out_of"], as_of=as_of)


def _read(
    schema: Data, read: Callable[[Told, datetime | None], events.LedgerEvent], data: Fields, as_of: datetime | None
) -> events.LedgerEvent:
    return read(loaded(schema, data.members, data.pointer, data.zone), as_of)


def _line(place: int, item: Told) -> OrderLine:
    return OrderLine(
        line_id=item["line_id"] or item["id"] or str(place),
        refs=(*_refs(item), f"slug:{item['product']}"),
        quantity=1 if item["quantity"] is None else item["quantity"],
        total=item["amount"],
        keys=tuple(dict.fromkeys(filter(None, (item["license_key"], *(item["license_keys"] or ()))))),
        part_of=item["part_of"],
    )


def _refs(told: Told) -> tuple[str, ...]:
    """The shop's own words for a product; WordPress writes 0 for none."""
    words = {"sku": told["sku"], "product": told["product_id"], "variation": told["variation_id"]}
    return tuple(f"{name}:{value}" for name, value in words.items() if value and value != "0")


def _refund(place: int, given: Told) -> Refund:
    return Refund(id=given["id"] or str(place), amount=given["amount"].removeprefix("-"), line_id=given["line_id"])


def _is_partial(refunds: tuple[Refund, ...], total: str | None, lines: tuple[OrderLine, ...]) -> bool:
    if total is None:
        totals = [line.total for line in lines]
        paid = sum((Decimal(each) for each in totals if each), Decimal(0)) if all(totals) else Decimal(0)
    else:
        paid = Decimal(total)
    return bool(refunds) and sum(Decimal(refund.amount) for refund in refunds) < paid


_READ: Mapping[str, Callable[[Told, datetime | None], events.LedgerEvent]] = {
    "license.granted": granted,
    "license.renewed": renewed,
    "license.status_changed": status_changed,
    "license.owner_changed": owner_changed,
    "license.deleted": deleted,
    "site.activated": site_activated,
    "site.deactivated": site_deactivated,
    "support.extended": support_extended,
    "order.pending": partial(order, "pending"),
    "order.paid": partial(order, "paid"),
    "order.failed": partial(order, "failed"),
    "order.cancelled": partial(order, "cancelled"),
    "order.refunded": partial(order, "refunded"),
    "order.disputed": partial(order, "disputed"),
    "subscription.started": partial(subscription, "active"),
    "subscription.renewed": partial(subscription, "active"),
    "subscription.cancelled": partial(subscription, "cancelled"),
    "subscription.ended": partial(subscription, "ended"),
    "invoice.issued": partial(invoice, "issued"),
    "invoice.overdue": partial(invoice, "overdue"),
    "invoice.paid": partial(invoice, "paid"),
    "invoice.cancelled": partial(invoice, "cancelled"),
    "customer.updated": customer_updated,
    "customer.merged": customer_merged,
}

EVENTS: Mapping[str, Callable[[Fields, datetime | None], events.LedgerEvent]] = {
    name: partial(_read, DATA[name](), read) for name, read in _READ.items()
}
