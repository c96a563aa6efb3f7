"""Notifications to a vendor's own programs: one row for each endpoint and event, written in the transaction of the event.

A row says what happened; what it is about is read when it is sent, so that no row holds a key or a name.
"""

from __future__ import annotations

import hashlib
import json
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, bindparam, or_, select, update

from connector.storage import codec, ids
from connector.storage.database import insert_once
from connector.storage.tables_notify import notifications, notify_endpoints
from connector.storage.work_queue import OPEN
from connector.vendors.notify_endpoints import living

PING = "ping"

_LISTENING = select(notify_endpoints.c.id, notify_endpoints.c.events).where(
    notify_endpoints.c.vendor_id == bindparam("vendor"), notify_endpoints.c.ended_at.is_(None)
)


def put(tx: Connection, vendor_id: str, kind: str, ref: str, now: datetime, about: dict[str, Any], **data: Any) -> None:
    """Tell each endpoint of the vendor that wants to hear of it, once for each `ref`, which names what happened.

    about: the row's ids of what it is about (license_id, order_id, request_id, ticket_id). data: what else is told.
    """
    for endpoint in tx.execute(_LISTENING, {"vendor": vendor_id}).all():
        wanted = json.loads(endpoint.events)
        if not wanted or kind in wanted:
            _queue(tx, vendor_id, endpoint.id, kind, ref, now, about | {"data": json.dumps(data)})


def ping(tx: Connection, endpoint_id: str, now: datetime) -> str | None:
    """Queue a `ping`, by which a receiver is tried; the row's id, or None where there is no such living endpoint."""
    row = tx.execute(select(notify_endpoints.c.vendor_id).where(*living(endpoint_id))).first()
    return _queue(tx, row.vendor_id, endpoint_id, PING, ids.new_id("png", now), now, {}) if row else None


def _queue(
    tx: Connection, vendor_id: str, endpoint_id: str, kind: str, ref: str, now: datetime, about: dict[str, Any]
) -> str:
    row: dict[str, Any] = {
        "id": ids.new_id("ntf", now),
        "vendor_id": vendor_id,
        "notify_endpoint_id": endpoint_id,
        "type": kind,
    }
    # Of what it tells, not of the row: told again after a restore, it is the same message.
    row["message_id"] = "msg_" + hashlib.sha256(f"{kind}\n{ref}".encode()).hexdigest()[:32]
    row |= {"state": "queued", "attempts": 0, "fence": 0, "due_at": now, "created_at": now, "data": "{}"}
    insert_once(tx, notifications, row | about)
    return str(row["id"])


def due(tx: Connection, now: datetime, limit: int = 100) -> list[str]:
    """Ids of notifications that may be sent now, oldest first: due, not leased, their endpoint neither paused nor resting."""
    free = or_(notifications.c.leased_until.is_(None), notifications.c.leased_until <= now)
    open_now = notifications.c.state.in_(OPEN) & (notifications.c.due_at <= now) & free & _awake(now)
    in_order = (notifications.c.due_at, notifications.c.created_at, notifications.c.id)
    there = select(notifications.c.id).join(
        notify_endpoints, notify_endpoints.c.id == notifications.c.notify_endpoint_id
    )
    return list(tx.execute(there.where(open_now).order_by(*in_order).limit(limit)).scalars())


def endpoint_awake(tx: Connection, row_id: str, now: datetime) -> bool:
    """Is the endpoint of a notification neither paused nor left alone?"""
    theirs = notify_endpoints.c.id == notifications.c.notify_endpoint_id
    there = select(notifications.c.id).join(notify_endpoints, theirs)
    return tx.execute(there.where(notifications.c.id == row_id, _awake(now))).first() is not None


def _awake(now: datetime) -> ColumnElement[bool]:
    rested = or_(notify_endpoints.c.busy_until.is_(None), notify_endpoints.c.busy_until <= now)
    return notify_endpoints.c.paused_at.is_(None) & rested


def again(tx: Connection, word: str, now: datetime) -> list[str]:
    """Make a notification due once more, by its id, or all that are parked of an endpoint, by its id; the rows' ids."""
    alive = select(notify_endpoints.c.id).where(notify_endpoints.c.ended_at.is_(None))
    parked = (notifications.c.notify_endpoint_id == word) & (notifications.c.state == "parked")
    mine = notifications.c.notify_endpoint_id.in_(alive) & or_(notifications.c.id == word, parked)
    anew = update(notifications).where(mine, notifications.c.state != "sending")
    rows = tx.execute(anew.values(state="queued", due_at=now, attempts=0).returning(notifications.c.id)).scalars()
    return sorted(rows)


def listed(tx: Connection, endpoint_id: str, limit: int) -> list[dict[str, Any]]:
    """The notifications of an endpoint, newest first, without what they say."""
    mine = select(notifications).where(notifications.c.notify_endpoint_id == endpoint_id)
    names = ("id", "type", "license_id", "order_id", "message_id", "state", "attempts", "error")
    return [
        {name.removesuffix("_id") if name == "license_id" else name: getattr(row, name) for name in names}
        | {"due_at": codec.rfc3339(row.due_at)}
        for row in tx.execute(mine.order_by(notifications.c.created_at.desc(), notifications.c.id.desc()).limit(limit))
    ]
