"""How a request is made: who vouches for the requester, in which language, how many at once and how often.

Facts that only counting can give (`Facts.earlier`) are there where the policy asks for them.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from connector.domain.calendar.hours import next_opening
from connector.domain.calendar.periods import end_of_support, parse_period
from connector.domain.policy.facts import Earlier, Facts, Finding
from connector.domain.policy.findings import finding
from connector.domain.policy.policy import Policy
from connector.domain.policy.scope import kind_of, kinds_of, lane_of

Findings = tuple[Finding, ...] | None
_LANGUAGE_KEYS = ("language", "locale", "lang")


def identity(facts: Facts, policy: Policy, now: datetime) -> Findings:
    """R9: the host vouches for the requester, where the policy wants more than a name."""
    if policy.entitlement.identity != "verified":
        return None
    clause = policy.entitlement.owner_clause or policy.entitlement.clause
    return () if facts.asked.requester_verified else (finding(policy, "identity_unverified", clause),)


def automatic(facts: Facts, policy: Policy, now: datetime) -> Findings:
    """RFC 3834: no ticket is opened for what a machine wrote, and nothing is mailed back to it."""
    return (finding(policy, "automatic_message"),) if facts.asked.automatic else None


def one_request(facts: Facts, policy: Policy, now: datetime) -> Findings:
    """CHN-09, A26, R19: several kinds in one form are one ticket that an agent can split, or are asked apart."""
    kinds = kinds_of(facts.asked)
    if len(kinds) < 2:
        return None
    code = "one_request_per_ticket" if policy.requests.several == "ask" else "several_requests"
    return (finding(policy, code, policy.requests.clause, kinds=list(kinds)),)


def language(facts: Facts, policy: Policy, now: datetime) -> Findings:
    """R22: the request's language, where the host tells it, is one that is spoken."""
    spoken = policy.requests.languages
    used = language_of(facts)
    if not spoken or used is None:
        return None
    if used in spoken:
        return ()
    away = "redirect" if policy.requests.other_languages == "redirect" and not lane_of(facts.asked, policy) else None
    names = list(spoken)
    return (finding(policy, "language_not_spoken", policy.requests.clause, severity=away, language=used, spoken=names),)


def duplicate(facts: Facts, policy: Policy, now: datetime) -> Findings:
    """R19: the same thing asked again while its ticket is open is the same ticket; in a lane its number is told."""
    rule = policy.requests
    if rule.duplicates == "accept":
        return None
    since = now - timedelta(seconds=rule.duplicate_within.seconds)
    kind, product = kind_of(facts.asked, policy), _folded(facts.asked.product)
    same = [
        each
        for each in facts.earlier
        if each.open and since <= each.at <= now and each.kind == kind and _folded(each.product) == product
    ]
    told = "notice" if lane_of(facts.asked, policy) else None
    return (finding(policy, "already_asked", rule.clause, severity=told, ticket=_latest(same).number),) if same else ()


def quota(facts: Facts, policy: Policy, now: datetime) -> Findings:
    """R29: so many tickets in so long; lanes are free of it."""
    rule = policy.requests
    if rule.quota is None:
        return None
    period = parse_period(rule.quota_per)
    used = sum(each.at <= now < end_of_support(each.at, period, policy.zone) for each in facts.earlier)
    if used < rule.quota:
        return ()
    told: dict[str, Any] = {"used": used, "quota": rule.quota, "period": rule.quota_per}
    if rule.quota_then == "chargeable":
        return (finding(policy, "quota_used", rule.clause, severity="hold", remedy="approve", **told),)
    return (finding(policy, "quota_used", rule.clause, **told),)


def restriction(facts: Facts, policy: Policy, now: datetime) -> Findings:
    """R30: staff restricted this person, for a time or until they lift it; lanes are for everybody."""
    made = facts.restriction
    if not policy.requests.restrictions:
        return None
    if made is None or (made.until is not None and made.until <= now):
        return ()
    code = "restricted" if made.how == "deny" else "restricted_review"
    return (finding(policy, code, policy.requests.clause, ends_at=made.until),)


def closed_day(facts: Facts, policy: Policy, now: datetime) -> Findings:
    """R24: on a holiday or in a closure the customer is told when work goes on; clocks know it anyway."""
    if not policy.closed_days or now.astimezone(policy.calendar.tz).date() not in policy.calendar.closed:
        return None
    return (finding(policy, "closed_today", opens_at=next_opening(policy.calendar, now)),)


def language_of(facts: Facts) -> str | None:
    """The ISO 639-1 code of `en`, `en_GB` or `en-US,en;q=0.9`; None where there is none."""
    told = {name.strip().casefold(): text for name, text in facts.asked.environment.items()}
    text = next((told[key] for key in _LANGUAGE_KEYS if told.get(key)), "").strip().casefold()
    code = text[:2]
    return code if len(code) == 2 and code.isascii() and code.isalpha() and not text[2:3].isalpha() else None


def _latest(tickets: list[Earlier]) -> Earlier:
    return max(tickets, key=lambda each: (each.at, each.number))


def _folded(word: str | None) -> str:
    return (word or "").casefold()
