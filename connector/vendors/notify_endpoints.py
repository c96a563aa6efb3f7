"""Where a vendor's own programs are told of what happens here: an address, what it is told, and the secrets we sign with."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import Connection, func, insert, select, update

from connector.storage import codec, ids
from connector.storage.keyring import Keyring
from connector.storage.tables_notify import notifications, notify_endpoints
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
    return made, secret


def end(tx: Connection, endpoint_id: str, why: str, now: datetime) -> bool:
    """Send nothing there any more; what waits is parked. False where there is no such endpoint, or it has ended."""
    ended = update(notify_endpoints).where(*living(endpoint_id)).values(ended_at=now, ended_why=why)
    if tx.execute(ended.returning(notify_endpoints.c.id)).first() is None:
        return False
    waiting = (notifications.c.notify_endpoint_id == endpoint_id) & notifications.c.state.in_(OPEN)
    tx.execute(update(notifications).where(waiting).values(state="parked", error=f"its endpoint ended: {why}"))
    return True


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
            "ended_at": codec.rfc3339(row.ended_at) if row.ended_at else None,
            "ended_why": row.ended_why,
        }
        for row in tx.execute(chosen)
    ]
