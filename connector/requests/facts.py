"""Gathering the facts for a decision: everything is read here, in a few queries, before the pure rules begin."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from sqlalchemy import Connection

from connector.domain.licensing.accounts import Order
from connector.domain.licensing.catalogue import Catalogue, slug_of
from connector.domain.licensing.links import licence_links, links_of, order_link, person_links
from connector.domain.licensing.mailbox import same_mailbox
from connector.domain.licensing.seats import Claim, place_of, unit_of
from connector.domain.licensing.standing import (
    Accounts,
    Standing,
    from_order,
    is_stranger,
    overdue,
    purchases,
    standing,
)
from connector.domain.policy.decide import product_of
from connector.domain.policy.facts import Asked, Facts
from connector.domain.policy.kinds import canonical_channel, canonical_kind
from connector.domain.policy.requests import Request
from connector.licences import lookup
from connector.licences.lookup import Found
from connector.requests import restrictions
from connector.requests.history import earlier, has_tickets
from connector.storage.keyring import Keyring
from connector.vendors.vendor import Vendor, term_for


@dataclass(frozen=True)
class _Subject:
    """What the request turned out to be about."""

    found: Found | None = None
    standing: Standing | None = None
    accounts: Accounts = field(default_factory=Accounts)
    ambiguous: bool = False
    by_order: bool = False


def gather(
    tx: Connection, vendor: Vendor, keyring: Keyring, request: Request, now: datetime, found: Found | None = None
) -> Facts:
    """The facts of a request at `now` (UTC). Reads only; the same ledger gives the same facts.

    found: the licence it is about, where the caller has looked it up already.
    """
    goods = vendor.catalogue
    request = _in_our_words(request, goods, vendor)
    about = _about(tx, vendor, found, goods, now) if found else None
    subject = about or _subject(tx, vendor, keyring, request, goods, now)
    kind = canonical_kind(request.request_kind)
    record = goods.named(subject.standing.product) if subject.standing and subject.standing.product else None
    record = record or (goods.named(request.product) if request.product else None)
    plans, lifting = _plans(tx, vendor, subject, goods, request, now)
    return Facts(
        asked=replace(
            asked_of(request, kind, record.component if record else None),
            order_given=request.order_id is not None or subject.by_order,
            site_exempt=_needs_no_seat(subject, request, goods, now),
            seat=_seat(subject, request, goods) if vendor.policy.entitlement.sites_supported else None,
            first_contact=not _wrote_before(tx, vendor, request),
        ),
        standing=subject.standing,
        ambiguous=subject.ambiguous,
        siblings=_siblings(tx, vendor, subject, goods, now),
        plans=tuple(sorted(plans)),
        lifting=tuple(sorted(lifting)),
        features=record.features if record else (),
        orders=purchases(subject.accounts, goods),
        invoices_overdue=overdue(subject.accounts, now - timedelta(seconds=vendor.policy.billing.grace.seconds)),
        earlier=earlier(tx, vendor, request),
        restriction=restrictions.current(tx, vendor, request.requester),
        names=_called(goods, vendor, subject.standing, request),
    )


def _in_our_words(request: Request, goods: Catalogue, vendor: Vendor) -> Request:
    """Product and component by our names, where they were typed by others of theirs: `Acme Forms`, an extension's name."""
    product, component = request.product, request.component
    if product and goods.named(product) is None:
        product = _known(goods, product) or product
    if component and component.casefold() not in vendor.policy.components:
        named = goods.named(_known(goods, component) or "")
        component = (named.component if named else None) or component
    return (
        request
        if (product, component) == (request.product, request.component)
        else replace(request, product=product, component=component)
    )


def _known(goods: Catalogue, word: str) -> str | None:
    found = goods.match((f"slug:{word.casefold()}", f"name:{slug_of(word)}", f"sku:{word}"))
    return found.slug if found else None


def gather_judged(
    tx: Connection, vendor: Vendor, keyring: Keyring, request: Request, now: datetime, found: Found | None = None
) -> tuple[Vendor, Facts]:
    """The vendor with the policy version that judges this request (NOT-06), as it stands for the product, and the facts which
    that version asks for."""
    vendor = vendor.at(now)
    facts = gather(tx, vendor, keyring, request, now, found)
    judging = vendor.at(now, facts.standing.purchased_at if facts.standing else None)
    judging = replace(judging, policy=judging.policy.about(product_of(facts)))
    if judging.policy is not vendor.policy:
        facts = gather(tx, judging, keyring, request, now, found)
    return judging, facts


