"""What hosts tell about licences and purchases, in our own words: one frozen value for each kind of event.

Every event is one host statement about one subject (a licence, an order, a subscription, an invoice or a customer).
`as_of` is the host's own time of the statement (UTC); None means the host sent none and the time of arrival stands in.
Events never carry a licence key in a stored field: `key` is handed to the ledger, which files the event under the key's hash.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar


class Key(str):
    """A licence key in the clear; shows only its last four characters when printed or logged."""

    __slots__ = ()

    def __repr__(self) -> str:
        return f"Key(…{self[-4:]})"


@dataclass(frozen=True)
class Person:
    """A customer as the host names it: its own id, e-mail address (lower case), display name."""

    id: str | None = None
    email: str | None = None
    name: str | None = None


@dataclass(frozen=True)
class Refund:
    """Money given back on an order: the host's refund id and the positive amount in the order's currency."""

    id: str
    amount: str
    line_id: str | None = None


@dataclass(frozen=True)
class OrderLine:
    """One bought item: the host's words for the product (`refs`: slug, SKU, product and variation id) and what was paid.

    slack: how far `total` may be off, where the host rounds its parts. part_of: the line of the bundle that it came in.
    """

    line_id: str
    refs: tuple[str, ...]
    quantity: int = 1
    total: str | None = None
    keys: tuple[Key, ...] = ()
    license_ids: tuple[str, ...] = ()
    slack: str | None = None
    part_of: str | None = None


@dataclass(frozen=True)
class Granted:
    """A licence exists with these terms (`license.granted`, or a paid order line of a licensed product).

    license_term: how long it runs from the purchase, where no end is told. order_names: the order's other numbers.
    follows: what the order is to the subscription that the licence came with (renewal, switch, resubscribe); None = a purchase.
    provisional: an order told of the key before its grant; it holds until the grant is there, which has the terms.
    refs: the shop's other words for the product (SKU, product and variation id), which may stand for one that has another slug.
    """

    kind: ClassVar[str] = "license.granted"
    subject: ClassVar[str] = "license"
    key: Key
    product: str
    as_of: datetime | None = None
    holder: Person | None = None
    site_limit: int | None = None
    expires_at: datetime | None = None
    support_until: datetime | None = None
    updates_until: datetime | None = None
    plan: str | None = None
    purchase: str | None = None
    order_id: str | None = None
    line_id: str | None = None
    subscription_id: str | None = None
    purchased_at: datetime | None = None
    support_term: str | None = None
    license_term: str | None = None
    zone: str | None = None
    sites: tuple[str, ...] = ()
    follows: str | None = None
    order_names: tuple[str, ...] = ()
    provisional: bool = False
    refs: tuple[str, ...] = ()


@dataclass(frozen=True)
class Renewed:
    """The licence was renewed; absent dates stay as they were, support follows the new expiry when it is not named.

    order_id: the order that paid for it: given back, it takes back this renewal.
    """

    kind: ClassVar[str] = "license.renewed"
    subject: ClassVar[str] = "license"
    key: Key
    as_of: datetime | None = None
    expires_at: datetime | None = None
    support_until: datetime | None = None
    updates_until: datetime | None = None
    order_id: str | None = None


@dataclass(frozen=True)
class StatusChanged:
    """The host's word on the licence: active, suspended, revoked, expired, refunded or deleted."""

    kind: ClassVar[str] = "license.status_changed"
    subject: ClassVar[str] = "license"
    key: Key
    status: str
    as_of: datetime | None = None


@dataclass(frozen=True)
class OwnerChanged:
    """The licence was re-assigned; recorded, never moving the support right (ELG-06, ELG-07)."""

    kind: ClassVar[str] = "license.owner_changed"
    subject: ClassVar[str] = "license"
    key: Key
    to: Person
    before: Person | None = None
    as_of: datetime | None = None


@dataclass(frozen=True)
class SiteActivated:
    """The software runs on this site (canonical spelling); the other members are those of `seats.Claim`."""

    kind: ClassVar[str] = "site.activated"
    subject: ClassVar[str] = "license"
    key: Key
    site: str
    as_of: datetime | None = None
    at: str | None = None
    environment: str | None = None
    ip: str | None = None
    directory: str | None = None
    label: str | None = None
    install: str | None = None


@dataclass(frozen=True)
class SiteDeactivated:
    """The software was removed from this site; its seat is free again."""

    kind: ClassVar[str] = "site.deactivated"
    subject: ClassVar[str] = "license"
    key: Key
    site: str
    as_of: datetime | None = None


@dataclass(frozen=True)
class SiteMoved:
    """The seat of `before` was given to `site` in one step; counted, because moves may be limited (R10)."""

    kind: ClassVar[str] = "site.moved"
    subject: ClassVar[str] = "license"
    key: Key
    site: str
    before: str
    as_of: datetime | None = None
    at: str | None = None
    environment: str | None = None
    ip: str | None = None
    directory: str | None = None
    label: str | None = None
    install: str | None = None


