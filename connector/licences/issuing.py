"""Licences made and listed through a protocol by the vendor's own back end (scope `manage`)."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection, func, select

from connector.domain import typed
from connector.domain.calendar import days
from connector.domain.licensing import mailbox
from connector.domain.licensing.catalogue import Product
from connector.domain.licensing.events import Granted, Key, Person
from connector.domain.licensing.questions import Answer, Question
from connector.domain.licensing.verdict import untold
from connector.licences import lookup
from connector.licences.ledger import Ledger
from connector.runtime import Runtime
from connector.storage import ids
from connector.storage.tables import licences
from connector.vendors.vendor import Vendor

PAGE = 100


def create(tx: Connection, runtime: Runtime, vendor: Vendor, question: Question, now: datetime) -> Answer | Key:
    """Grant a licence by `question.terms` and give back its key; an Answer `NOT_CREATED` where the terms cannot be used.

    terms: `email`, `name`, `sites` (0 or nothing = the product's), `expires_at`, `support_until` (RFC 3339 or a date),
    `order_id`. A key the caller brings must be new to the vendor.
    """
    product = _product(vendor, question)
    key = Key(typed.key(question.key)) if question.key else Key(ids.random_key(product.key_prefix if product else None))
    taken = lookup.by_key(tx, vendor.id, runtime.keyring.key_hash(key)) is not None
    if product is None or taken or not key.isprintable() or not 4 <= len(key) <= 255:
        return Answer(untold("NOT_CREATED", now))
    terms = question.terms
    try:
        sites = int(terms.get("sites") or 0)
        if sites < 0:
            raise ValueError("a licence covers no negative number of sites")
        event = Granted(
            key=key,
            product=product.slug,
            as_of=now,
            holder=_person(terms.get("email"), terms.get("name")),
            site_limit=sites or product.site_limit,
            expires_at=_end(terms.get("expires_at"), vendor.policy.zone),
            support_until=_end(terms.get("support_until"), vendor.policy.zone),
            plan=product.plan,
            purchase=product.purchase,
            order_id=terms.get("order_id") or None,
            purchased_at=now,
        )
    except ValueError:
        return Answer(untold("NOT_CREATED", now))
    Ledger(tx, vendor, runtime.keyring, now, ids.new_id("act", now)).apply(event)
    return key


def page_of(tx: Connection, vendor: Vendor, question: Question) -> tuple[list[str], int]:
    """A page of the ids of the vendor's licences, newest first, and how many licences there are."""
    mine = (licences.c.vendor_id == vendor.id) & licences.c.same_as.is_(None) & (licences.c.product.is_not(None))
    if question.bound_to:
        mine &= licences.c.product == question.bound_to
    total = tx.execute(select(func.count()).select_from(licences).where(mine)).scalar_one()
    size = min(max(question.size, 1), PAGE)
    page = select(licences.c.id).where(mine).order_by(licences.c.id.desc())
    rows = tx.execute(page.limit(size).offset(size * (min(max(question.page, 1), 1_000_000) - 1))).scalars()
    return list(rows), total


def _product(vendor: Vendor, question: Question) -> Product | None:
    """The product named, or the vendor's only one."""
    if question.product or question.bound_to:
        return vendor.catalogue.match(question.product or (f"slug:{question.bound_to}",))
    sold = [product for product in vendor.catalogue.products if not product.extends]
    return sold[0] if len(sold) == 1 else None


def _person(email: str | None, name: str | None) -> Person | None:
    if not email:
        return None
    person = mailbox.read(email, query=True)
    if person is None:
        raise ValueError("this is no e-mail address")
    return replace(person, name=name or person.name)


def _end(text: str | None, zone: str) -> datetime | None:
    if not text or text.startswith("0000"):
        return None
    found = days.instant(text.strip(), zone, ends=True)
    if not 1990 <= found.year <= 2200:
        raise ValueError("no such year can be meant")
    return found
