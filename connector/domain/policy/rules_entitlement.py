"""Who may ask: licence, payment, product, person, subscription, support period and site (ELG, DUR, PUR-08).

A rule answers None where it does not apply, an empty tuple where it is met, and findings where something is to be said.
Lanes and components that are open to all switch every rule of this module off.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from connector.domain.licensing.events import Person
from connector.domain.licensing.people import comparable, is_one_of, names
from connector.domain.licensing.sites import seat_above
from connector.domain.licensing.standing import Purchase, Standing, is_stranger
from connector.domain.policy.facts import Facts, Finding
from connector.domain.policy.findings import finding
from connector.domain.policy.policy import Policy
from connector.domain.policy.scope import asks_component, component_of, is_free_user, plans_in_force, served_free

Findings = tuple[Finding, ...] | None
PAID_TWICE_WITHIN = timedelta(days=7)
_FIRST_YEAR = 1990
_WORD = re.compile(r"[\w.:-]+")
"""A slug, a SKU or a number, as a form or a shop sends it."""
_LOST = ("suspended", "revoked", "deleted")


def licence(facts: Facts, policy: Policy, now: datetime) -> Findings:
    """ELG-01: a licence in force; an unknown key is an inactive one; a purchase must at least be on record (003)."""
    need = policy.entitlement.licence
    if need == "none":
        return None
    standing = facts.standing
    if standing is None:
        return () if _asked_elsewhere(facts, policy) else _no_licence(facts, policy)
    inactive = standing.status != "active" if need == "active" else standing.status in _LOST
    return (_inactive(policy, standing.status),) if inactive else ()


def payment(facts: Facts, policy: Policy, now: datetime) -> Findings:
    """PUR-08: a pending order gives no entitlement yet."""
    if policy.entitlement.licence == "none" or served_free(facts, policy):
        return None
    orders = _concerned(facts)
    pending = [order.order_id for order in orders if order.state == "pending"]
    if facts.standing is not None:
        waiting = facts.standing.payment == "pending"
    else:
        waiting = bool(pending) and not any(order.state == "paid" for order in orders)
    clause = policy.billing.purchase_clause or policy.entitlement.clause
    return (finding(policy, "payment_pending", clause, orders=pending),) if waiting else ()


def product(facts: Facts, policy: Policy, now: datetime) -> Findings:
    """ELG-05: entitlement is per product. What the vendor sells stands there as its slug, however it was typed; a slug of
    another is refused, and words that name nothing are asked about."""
    asked, standing = facts.asked, facts.standing
    if policy.entitlement.licence == "none" or standing is None or not asked.product or not standing.product:
        return None
    if asked.product.casefold() == standing.product.casefold() or _brings_component(facts, policy):
        return ()
    clause = policy.entitlement.clause
    code = "product_not_owned" if _WORD.fullmatch(asked.product) else "product_unclear"
    return (finding(policy, code, clause, product=asked.product, licensed=standing.product),)


def holder(facts: Facts, policy: Policy, now: datetime) -> Findings:
    """ELG-06, ELG-07: the original holder, or its owner now where it may be passed on (A1), or whom they named (R6).

    `requester_mode` says what becomes of anybody else; where the page binds support to nobody, `_stranger` looks.
    """
    rule, standing, requester = policy.entitlement, facts.standing, facts.asked.requester
    if standing is None:
        return None
    if rule.requester == "anyone":
        return _stranger(facts, standing, policy)
    mode = rule.requester_mode or "deny"
    if mode == "off":
        return None
    clause = rule.owner_clause or rule.clause
    if requester is None or not is_named(requester):
        return ()  # the rule of requests speaks
    owner = names([standing.owner])
    original = names([standing.holder], standing.holder_ids, standing.holder_emails)
    wanted = (owner if any(owner) else original) if rule.requester == "owner" else original
    if is_one_of(requester, wanted) or is_one_of(requester, names([], (), standing.delegates)):
        return ()
    if not comparable(requester, wanted):
        return () if mode == "notice" else (finding(policy, "unknown_holder", clause),)
    passed_on = rule.requester == "original_holder" and is_one_of(requester, owner)
    code = "non_transferable" if passed_on else "not_licence_holder"
    return (finding(policy, code, clause, severity=mode),)


def subscription(facts: Facts, policy: Policy, now: datetime) -> Findings:
    """ELG-10, R28: this component needs an active subscription, or an add-on; a cancelled one runs to its paid end (R3)."""
    name, part = component_of(facts.asked, policy)
    standing = facts.standing
    if part is None or not (part.subscription or part.plans) or standing is None:
        return None
    if _brings_component(facts, policy):
        return ()
    ended = standing.subscription == "ended"
    open_ended = standing.support_open_ended and not ended
    running = standing.support_until is not None and now < standing.support_until
    if (
        part.subscription
        and standing.status == "active"
        and (standing.subscription == "active" or open_ended or running)
    ):
        return ()
    if part.subscription and standing.status == "active" and not ended and not _is_told(standing.support_until):
        return (finding(policy, "unknown_support_period", part.clause),)
    told: dict[str, Any] = {"component": name, "support_until": standing.support_until}
    way = _WAY_OUT.get(standing.status)
    return (finding(policy, "subscription_required", part.clause, remedy=way, **told),)


def support_period(facts: Facts, policy: Policy, now: datetime) -> Findings:
    """ELG-02, ELG-03, ELG-12, DUR-01..05: the latest running period counts; a refund ends it; unknown is held."""
    rule, standing = policy.entitlement, facts.standing
    if not rule.support or standing is None:
        return None
    covered = [each for each in (standing, *_pool(facts, policy)) if each.status != "refunded"]
    if not covered:
        refunded = finding(policy, "support_refunded", rule.clause)
        ended = finding(policy, "support_expired", rule.clause, told_as="refunded", product=standing.product)
        return (ended, refunded)
    if any(_runs(each, now) for each in covered) or _added_up(covered, policy, now):
        return ()
    unknown = next((each for each in covered if not each.support_open_ended and not _is_told(each.support_until)), None)
    if unknown is not None:
        unsure = unknown.purchase is None and policy.support_term.unknown is None
        code = "unknown_purchase_kind" if unsure else "unknown_support_period"
        return (finding(policy, code, rule.clause, product=standing.product),)
    latest = max((each.support_until for each in covered if each.support_until is not None), default=None)
    if rule.after_support == "chargeable":
        offer = finding(policy, "chargeable_offer", rule.clause, product=standing.product, support_until=latest)
        return (offer,)
    return (_expired(policy, standing, latest),)


def site(facts: Facts, policy: Policy, now: datetime) -> Findings:
    """ELG-08: the request names one of the licence's sites; a free seat lets a new one in, a full licence does not.

    A page that counts no sites (`per_site = false`) asks for none, yet a site beyond the licence's own limit is never
    passed over in silence: `site_mode` says what becomes of it.
    """
    rule, standing, asked = policy.entitlement, facts.standing, facts.asked
    mode = rule.site_mode or ("notice" if rule.licence == "none" else "deny")
    if mode == "off" or standing is None or standing.site_limit is None:
        return None
    met: Findings = () if rule.per_site else None
    clause = rule.site_clause or rule.clause
    limit, used = standing.site_limit, standing.used
    if not asked.site:
        wanted = rule.per_site and mode != "notice"
        return (finding(policy, "site_required", clause, limit=limit, used=used),) if wanted else met
    # An installation of its own that found no seat is not let in as a page of another.
    nearest = seat_above(asked.site, (*standing.over_limit, *standing.seated, *standing.exempt))
    if asked.site_exempt or (nearest and nearest not in standing.over_limit):
        return met
    told: dict[str, Any] = {"site": asked.site, "limit": limit, "used": used}
    if used < limit:
        return (finding(policy, "site_not_registered", clause, free=limit - used, **told),) if rule.per_site else met
    return (finding(policy, "site_limit", clause, severity=mode, **told),)


def supported_site(facts: Facts, policy: Policy, now: datetime) -> Findings:
    """Support for so many of a licence's sites, whatever it may be used on: those that hold its first seats."""
    most, standing, asked = policy.entitlement.sites_supported, facts.standing, facts.asked
    if most is None or standing is None or (standing.site_limit is not None and standing.site_limit <= most):
        return None
    clause = policy.entitlement.site_clause or policy.entitlement.clause
    if not asked.site:
        told: dict[str, Any] = {"limit": most, "used": standing.used}
        return (finding(policy, "site_required", clause, **told),) if standing.used > most else ()
    above = seat_above(asked.site, standing.seated)
    seat = asked.seat or (standing.seated.index(above) + 1 if above else None)
    if seat is None and (asked.site_exempt or standing.used < most):
        return ()
    if seat is not None and seat <= most:
        return ()
    return (finding(policy, "site_not_supported", clause, site=asked.site, most=most),)


