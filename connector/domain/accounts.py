"""What stands beside a licence: orders, subscriptions, invoices and customers, each folded from its own news."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from connector.domain.events import (
    CustomerMerged,
    CustomerSeen,
    InvoiceSeen,
    OrderLine,
    OrderSeen,
    Person,
    Refund,
    SubscriptionSeen,
)
from connector.domain.licence import order_key

ORDER_STATES = ("pending", "paid", "failed", "cancelled", "disputed", "refunded")
"""In the order in which two snapshots of the same second are believed: the later word wins."""


@dataclass(frozen=True)
class Order:
    """An order as its newest snapshot shows it; refunds of all snapshots together, first payment kept."""

    order_id: str = ""
    state: str = "pending"
    number: str | None = None
    customer: Person | None = None
    lines: tuple[OrderLine, ...] = ()
    refunds: tuple[Refund, ...] = ()
    total: str | None = None
    currency: str | None = None
    paid_at: datetime | None = None
    fulfilled: bool = False
    subscription_id: str | None = None
    as_of: datetime | None = None


@dataclass(frozen=True)
class Subscription:
    """A subscription as last told: active, cancelled (keeps the paid end, R3) or ended."""

    subscription_id: str = ""
    state: str = "active"
    paid_until: datetime | None = None
    order_id: str | None = None
    customer: Person | None = None
    product: str | None = None
    license_id: str | None = None
    as_of: datetime | None = None


@dataclass(frozen=True)
class Invoice:
    """An invoice as last told: issued, overdue, paid or cancelled."""

    invoice_id: str = ""
    state: str = "issued"
    due_at: datetime | None = None
    customer: Person | None = None
    total: str | None = None
    currency: str | None = None
    as_of: datetime | None = None


@dataclass(frozen=True)
class Customer:
    """A customer with every id and e-mail address the host ever gave the person."""

    ids: tuple[str, ...] = ()
    emails: tuple[str, ...] = ()
    name: str | None = None
    as_of: datetime | None = None


Account = Order | Subscription | Invoice | Customer


def fold(kind: str, events: Iterable[tuple[str, Any]]) -> Any:
    """The order, subscription, invoice or customer that a set of (digest, event) pairs amounts to."""
    state = EMPTY[kind]
    for _, event in sorted(events, key=lambda pair: account_key(*pair)):
        state = evolve(state, event)
    return state


def account_key(digest: str, event: Any) -> tuple[datetime, int, int, str]:
    """Canonical place of an event: host time, rank of kind, rank of the state it tells, digest."""
    at, rank, digest = order_key(digest, event)
    state = getattr(event, "state", "")
    return (at, rank, ORDER_STATES.index(state) if state in ORDER_STATES else 0, digest)


def evolve(state: Any, event: Any) -> Any:
    """The account after one more piece of news, told in canonical order."""
    return _APPLY[type(event)](state, event)


def _order(order: Order, event: OrderSeen) -> Order:
    refunds = {refund.id: refund for refund in (*order.refunds, *event.refunds)}
    paid = [at for at in (order.paid_at, event.paid_at) if at is not None]
    return Order(
        order_id=event.order_id,
        state=event.state,
        number=event.number or order.number,
        customer=event.customer or order.customer,
        lines=event.lines or order.lines,
        refunds=tuple(refunds[id] for id in sorted(refunds)),
        total=event.total or order.total,
        currency=event.currency or order.currency,
        paid_at=min(paid) if paid else None,
        fulfilled=order.fulfilled or event.fulfilled,
        subscription_id=event.subscription_id or order.subscription_id,
        as_of=event.as_of,
    )


def _subscription(subscription: Subscription, event: SubscriptionSeen) -> Subscription:
    return Subscription(
        subscription_id=event.subscription_id,
        state=event.state,
        paid_until=event.paid_until or subscription.paid_until,
        order_id=event.order_id or subscription.order_id,
        customer=event.customer or subscription.customer,
        product=event.product or subscription.product,
        license_id=event.license_id or subscription.license_id,
        as_of=event.as_of,
    )


def _invoice(invoice: Invoice, event: InvoiceSeen) -> Invoice:
    return Invoice(
        invoice_id=event.invoice_id,
        state=event.state,
        due_at=event.due_at or invoice.due_at,
        customer=event.customer or invoice.customer,
        total=event.total or invoice.total,
        currency=event.currency or invoice.currency,
        as_of=event.as_of,
    )


def _customer(customer: Customer, event: CustomerSeen | CustomerMerged) -> Customer:
    people = [event.customer] + ([event.duplicate] if isinstance(event, CustomerMerged) else [])
    return replace(
        customer,
        ids=tuple(sorted({*customer.ids, *(person.id for person in people if person.id)})),
        emails=tuple(sorted({*customer.emails, *(person.email for person in people if person.email)})),
        name=event.customer.name or customer.name,
        as_of=event.as_of,
    )


def refunded_lines(order: Order) -> frozenset[str]:
    """The lines of an order whose money went back, as far as its refunds allow to say (R4).

    A refund names its line, or covers the whole order, or its amount fits exactly one line; anything else is left standing,
    since a wrong "no" costs a customer (hosts such as WooCommerce do not say which item a refund is for).
    """
    everything = frozenset(line.line_id for line in order.lines)
    given = sum((Decimal(refund.amount) for refund in order.refunds), Decimal(0))
    total = Decimal(order.total) if order.total else _sum_of_lines(order)
    if order.state == "refunded" and (not order.refunds or total is None):
        return everything
    if order.refunds and total is not None and given >= total > 0:
        return everything
    named = {refund.line_id for refund in order.refunds if refund.line_id}
    for refund in order.refunds:
        fits = [line.line_id for line in order.lines if line.total and Decimal(line.total) == Decimal(refund.amount)]
        if refund.line_id is None and len(fits) == 1:
            named.add(fits[0])
    return everything & frozenset(named)


def _sum_of_lines(order: Order) -> Decimal | None:
    totals = [line.total for line in order.lines]
    return sum((Decimal(total) for total in totals if total), Decimal(0)) if totals and all(totals) else None


EMPTY: dict[str, Account] = {
    "order": Order(),
    "subscription": Subscription(),
    "invoice": Invoice(),
    "customer": Customer(),
}
_APPLY: dict[type, Any] = {
    OrderSeen: _order,
    SubscriptionSeen: _subscription,
    InvoiceSeen: _invoice,
    CustomerSeen: _customer,
    CustomerMerged: _customer,
}
