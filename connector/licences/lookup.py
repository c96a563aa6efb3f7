"""Reading the ledger: from a key, an order, a person or a site to licences and how they stand.

The rules are those of `domain/licensing/records`; each function here reads as far as its rule looks.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import Connection, bindparam, func, or_, select, update

from connector.domain.licensing.catalogue import Catalogue
from connector.domain.licensing.licence import Licence
from connector.domain.licensing.records import Found, Records
from connector.domain.licensing.standing import Accounts, Standing
from connector.licences.reader import LEDGER
from connector.storage import codec
from connector.storage.tables import licences, links, sites, vendors
from connector.vendors.vendor import COLUMNS as VENDOR_COLUMNS

T = TypeVar("T")

_SAME = licences.alias("same")
_BY_KEY_ALONE = (
    select(
        func.coalesce(licences.c.same_as, licences.c.id).label("id"),
        licences.c.key_last4,
        func.coalesce(_SAME.c.state, licences.c.state).label("state"),
        licences.c.retires_at,
        *VENDOR_COLUMNS,
    )
    .join(vendors, vendors.c.id == licences.c.vendor_id)
    .join(_SAME, _SAME.c.id == licences.c.same_as, isouter=True)
    .where(licences.c.key_hash == bindparam("k"))
    .order_by(licences.c.id)
)
_BY_HANDLE = (
    select(licences.c.id, licences.c.key_last4, licences.c.state, sites.c.site, sites.c.handle)
    .join(sites, sites.c.license_id == licences.c.id)
    .where(
        sites.c.vendor_id == bindparam("v"), or_(sites.c.handle == bindparam("h"), sites.c.install == bindparam("h"))
    )
)
_TOKEN = re.compile(r"[0-9a-fA-F-]{32,128}")
_IS_LINKED = (
    select(links.c.target).where(links.c.vendor_id == bindparam("v"), links.c.link == bindparam("link")).limit(1)
)


@dataclass(frozen=True)
class Held:
    """A licence found by its key, and the row it was found in, with the vendor's columns."""

    row: Any
    found: Found


def _follow(tx: Connection, vendor_id: str, ask: Callable[[Records], T]) -> T:
    return LEDGER.follow(tx, vendor_id, Records(), ask)


def by_key(tx: Connection, vendor_id: str, key_hash: str, now: datetime | None = None) -> Found | None:
    """The licence with this key, if it was ever granted (a key only mentioned by other news is not known yet).

    now: refuse a key that was replaced and has retired by then; None where it is about the licence and not the key.
    """
    return _follow(tx, vendor_id, lambda records: records.opened_by(key_hash, now))


def by_key_alone(tx: Connection, key_hash: str, now: datetime | None = None) -> list[Held]:
    """Granted licences with this key, whoever the vendor is: for software that knows nothing but its key."""
    rows = tx.execute(_BY_KEY_ALONE, {"k": key_hash}).all()
    alive = [row for row in rows if now is None or row.retires_at is None or row.retires_at > now]
    return [Held(row, found) for row in alive if (found := _found(row)).licence.known]


def by_handle(tx: Connection, vendor_id: str, handle: str) -> tuple[Found, str] | None:
    """The licence and the activation of an activation id: ours, or the one it had at the stock server it was
    imported from (where that is one place's only). It must read as a token: what people call their machines can be guessed."""
    sought = handle if _TOKEN.fullmatch(handle) else ""
    rows = tx.execute(_BY_HANDLE, {"v": vendor_id, "h": sought}).all()
    row = rows[0] if len(rows) == 1 else next((each for each in rows if each.handle == sought), None)
    return (_found(row), row.site) if row else None


def by_id(tx: Connection, vendor_id: str, license_id: str) -> Found | None:
    """The licence of this id, or the one that it turned out to be."""
    return _follow(tx, vendor_id, lambda records: records.by_id(license_id))


def by_links(tx: Connection, vendor_id: str, wanted: Iterable[str]) -> list[Found]:
    """Licences that carry any of these links, in a stable order."""
    wanted = set(wanted)
    return _follow(tx, vendor_id, lambda records: records.by_links(wanted))


def by_order(tx: Connection, vendor_id: str, name: str) -> list[Found]:
    """The licences of an order, by any of the numbers that people quote, whether or not its order was ever told of."""
    return _follow(tx, vendor_id, lambda records: records.by_order(name))


def is_linked(tx: Connection, vendor_id: str, link: str) -> bool:
    """Does anything carry this link?"""
    return tx.execute(_IS_LINKED, {"v": vendor_id, "link": link}).first() is not None


def accounts_by(tx: Connection, vendor_id: str, wanted: Iterable[str]) -> Accounts:
    """Every order, subscription, invoice and customer that carries a link, following a customer's other names."""
    wanted = set(wanted)
    return _follow(tx, vendor_id, lambda records: records.accounts_by(wanted))


def standing_of(tx: Connection, vendor_id: str, found: Found, catalogue: Catalogue, now: datetime) -> Standing:
    """How the licence stands at `now`."""
    return _follow(tx, vendor_id, lambda records: records.standing_of(found, catalogue, now))


def _found(row: Any) -> Found:
    return Found(row.id, row.key_last4, codec.loads(row.state, Licence))


def sealed_key(tx: Connection, license_id: str) -> bytes:
    """The licence's key, sealed."""
    return bytes(tx.execute(select(licences.c.key_sealed).where(licences.c.id == license_id)).scalar_one())


_LOCK = update(licences).where(licences.c.id == bindparam("i")).values(version=licences.c.version + 1)


def lock(tx: Connection, license_id: str) -> None:
    """Take the licence's row until the transaction ends."""
    tx.execute(_LOCK, {"i": license_id})