def _stranger(facts: Facts, standing: Standing, policy: Policy) -> Findings:
    """Somebody else than holder, owner and whom they named, where the page binds support to nobody.

    One whom the host vouches for is another person (`requester_mode`). An address that anybody may have typed proves
    nothing: it is told to the agent. Whoever cannot be compared passes.
    """
    rule = policy.entitlement
    mode = rule.requester_mode or ("notice" if rule.licence == "none" else "ask")
    if mode == "off" or not is_stranger(facts.asked.requester, standing):
        return None
    clause = rule.owner_clause or rule.clause
    if facts.asked.requester_verified:
        return (finding(policy, "requester_differs", clause, severity=mode),)
    return (finding(policy, "other_address", clause),)


def is_named(person: Person | None) -> bool:
    """Does anything say who this is?"""
    return person is not None and bool(person.id or person.email)


def _asked_elsewhere(facts: Facts, policy: Policy) -> bool:
    """The rules of requests ask who it is, or which part it is about, before anybody is asked for a licence."""
    nameless = not facts.asked.key_given and not is_named(facts.asked.requester)
    return nameless or (is_free_user(facts) and asks_component(facts.asked, policy))


def _brings_component(facts: Facts, policy: Policy) -> bool:
    """R28: something the person has in force brings support for the component asked about."""
    _, part = component_of(facts.asked, policy)
    standing = facts.standing
    own = (standing.product.casefold(),) if standing and standing.product and standing.status == "active" else ()
    return part is not None and any(name in part.plans for name in (*own, *plans_in_force(facts)))


