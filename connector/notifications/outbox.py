"""Notifications to a vendor's own programs: one row for each endpoint and event, written in the transaction of the event.

`license.issued` tells a shop the key that we made for its order. What is told is read from the ledger when it is sent, so that
no row holds a key. The states of a row are those of the outbox.
"""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import Connection, func, insert, or_, select, update

from connector.domain.licensing.events import Person
from connector.licences import lookup
from connector.licences.ledger import Ledger
from connector.runtime import Runtime
from connector.storage import codec, ids
from connector.storage.database import insert_once
from connector.storage.keyring import last4
from connector.storage.tables_notify import notifications, notify_endpoints
from connector.tickets import outbox

ISSUED, PING = "license.issued", "ping"
REMOVED = "removed"
"""Why an endpoint ended that the vendor took away."""


class BadUrl(ValueError):
    """No address that we send to, and what it should look like."""


def add(
    tx: Connection, runtime: Runtime, vendor_id: str, url: str, allow_private: bool, now: datetime
) -> tuple[str, str]:
    """A new endpoint: its id and its secret (Standard Webhooks, `whsec_`), which is not shown again. Raises BadUrl."""
    try:
        parts = urlsplit(url)
        fine = bool(parts.hostname) and url.isascii() and url.isprintable() and " " not in url and (parts.port or 1) > 0
    except ValueError:
        fine = False
    if not fine or parts.scheme not in ("https", "http") or "@" in parts.netloc or parts.fragment:
        raise BadUrl("write an address such as https://shop.example.com/hooks, without a user name or a #")
    if parts.scheme == "http" and not allow_private:
        raise BadUrl("must begin with https://, for keys are sent there (http:// only with --allow-private)")
    secret = "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()
    made = ids.new_id("ntp", now)
    row = {"id": made, "vendor_id": vendor_id, "url": url, "allow_private": allow_private}
    tx.execute(insert(notify_endpoints).values(**row, secret=runtime.keyring.seal(secret.encode()), created_at=now))
    return made, secret


def end(tx: Connection, endpoint_id: str, why: str, now: datetime) -> bool:
    """Send nothing there any more; what waits is parked. False where there is no such endpoint, or it has ended."""
    living = (notify_endpoints.c.id == endpoint_id) & notify_endpoints.c.ended_at.is_(None)
    ended = update(notify_endpoints).where(living).values(ended_at=now, ended_why=why).returning(notify_endpoints.c.id)
    if tx.execute(ended).first() is None:
        return False
    waiting = (notifications.c.notify_endpoint_id == endpoint_id) & notifications.c.state.in_(outbox.OPEN)
    tx.execute(update(notifications).where(waiting).values(state="parked", error=f"its endpoint ended: {why}"))
    return True


def put(tx: Connection, runtime: Runtime, ledger: Ledger, now: datetime) -> None:
    """Queue `license.issued` for each key the ledger made, once for every endpoint of the vendor."""
    mine = (notify_endpoints.c.vendor_id == ledger.vendor.id) & notify_endpoints.c.ended_at.is_(None)
    there = list(tx.execute(select(notify_endpoints.c.id).where(mine)).scalars())
    for key in ledger.issued if there else ():
        found = ledger.granted(key)
        if found is None:
            continue
        about = {"license_id": found.id, "order_id": next(iter(found.licence.order_ids), None)}
        for endpoint_id in there:
            _queue(tx, ledger.vendor.id, endpoint_id, ISSUED, runtime.keyring.key_hash(key), now, about)


def ping(tx: Connection, endpoint_id: str, now: datetime) -> str | None:
    """Queue a `ping`, by which a receiver is tried; the row's id, or None where there is no such living endpoint."""
    living = (notify_endpoints.c.id == endpoint_id) & notify_endpoints.c.ended_at.is_(None)
    row = tx.execute(select(notify_endpoints.c.vendor_id).where(living)).first()
    return _queue(tx, row.vendor_id, endpoint_id, PING, ids.new_id("png", now), now, {}) if row else None


