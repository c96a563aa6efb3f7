"""A licence as it stands at an instant: its history joined with its orders, subscriptions and its holder's records.

Nothing is propagated from an order to a licence when a refund comes in; the effect is derived here each time, so the order
in which the two were told cannot matter.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from connector.domain.accounts import Account, Customer, Invoice, Order, Subscription, refunded_lines
from connector.domain.catalogue import Catalogue
from connector.domain.events import OrderLine
from connector.domain.facts import Purchase, Standing
from connector.domain.licence import Licence, SupportEntry
from connector.domain.periods import end_of_support, extend, parse_period
from connector.domain.seats import seats

_GONE = {"failed": "revoked", "cancelled": "revoked", "disputed": "suspended"}
_WEIGHT = ("active", "expired", "suspended", "refunded", "revoked", "deleted")


@dataclass(frozen=True)
class Accounts:
    """The records that belong to one licence or one customer."""

    orders: tuple[Order, ...] = ()
    subscriptions: tuple[Subscription, ...] = ()
    invoices: tuple[Invoice, ...] = ()
    customers: tuple[Customer, ...] = ()

    @classmethod
    def of(cls, accounts: Iterable[Account]) -> Accounts:
        """Sort a mixed list of accounts into its kinds."""
        mixed = list(accounts)
        return cls(
            orders=tuple(item for item in mixed if isinstance(item, Order)),
            subscriptions=tuple(item for item in mixed if isinstance(item, Subscription)),
            invoices=tuple(item for item in mixed if isinstance(item, Invoice)),
            customers=tuple(item for item in mixed if isinstance(item, Customer)),
        )


def standing(
    license_id: str | None,
    licence: Licence,
    accounts: Accounts,
    catalogue: Catalogue,
    now: datetime,
    *,
    sole: bool = True,
) -> Standing:
    """How the licence stands at `now` (UTC).

    sole: the holder has no other licence of this product, so that support bought in an order of its own belongs here.
    """
    own = _own_orders(accounts.orders, license_id, licence)
    subscription = _subscription(license_id, licence, accounts)
    refunded = {f"{order.order_id}/{line}" for order in accounts.orders for line in refunded_lines(order)}
    support = [entry for entry in licence.support if entry.ref is None or entry.ref not in refunded]
    support += _bought_support(licence, accounts, catalogue, refunded, sole)
    until, open_ended = _support_end(sorted(support, key=lambda entry: entry.at), licence, subscription)
    people = [person for person in (licence.holder,) if person is not None]
    places = seats(licence.claims, licence.site_limit, catalogue.seat_rules(licence.product))
    return Standing(
        license_id=license_id,
        product=licence.product,
        status=_status(license_id, licence, own, refunded, now),
        plan=licence.plan,
        purchase=licence.purchase,
        purchased_at=licence.purchased_at,
        expires_at=licence.expires_at,
        support_until=until,
        support_open_ended=open_ended,
        updates_until=licence.updates_until,
        site_limit=licence.site_limit,
        seated=places.seated,
        exempt=places.exempt_sites,
        over_limit=places.over_limit,
        used=places.used,
        holder=licence.holder,
        holder_ids=_known_as([person.id for person in people], accounts.customers, "ids"),
        holder_emails=_known_as([person.email for person in people], accounts.customers, "emails"),
        owner=licence.owner,
        delegates=licence.delegates,
        subscription=subscription.state if subscription else None,
        payment=own[0].state if own else None,
        as_of=licence.as_of,
    )


def _own_orders(orders: Iterable[Order], license_id: str | None, licence: Licence) -> list[Order]:
    """The orders that speak for the licence: what granted it or names it. Where one of them was ever paid, those that never
    were (a renewal that waits or failed) take nothing away: what was bought runs to its own end (R1)."""
    own = [
        order
        for order in orders
        if order.order_id in licence.order_ids
        or (license_id is not None and any(license_id in line.license_ids for line in order.lines))
    ]
    return [order for order in own if order.paid_at is not None] or own


def _paid_by(license_id: str | None, orders: list[Order]) -> tuple[str, ...]:
    """The order lines that paid for the licence: those that name it, else every line of its orders."""
    lines = [(order, line) for order in orders for line in order.lines]
    named = [(order, line) for order, line in lines if license_id in line.license_ids]
    return tuple(f"{order.order_id}/{line.line_id}" for order, line in named or lines)


def _status(license_id: str | None, licence: Licence, own: list[Order], refunded: set[str], now: datetime) -> str:
    words = [licence.status, *(_GONE[order.state] for order in own if order.state in _GONE)]
    grants = licence.grants or _paid_by(license_id, own)
    if (grants and all(ref in refunded for ref in grants)) or any(
        order.state == "refunded" and not order.lines and not order.refunds for order in own
    ):
        words.append("refunded")
    if licence.expires_at is not None and licence.expires_at <= now:
        words.append("expired")
    return max(words, key=_WEIGHT.index)


def _subscription(license_id: str | None, licence: Licence, accounts: Accounts) -> Subscription | None:
    """The subscription that pays for this licence: named by id, by licence, by order, or by the customer's product."""
    tests = (
        lambda found: found.subscription_id == licence.subscription_id,
        lambda found: found.license_id is not None and found.license_id == license_id,
        lambda found: found.order_id is not None and found.order_id in licence.order_ids,
        lambda found: found.license_id is None and found.product is not None and found.product == licence.product,
    )
    for fits in tests:
        found = sorted((item for item in accounts.subscriptions if fits(item)), key=lambda item: item.subscription_id)
        if found:
            return found[-1]
    return None


