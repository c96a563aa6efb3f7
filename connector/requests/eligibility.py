"""Eligibility: the decision a request would get, from a key, an e-mail address, a domain or an order, without making one."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from connector.domain import typed
from connector.domain.licensing import mailbox
from connector.domain.licensing.events import Key, Person
from connector.domain.licensing.links import order_link
from connector.domain.licensing.records import Found
from connector.domain.licensing.standing import Standing
from connector.domain.policy.customer_file import CustomerFile
from connector.domain.policy.decide import FIRST_YEAR, LAST_YEAR, decide
from connector.domain.policy.facts import Decision, Facts
from connector.domain.policy.requests import Request
from connector.domain.policy.rules_entitlement import is_named
from connector.formats.hostnames import canonical_site
from connector.requests import file_reader
from connector.requests.answers import decision_as_told
from connector.requests.facts import judged
from connector.runtime import Runtime
from connector.storage import codec
from connector.vendors.vendor import Vendor

USUAL_KIND = "how_to_feature"
"""What is assumed to be asked when the admin does not say: a question on how the product works, which every policy covers."""


_SOMEBODY = Person(id="somebody")


class BadInstant(ValueError):
    """An instant outside the years in which a decision makes sense."""


@dataclass(frozen=True)
class Query:
    """What is known of the asker; the rest is assumed in his favour and said so in the answer."""

    license_key: str | None = None
    email: str | None = None
    order: str | None = None
    site: str | None = None
    product: str | None = None
    kind: str | None = None
    requester: str | None = None
    channel: str = "ticket"
    component: str | None = None


def guess(word: str) -> Query:
    """The query that one word stands for: an e-mail address, an order number (`#12`, `order:12`), a domain or URL, else a key."""
    text = typed.without_marks(word)
    if "/" not in text and (address := mailbox.address(text)):
        return Query(email=address)
    number = typed.number(text)
    said = text.startswith("#") or (text.lower().startswith("order") and number != text)
    if said or (number.isdigit() and len(number) <= 10):
        return Query(order=number)
    address = typed.site(word)
    if "://" in address or ("." in address and " " not in address):
        return Query(site=address)
    return Query(license_key=typed.key(word))


def check(tx: Connection, runtime: Runtime, vendor: Vendor, query: Query, now: datetime) -> dict[str, Any]:
    """The verdict with every check shown; `found` says whether anything in the ledger fits the query at all.

    Raises BadSite for a site that is none and BadInstant for a time nobody can mean.
    """
    if not FIRST_YEAR <= now.year <= LAST_YEAR:
        raise BadInstant(f"a request is judged between the years {FIRST_YEAR} and {LAST_YEAR}, not in {now.year}")
    today = runtime.clock()

    def ask(file: CustomerFile) -> tuple[list[str], Vendor, Facts]:
        request, found, assumed = _request(file, query, today)
        return assumed, *judged(file, vendor, request, now, found)

    assumed, vendor, facts = file_reader.follow(tx, vendor, runtime.keyring, ask)
    facts, more = _assumptions(facts, query, vendor)
    decision = decide(facts, vendor.policy, now)
    return {
        "found": facts.standing is not None or facts.ambiguous or bool(facts.orders),
        "eligible": decision.outcome == "accept",
        "vendor": vendor.slug,
        "assumed": assumed + more,
        "license": license_told(facts.standing, now),
        "decision": decision_as_told(None, decision),
        "checks": [{"rule": each.rule, "result": each.result, "codes": list(each.codes)} for each in decision.checks],
        "would_be": _would_be(decision),
    }


def license_told(standing: Standing | None, now: datetime) -> dict[str, Any] | None:
    """A licence's three clocks, seats and owner for admins; no key."""
    if standing is None:
        return None
    until = standing.support_until
    running = standing.support_open_ended or (until is not None and until > now)
    return {
        "id": standing.license_id,
        "product": standing.product,
        "plan": standing.plan,
        "status": standing.status,
        "purchase": standing.purchase,
        "expires_at": _time(standing.expires_at),
        "support": {"active": running, "until": _time(until), "open_ended": standing.support_open_ended},
        "updates": {"until": _time(standing.updates_until)},
        "sites": {
            "limit": standing.site_limit,
            "used": standing.used,
            "active": list(standing.seated),
            "exempt": list(standing.exempt),
            "over_limit": list(standing.over_limit),
        },
        "holder": codec.plain(standing.holder) if standing.holder else None,
        "owner": codec.plain(standing.owner) if standing.owner else None,
        "payment": standing.payment,
        "as_of": _time(standing.as_of),
    }


