"""Notification endpoints: where a vendor's own programs get notifications, of which events, and the secrets we sign with."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import Connection, func, insert, literal, select, update

from connector.storage import codec, ids
from connector.storage.keyring import Keyring
from connector.storage.tables import licences
from connector.storage.tables_notify import licence_alarms, notifications, notify_endpoints
from connector.storage.work_queue import OPEN

EVENTS = (
    "decision.made",
    *("ticket.forwarded", "ticket.updated", "ticket.closed", "ticket.breached"),
    *("license.issued", "license.granted", "license.renewed", "license.expired", "license.revoked"),
    *("site.activated", "site.deactivated", "site.moved"),
    "support.expiring",
)
"""What can be told."""

REMOVED = "removed"
"""Why an endpoint ended that the vendor took away."""

OVERLAP = timedelta(days=1)
"""How long the secret before signs as well, unless something else is said."""


class BadUrl(ValueError):
    """No address that we send to, and what it should look like."""


def checked(url: str, allow_private: bool) -> str:
    """The address, where it is one that we send to. Raises BadUrl."""
    try:
        parts = urlsplit(url)
        fine = bool(parts.hostname) and url.isascii() and url.isprintable() and " " not in url and (parts.port or 1) > 0
    except ValueError:
        fine = False
    if not fine or parts.scheme not in ("https", "http") or "@" in parts.netloc or parts.fragment or len(url) > 2000:
        raise BadUrl("write an address such as https://shop.example.com/hooks, without a user name or a #")
    if parts.scheme == "http" and not allow_private:
        raise BadUrl("must begin with https://, for keys are sent there (http:// only with --allow-private)")
    return url


def add(
    tx: Connection,
    keyring: Keyring,
    vendor_id: str,
    url: str,
    now: datetime,
    *,
    events: Sequence[str] = (),
    personal_data: bool = False,
    allow_private: bool = False,
    contact: str | None = None,
) -> tuple[str, str]:
    """A new endpoint for a `checked` address: its id and its secret (Standard Webhooks, `whsec_`), which is not shown again.

    events: of EVENTS, none for all. contact: who is mailed when the address keeps failing.
    """
    secret, made = ids.webhook_secret(), ids.new_id("ntp", now)
    row = {"id": made, "vendor_id": vendor_id, "url": url, "allow_private": allow_private, "created_at": now}
    row |= {"events": json.dumps(sorted(events)), "personal_data": personal_data, "contact": contact}
    tx.execute(insert(notify_endpoints).values(**row, secret=keyring.seal(secret.encode())))
    watch_licences(tx, vendor_id, now)
    return made, secret


def watch_licences(tx: Connection, vendor_id: str, now: datetime) -> None:
    """Have each licence of the vendor that is not planned yet looked at once: it was there before anybody listened."""
    planned = select(licence_alarms.c.license_id).where(licence_alarms.c.license_id == licences.c.id).exists()
    mine = (licences.c.vendor_id == vendor_id) & licences.c.product.is_not(None) & licences.c.same_as.is_(None)
    times = (literal(now, licence_alarms.c.wake_at.type), literal(now, licence_alarms.c.wake_at.type))
    fresh = select(licences.c.id, licences.c.vendor_id, *times).where(mine, ~planned)
    tx.execute(insert(licence_alarms).from_select(["license_id", "vendor_id", "looked_at", "wake_at"], fresh))


def end(tx: Connection, endpoint_id: str, why: str, now: datetime) -> bool:
    """Send nothing there any more; what waits is parked. False where there is no such endpoint, or it has ended."""
    ended = update(notify_endpoints).where(*living(endpoint_id)).values(ended_at=now, ended_why=why)
    if tx.execute(ended.returning(notify_endpoints.c.id)).first() is None:
        return False
    waiting = (notifications.c.notify_endpoint_id == endpoint_id) & notifications.c.state.in_(OPEN)
    tx.execute(update(notifications).where(waiting).values(state="parked", error=f"its endpoint ended: {why}"))
    return True


def rotate(tx: Connection, keyring: Keyring, endpoint_id: str, now: datetime, overlap: timedelta) -> str | None:
    """A new secret, shown this once; the one before signs as well for `overlap`. None where there is no such endpoint."""
    row = tx.execute(select(notify_endpoints).where(*living(endpoint_id)).with_for_update()).first()
    if row is None:
        return None
    secret = ids.webhook_secret()
    values = {"secret": keyring.seal(secret.encode()), "old_secret": row.secret, "old_until": now + overlap}
    tx.execute(update(notify_endpoints).where(notify_endpoints.c.id == row.id).values(**values))
    return secret


def live_secrets(keyring: Keyring, row: Any, now: datetime) -> list[str]:
    """What a notification is signed with, the newest first."""
    sealed = [row.secret, *([row.old_secret] if row.old_secret is not None and now < row.old_until else [])]
    return [keyring.unseal(each).decode() for each in sealed]


def took(tx: Connection, row: Any) -> None:
    """Write down that the endpoint took something: it works, and is neither failing nor paused any more."""
    if row.failing_since is not None or row.busy_until is not None or row.paused_at is not None:
        _set(tx, row.id, failing_since=None, busy_until=None, paused_at=None, paused_why=None)


def failed(tx: Connection, row: Any, now: datetime, rest: timedelta | None) -> None:
    """Write down that the endpoint took nothing at `now`; rest: how long it is left alone."""
    until = now + rest if rest is not None else row.busy_until
    _set(tx, row.id, failing_since=row.failing_since or now, busy_until=until)


def pause(tx: Connection, endpoint_id: str, why: str, now: datetime) -> bool:
    """Send nothing there until somebody says so; what happens meanwhile waits. False where it is paused, or has ended."""
    running = update(notify_endpoints).where(*living(endpoint_id), notify_endpoints.c.paused_at.is_(None))
    done = running.values(paused_at=now, paused_why=why).returning(notify_endpoints.c.id)
    return tx.execute(done).first() is not None


def resume(tx: Connection, endpoint_id: str, now: datetime, *, allow_private: bool = False) -> int | None:
    """Send there again, what waits and what is parked as well; how many rows, None where there is no such endpoint."""
    values: dict[str, Any] = {"paused_at": None, "paused_why": None, "failing_since": None, "busy_until": None}
    values |= {"allow_private": True} if allow_private else {}
    going = update(notify_endpoints).where(*living(endpoint_id)).values(**values)
    if tx.execute(going.returning(notify_endpoints.c.id)).first() is None:
        return None
    mine = (notifications.c.notify_endpoint_id == endpoint_id) & notifications.c.state.in_(
        ("queued", "unknown", "parked")
    )
    anew = update(notifications).where(mine).values(state="queued", due_at=now, attempts=0)
    return len(tx.execute(anew.returning(notifications.c.id)).all())


def _set(tx: Connection, endpoint_id: str, **values: Any) -> None:
    tx.execute(update(notify_endpoints).where(notify_endpoints.c.id == endpoint_id).values(**values))


def living(endpoint_id: str) -> tuple[Any, ...]:
    """The condition for an endpoint that has not ended."""
    return (notify_endpoints.c.id == endpoint_id, notify_endpoints.c.ended_at.is_(None))


def told(tx: Connection, vendor_id: str | None) -> list[dict[str, Any]]:
    """The endpoints, those of one vendor or all, with what waits and what is parked."""
    counted = (
        select(notifications.c.notify_endpoint_id, notifications.c.state, func.count().label("rows"))
        .group_by(notifications.c.notify_endpoint_id, notifications.c.state)
        .order_by(notifications.c.notify_endpoint_id)
    )
    counts = {(row.notify_endpoint_id, row.state): row.rows for row in tx.execute(counted)}
    chosen = select(notify_endpoints).order_by(notify_endpoints.c.id)
    if vendor_id is not None:
        chosen = chosen.where(notify_endpoints.c.vendor_id == vendor_id)
    return [
        {
            "id": row.id,
            "url": row.url,
            "events": json.loads(row.events) or ["all"],
            "personal_data": row.personal_data,
            "waiting": sum(counts.get((row.id, state), 0) for state in OPEN),
            "sent": counts.get((row.id, "done"), 0),
            "parked": counts.get((row.id, "parked"), 0),
            "paused_at": codec.rfc3339(row.paused_at) if row.paused_at else None,
            "paused_why": row.paused_why,
            "ended_at": codec.rfc3339(row.ended_at) if row.ended_at else None,
            "ended_why": row.ended_why,
        }
        for row in tx.execute(chosen)
    ]