def contact_link(vendor: Vendor, request: Request) -> str | None:
    """What remembers that somebody wrote on a channel that is only for the first contact (CHN-07); None elsewhere."""
    channel = vendor.policy.channels.get(canonical_channel(request.channel) or "")
    email = request.requester.email if request.requester else None
    return f"contact:{same_mailbox(email)}" if email and channel and channel.use == "first_contact" else None


def _called(goods: Catalogue, vendor: Vendor, stands: Standing | None, request: Request) -> dict[str, str]:
    """What the vendor calls the products that a text may name: the one asked about, the licensed one, plans that cover more."""
    slugs = {plan for scope in vendor.policy.scope.values() for plan in scope.unless_plan}
    slugs |= {slug for slug in (request.product, stands.product if stands else None) if slug}
    found = {slug: goods.named(slug) for slug in sorted(slugs)}
    return {slug.casefold(): record.name for slug, record in found.items() if record and record.name}


def _needs_no_seat(subject: _Subject, request: Request, goods: Catalogue, now: datetime) -> bool:
    """Is the site asked about a copy that is not counted, or does it share a seat that the licence holds already?"""
    if subject.found is None or not request.site:
        return False
    licence = subject.found.licence
    rules = goods.seat_rules(licence.product)
    waiting = subject.standing.over_limit if subject.standing else ()
    installed = any(claim.at == request.site and claim.site not in waiting for claim in licence.claims)
    stands = place_of(licence.claims, licence.site_limit, rules, Claim(request.site, now))
    shared = stands == "free_slot" and unit_of(request.site, rules.unit) in {
        unit_of(site, rules.unit) for site in (subject.standing.seated if subject.standing else ())
    }
    return installed or shared or stands in ("exempt", "free_exempt")


def _seat(subject: _Subject, request: Request, goods: Catalogue) -> int | None:
    """Which of the licence's seats, in order of time from 1, the site asked about has or shares; None where it has none."""
    if subject.found is None or subject.standing is None or not request.site:
        return None
    unit = goods.seat_rules(subject.found.licence.product).unit
    seats = list(dict.fromkeys(unit_of(place, unit) for place in subject.standing.seated))
    mine = {claim.site for claim in subject.found.licence.claims if claim.at == request.site}
    wanted = {unit_of(place, unit) for place in (request.site, *mine)}
    return next((number for number, seat in enumerate(seats, 1) if seat in wanted), None)


def _wrote_before(tx: Connection, vendor: Vendor, request: Request) -> bool:
    """CHN-07: on a channel that is for the first contact; whoever has a ticket is in contact already."""
    channel = vendor.policy.channels.get(canonical_channel(request.channel) or "")
    if channel is None or channel.use != "first_contact":
        return False
    link = contact_link(vendor, request)
    return (link is not None and lookup.is_linked(tx, vendor.id, link)) or has_tickets(tx, vendor, request)


def asked_of(request: Request, kind: str | None, component: str | None) -> Asked:
    """The request without its texts and keys."""
    return Asked(
        kind=kind or request.request_kind,
        product=request.product,
        site=request.site,
        channel=request.channel,
        severity=request.severity,
        requester=request.requester,
        requester_verified=request.requester_verified,
        component=request.component or component,
        environment=request.environment,
        has_reproduction=bool(request.reproduction),
        attestations=request.attestations,
        modified_code=request.modified_code,
        cause=request.cause,
        key_given=bool(request.key or request.purchase_code),
        order_given=request.order_id is not None,
        redactions=request.redactions,
        automatic=request.automatic is not None,
    )


def _subject(
    tx: Connection, vendor: Vendor, keyring: Keyring, request: Request, goods: Catalogue, now: datetime
) -> _Subject:
    for key in (request.key, request.purchase_code):
        found = lookup.by_key(tx, vendor.id, keyring.key_hash(key), now) if key else None
        if found:
            return _about(tx, vendor, found, goods, now)
    links = links_of(request.requester)
    order_id = request.order_id or request.purchase_code
    mine = _own(
        request, order_id, lookup.accounts_by(tx, vendor.id, links | ({order_link(order_id)} if order_id else set()))
    )
    if request.key and order_id is None:  # a key that is mistyped is no reason to look past a good order
        told = lookup.orders_naming(tx, vendor.id, keyring.key_hash(request.key))
        return _Subject(accounts=replace(mine, orders=told or mine.orders), by_order=bool(told))
    candidates = _candidates(tx, vendor, request, order_id, links, mine, goods)
    if len(candidates) == 1:
        return _about(tx, vendor, candidates[0], goods, now)
    if candidates:
        return _Subject(accounts=mine, ambiguous=True)
    return _Subject(standing=_unlicensed(vendor, request, order_id, mine, goods, now), accounts=mine)


