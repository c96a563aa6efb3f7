"""Flows for vendors' software: validate, activate, deactivate. The key is the credential and finds its vendor by itself."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from connector import ids, lookup
from connector.domain.events import Key, SiteActivated, SiteDeactivated
from connector.domain.verdict import Verdict, verdict
from connector.ledger import Ledger
from connector.lookup import Held
from connector.runtime import Runtime
from connector.vendors import by_id, catalogue

MAX_KEY = 255


@dataclass(frozen=True)
class LicenceQuery:
    """What the software says: its key, perhaps its product's slug and its site (canonical spelling)."""

    key: str
    product: str | None = None
    site: str | None = None


def validate(tx: Connection, runtime: Runtime, query: LicenceQuery, now: datetime) -> Verdict:
    """How the licence stands for this product and site; writes nothing.

    An unknown key costs the same statements as a known one, so that time tells a guesser nothing.
    """
    held = _held(tx, runtime, query)
    if not held:
        lookup.accounts_by(tx, "", {"license:"})
        catalogue(tx, "")
        return verdict(None, query.product, query.site, now)
    vendor_id, first = held[0].vendor_id, held[0].found
    stands = lookup.standing_of(tx, vendor_id, first, catalogue(tx, vendor_id), now)
    return verdict(stands, query.product, query.site, now)


def activate(tx: Connection, runtime: Runtime, query: LicenceQuery, now: datetime) -> Verdict:
    """Take a seat for the site, once: the licence's row is locked before its seats are counted (ELG-09)."""
    assert query.site is not None
    ledger = _locked(tx, runtime, query, now)
    found = validate(tx, runtime, query, now)
    if ledger is None or found.code != "SITE_NOT_ACTIVATED":
        return found
    ledger.apply(SiteActivated(Key(query.key), query.site, now))
    return validate(tx, runtime, query, now)


def deactivate(tx: Connection, runtime: Runtime, query: LicenceQuery, now: datetime) -> Verdict:
    """Free the site's seat; always allowed, also on a licence that has ended."""
    assert query.site is not None
    ledger = _locked(tx, runtime, query, now)
    found = validate(tx, runtime, query, now)
    if ledger is None or found.standing is None:
        return found
    if query.site in (*found.standing.seated, *found.standing.over_limit):
        ledger.apply(SiteDeactivated(Key(query.key), query.site, now))
    return validate(tx, runtime, query, now)


def _held(tx: Connection, runtime: Runtime, query: LicenceQuery) -> list[Held]:
    """Licences with this key: one, unless two vendors sell by the same key; then the product decides."""
    held = lookup.by_key_alone(tx, runtime.keyring.key_hash(query.key))
    return [each for each in held if query.product in (None, each.found.licence.product)] or held


def _locked(tx: Connection, runtime: Runtime, query: LicenceQuery, now: datetime) -> Ledger | None:
    """The ledger with the licence's row locked; None, and nothing made, for an unknown key."""
    held = _held(tx, runtime, query)
    if not held:
        return None
    ledger = Ledger(tx, by_id(tx, runtime, held[0].vendor_id), runtime.keyring, now, ids.new_id("act", now))
    ledger.lock(Key(query.key))
    return ledger
