"""Customers' files made of plain values, whole or read step by step as the reader reads them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any, TypeVar

from connector.domain.licensing.accounts import Account, Customer, Invoice, Order, Subscription
from connector.domain.licensing.events import Key
from connector.domain.licensing.licence import Licence
from connector.domain.licensing.links import account_links, licence_links
from connector.domain.licensing.records import Filed, Found, KeyRecord, Shelf
from connector.domain.policy.customer_file import CustomerFile, PastTicket, StaffWord

T = TypeVar("T")
Words = Mapping[str, tuple[Any, ...]]


@dataclass(frozen=True)
class Ledger:
    """All that a vendor has on record: licences by id, keys to ids, accounts, and links that are older than what they lead to."""

    licences: Mapping[str, Licence] = field(default_factory=dict)
    keys: Mapping[Key, KeyRecord] = field(default_factory=dict)
    accounts: tuple[Account, ...] = ()
    older: tuple[tuple[str, str], ...] = ()
    tickets: Mapping[str, tuple[PastTicket, ...]] = field(default_factory=dict)
    staff: Mapping[str, tuple[StaffWord, ...]] = field(default_factory=dict)
    contacts: tuple[str, ...] = ()

    def shelves(self) -> dict[str, Words]:
        """Everything, under every word that leads to it."""
        found = {license_id: Found(license_id, "0000", licence) for license_id, licence in self.licences.items()}
        linked, filed, sites = defaultdict(list), defaultdict(list), defaultdict(list)
        for each in found.values():
            for link in licence_links(each.licence) | {link for link, target in self.older if target == each.id}:
                linked[link].append(each)
            for claim in each.licence.claims:
                sites[claim.at or claim.site].append(each)
        for account in self.accounts:
            kind, ref = _place(account)
            for link in account_links(account, ref) | {link for link, target in self.older if target == ref}:
                filed[link].append(Filed(kind, ref, account))
        shelves: dict[str, Mapping[str, Iterable[Any]]] = {
            "keys": {key: (held,) for key, held in self.keys.items()},
            "ids": {license_id: (each,) for license_id, each in found.items()},
            "licences": linked,
            "accounts": filed,
            "sites": sites,
            "tickets": self.tickets,
            "staff": self.staff,
            "contacts": {link: (link,) for link in self.contacts},
        }
        return {name: {word: tuple(items) for word, items in words.items()} for name, words in shelves.items()}

    def file(self) -> CustomerFile:
        """The whole of it as one file."""
        return CustomerFile(**{name: Shelf(words) for name, words in self.shelves().items()})

    def followed(self, ask: Callable[[CustomerFile], T]) -> tuple[T, int]:
        """What `ask` makes of a file that is read only as far as it looks, and in how many statements."""
        whole, file = self.shelves(), CustomerFile()
        for statements in range(20):
            answer = ask(file)
            unread = {each.name: getattr(file, each.name).unread for each in fields(file)}
            if not any(unread.values()):
                return answer, statements
            unread["accounts"] = _names(unread["accounts"], whole["accounts"])
            more = {
                name: getattr(file, name).with_({word: whole[name].get(word, ()) for word in words})
                for name, words in unread.items()
                if words
            }
            file = replace(file, **more)
        raise AssertionError("it looks for more each time")


def _names(words: set[str], accounts: Words) -> set[str]:
    """The words, and every other name of the customers who carry one: what the statement's recursion finds."""
    known = set(words)
    while True:
        people = {row for word in known for row in accounts.get(word, ()) if isinstance(row.account, Customer)}
        more = {word for word, rows in accounts.items() if people & set(rows)} - known
        if not more:
            return known
        known |= more


def _place(account: Account) -> tuple[str, str]:
    if isinstance(account, Order):
        return "order", account.order_id
    if isinstance(account, Subscription):
        return "subscription", account.subscription_id
    if isinstance(account, Invoice):
        return "invoice", account.invoice_id
    return "customer", (account.ids or account.emails)[0]
