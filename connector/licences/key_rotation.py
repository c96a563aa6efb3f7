"""A licence's keys: the one it was granted with and those that replaced it. Replaced keys work on for a while (overlap).

The row of the first key stays the licence, so that hosts that know only that key go on telling us news about it, even after it
has stopped opening anything.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, insert, or_, select, update

from connector.domain.licensing.events import Key
from connector.storage import ids
from connector.storage.keyring import Keyring, last4
from connector.storage.tables import licences


@dataclass(frozen=True)
class HeldKey:
    """One key of a licence, as it may be shown. retires_at: from then on it opens nothing; None = it is the key in use."""

    id: str
    last4: str
    sealed: bytes
    since: datetime
    retires_at: datetime | None


class KeyTaken(ValueError):
    """The vendor has a licence with this key."""


def keys_of(tx: Connection, license_id: str) -> list[HeldKey]:
    """The licence's keys, the one in use first."""
    mine = or_(licences.c.id == license_id, licences.c.same_as == license_id)
    rows = tx.execute(select(licences).where(mine)).all()
    found = [HeldKey(row.id, row.key_last4, bytes(row.key_sealed), row.created_at, row.retires_at) for row in rows]
    return sorted(found, key=lambda each: (each.retires_at is None, each.since, each.id), reverse=True)


def key_in_use(tx: Connection, keyring: Keyring, license_id: str) -> Key:
    """The key that is to be given out today."""
    return Key(keyring.unseal(keys_of(tx, license_id)[0].sealed).decode())


def rotate(
    tx: Connection, keyring: Keyring, vendor_id: str, license_id: str, key: Key, retire_at: datetime, now: datetime
) -> None:
    """Give the licence a new key; its others open nothing from `retire_at` on (or sooner, as was said before).

    Raises KeyTaken where a licence of the vendor has the key already.
    """
    key_hash = keyring.key_hash(key)
    taken = (licences.c.vendor_id == vendor_id) & (licences.c.key_hash == key_hash)
    if tx.execute(select(licences.c.id).where(taken)).first() is not None:
        raise KeyTaken("a licence of this vendor has that key already")
    others = or_(licences.c.id == license_id, licences.c.same_as == license_id)
    later = or_(licences.c.retires_at.is_(None), licences.c.retires_at > retire_at)
    tx.execute(update(licences).where(others, later).values(retires_at=retire_at))
    row = {
        "id": ids.new_id("lky", now),
        "vendor_id": vendor_id,
        "key_hash": key_hash,
        "key_last4": last4(key),
        "key_sealed": keyring.seal_key(key),
        "same_as": license_id,
        "state": "{}",
        "created_at": now,
    }
    tx.execute(insert(licences).values(**row))
