"""Purchases that belong together: the orders and subscriptions of one sale, its renewals and switches, and their licences."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime

from connector.domain.licensing.accounts import Order
from connector.domain.licensing.catalogue import Product
from connector.domain.licensing.events import OrderLine, OrderSeen, Person
from connector.domain.licensing.links import links_of, order_link
from connector.domain.licensing.records import Found
from connector.licences import lookup, merging
from connector.licences.subjects import Subjects

_ROUNDS = 8
_EARLIEST = datetime.min.replace(tzinfo=UTC)


@dataclass
class Pool:
    """The licences that an order may go on with; each is taken once."""

    found: list[Found]
    orders: tuple[Order, ...] = ()
    taken: set[str] = field(default_factory=set)

    def held(self, order: OrderSeen | Order, line: OrderLine, product: Product, units: int) -> list[Found]:
        """The licences of a line: those it granted before, else those of its product, of a kindred one, or the only one."""
        ref = f"{order.order_id}/{line.line_id}"
        mine = [each for each in self.found if ref in each.licence.grants]
        chosen = mine or self._fitting(order, line, product)
        free = [each for each in chosen if each.id not in self.taken][:units]
        self.taken |= {each.id for each in free}
        return free

    def _fitting(self, order: OrderSeen | Order, line: OrderLine, product: Product) -> list[Found]:
        others = [
            each
            for each in self.found
            if each.id not in self.taken
            and not any(ref.startswith(f"{order.order_id}/") for ref in each.licence.grants)
        ]
        same = [each for each in others if each.licence.product == product.slug]
        if same or not self.orders:
            return same
        words = _parents(line)
        akin = [each for each in others if words & self._words(each)]
        return akin or (others if order.follows and len(others) == 1 else [])

    def _words(self, found: Found) -> set[str]:
        return {
            word
            for order in self.orders
            for line in order.lines
            if f"{order.order_id}/{line.line_id}" in found.licence.grants
            for word in _parents(line)
        }


@dataclass(frozen=True)
class _Family:
    subscriptions: frozenset[str]
    orders: tuple[Order, ...]
    found: list[Found]


def ids_of(ledger: Subjects, order: OrderSeen) -> set[str]:
    """The subscriptions that an order is known to belong to."""
    begun = lookup.accounts_by(ledger.tx, ledger.vendor.id, {order_link(order.order_id)}).subscriptions
    mine = {each.subscription_id for each in begun if each.order_id == order.order_id}
    return mine | ({order.subscription_id} if order.subscription_id else set())


def of_order(ledger: Subjects, order: OrderSeen) -> Pool:
    """The licences that an order may go on with: of its subscription, else told of the order before it was seen."""
    family = _family(ledger, ids_of(ledger, order), {order.order_id})
    found = [each for each in family.found if each.licence.grants or _same_person(each.licence.holder, order.customer)]
    names = {order.order_id, order.number, *order.names}
    told = lookup.by_links(ledger.tx, ledger.vendor.id, {order_link(name) for name in names if name})
    found += [each for each in told if each not in found and _same_person(each.licence.holder, order.customer)]
    if order.follows and not found:
        found = _of_customer(ledger, order)
    found.sort(key=lambda each: (each.licence.purchased_at or _EARLIEST, each.id))
    return Pool(found, family.orders)


def settle(ledger: Subjects, subscriptions: Iterable[str]) -> None:
    """Bring together what was granted apart, before it was known that it belongs together."""
    ids = set(subscriptions)
    if not ids:
        return
    family = _family(ledger, ids, set())
    if len(family.found) < 2 or not any(order.follows for order in family.orders):
        return
    for order in sorted(family.orders, key=_chronicle):
        if order.follows:
            for line in order.lines:
                _settle_line(ledger, ids, order, line)


def _settle_line(ledger: Subjects, ids: set[str], order: Order, line: OrderLine) -> None:
    """Let the licences that a line began go on as those that were there before it."""
    family = _family(ledger, ids, set())
    told = [each.order_id for each in sorted(family.orders, key=_chronicle)]
    place, ref = told.index(order.order_id), f"{order.order_id}/{line.line_id}"
    begun = {each.id: _first_of(each, told) for each in family.found}
    mine = [each for each in family.found if ref in each.licence.grants and begun[each.id] == place]
    product = ledger.catalogue.match(line.refs)
    if not mine or product is None:
        return
    earlier = [each for each in family.found if begun[each.id] < place]
    for first, second in zip(Pool(earlier, family.orders).held(order, line, product, len(mine)), mine, strict=False):
        merging.merge(ledger, first, second)


def _first_of(found: Found, told: list[str]) -> int:
    """The place among a family's orders of the first that granted the licence; -1 where it was there without them."""
    granted = {ref.rpartition("/")[0] for ref in found.licence.grants}
    return min((place for place, order_id in enumerate(told) if order_id in granted), default=-1)


def _family(ledger: Subjects, subscriptions: set[str], orders: set[str]) -> _Family:
    subs, named = set(subscriptions), set(orders)
    told: tuple[Order, ...] = ()
    for _ in range(_ROUNDS if subs else 0):
        links = {f"subscription:{each}" for each in subs} | {order_link(each) for each in named}
        accounts = lookup.accounts_by(ledger.tx, ledger.vendor.id, links)
        mine = [each for each in accounts.subscriptions if each.subscription_id in subs or each.replaces in subs]
        told = tuple(each for each in accounts.orders if each.order_id in named or each.subscription_id in subs)
        more = {each.subscription_id for each in mine} | {each.replaces for each in mine if each.replaces}
        begun = {each.order_id for each in mine if each.order_id} | {each.order_id for each in told}
        if more <= subs and begun <= named:
            break
        subs, named = subs | more, named | begun
    links = {f"subscription:{each}" for each in subs} | {order_link(each) for each in named}
    return _Family(frozenset(subs), told, lookup.by_links(ledger.tx, ledger.vendor.id, links))


def _of_customer(ledger: Subjects, order: OrderSeen) -> list[Found]:
    """Where nothing is known of the subscription: the customer's licences of what was bought, of no other subscription."""
    slugs = {match.slug for line in order.lines if (match := ledger.catalogue.match(line.refs))}
    mine = lookup.by_links(ledger.tx, ledger.vendor.id, links_of(order.customer))
    known = (None, order.subscription_id)
    return [each for each in mine if each.licence.product in slugs and each.licence.subscription_id in known]


def _same_person(holder: Person | None, customer: Person | None) -> bool:
    """May the two be one? An order number is easily guessed, or told by another shop."""
    mine, theirs = links_of(holder), links_of(customer)
    return not mine or not theirs or not mine.isdisjoint(theirs)


def _parents(line: OrderLine) -> set[str]:
    """The words that the variations of one product share."""
    return {ref for ref in line.refs if ref.startswith("product:")}


def _chronicle(order: Order) -> tuple[bool, datetime, datetime, str]:
    """What began a subscription before what followed."""
    return (order.follows is not None, order.paid_at or _EARLIEST, order.as_of or _EARLIEST, order.order_id)