def _no_licence(facts: Facts, policy: Policy) -> tuple[Finding, ...]:
    asked, clause = facts.asked, policy.entitlement.clause
    if served_free(facts, policy):
        return ()  # R27: as its severity says, without a promise
    if facts.ambiguous:
        return (finding(policy, "licence_ambiguous", clause, product=asked.product),)
    if asked.key_given and not asked.order_given:
        return (_inactive(policy, "unknown"),)
    states = {order.state for order in _concerned(facts)}
    if "pending" in states and "paid" not in states:
        return ()  # the payment rule speaks
    if asked.order_given and "paid" in states:
        return (finding(policy, "unknown_licence", clause, product=asked.product),)
    if asked.order_given and states & {"refunded", "disputed"}:
        ended = finding(policy, "support_expired", clause, told_as="refunded", product=asked.product)
        return (ended, _inactive(policy, "refunded"))
    if asked.order_given and states & {"failed", "cancelled"}:
        state = "failed" if "failed" in states else "cancelled"
        return (finding(policy, "order_not_paid", policy.billing.purchase_clause or clause, state=state),)
    return (finding(policy, "licence_required", clause, product=asked.product),)


def _concerned(facts: Facts) -> list[Purchase]:
    """The orders that may be about the product asked for."""
    wanted = (facts.asked.product or "").casefold()
    return [order for order in facts.orders if not wanted or not order.product or order.product.casefold() == wanted]


_WAY_OUT = {"refunded": "buy", **dict.fromkeys(_LOST, "contact")}
"""Nobody renews what was taken back: by status, where renewing is the usual way."""


def _inactive(policy: Policy, status: str) -> Finding:
    told_as = "unknown" if status == "unknown" else None
    way = _WAY_OUT.get(status)
    return finding(policy, "licence_inactive", policy.entitlement.clause, told_as=told_as, remedy=way, status=status)


def _expired(policy: Policy, standing: Standing, until: datetime | None) -> Finding:
    clause, way = policy.entitlement.clause, _WAY_OUT.get(standing.status)
    return finding(policy, "support_expired", clause, remedy=way, product=standing.product, support_until=until)


def _pool(facts: Facts, policy: Policy) -> Iterable[Standing]:
    return facts.siblings if policy.entitlement.pool_purchases else ()


def _runs(standing: Standing, now: datetime) -> bool:
    return standing.support_open_ended or (standing.support_until is not None and now < standing.support_until)


def _is_told(until: datetime | None) -> bool:
    """Hosts write year 0 or 1970 where they know no date: that is no end of anybody's support."""
    return until is not None and until.year >= _FIRST_YEAR


def _added_up(covered: list[Standing], policy: Policy, now: datetime) -> bool:
    """A23, the other reading: each purchase begins where the one before ends; one paid twice counts once (PUR-05)."""
    if policy.entitlement.repeat != "add_up":
        return False
    spans = sorted((e.purchased_at, e.support_until) for e in covered if e.purchased_at and e.support_until)
    end = before = None
    for start, until in spans:
        if before is None or start - before > PAID_TWICE_WITHIN:
            end = max(end or start, start) + max(until - start, timedelta())
            before = start
    return end is not None and now < end
