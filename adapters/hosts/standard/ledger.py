"""Ledger news of the standard format: one small function for each event name (contract 3.2)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from decimal import Decimal
from functools import partial

from adapters.reading import Fields
from connector.domain import events
from connector.domain.events import Key, OrderLine, Person, Refund
from connector.domain.periods import parse_period

STATUSES = ("active", "suspended", "revoked", "expired", "refunded")
PAID_END = ("expires_at", "paid_until", "ends_at", "current_period_end")


def granted(data: Fields, as_of: datetime | None) -> events.Granted:
    """A null `site_limit` is unlimited, a null `expires_at` is for life."""
    return events.Granted(
        key=_key(data),
        product=data.needed("product", data.slug),
        as_of=as_of,
        holder=data.person("customer"),
        site_limit=data.count("site_limit"),
        expires_at=data.instant("expires_at"),
        support_until=data.instant("support_until"),
        updates_until=data.instant("updates_until"),
        plan=data.slug("plan"),
        purchase=data.choice("purchase", ("one_time", "recurring")),
        order_id=data.id("order_id"),
        subscription_id=data.id("subscription_id"),
        purchased_at=data.instant("purchased_at"),
        sites=data.sites("sites"),
    )


def renewed(data: Fields, as_of: datetime | None) -> events.Renewed:
    """Dates left out stay as they were."""
    return events.Renewed(
        key=_key(data),
        as_of=as_of,
        expires_at=data.instant("expires_at"),
        support_until=data.instant("support_until"),
        updates_until=data.instant("updates_until"),
        order_id=data.id("order_id"),
    )


def status_changed(data: Fields, as_of: datetime | None) -> events.StatusChanged:
    """`status` is the host's word on the licence."""
    status = data.needed("status", lambda name: data.choice(name, STATUSES))
    return events.StatusChanged(key=_key(data), status=status, as_of=as_of)


def deleted(data: Fields, as_of: datetime | None) -> events.StatusChanged:
    """A deleted licence keeps its history here."""
    return events.StatusChanged(key=_key(data), status="deleted", as_of=as_of)


def owner_changed(data: Fields, as_of: datetime | None) -> events.OwnerChanged:
    """`from` may be left out, `to` may not."""
    return events.OwnerChanged(key=_key(data), to=_somebody(data, "to"), before=data.person("from"), as_of=as_of)


def site_activated(data: Fields, as_of: datetime | None) -> events.SiteActivated:
    """One site took the licence into use."""
    return events.SiteActivated(key=_key(data), site=data.needed("site", data.site), as_of=as_of)


def site_deactivated(data: Fields, as_of: datetime | None) -> events.SiteDeactivated:
    """One site gave the licence back."""
    return events.SiteDeactivated(key=_key(data), site=data.needed("site", data.site), as_of=as_of)


def support_extended(data: Fields, as_of: datetime | None) -> events.SupportExtended:
    """Either a new end (`support_until`) or a `period` to add."""
    until, period = data.instant("support_until"), data.line("period", 40)
    if until is None and period is None:
        raise data.refuse("support_until", "`support_until` and `period` are both missing: send one of them")
    if period is not None:
        try:
            parse_period(period)
        except ValueError as problem:
            raise data.refuse("period", str(problem)) from None
    return events.SupportExtended(key=_key(data), support_until=until, period=period, as_of=as_of)


def order(state: str, data: Fields, as_of: datetime | None) -> events.OrderSeen:
    """An order's snapshot. One refunded in part stays paid; the ledger looks at the lines that were refunded."""
    items = data.children("items")
    lines = tuple(_line(place, item) for place, item in enumerate(items, 1))
    given = tuple(_refund(place, each) for place, each in enumerate(data.children("refunds"), 1))
    refunds = given if data.members.get("refunds") is not None else None
    total = data.money("total")
    paid_at = data.instant("paid_at") or data.instant("purchased_at")
    if state == "refunded" and _is_partial(given, total, lines):
        state = "paid"
    return events.OrderSeen(
        order_id=data.needed("order_id", data.id),
        state=state,
        as_of=as_of,
        number=data.id("number"),
        customer=data.person("customer"),
        lines=lines,
        refunds=refunds,
        total=total,
        currency=data.currency("currency") or next(filter(None, (item.currency("currency") for item in items)), None),
        paid_at=paid_at or (as_of if state == "paid" else None),
        fulfilled=state in ("paid", "refunded", "disputed"),
        subscription_id=data.id("subscription_id"),
    )


