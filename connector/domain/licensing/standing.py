"""A licence as it stands at an instant: its history joined with its orders, subscriptions and its holder's records.

Nothing is propagated from an order to a licence when a refund comes in; the effect is derived here each time, so the order
in which the two were told cannot matter.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from connector.domain.licensing.accounts import Account, Customer, Invoice, Order, Subscription
from connector.domain.licensing.catalogue import Catalogue
from connector.domain.licensing.events import OrderLine, Person
from connector.domain.licensing.licence import Licence
from connector.domain.licensing.payments import Paying, bought_support, paid_until, paying, subscription_of, void_refs
from connector.domain.licensing.people import Names, comparable, is_one_of, names
from connector.domain.licensing.pseudonyms import is_pseudonym
from connector.domain.licensing.seats import seats
from connector.domain.licensing.terms import SupportEntry, run_to

_LOST = ("refunded", "revoked", "deleted")
_WEIGHT = ("active", "expired", "suspended", "refunded", "revoked", "deleted")


@dataclass(frozen=True)
class Standing:
    """A licence as it stands when asked: its own history together with its orders and subscriptions.

    status: active, suspended, revoked, expired, refunded, deleted.
    used: how many seats `seated` takes (several sites may share one); `exempt` sites need none.
    support_until: exclusive end (UTC); None with `support_open_ended` means while the subscription is paid, None without it
    means that nobody ever told us (an unknown, not an end).
    """

    license_id: str | None
    product: str | None
    status: str
    plan: str | None = None
    purchase: str | None = None
    purchased_at: datetime | None = None
    expires_at: datetime | None = None
    support_until: datetime | None = None
    support_open_ended: bool = False
    updates_until: datetime | None = None
    site_limit: int | None = None
    seated: tuple[str, ...] = ()
    exempt: tuple[str, ...] = ()
    over_limit: tuple[str, ...] = ()
    used: int = 0
    holder: Person | None = None
    holder_ids: tuple[str, ...] = ()
    holder_emails: tuple[str, ...] = ()
    owner: Person | None = None
    delegates: tuple[str, ...] = ()
    subscription: str | None = None
    payment: str | None = None
    as_of: datetime | None = None


@dataclass(frozen=True)
class Purchase:
    """An order of the requester that concerns the product asked about: pending, paid, failed, cancelled, refunded, disputed."""

    order_id: str
    state: str
    product: str | None = None
    total: str | None = None
    currency: str | None = None
    paid_at: datetime | None = None


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
    own = paying(accounts.orders, license_id, licence, catalogue)
    subscription = subscription_of(license_id, licence, accounts.subscriptions, catalogue)
    paid = paid_until(subscription, accounts.orders) if subscription else None
    void, nameless = void_refs(accounts.orders), own.void
    kind, term = catalogue.term(licence.product, licence.purchase)
    stands = [entry for entry in licence.support if entry.ref not in void and entry not in nameless]
    stands = [_termed(entry, term, catalogue.terms.zone) for entry in stands]
    stands += bought_support(accounts.orders, license_id, licence, catalogue, sole)
    expires = licence.expires_at
    if licence.ends:
        expires = run_to(
            (entry for entry in licence.ends if entry.ref not in void and entry not in nameless), licence.grants
        )
    until, open_ended = _support_end(sorted(stands, key=lambda entry: entry.at), licence, subscription, paid, expires)
    updates = licence.updates_until
    if updates is None and expires is None and any(entry.follows for entry in stands):
        updates = paid
    status = _status(licence, own, expires, now)
    if status in _LOST:  # what was taken back ends when it was: nobody is told of an end to come
        ended = min(now, max((at for at in (licence.as_of, *(order.as_of for order in own.told)) if at), default=now))
        until, expires, updates = (min(end, ended) if end else end for end in (until, expires, updates))
        until, open_ended = (ended if open_ended else until), False
    holder, owner = (None if is_pseudonym(each) else each for each in (licence.holder, licence.owner))
    people = [person for person in (holder,) if person is not None]
    places = seats(licence.claims, licence.site_limit, catalogue.seat_rules(licence.product))
    return Standing(
        license_id=license_id,
        product=licence.product,
        status=status,
        plan=licence.plan,
        purchase=kind,
        purchased_at=licence.purchased_at,
        expires_at=expires,
        support_until=until,
        support_open_ended=open_ended,
        updates_until=updates,
        site_limit=licence.site_limit,
        seated=places.seated,
        exempt=places.exempt_sites,
        over_limit=places.over_limit,
        used=places.used,
        holder=holder,
        holder_ids=_known_as([person.id for person in people], accounts.customers, "ids"),
        holder_emails=_known_as([person.email for person in people], accounts.customers, "emails"),
        owner=owner,
        delegates=licence.delegates,
        subscription=subscription.state if subscription else None,
        payment=own.told[0].state if own.told else None,
        as_of=licence.as_of,
    )


def _termed(entry: SupportEntry, term: str | None, zone: str) -> SupportEntry:
    """The entry, with today's term where nobody could say at the grant how long it covers: what is set later counts."""
    if term is None or entry.until is not None or entry.period is not None or entry.follows:
        return entry
    follows = term == "while_active"
    return replace(entry, period=None if follows else term, follows=follows, zone=entry.zone or zone)


def _status(licence: Licence, own: Paying, expires: datetime | None, now: datetime) -> str:
    words = [licence.status, *([own.word] if own.word else [])]
    if expires is not None and expires <= now:
        words.append("expired")
    return max(words, key=_WEIGHT.index)


def _support_end(
    entries: list[SupportEntry],
    licence: Licence,
    subscription: Subscription | None,
    paid: datetime | None,
    expires: datetime | None,
) -> tuple[datetime | None, bool]:
    """(exclusive end, open-ended): R1 a period of its own, R2 early extensions add to the end, R3 cancelled keeps the paid end.

    paid: the paid end of the subscription.
    """
    zone = next((entry.zone for entry in licence.support if entry.zone), licence.zone or "UTC")
    until = run_to(entries, licence.grants, zone)
    if not any(entry.follows for entry in entries):
        return until, False
    paid = paid or expires
    if subscription and subscription.state == "ended" and paid is None:
        paid = subscription.as_of
    if paid is not None:
        return (max(paid, until) if until else paid), False
    return until, subscription is None or subscription.state == "active"


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


def people_of(standing: Standing) -> Names:
    """Everybody whom a licence knows: its holder by every name, its owner now, and delegates."""
    people = (standing.holder, standing.owner)
    return names(people, standing.holder_ids, (*standing.holder_emails, *standing.delegates))


def is_stranger(requester: Person | None, standing: Standing | None) -> bool:
    """Is this plainly somebody whom the licence does not know? Who is not named, or cannot be compared, is no stranger."""
    if standing is None or requester is None:
        return False
    known = people_of(standing)
    return comparable(requester, known) and not is_one_of(requester, known)
