"""Which orders and which subscription speak for a licence, and which of its entries were paid back. Pure, derived when read."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from connector.domain.licensing.accounts import Order, Subscription, paid_back, refunded_lines
from connector.domain.licensing.catalogue import Catalogue
from connector.domain.licensing.events import OrderLine
from connector.domain.licensing.licence import Licence
from connector.domain.licensing.terms import SupportEntry

WORDS = {"failed": "revoked", "cancelled": "revoked", "disputed": "suspended", "refunded": "refunded"}
"""What becomes of a licence whose every purchase went that way."""

_WEIGHT = ("suspended", "refunded", "revoked")
_NEAR = timedelta(days=2)
"""How far apart a host tells a renewal and the order of it."""

_FIRST_PURCHASE = timedelta(days=30)
"""How long after a licence was granted its own order may be paid, where neither names the other."""

_LATEST = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True)
class Paying:
    """The orders of a licence: what bought it, and what renewed it."""

    purchases: tuple[Order, ...]
    renewals: tuple[Order, ...]
    license_id: str | None
    licence: Licence

    @property
    def told(self) -> tuple[Order, ...]:
        """All of them; where one was ever paid, those that never were take nothing away (R1)."""
        both = (*self.purchases, *self.renewals)
        return tuple(order for order in both if order.paid_at is not None) or both

    @property
    def word(self) -> str | None:
        """suspended, refunded or revoked where no purchase and no renewal of the licence stands any more; else None."""
        unseen = set(self.licence.order_ids) - {order.order_id for order in (*self.purchases, *self.renewals)}
        words = [self.word_of(order) for order in self.told]
        if unseen or not words or None in words:
            return None
        return max((word for word in words if word), key=_WEIGHT.index)

    def word_of(self, order: Order) -> str | None:
        """What became of the licence as this order paid for it; None while that stands."""
        if order.gone:
            return WORDS[order.gone]
        refs = {ref for ref in self.licence.grants if ref.startswith(f"{order.order_id}/")}
        lines = self._lines(order, refs)
        if refs and order.lines and not lines:
            return "revoked"  # the item was taken off the order
        if refs and all(self._is_replaced(line) for line in lines):
            return "revoked"
        back = refunded_lines(order)
        return "refunded" if lines and all(line.line_id in back for line in lines) else None

    def _is_replaced(self, line: OrderLine) -> bool:
        """Does a line have other keys for all of its units now?"""
        return self.license_id not in line.license_ids and len(line.license_ids) >= max(line.quantity, 1)

    def _lines(self, order: Order, refs: set[str]) -> list[OrderLine]:
        """The lines that paid for the licence: those that granted it, else those that name it, else all."""
        if refs:
            return [line for line in order.lines if f"{order.order_id}/{line.line_id}" in refs]
        return [line for line in order.lines if self.license_id in line.license_ids] or list(order.lines)

    @property
    def void(self) -> frozenset[SupportEntry]:
        """Entries without a ref that were renewals by orders which are gone: those told nearest to the payment."""
        nameless = [
            entry for entry in (*self.licence.support, *self.licence.ends) if entry.renews and entry.ref is None
        ]
        found: set[SupportEntry] = set()
        for order in self.renewals:
            paid = order.paid_at
            if paid is None or self.word_of(order) is None:
                continue
            near = [entry.at for entry in nameless if abs(entry.at - paid) <= _NEAR and entry not in found]
            at = min(near, key=lambda told: abs(told - paid), default=None)
            found |= {entry for entry in nameless if entry.at == at}
        return frozenset(found)


def paying(orders: Iterable[Order], license_id: str | None, licence: Licence, catalogue: Catalogue) -> Paying:
    """The orders that bought the licence (the grants name them, or the first that names it) and those that renewed it."""
    seen = sorted(orders, key=lambda order: (order.paid_at or order.as_of or _LATEST, order.order_id))
    granted = [order for order in seen if order.order_id in licence.order_ids]
    naming = [order for order in seen if order not in granted and _names(order, license_id, licence, catalogue)]
    if not licence.order_ids and naming and _bought_by(naming[0], licence):
        granted, naming = naming[:1], naming[1:]
    renewals = [order for order in granted if order.follows == "renewal"]
    purchases = [order for order in granted if order not in renewals]
    return Paying(tuple(purchases), (*renewals, *naming), license_id, licence)


def _names(order: Order, license_id: str | None, licence: Licence, catalogue: Catalogue) -> bool:
    """Is the licence itself on the order, and not only support for it or another item?"""
    for line in order.lines:
        if license_id is not None and license_id in line.license_ids:
            product = catalogue.match(line.refs)
            if product is None or (product.extends is None and licence.product in (None, product.slug)):
                return True
    return False


def _bought_by(order: Order, licence: Licence) -> bool:
    if order.paid_at is None or licence.purchased_at is None:
        return True
    renewed = any(entry.renews and abs(entry.at - order.paid_at) <= _NEAR for entry in licence.support)
    return not renewed and order.paid_at <= licence.purchased_at + _FIRST_PURCHASE


def void_refs(orders: Iterable[Order]) -> frozenset[str]:
    """The refs of order lines, and of whole orders, that were paid back or never were paid."""
    found: set[str] = set()
    for order in orders:
        lines = {line.line_id for line in order.lines}
        back = lines if order.gone else set(refunded_lines(order))
        found |= {f"{order.order_id}/{line}" for line in back}
        if order.gone or (lines and back == lines):
            found.add(order.order_id)
    return frozenset(found)


def bought_support(
    orders: Iterable[Order], license_id: str | None, licence: Licence, catalogue: Catalogue, sole: bool
) -> list[SupportEntry]:
    """Support time bought as an order line: for the licence it names; else for one of the same order, or for the only one."""
    entries = []
    for order in orders:
        if order.paid_at is None or order.gone or order.state == "pending":
            continue
        back = paid_back(order)
        for line in order.lines:
            product = catalogue.match(line.refs)
            meant = license_id in line.license_ids if line.license_ids else order.order_id in licence.order_ids or sole
            if not meant or product is None or product.extends != licence.product or not product.support_term:
                continue
            entry = SupportEntry(at=order.paid_at, period=product.support_term, ref=f"{order.order_id}/{line.line_id}")
            entries += [entry] * (line.quantity - back.get(line.line_id, 0))
    return entries


def subscription_of(
    license_id: str | None, licence: Licence, subscriptions: Sequence[Subscription], catalogue: Catalogue
) -> Subscription | None:
    """The subscription that pays for this licence: named by id or by licence, by its order, or by the customer's product.

    Of several the one taken up from the others speaks, then the one in force.
    """
    named = [each for each in subscriptions if _is_named(each, license_id, licence)]
    ordered = [each for each in subscriptions if each.order_id is not None and each.order_id in licence.order_ids]
    fitting = [each for each in ordered if sells(each, licence.product, catalogue)]
    found = [*named, *(fitting or ([] if named else ordered))]
    if not found:
        found = [
            each
            for each in subscriptions
            if each.license_id is None and each.product is not None and each.product == licence.product
        ]
    for _ in subscriptions:
        ids = {each.subscription_id for each in found}
        found += [each for each in subscriptions if each.replaces in ids and each not in found]
    replaced = {each.replaces for each in found}
    living = [each for each in found if each.subscription_id not in replaced] or found
    return max(living, key=_speaks, default=None)


def _is_named(found: Subscription, license_id: str | None, licence: Licence) -> bool:
    by_licence = found.license_id is not None and found.license_id == license_id
    return by_licence or (licence.subscription_id is not None and found.subscription_id == licence.subscription_id)


def _speaks(found: Subscription) -> tuple[int, str]:
    return ("ended", "cancelled", "active").index(found.state), found.subscription_id


def sells(found: Subscription, product: str | None, catalogue: Catalogue) -> bool:
    """Is this product what the subscription is for, as far as it says?"""
    if found.product is not None:
        return found.product == product
    goods = [match.slug for line in found.lines if (match := catalogue.match(line.refs))]
    return product in goods


def paid_until(found: Subscription, orders: Iterable[Order]) -> datetime | None:
    """The paid end of a subscription; where its newest renewal was given back, the end that was told before that."""
    paid = [each for each in orders if each.subscription_id == found.subscription_id and each.paid_at is not None]
    paid.sort(key=lambda order: (order.paid_at or _LATEST, order.order_id))
    renewals = [order for order in paid if order.follows == "renewal" or (order.follows is None and order != paid[0])]
    newest = renewals[-1] if renewals else None
    if newest is None or newest.paid_at is None or found.paid_until is None or not _given_back(newest):
        return found.paid_until
    before = [end for told, end in found.ends if told < newest.paid_at]
    return min(found.paid_until, before[-1] if before else newest.paid_at)


def _given_back(order: Order) -> bool:
    lines = {line.line_id for line in order.lines}
    return order.gone is not None or (bool(lines) and lines <= refunded_lines(order))
