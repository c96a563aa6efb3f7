"""Licences and what stands beside them as they were read, each under the words that lead to it.

A word under which nobody has read yet is noted in its shelf's `unread`, and nothing stands there so far. So the rules say
themselves how far a file has to be read: it is read, and they are asked again, until they look at nothing unread.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Generic, TypeVar

from connector.domain.licensing.accounts import Account, Customer, Order
from connector.domain.licensing.catalogue import Catalogue
from connector.domain.licensing.licence import Licence
from connector.domain.licensing.links import licence_links, links_of, order_link, person_links
from connector.domain.licensing.standing import Accounts, Standing, standing

T = TypeVar("T")


@dataclass(frozen=True)
class Shelf(Generic[T]):
    """What was read under each word, in the order in which it was read."""

    read: Mapping[str, tuple[T, ...]] = field(default_factory=dict)
    unread: set[str] = field(default_factory=set, compare=False)

    def under(self, words: Iterable[str]) -> list[T]:
        """All that stands under these words; what stands under several comes once for each."""
        wanted = set(words)
        self.unread.update(wanted - self.read.keys())
        return [item for word in sorted(wanted) for item in self.read.get(word, ())]

    def with_(self, more: Mapping[str, tuple[T, ...]]) -> Shelf[T]:
        """With what was read under further words."""
        return Shelf({**self.read, **more})


@dataclass(frozen=True)
class Found:
    """A licence row: its id, the last four of its key, its history folded."""

    id: str
    last4: str
    licence: Licence


@dataclass(frozen=True)
class KeyRecord:
    """A key that is on record: the licence it leads to, granted or only told of. retires_at: from then on it opens nothing."""

    found: Found
    retires_at: datetime | None = None


@dataclass(frozen=True)
class Filed:
    """An account with the host's id of it."""

    kind: str
    ref: str
    account: Account


@dataclass(frozen=True)
class Records:
    """The ledger as far as it was read: keys and ids of licences, licences and accounts under their links, licences by site."""

    keys: Shelf[KeyRecord] = field(default_factory=Shelf)
    ids: Shelf[Found] = field(default_factory=Shelf)
    licences: Shelf[Found] = field(default_factory=Shelf)
    accounts: Shelf[Filed] = field(default_factory=Shelf)
    sites: Shelf[Found] = field(default_factory=Shelf)

    def opened_by(self, key: str, now: datetime | None) -> Found | None:
        """The licence of a key, if it was ever granted; None where the key has retired by `now` (None = whatever its age)."""
        for held in self.keys.under([key]):
            retired = now is not None and held.retires_at is not None and held.retires_at <= now
            if held.found.licence.known and not retired:
                return held.found
        return None

    def by_id(self, license_id: str) -> Found | None:
        """The licence of this id, or the one that it turned out to be."""
        return next(iter(self.ids.under([license_id])), None)

    def by_links(self, wanted: Iterable[str]) -> list[Found]:
        """Granted licences that carry any of these links, in a stable order."""
        return _granted(self.licences.under(wanted))

    def by_site(self, site: str) -> list[Found]:
        """Licences whose software runs on this site (canonical spelling)."""
        return _granted(self.sites.under([site]))

    def is_order(self, name: str) -> bool:
        """Is anything known of an order by this number?"""
        wanted = [order_link(name)]
        return bool([*self.accounts.under(wanted), *self.licences.under(wanted)])

    def accounts_by(self, wanted: Iterable[str]) -> Accounts:
        """Every order, subscription, invoice and customer that carries a link, following a customer's other names."""
        seen: set[str] = set()
        more, found = set(wanted), dict[tuple[str, str], Account]()
        while more - seen:
            rows = self.accounts.under(more - seen)
            seen |= more
            found |= {(row.kind, row.ref): row.account for row in rows}
            people = [row.account for row in rows if isinstance(row.account, Customer)]
            more = {link for person in people for link in person_links(person.ids, person.emails)}
        return Accounts.of(found[place] for place in sorted(found))

    def accounts_of(self, found: Found) -> Accounts:
        """The accounts of one licence: its orders and subscription, and everything of its holder (never of its owner)."""
        return self.accounts_by({*licence_links(found.licence, owner=False), f"license:{found.id}"})

    def of_orders(self, orders: Iterable[Order]) -> list[Found]:
        """The licences that these orders bought, renewed or name, in a stable order."""
        orders = list(orders)
        wanted = {order_link(order.order_id) for order in orders}
        wanted |= {f"subscription:{order.subscription_id}" for order in orders if order.subscription_id}
        named = {license_id for order in orders for line in order.lines for license_id in line.license_ids}
        return _granted([*self.licences.under(wanted), *self.ids.under(named)])

    def by_order(self, name: str) -> list[Found]:
        """The licences of an order, by any of the numbers that people quote, whether or not its order was ever told of."""
        link = order_link(name)
        orders = self.accounts_by({link}).orders
        found = self.of_orders(order for order in orders if link in map(order_link, order.known_as))
        return found + [each for each in self.by_links({link}) if each not in found]

    def orders_naming(self, key: str) -> tuple[Order, ...]:
        """The orders that told of a key, also before it was ever granted and after it retired."""
        held = self.keys.under([key])
        return self.accounts_by({f"license:{held[0].found.id}"}).orders if held else ()

    def siblings_of(self, found: Found) -> list[Found]:
        """The holder's other licences of the same product."""
        holder, product = found.licence.holder, found.licence.product
        others = self.by_links(links_of(holder))
        return [
            other
            for other in others
            if other.id != found.id and other.licence.product == product and other.licence.holder == holder
        ]

    def standing_of(self, found: Found, goods: Catalogue, now: datetime, accounts: Accounts | None = None) -> Standing:
        """How the licence stands at `now` (UTC). accounts: where they are at hand, those of the licence."""
        mine = self.accounts_of(found) if accounts is None else accounts
        # Only where support was bought in an order of its own does it matter whether there is another licence to extend.
        sole = not _extended(found, mine, goods) or not self.siblings_of(found)
        return standing(found.id, found.licence, mine, goods, now, sole=sole)


def _extended(found: Found, mine: Accounts, goods: Catalogue) -> bool:
    return any(
        order.order_id not in found.licence.order_ids
        and (product := goods.match(line.refs)) is not None
        and product.extends is not None
        for order in mine.orders
        for line in order.lines
    )


def _granted(found: Iterable[Found]) -> list[Found]:
    by_id = {each.id: each for each in found if each.licence.known}
    return [by_id[license_id] for license_id in sorted(by_id)]