def _about(tx: Connection, vendor: Vendor, found: Found, goods: Catalogue, now: datetime) -> _Subject:
    accounts = lookup.accounts_of(tx, vendor.id, found)
    return _Subject(found, lookup.standing_of(tx, vendor.id, found, goods, now, accounts), accounts)


def _candidates(
    tx: Connection,
    vendor: Vendor,
    request: Request,
    order_id: str | None,
    links: set[str],
    mine: Accounts,
    goods: Catalogue,
) -> list[Found]:
    """Licences of the order or the requester. An order number is easily guessed, so it only counts for its own customer.

    Whatever an order granted speaks for it, by whichever of its numbers it was found.
    """
    if order_id:
        own = [order for order in mine.orders if _is_named(order, order_id)]
        found = lookup.by_links(tx, vendor.id, {order_link(order_id)})
        found = [each for each in found if licence_links(each.licence) & _names(links, mine)]
        found += [each for each in lookup.of_orders(tx, vendor.id, own) if each not in found]
        found = found or _supported_by(tx, vendor, own, links, goods)
    elif request.requester_verified is False:
        return []
    else:
        found = lookup.by_links(tx, vendor.id, links) if links else []
        found += [each for each in lookup.of_orders(tx, vendor.id, mine.orders) if each not in found]
    if request.product:
        found = [each for each in found if each.licence.product == request.product] or found
    return found


def _supported_by(
    tx: Connection, vendor: Vendor, orders: list[Order], links: set[str], goods: Catalogue
) -> list[Found]:
    """The requester's licences for which an order bought nothing but support."""
    bought = [goods.match(line.refs) for order in orders for line in order.lines]
    slugs = {product.extends for product in bought if product is not None and product.extends}
    return [each for each in lookup.by_links(tx, vendor.id, links) if each.licence.product in slugs] if slugs else []


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
    vendor: Vendor, request: Request, order_id: str | None, mine: Accounts, goods: Catalogue, now: datetime
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
            term, zone = term_for(vendor, product, product.purchase, order.paid_at)
            licence = from_order(order, line, goods, term, zone)
            if licence:
                standings.append(standing(None, licence, mine, goods, now))
    if not standings:
        return None
    return max(standings, key=lambda each: (each.support_open_ended, each.support_until or now, each.product or ""))


def _siblings(
    tx: Connection, vendor: Vendor, subject: _Subject, goods: Catalogue, now: datetime
) -> tuple[Standing, ...]:
    if subject.found is None or not vendor.policy.entitlement.pool_purchases:
        return ()
    others = lookup.siblings_of(tx, vendor.id, subject.found)
    mine = subject.accounts
    return tuple(standing(other.id, other.licence, mine, goods, now, sole=False) for other in others)


def _plans(
    tx: Connection, vendor: Vendor, subject: _Subject, goods: Catalogue, request: Request, now: datetime
) -> tuple[set[str], set[str]]:
    """Plans the person has in force besides, where the policy asks for one (SCO-09, TIER-01), and those of them that raise
    the priority: of the product asked about, and products that are plans. The person is the holder, or a stranger himself."""
    scopes, severities = vendor.policy.scope.values(), vendor.policy.severities.values()
    wanted = {plan for scope in scopes for plan in scope.unless_plan}
    wanted |= {plan for severity in severities for plan in severity.plans}
    wanted |= {plan for part in vendor.policy.components.values() for plan in part.plans}
    plans: set[str] = set()
    lifting: set[str] = set()
    stranger = is_stranger(request.requester, subject.standing)
    person = (
        subject.standing.holder if subject.standing and subject.standing.holder and not stranger else request.requester
    )
    held = lookup.by_links(tx, vendor.id, links_of(person)) if wanted and person else []
    about = ((subject.standing.product if subject.standing else None) or request.product or "").casefold()
    for each in held:
        if subject.found is not None and each.id == subject.found.id:
            continue
        if wanted.isdisjoint((name or "").strip().casefold() for name in (each.licence.plan, each.licence.product)):
            continue
        stands = lookup.standing_of(tx, vendor.id, each, goods, now, None if stranger else subject.accounts)
        if stands.status != "active":
            continue
        plans |= {name for name in (stands.plan, stands.product) if name}
        of_it = (stands.plan,) if about and (stands.product or "").casefold() == about else ()
        lifting |= {name for name in (*of_it, stands.product) if name}
    return plans, lifting
