"""Orders, subscriptions, invoices and customers, each folded from its own events."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from connector.domain.licensing.events import (
    CustomerMerged,
    CustomerSeen,
    InvoiceSeen,
    OrderLine,
    OrderSeen,
    Person,
    Refund,
    SubscriptionSeen,
)
from connector.domain.licensing.licence import order_key
from connector.domain.licensing.refunds import everything, given_back, units_of

ORDER_STATES = ("pending", "paid", "failed", "cancelled", "disputed", "refunded")
"""In the order in which two snapshots of the same second are believed: the later word wins."""

_STOPS = ("failed", "cancelled", "disputed", "refunded")
_KEPT_ENDS = 24


@dataclass(frozen=True)
class Order:
    """An order as its newest snapshot shows it.

    stopped: how it was stopped last (failed, cancelled, disputed, refunded) and `stopped_at` when (UTC), until it is paid again:
    a stopped order that waits for money is unpaid, whatever dates it keeps.
    """

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
    stopped: str | None = None
    stopped_at: datetime | None = None
    names: tuple[str, ...] = ()
    follows: str | None = None

    @property
    def known_as(self) -> tuple[str, ...]:
        """Every number that people quote it by."""
        return tuple(name for name in (self.order_id, self.number, *self.names) if name)

    @property
    def gone(self) -> str | None:
        """How its money was taken back or never came, in the words of `state`; None while it stands."""
        return self.stopped if self.state == "pending" else self.state if self.state in _STOPS else None


@dataclass(frozen=True)
class Subscription:
    """A subscription as last told: active, cancelled (keeps the paid end, R3) or ended.

    ends: when (UTC) which paid end was told first, so that a renewal given back leads to the end before it.
    """

    subscription_id: str = ""
    state: str = "active"
    paid_until: datetime | None = None
    order_id: str | None = None
    customer: Person | None = None
    product: str | None = None
    license_id: str | None = None
    as_of: datetime | None = None
    lines: tuple[OrderLine, ...] = ()
    replaces: str | None = None
    ends: tuple[tuple[datetime, datetime], ...] = ()


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
    if order.state in _STOPS and order.stopped is None:  # an order folded before stops were kept
        order = replace(order, stopped=order.state, stopped_at=order.as_of)
    paid_at = _paid_at(order, event)
    state = event.state
    if event.by_dates and order.stopped_at and not (event.paid_at and event.paid_at > order.stopped_at):
        state = "pending"
    stopped, stopped_at = _stopped(order, event, state, paid_at)
    return Order(
        order_id=event.order_id,
        state=state,
        number=event.number or order.number,
        customer=event.customer or order.customer,
        lines=event.lines or order.lines,
        refunds=_refunds(order, event, state),
        total=event.total or order.total,
        currency=event.currency or order.currency,
        paid_at=paid_at,
        fulfilled=event.fulfilled or (order.fulfilled and not event.whole),
        subscription_id=event.subscription_id or order.subscription_id,
        as_of=event.as_of,
        stopped=stopped,
        stopped_at=stopped_at,
        names=event.names or order.names,
        follows=event.follows or order.follows,
    )


def _paid_at(order: Order, event: OrderSeen) -> datetime | None:
    """The day of payment: as the newest snapshot has it, or the first that was told where snapshots leave things out."""
    if event.whole and (event.paid_at or event.state != "paid"):
        return event.paid_at
    paid = [at for at in (order.paid_at, event.paid_at) if at is not None]
    return min(paid) if paid else event.as_of if event.state == "paid" else None


def _stopped(
    order: Order, event: OrderSeen, state: str, paid_at: datetime | None
) -> tuple[str | None, datetime | None]:
    if state in _STOPS:
        return state, event.as_of
    if state == "paid":
        return None, None
    if order.stopped is None and order.paid_at and paid_at is None:
        return "cancelled", event.as_of
    return order.stopped, order.stopped_at


def _refunds(order: Order, event: OrderSeen, state: str) -> tuple[Refund, ...]:
    told = event.refunds
    if told is None:  # a host that tells no refunds of an order paid again has taken the full one back
        told = () if order.state == "refunded" and state == "paid" else order.refunds
    return tuple(sorted(told, key=lambda refund: refund.id))


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
        lines=event.lines or subscription.lines,
        replaces=event.replaces or subscription.replaces,
        ends=_ends(subscription, event),
    )


def _ends(subscription: Subscription, event: SubscriptionSeen) -> tuple[tuple[datetime, datetime], ...]:
    known = subscription.ends
    if event.paid_until is None or event.as_of is None or (known and known[-1][1] == event.paid_until):
        return known
    return (*known, (event.as_of, event.paid_until))[-_KEPT_ENDS:]


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


def paid_back(order: Order) -> dict[str, int]:
    """Units of each line whose money went back, as far as the order's state and its refunds allow to say (R4)."""
    if order.gone == "refunded":
        return everything(order.lines)
    return given_back(order.lines, order.refunds, order.total)


def refunded_lines(order: Order) -> frozenset[str]:
    """The lines of an order whose money went back in full."""
    found = paid_back(order)
    return frozenset(line.line_id for line in order.lines if found.get(line.line_id, 0) >= units_of(line))


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
