"""The rows of a licence, as the ledger writes them: it writes one, MODEL, which is the mould for all others."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from bench.indexes import TABLES
from connector.domain.licensing.events import Granted, Key, Person
from connector.licences.ledger import Ledger
from connector.runtime import Runtime
from connector.storage.keyring import Keyring, last4
from connector.storage.tables import sites
from connector.vendors.vendor import named

HANDLE = list(sites.c).index(sites.c.handle)
VENDOR, PRODUCT = "acme", "acme-forms"
SITES = ("blog", "docs", "shop")
MODEL = "7654321"
"""Its digits stand in its rows wherever its number does."""


def key_of(number: str) -> Key:
    """The key of a licence; numbers have seven digits."""
    digest = hashlib.blake2b(number.encode(), digest_size=8).hexdigest().upper()
    return Key("-".join(digest[start : start + 4] for start in range(0, 16, 4)))


def granted(number: str, now: datetime) -> Granted:
    """What the host told of a licence, a hundred days ago: three sites, and support for a year."""
    then = now - timedelta(days=100)
    return Granted(
        key=key_of(number),
        product=PRODUCT,
        as_of=then,
        holder=Person(f"c{number}", f"c{number}@example.com", f"Customer {number}"),
        site_limit=len(SITES) + 2,
        support_until=then + timedelta(days=365),
        updates_until=then + timedelta(days=365),
        plan="pro",
        purchase="one_time",
        order_id=f"o{number}",
        purchased_at=then,
        sites=tuple(f"{name}{number}.example.com" for name in SITES),
    )


@dataclass(frozen=True)
class Mould:
    """A row of MODEL: its table, its values as the driver takes them, and in which of them something of its own stands."""

    table: str
    values: tuple[Any, ...]
    varying: tuple[int, ...]


def moulds(app: Runtime) -> list[Mould]:
    """What the ledger writes for MODEL, taken back again."""
    then = datetime(2026, 11, 1, tzinfo=UTC)
    with app.engine.connect() as tx, tx.begin() as frame:
        vendor = named(tx, app, VENDOR)
        Ledger(tx, vendor, app.keyring, app.clock(), "dlv_of_the_model").apply(granted(MODEL, then))
        rows = {table: tx.exec_driver_sql(f'SELECT * FROM "{table}"').all() for table in TABLES}
        frame.rollback()
    return [_mould(table, tuple(row), rows["events"][0].digest) for table in rows for row in rows[table]]


def _mould(table: str, values: tuple[Any, ...], digest: str) -> Mould:
    def varies(value: Any) -> bool:
        return isinstance(value, str) and (MODEL in value or digest in value or value.startswith("lic_"))

    return Mould(table, values, tuple(place for place, value in enumerate(values) if varies(value)))


def rows_of(moulds: list[Mould], keyring: Keyring, number: str) -> Iterator[tuple[str, tuple[Any, ...]]]:
    """The rows of one licence: (table, values)."""
    key = key_of(number)
    license_id = f"lic_01k0000000{int(number):016}"  # time-ordered as real ids are, and older than any made today
    [(old, kind, state)] = (mould.values[1:4] for mould in moulds if mould.table == "events")
    digest = hashlib.blake2b(f"{kind}\x00{state.replace(MODEL, number)}".encode(), digest_size=16).hexdigest()
    for mould in moulds:
        values = list(mould.values)
        for place in mould.varying:
            text = values[place]
            own = license_id if text.startswith("lic_") else text.replace(MODEL, number).replace(old, digest)
            values[place] = own
        if mould.table == "licences":
            values[2:5] = keyring.key_hash(key), last4(key), keyring.seal(key.encode())
        if mould.table == "sites":
            values[HANDLE] = keyring.handle(license_id, values[1])
        yield mould.table, tuple(values)
