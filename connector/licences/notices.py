"""What a vendor's own programs are told of licences, queued in the transaction in which it happened."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection

from connector.licences.ledger import Ledger
from connector.vendors import notifications


def issued(tx: Connection, ledger: Ledger, now: datetime) -> None:
    """`license.issued` for each key the ledger made for an order."""
    for key in ledger.issued:
        if found := ledger.granted(key):
            about = {"license_id": found.id, "order_id": next(iter(found.licence.order_ids), None)}
            notifications.put(tx, ledger.vendor.id, "license.issued", ledger.keyring.key_hash(key), now, about)
