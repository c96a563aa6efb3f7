"""The facts of a request: made from the customer's file, the request, the policy and the instant, and from nothing else."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from connector.domain.licensing.catalogue import Catalogue, slug_of
from connector.domain.licensing.links import links_of
from connector.domain.licensing.people import is_one_of
from connector.domain.licensing.records import Found
from connector.domain.licensing.seats import Claim, place_of, unit_of
from connector.domain.licensing.standing import Standing, is_stranger, overdue, people_of, purchases, standing
from connector.domain.policy.customer_file import CustomerFile
from connector.domain.policy.facts import Asked, Facts
from connector.domain.policy.kinds import canonical_kind
from connector.domain.policy.policy import Policy
from connector.domain.policy.requests import Request
from connector.domain.policy.subject import Subject, TermOf, about, subject_of


def facts_of(
    file: CustomerFile,
    request: Request,
    policy: Policy,
    goods: Catalogue,
    term_of: TermOf,
    now: datetime,
    found: Found | None = None,
) -> Facts:
    """The facts of a request at `now` (UTC): the same file gives the same facts.

    found: the licence it is about, where the caller knows that. Where the file was not read as far as this looks, its shelves
    say so, and the facts are none yet.
    """
    request = _in_our_words(request, goods, policy)
    subject = about(file, found, goods, now) if found else subject_of(file, request, goods, term_of, now)
    kind = canonical_kind(request.request_kind)
    record = goods.named(subject.standing.product) if subject.standing and subject.standing.product else None
    record = record or (goods.named(request.product) if request.product else None)
    plans, lifting = _plans(file, subject, policy, goods, request, now)
    return Facts(
        asked=replace(
            asked_of(request, kind, record.component if record else None),
            order_given=request.order_id is not None or subject.by_order,
            site_exempt=_needs_no_seat(subject, request, goods, now),
            seat=_seat(subject, request, goods) if policy.entitlement.sites_supported else None,
            first_contact=not file.wrote_before(policy, request),
        ),
        standing=subject.standing,
        ambiguous=subject.ambiguous,
        siblings=_siblings(file, subject, goods, now) if policy.entitlement.pool_purchases else (),
        plans=tuple(sorted(plans)),
        lifting=tuple(sorted(lifting)),
        features=record.features if record else (),
        orders=purchases(subject.accounts, goods),
        invoices_overdue=overdue(subject.accounts, now - timedelta(seconds=policy.billing.grace.seconds)),
        earlier=file.earlier(policy, request),
        restriction=file.restriction(policy, request.requester),
        names=_called(goods, policy, subject.standing, request),
    )


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


def _in_our_words(request: Request, goods: Catalogue, policy: Policy) -> Request:
    """Product and component by our names, where they were typed by others of theirs: `Acme Forms`, an extension's name."""
    product, component = request.product, request.component
    if product and goods.named(product) is None:
        product = _known(goods, product) or product
    if component and component.casefold() not in policy.components:
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


def _called(goods: Catalogue, policy: Policy, stands: Standing | None, request: Request) -> dict[str, str]:
    """What the vendor calls the products that a text may name: the one asked about, the licensed one, plans that cover more."""
    slugs = {plan for scope in policy.scope.values() for plan in scope.unless_plan}
    slugs |= {slug for slug in (request.product, stands.product if stands else None) if slug}
    found = {slug: goods.named(slug) for slug in sorted(slugs)}
    return {slug.casefold(): record.name for slug, record in found.items() if record and record.name}


def _needs_no_seat(subject: Subject, request: Request, goods: Catalogue, now: datetime) -> bool:
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


def _seat(subject: Subject, request: Request, goods: Catalogue) -> int | None:
    """Which of the licence's seats, in order of time from 1, the site asked about has or shares; None where it has none."""
    if subject.found is None or subject.standing is None or not request.site:
        return None
    unit = goods.seat_rules(subject.found.licence.product).unit
    seats = list(dict.fromkeys(unit_of(place, unit) for place in subject.standing.seated))
    mine = {claim.site for claim in subject.found.licence.claims if claim.at == request.site}
    wanted = {unit_of(place, unit) for place in (request.site, *mine)}
    return next((number for number, seat in enumerate(seats, 1) if seat in wanted), None)


def _siblings(file: CustomerFile, subject: Subject, goods: Catalogue, now: datetime) -> tuple[Standing, ...]:
    if subject.found is None:
        return ()
    others, mine = file.siblings_of(subject.found), subject.accounts
    return tuple(standing(other.id, other.licence, mine, goods, now, sole=False) for other in others)


def _plans(
    file: CustomerFile, subject: Subject, policy: Policy, goods: Catalogue, request: Request, now: datetime
) -> tuple[set[str], set[str]]:
    """Plans the person has in force besides, where the policy asks for one (SCO-09, TIER-01), and those of them that raise
    the priority: of the product asked about, and products that are plans. The person is the holder, or a stranger himself."""
    wanted = _plans_named(policy)
    plans: set[str] = set()
    lifting: set[str] = set()
    if not wanted:
        return plans, lifting
    stands, asks = subject.standing, request.requester
    stranger = is_stranger(asks, stands)
    own = [each for each in file.by_links(links_of(asks)) if _is_of(each, wanted)]
    theirs = own
    if stands is not None and stands.holder is not None and not stranger:
        theirs = [each for each in file.by_links(links_of(stands.holder)) if _is_of(each, wanted)]
    if stands is not None and asks is not None and not is_one_of(asks, people_of(stands)):
        for each in own:  # looked at already, so that no name that turns up later makes for one more reading
            file.accounts_of(each)
    about_product = ((stands.product if stands else None) or request.product or "").casefold()
    for each in theirs:
        if subject.found is not None and each.id == subject.found.id:
            continue
        accounts = file.accounts_of(each) if stranger else subject.accounts
        held = standing(each.id, each.licence, accounts, goods, now)
        if held.status != "active":
            continue
        plans |= {name for name in (held.plan, held.product) if name}
        of_it = (held.plan,) if about_product and (held.product or "").casefold() == about_product else ()
        lifting |= {name for name in (*of_it, held.product) if name}
    return plans, lifting


def _plans_named(policy: Policy) -> set[str]:
    """Every plan that makes a difference to this policy."""
    wanted = {plan for scope in policy.scope.values() for plan in scope.unless_plan}
    wanted |= {plan for severity in policy.severities.values() for plan in severity.plans}
    return wanted | {plan for part in policy.components.values() for plan in part.plans}


def _is_of(found: Found, wanted: set[str]) -> bool:
    return not wanted.isdisjoint(
        (name or "").strip().casefold() for name in (found.licence.plan, found.licence.product)
    )
