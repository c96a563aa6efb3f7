"""The subjects of the ledger as rows (licences, orders, subscriptions, invoices, customers): locked, folded, saved.

A subject is the fold of its events in their canonical order: whatever the order and however often the same deliveries come, the
rows end up equal.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, delete, insert, select, update

from connector.domain.licensing import accounts as account_rules
from connector.domain.licensing import licence as licence_rules
from connector.domain.licensing.catalogue import Catalogue, Product
from connector.domain.licensing.events import (
    AccountEvent,
    Granted,
    Key,
    LedgerEvent,
    OrderLine,
    OrderSeen,
    SubscriptionSeen,
    SupportExtended,
)
from connector.domain.licensing.licence import Licence
from connector.domain.licensing.links import account_links, licence_links, refs_of
from connector.domain.licensing.records import Found
from connector.domain.licensing.seats import INSTALL, Claim
from connector.domain.licensing.standing import Standing
from connector.licences import lookup
from connector.storage import codec, ids, journal
from connector.storage.database import insert_all_once, insert_once, lock_or_make
from connector.storage.keyring import Keyring, last4
from connector.storage.tables import accounts, events, licences, links, products, sites
from connector.vendors.vendor import Vendor, catalogue, term_for

_WATCHED = (
    "status",
    "product",
    "plan",
    "expires_at",
    "support_until",
    "updates_until",
    "site_limit",
    "seated",
    "exempt",
    "owner",
)


_NAMES = {"seated": "sites", "exempt": "exempt_sites"}
_LOCK_BY_ID = (
    update(licences)
    .where(licences.c.id == bindparam("row"))
    .values(version=licences.c.version + 1)
    .returning(licences.c.id, licences.c.state, licences.c.position)
)
_SAVE_LICENCE = (
    update(licences)
    .where(licences.c.id == bindparam("row"))
    .values(state=bindparam("state"), product=bindparam("product"), position=bindparam("position"))
)
_SAVE_ACCOUNT = (
    update(accounts)
    .where(accounts.c.id == bindparam("row"))
    .values(state=bindparam("state"), position=bindparam("position"))
)
_ADD_SITES = insert(sites)
_HISTORY = select(events).where(events.c.subject_id == bindparam("subject"))


Places = dict[str, Claim]


@dataclass(frozen=True)
class Change:
    """One fact of a licence that is different after the delivery."""

    license_id: str
    what: str
    before: Any
    after: Any


@dataclass(frozen=True)
class Filed:
    """A piece of news that was new: of which licence, its digest, and the licence before and after it."""

    license_id: str
    digest: str
    event: Any
    before: Licence
    after: Licence


class Subjects:
    """The subjects of one vendor inside one transaction."""

    def __init__(self, tx: Connection, vendor: Vendor, keyring: Keyring, now: datetime, source: str | None) -> None:
        self.tx = tx
        self.vendor = vendor
        self.keyring = keyring
        self.now = now
        self.source = source
        self._before: dict[str, Standing | None] = {}
        self._after: dict[str, Licence] = {}
        self.notes: list[str] = []
        """Why something told had no effect, in words for whoever sent it."""
        self.issued: list[Key] = []
        """The keys that were made for order lines."""
        self.filed: list[Filed] = []
        """The news of licences that was new, for whoever tells it on."""
        self.stood: dict[str, str] = {}
        """By licence, the status that was last told on."""

    @property
    def catalogue(self) -> Catalogue:
        return self.vendor.catalogue

    def file(self, event: LedgerEvent) -> LedgerEvent:
        """File one piece of news under its subject; the same news told again changes nothing. Gives the news as it was filed."""
        if event.subject == "license":
            self._file_of_licence(event)
            return event
        return self._file_of_account(event)

    def lock(self, key: Key) -> None:
        """Hold a licence's row until the transaction ends, so that what is read next stays true."""
        self._lock_licence(key)

    def changes(self) -> list[Change]:
        """What is different now on every licence touched, compared with before the delivery."""
        found = []
        for license_id, (before, after) in self.stand().items():
            for what in _WATCHED:
                old, new = getattr(before, what, None), getattr(after, what, None)
                if old != new:
                    found.append(Change(license_id, _NAMES.get(what, what), old, new))
        return found

    def stand(self) -> dict[str, tuple[Standing | None, Standing | None]]:
        """How each licence touched stood before, and stands now."""
        return {each: (was, self._standing(each, self._after.get(each))) for each, was in self._before.items()}

    # -- licences

    def _file_of_licence(self, event: Any) -> None:
        row = self._lock_licence(event.key)
        before = codec.loads(row.state, Licence)
        self.remember(row.id, before)
        filed = self._file(row.id, event)
        if filed is None:
            return
        digest, event = filed
        position = position_of(licence_rules.order_key(digest, event))
        late = position <= row.position
        state = licence_rules.fold(self._history(row.id)) if late else licence_rules.evolve(before, event)
        self._save_licence(row.id, before, state, max(position, row.position))
        self.filed.append(Filed(row.id, digest, event, before, state))

    def refold(self, license_id: str, before: Licence) -> None:
        """Save a licence as its news have it, after some of another's became its own."""
        told = self._history(license_id)
        position = max(position_of(licence_rules.order_key(digest, event)) for digest, event in told)
        self._save_licence(license_id, before, licence_rules.fold(told), position)

    def granted(self, key: Key) -> Found | None:
        """The licence of a key, where it was ever granted."""
        return lookup.by_key(self.tx, self.vendor.id, self.keyring.key_hash(key))

    def unsealed(self, found: Found) -> str:
        """The licence's own key."""
        return self.keyring.unseal(lookup.sealed_key(self.tx, found.id)).decode()

    def forget(self, license_id: str) -> None:
        """Tell no changes of a licence that became part of another."""
        self._before.pop(license_id, None)

    def _lock_licence(self, key: Key) -> Any:
        """Take the row (a row lock on PostgreSQL, the write lock on SQLite), making it when the key is new here."""
        fresh = {
            "id": ids.new_id("lic", self.now),
            "vendor_id": self.vendor.id,
            "key_hash": self.keyring.key_hash(key),
            "key_last4": last4(key),
            "key_sealed": self.keyring.seal_key(key),
            "state": "{}",
            "position": "",
            "created_at": self.now,
        }
        unique, wanted = ("vendor_id", "key_hash"), ("id", "state", "position", "same_as")
        row = lock_or_make(self.tx, licences, fresh, unique, wanted)
        if row.same_as is None:
            return row
        return self.tx.execute(_LOCK_BY_ID, {"row": row.same_as}).one()

    def _save_licence(self, license_id: str, before: Licence, state: Licence, position: str) -> None:
        values = {"state": codec.dumps(state), "product": state.product, "position": position}
        self.tx.execute(_SAVE_LICENCE, {"row": license_id} | values)
        self._save_sites(license_id, _places(before), _places(state))
        self.link(license_id, licence_links(state) - licence_links(before))
        self._after[license_id] = state

    def _save_sites(self, license_id: str, there: Places, wanted: Places) -> None:
        if gone := sorted(site for site in there if there[site] != wanted.get(site)):
            self.tx.execute(delete(sites).where(sites.c.license_id == license_id, sites.c.site.in_(gone)))
        rows = [
            site_row(self.keyring, self.vendor.id, license_id, claim)
            for claim in wanted.values()
            if there.get(claim.site) != claim
        ]
        if rows:
            self.tx.execute(_ADD_SITES, rows)

    # -- orders, subscriptions, invoices, customers

    def _file_of_account(self, event: Any) -> AccountEvent:
        filed: AccountEvent = event
        if isinstance(event, SubscriptionSeen) and event.key:
            license_id = self._lock_licence(event.key).id
            named = event.subscription_id or f"license:{license_id}"
            filed = replace(event, license_id=license_id, subscription_id=named)
        if isinstance(event, OrderSeen):
            filed = replace(event, lines=self._with_licences(event.lines))
        for ref in sorted(refs_of(filed)):
            self._file_of_one(filed, ref)
        return filed

    def _with_licences(self, lines: tuple[OrderLine, ...]) -> tuple[OrderLine, ...]:
        """The lines with their licences by id instead of by key; slugs never seen are registered.

        Everything is taken in one order (licences, products, then accounts), so that deliveries which name the same
        things at the same time wait for each other in a row and not in a circle.
        """
        keys = sorted({key for line in lines for key in line.keys}, key=self.keyring.key_hash)
        ids_of = {key: self._lock_licence(key).id for key in keys}
        unknown = [line for line in lines if self.catalogue.match(line.refs) is None]
        for slug in sorted({ref[5:] for line in unknown for ref in line.refs if ref.startswith("slug:")}):
            self.first_sight(slug)
        return tuple(
            replace(line, keys=(), license_ids=tuple(sorted(ids_of[key] for key in line.keys))) for line in lines
        )

    def _file_of_one(self, event: Any, ref: str) -> None:
        row = self._lock_account(event.subject, ref)
        before = codec.loads(row.state, codec.ACCOUNTS[event.subject])
        for license_id in self._concerned(event, account_links(before, ref) | account_links(event, ref)):
            self.remember(license_id)
        filed = self._file(row.id, event)
        if filed is None:
            return
        digest, event = filed
        position = position_of(account_rules.account_key(digest, event))
        if position > row.position:
            state = account_rules.evolve(before, event)
        else:
            state = account_rules.fold(event.subject, self._history(row.id))
        values = {"state": codec.dumps(state), "position": max(position, row.position)}
        self.tx.execute(_SAVE_ACCOUNT, {"row": row.id} | values)
        linked = account_links(before, ref) if row.position else set()
        self.link(row.id, account_links(state, ref) - linked)

    def _lock_account(self, kind: str, ref: str) -> Any:
        fresh = {
            "id": ids.new_id(kind[:3], self.now),
            "vendor_id": self.vendor.id,
            "kind": kind,
            "ref": ref,
            "state": "{}",
            "position": "",
        }
        return lock_or_make(self.tx, accounts, fresh, ("vendor_id", "kind", "ref"), ("id", "state", "position"))

    # -- the log

    def _file(self, subject_id: str, event: Any) -> tuple[str, Any] | None:
        """Write the event down once: (digest, event with its time and terms), or None when we had it already."""
        by_arrival = event.as_of is None
        digest = codec.digest_of(event)
        if by_arrival:  # without a host time the same words may be news again: only the delivery tells them apart
            digest = (
                codec.digest_of(replace(event, as_of=self.now)) if self.source is None else f"{digest}{self.source}"
            )
            digest = digest[-64:]
            event = replace(event, as_of=self.now)
        event = self._with_terms(event)
        values = {
            "subject_id": subject_id,
            "digest": digest,
            "kind": event.kind,
            "state": codec.dumps(event),
            "by_arrival": by_arrival,
            "delivery_id": self.source,
            "as_of": event.as_of,
            "received_at": self.now,
        }
        if not insert_once(self.tx, events, values):
            return None
        journal.say(
            self.tx, "ledger.changed", subject=subject_id, news=event.kind, vendor=self.vendor.slug, by=self.source
        )
        return digest, event

    def _with_terms(self, event: Any) -> Any:
        """A grant without an end of support gets the term of its day, written down so that no later pack shortens it; whatever
        runs for a term, the zone in which its days are counted."""
        if isinstance(event, SupportExtended) and event.period and event.zone is None:
            return replace(event, zone=self.vendor.policy.zone)
        if not isinstance(event, Granted):
            return event
        product = self.catalogue.match(event.refs) or self.catalogue.named(event.product)
        if product is None:
            product = self.first_sight(event.product)
        event = replace(event, product=product.slug)
        if event.support_until is not None or event.support_term is not None:
            return replace(event, zone=event.zone or self.vendor.policy.zone)
        term, zone = term_for(self.vendor, product, event.purchase, event.purchased_at)
        return replace(event, support_term=term, zone=zone)

    def first_sight(self, slug: str, refs: tuple[str, ...] = ()) -> Product:
        """Register a product that nobody told us of."""
        product = Product(slug=slug, refs=refs)
        row = {"id": ids.new_id("prd", self.now), "vendor_id": self.vendor.id, "slug": slug}
        insert_once(self.tx, products, row | {"state": codec.dumps(product)})
        self.vendor = replace(self.vendor, catalogue=catalogue(self.tx, self.vendor.id, self.catalogue.terms))
        return self.catalogue.named(slug) or product

    def _history(self, subject_id: str) -> list[tuple[str, Any]]:
        rows = self.tx.execute(_HISTORY, {"subject": subject_id})
        return [(row.digest, codec.load_event(row.kind, row.state)) for row in rows]

    def link(self, target: str, wanted: set[str]) -> None:
        """Let a licence or an account be found by these words."""
        if not wanted:
            return
        rows = [{"vendor_id": self.vendor.id, "link": link, "target": target} for link in sorted(wanted)]
        insert_all_once(self.tx, links, rows)

    # -- before and after

    def _concerned(self, event: Any, wanted: set[str]) -> list[str]:
        """Licences that may stand differently afterwards: those of the order or subscription; and where support was bought
        by itself, the customer's."""
        extends = any(
            (product := self.catalogue.match(line.refs)) is not None and product.extends is not None
            for line in getattr(event, "lines", ())
        )
        kinds = ("order:", "subscription:", "customer:", "email:") if extends else ("order:", "subscription:")
        found = lookup.by_links(self.tx, self.vendor.id, {link for link in wanted if link.startswith(kinds)})
        named = {link.removeprefix("license:") for link in wanted if link.startswith("license:")}
        return sorted(named | {each.id for each in found})

    def remember(self, license_id: str, licence: Licence | None = None) -> None:
        """Keep how a licence stands before it is changed."""
        if license_id not in self._before:
            self._before[license_id] = self._standing(license_id, licence)

    def _standing(self, license_id: str, licence: Licence | None) -> Standing | None:
        """How a licence stands; it is read where it is not at hand."""
        found = lookup.by_id(self.tx, self.vendor.id, license_id) if licence is None else Found(license_id, "", licence)
        if found is None or not found.licence.known:
            return None
        return lookup.standing_of(self.tx, self.vendor.id, found, self.catalogue, self.now)


def _places(licence: Licence) -> Places:
    """The places that have rows of their own."""
    return {claim.site: claim for claim in (*licence.left, *licence.claims)}


def site_row(keyring: Keyring, vendor_id: str, license_id: str, claim: Claim) -> dict[str, Any]:
    """A place of a licence as it is looked up: by its site, by the handle we gave it, by the id it had for itself.

    One that was given back is known by its handle and id alone: the licence is on its site no more.
    """
    installed = claim.site.startswith(INSTALL)
    at = claim.at if installed else claim.site
    return {
        "license_id": license_id,
        "site": claim.site,
        "vendor_id": vendor_id,
        "at": at if claim.until is None else None,
        "handle": keyring.handle(license_id, claim.site),
        "install": claim.site.removeprefix(INSTALL) if installed else claim.install,
        "since": claim.since,
    }


def position_of(key: tuple[Any, ...]) -> str:
    """An order key as text that compares the same way (fixed-width UTC time first)."""
    at, *rest = key
    return json.dumps(
        [at.isoformat(timespec="microseconds"), *(f"{each:02}" if isinstance(each, int) else each for each in rest)]
    )
