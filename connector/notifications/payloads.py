"""What a notification says: what happened, from its row, and how things stand, read when it is sent. No row holds a key.

Names, addresses, words and links that open a customer's page go only where an endpoint was made with `--personal-data`.
"""

from __future__ import annotations

import json
from typing import Any

from sqlalchemy import Connection, select

from connector.domain.licensing.events import Person
from connector.domain.licensing.records import Found
from connector.licences import lookup
from connector.runtime import Runtime
from connector.storage import codec
from connector.storage.keyring import last4
from connector.storage.tables import requests, tickets
from connector.tickets import handover, status_link
from connector.vendors.vendor import by_id


def body(tx: Connection, runtime: Runtime, row: Any, personal_data: bool) -> bytes:
    """A notification as JSON; `license.issued` alone holds a whole key, since the shop is to show it."""
    at = codec.rfc3339(row.created_at)
    data: dict[str, Any] = json.loads(row.data)
    if row.license_id is not None:
        data |= _licence(tx, runtime, row, personal_data)
    if row.request_id is not None or row.ticket_id is not None:
        data |= _request(tx, runtime, row, personal_data)
    told = {"type": row.type, "timestamp": at, "occurred_at": at, "data": data}
    return json.dumps(told, ensure_ascii=False).encode()


def _licence(tx: Connection, runtime: Runtime, row: Any, personal_data: bool) -> dict[str, Any]:
    """The licence as it stands; one that became part of another is told by that one's id."""
    found = lookup.by_id(tx, row.vendor_id, row.license_id)
    told: dict[str, Any] = {"license": row.license_id}
    if found is not None:
        told |= _standing(tx, runtime, row.vendor_id, found)
    if row.type == "license.issued":
        key = runtime.keyring.unseal(lookup.sealed_key(tx, row.license_id)).decode()
        told |= {"license_key": key, "last_four": last4(key)}
    if row.order_id is not None:
        told["order_id"] = row.order_id
    if personal_data:
        told["customer"] = _person(found.licence.holder if found else None)
    return told


def _standing(tx: Connection, runtime: Runtime, vendor_id: str, found: Found) -> dict[str, Any]:
    vendor = by_id(tx, runtime, vendor_id)
    stands = lookup.standing_of(tx, vendor_id, found, vendor.catalogue, runtime.clock())
    return {
        "last_four": found.last4,
        "product": stands.product,
        "status": stands.status,
        "expires_at": _time(stands.expires_at),
        "support_until": _time(stands.support_until),
        "orders": list(found.licence.order_ids),
    }


def _request(tx: Connection, runtime: Runtime, row: Any, personal_data: bool) -> dict[str, Any]:
    """The request by the asker's own id, and its ticket where it has one."""
    mine = tickets.c.id == row.ticket_id if row.ticket_id is not None else tickets.c.request_id == row.request_id
    ticket = tx.execute(select(tickets).where(mine)).first()
    request_id = ticket.request_id if ticket is not None else row.request_id
    asked = tx.execute(select(requests).where(requests.c.id == request_id)).first()
    told: dict[str, Any] = {"request_id": asked.ref if asked else None, "ticket": None}
    if ticket is not None:
        told |= {
            "ticket": ticket.number,
            "state": ticket.working_state,
            "respond_by": _time(ticket.respond_by),
            "resolve_by": _time(ticket.resolve_by),
        }
    if personal_data and asked is not None:
        request, texts = handover.request_of(tx, runtime, request_id)
        told |= {"customer": _person(request.requester), "subject": texts.get("subject")}
        if ticket is not None:
            told["status_url"] = status_link.url(runtime, ticket.number, ticket.link_generation)
    return told


def _person(person: Person | None) -> dict[str, Any]:
    named = person or Person()
    return {"id": named.id, "email": named.email, "name": named.name}


def _time(at: Any) -> str | None:
    return codec.rfc3339(at) if at is not None else None