def subscription(state: str, data: Fields, as_of: datetime | None) -> events.SubscriptionSeen:
    """Named by its own id, or by the order or the licence it pays for."""
    order_id, key = data.id("order_id"), data.key("license_key")
    id = data.id("subscription_id")
    if id is None and order_id is None and key is None:
        raise data.refuse("subscription_id", "send `subscription_id`, or the `order_id` or `license_key` it pays for")
    return events.SubscriptionSeen(
        subscription_id=id or (f"order:{order_id}" if order_id else ""),
        state=state,
        as_of=as_of,
        key=key,
        order_id=order_id,
        customer=data.person("customer"),
        paid_until=next(filter(None, map(data.instant, PAID_END)), None),
        product=data.slug("product"),
    )


def invoice(state: str, data: Fields, as_of: datetime | None) -> events.InvoiceSeen:
    """`due_at` is the last moment to pay in time."""
    return events.InvoiceSeen(
        invoice_id=data.needed("invoice_id", data.id),
        state=state,
        as_of=as_of,
        customer=data.person("customer"),
        due_at=data.instant("due_at"),
        total=data.money("total"),
        currency=data.currency("currency"),
    )


def customer_updated(data: Fields, as_of: datetime | None) -> events.CustomerSeen:
    """The same person with new contact data; `{id, email, name}` stand in `customer` or bare in `data`."""
    customer = _somebody(data, "customer") if "customer" in data.members else data.as_person()
    if customer is None or not (customer.id or customer.email):
        raise data.refuse("customer", "`customer` is missing: send its `id`, `email` and `name`")
    return events.CustomerSeen(customer=customer, as_of=as_of)


def customer_merged(data: Fields, as_of: datetime | None) -> events.CustomerMerged:
    """`from` was merged into `to` (as with an owner change); `duplicate` and `customer` say the same."""
    new_words = "to" in data.members or "from" in data.members
    into, out_of = ("to", "from") if new_words else ("customer", "duplicate")
    return events.CustomerMerged(customer=_somebody(data, into), duplicate=_somebody(data, out_of), as_of=as_of)


def _key(data: Fields) -> Key:
    return data.needed("license_key", data.key)


def _somebody(data: Fields, name: str) -> Person:
    person = data.needed(name, data.person)
    if not (person.id or person.email):
        raise data.refuse(name, f"`{name}` says neither `id` nor `email`: send at least one of them")
    return person


def _line(place: int, item: Fields) -> OrderLine:
    product, key = item.needed("product", item.slug), item.key("license_key")
    return OrderLine(
        line_id=item.id("line_id") or item.id("id") or str(place),
        refs=(f"slug:{product}",),
        quantity=1 if (quantity := item.count("quantity")) is None else quantity,
        total=item.money("amount"),
        keys=() if key is None else (key,),
    )


def _refund(place: int, given: Fields) -> Refund:
    amount = given.needed("amount", given.money).removeprefix("-")
    return Refund(id=given.id("id") or str(place), amount=amount, line_id=given.id("line_id"))


def _is_partial(refunds: tuple[Refund, ...], total: str | None, lines: tuple[OrderLine, ...]) -> bool:
    if total is None:
        totals = [line.total for line in lines]
        paid = sum((Decimal(each) for each in totals if each), Decimal(0)) if all(totals) else Decimal(0)
    else:
        paid = Decimal(total)
    return bool(refunds) and sum(Decimal(refund.amount) for refund in refunds) < paid


EVENTS: Mapping[str, Callable[[Fields, datetime | None], events.LedgerEvent]] = {
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
