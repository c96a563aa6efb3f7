"""Customers: everything the ledger calls a person by, and what it knows of each."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, and_, case, func, or_, select
from sqlalchemy.orm import aliased

from connector.domain.licensing.accounts import Customer
from connector.domain.licensing.events import Person
from connector.domain.licensing.links import person_links
from connector.domain.licensing.mailbox import same_mailbox
from connector.domain.licensing.records import Found, Records
from connector.domain.licensing.standing import Accounts, Standing
from connector.licences.reader import LEDGER
from connector.requests.eligibility import license_told
from connector.storage import codec
from connector.storage.tables import links
from connector.vendors.vendor import Vendor


@dataclass(frozen=True)
class Identity:
    """All that hosts ever called one person: ids, e-mail addresses (lower case), names."""

    ids: frozenset[str] = frozenset()
    emails: frozenset[str] = frozenset()
    names: frozenset[str] = frozenset()

    @property
    def links(self) -> set[str]:
        return person_links(sorted(self.ids), sorted(self.emails))

    def is_of(self, person: Person | None) -> bool:
        """Is this one of the person's names?"""
        if person is None:
            return False
        mailboxes = {same_mailbox(each) for each in self.emails}
        return person.id in self.ids or bool(person.email and same_mailbox(person.email) in mailboxes)

    def with_(self, ids: Iterable[str | None], emails: Iterable[str | None], names: Iterable[str | None]) -> Identity:
        return Identity(
            self.ids | {each for each in ids if each},
            self.emails | {each.lower() for each in emails if each},
            self.names | {each for each in names if each},
        )


def named_by(word: str) -> Identity:
    """A person by one name: an e-mail address, or the host's id."""
    text = word.strip()
    return Identity(emails=frozenset({text.lower()})) if "@" in text else Identity(ids=frozenset({text}))


def identify(tx: Connection, vendor_id: str, word: str) -> tuple[Identity, list[Found], Accounts]:
    """The person with all names, the licences and the accounts that carry one of them."""
    return LEDGER.follow(tx, vendor_id, Records(), lambda records: _identified(records, word))


def _identified(records: Records, word: str) -> tuple[Identity, list[Found], Accounts]:
    person, wider = None, named_by(word)
    while wider != person:
        person = wider
        found, accounts = records.by_links(person.links), records.accounts_by(person.links)
        for each in _people(found, accounts):
            wider = _joined(wider, each)
    return wider, found, accounts


def _joined(person: Identity, other: Person | Customer) -> Identity:
    if isinstance(other, Customer):
        known = [Person(id=each) for each in other.ids] + [Person(email=each) for each in other.emails]
        return person.with_(other.ids, other.emails, [other.name]) if any(map(person.is_of, known)) else person
    return person.with_([other.id], [other.email], [other.name]) if person.is_of(other) else person


def _people(found: Iterable[Found], accounts: Accounts) -> Iterator[Person | Customer]:
    for each in found:
        yield from (who for who in (each.licence.holder, each.licence.owner) if who)
    buyers = [
        *(each.customer for each in accounts.orders),
        *(each.customer for each in accounts.subscriptions),
        *(each.customer for each in accounts.invoices),
    ]
    yield from (buyer for buyer in buyers if buyer)
    yield from accounts.customers


def listed(tx: Connection, vendor_id: str, after: str | None, limit: int) -> list[dict[str, Any]]:
    """Customers by address (by id where the host told no address), in order of the alphabet; after: whom a page ended with."""
    other = aliased(links)
    same = (other.c.vendor_id == links.c.vendor_id) & (other.c.target == links.c.target)
    has_address = select(other.c.link).where(same, other.c.link.like("email:%")).exists()
    by_name = or_(links.c.link.like("email:%"), and_(links.c.link.like("customer:%"), ~has_address))
    counts = [func.sum(case((links.c.target.like(f"{kind}\\_%", escape="\\"), 1), else_=0)) for kind in ("lic", "ord")]
    wanted = select(links.c.link, *counts).where(links.c.vendor_id == vendor_id, by_name)
    if after:
        wanted = wanted.where(links.c.link > next(iter(named_by(after).links)))
    rows = tx.execute(wanted.group_by(links.c.link).order_by(links.c.link).limit(limit))
    return [
        {"customer": link.partition(":")[2], "licences": licences, "orders": orders} for link, licences, orders in rows
    ]


def shown(tx: Connection, vendor: Vendor, word: str, now: datetime) -> dict[str, Any] | None:
    """One customer with licences, orders and invoices; None where nobody is known by that name."""

    def ask(records: Records) -> tuple[Identity, list[tuple[Found, Standing]], Accounts]:
        person, found, accounts = _identified(records, word)
        return person, [(each, records.standing_of(each, vendor.catalogue, now)) for each in found], accounts

    person, held, accounts = LEDGER.follow(tx, vendor.id, Records(), ask)
    if not held and not any((accounts.orders, accounts.subscriptions, accounts.invoices, accounts.customers)):
        return None
    return {
        "vendor": vendor.slug,
        "ids": sorted(person.ids),
        "emails": sorted(person.emails),
        "names": sorted(person.names),
        "licences": [{"key": f"…{each.last4}"} | (license_told(standing, now) or {}) for each, standing in held],
        "orders": [codec.plain(each) for each in accounts.orders],
        "subscriptions": [codec.plain(each) for each in accounts.subscriptions],
        "invoices": [codec.plain(each) for each in accounts.invoices],
    }