def _bought_support(
    licence: Licence, accounts: Accounts, catalogue: Catalogue, refunded: set[str], sole: bool
) -> list[SupportEntry]:
    """Support time bought as an order line: for a licence of the same order, or for the customer's only licence."""
    entries = []
    for order in accounts.orders:
        if order.paid_at is None or order.state in ("pending", "failed", "cancelled"):
            continue
        if order.order_id not in licence.order_ids and not sole:
            continue
        for line in order.lines:
            product = catalogue.match(line.refs)
            ref = f"{order.order_id}/{line.line_id}"
            if product and product.extends == licence.product and product.support_term and ref not in refunded:
                for _ in range(line.quantity):
                    entries.append(SupportEntry(at=order.paid_at, period=product.support_term, ref=ref))
    return entries


def _support_end(
    entries: list[SupportEntry], licence: Licence, subscription: Subscription | None
) -> tuple[datetime | None, bool]:
    """(exclusive end, open-ended): R1 a period of its own, R2 early extensions add to the end, R3 cancelled keeps the paid end."""
    until: datetime | None = None
    open_ended = False
    zone = next((entry.zone for entry in licence.support if entry.zone), "UTC")
    for entry in entries:
        if entry.until is not None:
            until = entry.until
        elif entry.period is not None:
            period = parse_period(entry.period)
            first = (entry.ref is not None and entry.ref in licence.grants) or until is None
            end = end_of_support(entry.at, period, entry.zone or zone) if first else None
            until = max(end, until) if end and until else end or extend(until, entry.at, period, entry.zone or zone)
        elif entry.follows:
            open_ended = True
    if open_ended:
        paid = subscription.paid_until if subscription and subscription.paid_until else licence.expires_at
        if subscription and subscription.state == "ended" and paid is None:
            paid = subscription.as_of
        if paid is not None:
            return (max(paid, until) if until else paid), False
        return until, subscription is None or subscription.state == "active"
    return until, False


def _known_as(first: list[str | None], customers: tuple[Customer, ...], field: str) -> tuple[str, ...]:
    known = {word for word in first if word}
    for customer in customers:
        known |= set(getattr(customer, field))
    return tuple(sorted(known))


def from_order(order: Order, line: OrderLine, catalogue: Catalogue, term: str | None, zone: str) -> Licence | None:
    """What a paid order line entitles to where no licence was ever told (002, 003 sell without keys)."""
    product = catalogue.match(line.refs)
    if product is None or order.paid_at is None:
        return None
    entry = SupportEntry(
        at=order.paid_at,
        period=None if term == "while_active" else term,
        follows=term == "while_active",
        zone=zone,
        ref=f"{order.order_id}/{line.line_id}",
    )
    return Licence(
        product=product.slug,
        plan=product.plan,
        purchase=product.purchase,
        purchased_at=order.paid_at,
        order_ids=(order.order_id,),
        grants=(f"{order.order_id}/{line.line_id}",),
        holder=order.customer,
        owner=order.customer,
        site_limit=product.site_limit,
        support=(entry,),
        known=True,
        as_of=order.as_of,
    )


def purchases(accounts: Accounts, catalogue: Catalogue) -> tuple[Purchase, ...]:
    """The orders as the rules want them: one row for each order and product."""
    rows = []
    for order in accounts.orders:
        slugs: list[str | None] = [product.slug for line in order.lines if (product := catalogue.match(line.refs))]
        for slug in dict.fromkeys(slugs or [None]):
            rows.append(Purchase(order.order_id, order.state, slug, order.total, order.currency, order.paid_at))
    return tuple(sorted(rows, key=lambda row: (row.order_id, row.product or "")))


def overdue(accounts: Accounts, now: datetime) -> tuple[str, ...]:
    """Ids of invoices that are unpaid after their due instant (INV-12: not before)."""
    return tuple(
        sorted(
            invoice.invoice_id
            for invoice in accounts.invoices
            if invoice.state == "overdue" or (invoice.state == "issued" and invoice.due_at and invoice.due_at < now)
        )
    )
