"""When a licence is looked at because its support or itself ends: planned by its ends (`plan`; those that
were there before anybody listened: `notify_endpoints.watch_licences`), woken by the due time, never by a scan.

A row holds the ends it was planned by and when they were last looked at. What lies between then and now has happened and is told;
what lay before an end was known is not told afterwards. Of several warnings that are due, after a stop, the latest is told.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, select, update

from connector.domain.licensing.standing import Standing
from connector.licences import lookup
from connector.runtime import Runtime
from connector.storage import codec
from connector.storage.database import insert_once, retrying, transaction
from connector.storage.tables_notify import licence_alarms
from connector.vendors import notifications
from connector.vendors.vendor import by_id

DAYS_BEFORE = (30, 7)
"""How many days before its end support is told to be expiring."""


def plan(tx: Connection, vendor_id: str, license_id: str, stands: Standing, now: datetime) -> None:
    """Plan by how a licence stands; nothing changes where its ends did not."""
    ends = {"support_until": stands.support_until, "expires_at": stands.expires_at}
    row = tx.execute(select(licence_alarms).where(licence_alarms.c.license_id == license_id)).first()
    if row is not None and all(getattr(row, name) == end for name, end in ends.items()):
        return
    values = ends | {"looked_at": now, "wake_at": _next(stands, now)}
    if not insert_once(tx, licence_alarms, {"license_id": license_id, "vendor_id": vendor_id} | values):
        tx.execute(update(licence_alarms).where(licence_alarms.c.license_id == license_id).values(**values))


def due(tx: Connection, now: datetime, limit: int) -> list[str]:
    """Ids of licences whose time has come, the oldest first."""
    woken = select(licence_alarms.c.license_id).where(licence_alarms.c.wake_at <= now)
    return list(tx.execute(woken.order_by(licence_alarms.c.wake_at).limit(limit)).scalars())


def fire(runtime: Runtime, license_id: str) -> str:
    """One look at one licence: `fired`, or `not due` where somebody else was there first."""
    return retrying(lambda: _fire(runtime, license_id, runtime.clock()))


def _fire(runtime: Runtime, license_id: str, now: datetime) -> str:
    with transaction(runtime.engine) as tx:
        mine = (licence_alarms.c.license_id == license_id) & (licence_alarms.c.wake_at <= now)
        row = tx.execute(select(licence_alarms).where(mine).with_for_update()).first()
        if row is None:
            return "not due"
        vendor = by_id(tx, runtime, row.vendor_id)
        found = lookup.by_id(tx, row.vendor_id, license_id)
        stands = lookup.standing_of(tx, row.vendor_id, found, vendor.catalogue, now) if found else None
        values: dict[str, Any] = {"looked_at": now, "wake_at": None}
        if found is not None and stands is not None:
            ends = {"support_until": stands.support_until, "expires_at": stands.expires_at}
            if all(getattr(row, name) == end for name, end in ends.items()):
                _tell(tx, row, stands, found.licence.status, now)
            values |= ends | {"wake_at": _next(stands, now)}
        tx.execute(update(licence_alarms).where(licence_alarms.c.license_id == license_id).values(**values))
    return "fired"


def _tell(tx: Connection, row: Any, stands: Standing, word: str, now: datetime) -> None:
    """word: what its host last said of the licence itself."""
    about, name = {"license_id": row.license_id}, row.license_id
    passed = [days for days in DAYS_BEFORE if (at := _before(row.support_until, days)) and row.looked_at < at <= now]
    if passed and stands.status == "active" and now < row.support_until:
        end, days = codec.rfc3339(row.support_until), min(passed)
        ref = f"{name}\n{end}\n{days}"
        notifications.put(tx, row.vendor_id, "support.expiring", ref, now, about, days=days, support_until=end)
    over = row.expires_at is not None and row.looked_at < row.expires_at <= now
    if over and stands.status == "expired" and word != "expired":
        ref = f"{name}\n{codec.rfc3339(row.expires_at)}"
        notifications.put(tx, row.vendor_id, "license.expired", ref, now, about)


def _next(stands: Standing, now: datetime) -> datetime | None:
    """When something comes next, after `now`."""
    points = [_before(stands.support_until, days) for days in DAYS_BEFORE] + [stands.expires_at]
    return min((at for at in points if at is not None and at > now), default=None)


def _before(end: datetime | None, days: int) -> datetime | None:
    return end - timedelta(days=days) if end is not None else None