@dataclass(frozen=True)
class LicenceReissued:
    """Every place was taken off the licence in one step, so that the next check binds it anew (WHMCS); counted as a move."""

    kind: ClassVar[str] = "license.reissued"
    subject: ClassVar[str] = "license"
    key: Key
    as_of: datetime | None = None


@dataclass(frozen=True)
class SitesFreed:
    """The software was removed from every site in one step (the reset of some protocols); their seats are free again."""

    kind: ClassVar[str] = "license.sites_freed"
    subject: ClassVar[str] = "license"
    key: Key
    as_of: datetime | None = None


@dataclass(frozen=True)
class HolderTransferred:
    """The vendor moved the licence and its support right to another holder: an explicit act, never a host's news (ELG-06)."""

    kind: ClassVar[str] = "license.transferred"
    subject: ClassVar[str] = "license"
    key: Key
    to: Person
    as_of: datetime | None = None


@dataclass(frozen=True)
class DelegateChanged:
    """A person who may (or may no longer) ask for support in the holder's place."""

    kind: ClassVar[str] = "license.delegate"
    subject: ClassVar[str] = "license"
    key: Key
    email: str
    allowed: bool = True
    as_of: datetime | None = None


@dataclass(frozen=True)
class SupportExtended:
    """More support was bought: until a date, or for a period such as `12 months` (R2)."""

    kind: ClassVar[str] = "support.extended"
    subject: ClassVar[str] = "license"
    key: Key
    support_until: datetime | None = None
    period: str | None = None
    zone: str | None = None
    as_of: datetime | None = None


@dataclass(frozen=True)
class OrderSeen:
    """A snapshot of an order: state is pending, paid, failed, cancelled, refunded or disputed.

    refunds: all there are by now; None = not told. whole: what the snapshot leaves out is not so any more.
    by_dates: the host's word for the state is not known, it was read off its dates. names: other numbers that people know it by.
    follows: what it is to its subscription: renewal, switch or resubscribe.
    """

    kind: ClassVar[str] = "order"
    subject: ClassVar[str] = "order"
    order_id: str
    state: str
    as_of: datetime | None = None
    number: str | None = None
    customer: Person | None = None
    lines: tuple[OrderLine, ...] = ()
    refunds: tuple[Refund, ...] | None = None
    total: str | None = None
    currency: str | None = None
    paid_at: datetime | None = None
    fulfilled: bool = False
    subscription_id: str | None = None
    whole: bool = False
    by_dates: bool = False
    names: tuple[str, ...] = ()
    follows: str | None = None


@dataclass(frozen=True)
class SubscriptionSeen:
    """A subscription's state: active, cancelled (runs to its paid end, R3) or ended. replaces: the one it was taken up from."""

    kind: ClassVar[str] = "subscription"
    subject: ClassVar[str] = "subscription"
    subscription_id: str
    state: str
    as_of: datetime | None = None
    key: Key | None = None
    order_id: str | None = None
    customer: Person | None = None
    paid_until: datetime | None = None
    product: str | None = None
    license_id: str | None = None
    lines: tuple[OrderLine, ...] = ()
    replaces: str | None = None


@dataclass(frozen=True)
class InvoiceSeen:
    """An invoice's state: issued, overdue, paid or cancelled; `due_at` decides overdue by itself (INV-12)."""

    kind: ClassVar[str] = "invoice"
    subject: ClassVar[str] = "invoice"
    invoice_id: str
    state: str
    as_of: datetime | None = None
    customer: Person | None = None
    due_at: datetime | None = None
    total: str | None = None
    currency: str | None = None


@dataclass(frozen=True)
class CustomerSeen:
    """A customer's contact data changed; the person stays the same (never a transfer)."""

    kind: ClassVar[str] = "customer"
    subject: ClassVar[str] = "customer"
    customer: Person
    as_of: datetime | None = None


@dataclass(frozen=True)
class CustomerMerged:
    """Two customer records are one person: `duplicate` lives on as `customer`."""

    kind: ClassVar[str] = "customer.merged"
    subject: ClassVar[str] = "customer"
    customer: Person
    duplicate: Person
    as_of: datetime | None = None


_OfLicence = Granted | Renewed | StatusChanged | OwnerChanged | SupportExtended | HolderTransferred | DelegateChanged
_OfPlaces = SiteActivated | SiteDeactivated | SiteMoved | LicenceReissued | SitesFreed
LicenceEvent = _OfLicence | _OfPlaces
AccountEvent = OrderSeen | SubscriptionSeen | InvoiceSeen | CustomerSeen | CustomerMerged
LedgerEvent = LicenceEvent | AccountEvent
