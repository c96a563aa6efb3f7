"""Which licence or purchase a request is about, read off the customer's file.

What may be reached from what: a key opens its licence until it retires; an order number, which is easily guessed, leads to
licences only for the order's own customer; an unverified name leads nowhere by itself; whoever owns a licence now finds it, but
lends it none of his orders; a customer is looked up by every name that was merged into the record.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime

from connector.domain.licensing.accounts import Order
from connector.domain.licensing.catalogue import Catalogue, Product
from connector.domain.licensing.links import licence_links, links_of, order_link, person_links
from connector.domain.licensing.records import Found, Records
from connector.domain.licensing.standing import Accounts, Standing, from_order, standing
from connector.domain.policy.requests import Request

TermOf = Callable[[Product | None, str | None, datetime | None], tuple[str | None, str]]
"""(product, kind of purchase, instant of it) -> (support term, zone), by the vendor's policy of that day."""


@dataclass(frozen=True)
class Subject:
    """What a request turned out to be about. by_order: its mistyped key was told by an order."""

    found: Found | None = None
    standing: Standing | None = None
    accounts: Accounts = field(default_factory=Accounts)
    ambiguous: bool = False
    by_order: bool = False


def subject_of(file: Records, request: Request, goods: Catalogue, term_of: TermOf, now: datetime) -> Subject:
    """The licence that a request names by its key, its order or its requester; else the requester's purchase."""
    for key in (request.key, request.purchase_code):
        if key and (opened := file.opened_by(key, now)):
            return about(file, opened, goods, now)
    order_id = request.order_id or request.purchase_code
    named = links_of(request.requester) | ({order_link(order_id)} if order_id else set())
    mine = _own(request, order_id, file.accounts_by(named))
    if request.key and order_id is None:  # a key that is mistyped is no reason to look past a good order
        told = file.orders_naming(request.key)
        return Subject(accounts=replace(mine, orders=told or mine.orders), by_order=bool(told))
    candidates = _candidates(file, request, order_id, mine, goods)
    if len(candidates) == 1:
        return about(file, candidates[0], goods, now)
    if candidates:
        return Subject(accounts=mine, ambiguous=True)
    return Subject(standing=_unlicensed(request, order_id, mine, goods, term_of, now), accounts=mine)


def about(file: Records, found: Found, goods: Catalogue, now: datetime) -> Subject:
    """A licence that was found, with its accounts, as it stands."""
    accounts = file.accounts_of(found)
    file.siblings_of(found)  # looked at already, so that they are read along with the accounts
    return Subject(found, file.standing_of(found, goods, now, accounts), accounts)


def _candidates(file: Records, request: Request, order_id: str | None, mine: Accounts, goods: Catalogue) -> list[Found]:
    """Licences of the order or the requester. An order number is easily guessed, so it only counts for its own customer.

    Whatever an order granted speaks for it, by whichever of its numbers it was found.
    """
    links = links_of(request.requester)
    if order_id:
        own = [order for order in mine.orders if _is_named(order, order_id)]
        found = file.by_links({order_link(order_id)})
        found = [each for each in found if licence_links(each.licence) & _names(links, mine)]
        found += [each for each in file.of_orders(own) if each not in found]
        found = found or _supported_by(file, own, links, goods)
    elif request.requester_verified is False:
        return []
    else:
        found = file.by_links(links)
        found += [each for each in file.of_orders(mine.orders) if each not in found]
    if request.product:
        found = [each for each in found if each.licence.product == request.product] or found
    return found


def _supported_by(file: Records, orders: list[Order], links: set[str], goods: Catalogue) -> list[Found]:
    """The requester's licences for which an order bought nothing but support."""
    bought = [goods.match(line.refs) for order in orders for line in order.lines]
    slugs = {product.extends for product in bought if product is not None and product.extends}
    return [each for each in file.by_links(links) if each.licence.product in slugs] if slugs else []


def _own(request: Request, order_id: str | None, accounts: Accounts) -> Accounts:
    """Without other people's orders: a guessed number, or a name nobody vouches for, tells nothing of how they stand."""
    names = _names(links_of(request.requester), accounts)
    orders = [order for order in accounts.orders if links_of(order.customer) & names]
    if request.requester_verified is False:
        orders = [order for order in orders if order_id and _is_named(order, order_id)]
    return replace(accounts, orders=tuple(orders))


def _is_named(order: Order, number: str) -> bool:
    return order_link(number) in map(order_link, order.known_as)


def _names(links: set[str], accounts: Accounts) -> set[str]:
    """The links of a person, with those of the customer records found by them."""
    return links | {link for each in accounts.customers for link in person_links(each.ids, each.emails)}


def _unlicensed(
    request: Request, order_id: str | None, mine: Accounts, goods: Catalogue, term_of: TermOf, now: datetime
) -> Standing | None:
    """How a purchase without a licence stands (vendors that sell without keys): the latest of the requester's lines."""
    standings = []
    for order in mine.orders:
        if order_id and not _is_named(order, order_id):
            continue
        if not links_of(order.customer) & links_of(request.requester):
            continue
        for line in order.lines:
            product = goods.match(line.refs)
            if product is None or product.extends or (request.product and product.slug != request.product):
                continue
            term, zone = term_of(product, product.purchase, order.paid_at)
            licence = from_order(order, line, goods, term, zone)
            if licence:
                standings.append(standing(None, licence, mine, goods, now))
    if not standings:
        return None
    return max(standings, key=lambda each: (each.support_open_ended, each.support_until or now, each.product or ""))