def _queue(
    tx: Connection, vendor_id: str, endpoint_id: str, kind: str, ref: str, now: datetime, about: dict[str, Any]
) -> str:
    # Of what it tells, not of the row: told again after a restore, it is the same message.
    message_id = _message_id(kind, ref)
    row: dict[str, Any] = {
        "id": ids.new_id("ntf", now),
        "vendor_id": vendor_id,
        "notify_endpoint_id": endpoint_id,
        "type": kind,
    }
    row |= {"message_id": message_id, "state": "queued", "attempts": 0, "fence": 0, "due_at": now, "created_at": now}
    insert_once(tx, notifications, row | about)
    return str(row["id"])


def body(tx: Connection, runtime: Runtime, row: Any) -> bytes:
    """What a notification says, as JSON: for `license.issued` the whole key, since the shop is to show it."""
    told: dict[str, Any] = {"type": row.type, "occurred_at": codec.rfc3339(row.created_at), "data": {}}
    if row.license_id is not None:
        found = lookup.by_id(tx, row.vendor_id, row.license_id)
        key = runtime.keyring.unseal(lookup.sealed_key(tx, row.license_id)).decode()
        holder = (found.licence.holder if found else None) or Person()
        told["data"] = {
            "license_key": key,
            "license": row.license_id,
            "last_four": last4(key),
            "product": found.licence.product if found else None,
            "order_id": row.order_id,
            "customer": {"id": holder.id, "email": holder.email, "name": holder.name},
        }
    return json.dumps(told, ensure_ascii=False).encode()


def due(tx: Connection, now: datetime, limit: int = 100) -> list[str]:
    """Ids of notifications that may be sent now, oldest first."""
    free = or_(notifications.c.leased_until.is_(None), notifications.c.leased_until <= now)
    open_now = notifications.c.state.in_(outbox.OPEN) & (notifications.c.due_at <= now) & free
    in_order = (notifications.c.due_at, notifications.c.id)
    return list(tx.execute(select(notifications.c.id).where(open_now).order_by(*in_order).limit(limit)).scalars())


def again(tx: Connection, word: str, now: datetime) -> list[str]:
    """Make a notification due once more, by its id, or all that are parked of an endpoint, by its id; the rows' ids."""
    living = select(notify_endpoints.c.id).where(notify_endpoints.c.ended_at.is_(None))
    parked = (notifications.c.notify_endpoint_id == word) & (notifications.c.state == "parked")
    mine = notifications.c.notify_endpoint_id.in_(living) & or_(notifications.c.id == word, parked)
    anew = update(notifications).where(mine, notifications.c.state != "sending")
    rows = tx.execute(anew.values(state="queued", due_at=now, attempts=0).returning(notifications.c.id)).scalars()
    return sorted(rows)


def endpoints_told(tx: Connection, vendor_id: str | None) -> list[dict[str, Any]]:
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
            "waiting": sum(counts.get((row.id, state), 0) for state in outbox.OPEN),
            "sent": counts.get((row.id, "done"), 0),
            "parked": counts.get((row.id, "parked"), 0),
            "ended_at": codec.rfc3339(row.ended_at) if row.ended_at else None,
            "ended_why": row.ended_why,
        }
        for row in tx.execute(chosen)
    ]


def listed(tx: Connection, endpoint_id: str, limit: int) -> list[dict[str, Any]]:
    """The notifications of an endpoint, newest first, without what they say."""
    mine = select(notifications).where(notifications.c.notify_endpoint_id == endpoint_id)
    names = ("id", "type", "license_id", "order_id", "message_id", "state", "attempts", "error")
    return [
        {name.removesuffix("_id") if name == "license_id" else name: getattr(row, name) for name in names}
        | {"due_at": codec.rfc3339(row.due_at)}
        for row in tx.execute(mine.order_by(notifications.c.created_at.desc(), notifications.c.id.desc()).limit(limit))
    ]


def _message_id(kind: str, ref: str) -> str:
    return "msg_" + hashlib.sha256(f"{kind}\n{ref}".encode()).hexdigest()[:32]