def _request(file: CustomerFile, query: Query, today: datetime) -> tuple[Request, Found | None, list[str]]:
    """The request to judge, the licence it is about where that is known already, and what was assumed.

    today: when a key must not have retired yet, whatever the instant to judge at.
    """
    site = canonical_site(query.site) if query.site else None
    person = Person(email=mailbox.address(query.requester or query.email))
    query = _as_known(file, query, today)
    found = _found(file, query, site, today)
    assumed = []
    if found is None and query.order and not person.email:
        orders = file.accounts_by({order_link(query.order)}).orders
        person = next((order.customer for order in orders if order.customer), person)
    if found and not person.email and found.licence.holder:
        person = found.licence.holder
        assumed.append("the licence holder asks")
    key = query.license_key or (found.last4 if found else None)  # that there is one is all that counts from here on
    request = Request(
        request_id="",
        key=Key(key) if key else None,
        order_id=query.order,
        product=query.product,
        site=site,
        request_kind=query.kind or USUAL_KIND,
        channel=query.channel,
        requester=person if person.email or person.id else None,
        component=query.component,
    )
    return request, found, assumed + ([] if query.kind else [f"the question is of kind {USUAL_KIND}"])


def _as_known(file: CustomerFile, query: Query, today: datetime) -> Query:
    """A word that is no key but an order's number (`WC-1042`) is meant as that, and the other way round."""
    if query.license_key and not query.order and not file.opened_by(query.license_key, today):
        name = typed.number(query.license_key)
        return replace(query, license_key=None, order=name) if file.is_order(name) else query
    if query.order and not query.license_key and not query.email and not file.is_order(query.order):
        known = file.opened_by(query.order, today)
        return replace(query, license_key=query.order, order=None) if known else query
    return query


def _found(file: CustomerFile, query: Query, site: str | None, today: datetime) -> Found | None:
    """The one licence that a key, a site or an order leads to; of several, the one of the product asked about."""
    if query.license_key:
        return file.opened_by(query.license_key, today)
    if query.email:
        return None
    found = []
    if query.order:
        found = file.by_order(query.order)
    elif site:
        found = file.by_site(site)
    mine = [each for each in found if each.licence.product == query.product] if query.product else found
    if query.order:
        return mine[0] if len(mine) == 1 else None
    return next(iter(mine or found), None)


def _assumptions(facts: Facts, query: Query, vendor: Vendor) -> tuple[Facts, list[str]]:
    required = vendor.policy.attestations.required
    asked = replace(facts.asked, attestations=required, has_reproduction=True, requester_verified=True)
    assumed = []
    if asked.site is None and facts.standing and facts.standing.seated:
        asked = replace(asked, site=facts.standing.seated[0])
        assumed.append(f"it is about the site {asked.site}")
    if facts.standing is None and not is_named(asked.requester):
        asked = replace(asked, requester=_SOMEBODY)
        assumed.append("whoever asks says who it is")
    return replace(facts, asked=asked), assumed


def _would_be(decision: Decision) -> dict[str, Any]:
    return {
        "priority": decision.priority,
        "tier": decision.tier,
        "respond_by": _time(decision.due.respond_by),
        "resolve_by": _time(decision.due.resolve_by),
    }


def _time(instant: datetime | None) -> str | None:
    return codec.rfc3339(instant) if instant else None
