"""What a notification says, read from the ledger when it is sent, so that no row holds a key."""

from __future__ import annotations

import json
from typing import Any

from sqlalchemy import Connection

from connector.domain.licensing.events import Person
from connector.licences import lookup
from connector.runtime import Runtime
from connector.storage import codec
from connector.storage.keyring import last4


def body(tx: Connection, runtime: Runtime, row: Any, personal_data: bool) -> bytes:
    """What a notification says, as JSON: for `license.issued` the whole key, since the shop is to show it."""
    at = codec.rfc3339(row.created_at)
    told: dict[str, Any] = {"type": row.type, "timestamp": at, "occurred_at": at, "data": json.loads(row.data)}
    if row.license_id is not None:
        told["data"] |= _issued(tx, runtime, row, personal_data)
    return json.dumps(told, ensure_ascii=False).encode()


def _issued(tx: Connection, runtime: Runtime, row: Any, personal_data: bool) -> dict[str, Any]:
    found = lookup.by_id(tx, row.vendor_id, row.license_id)
    key = runtime.keyring.unseal(lookup.sealed_key(tx, row.license_id)).decode()
    holder = (found.licence.holder if found else None) or Person()
    told = {
        "license_key": key,
        "license": row.license_id,
        "last_four": last4(key),
        "product": found.licence.product if found else None,
        "order_id": row.order_id,
    }
    if personal_data:
        told["customer"] = {"id": holder.id, "email": holder.email, "name": holder.name}
    return told
