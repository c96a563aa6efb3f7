"""What a person asked before is remembered by links of its own, so that nobody finds licences by them."""

from __future__ import annotations

from sqlalchemy import Connection

from connector.domain.licensing.links import asking_links
from connector.domain.policy.requests import Request
from connector.storage.database import insert_all_once
from connector.storage.tables import links
from connector.vendors.vendor import Vendor


def remember(tx: Connection, vendor: Vendor, request: Request, request_row: str) -> None:
    """Keep that this person's request became a ticket, by every name the host has for the person."""
    rows = [
        {"vendor_id": vendor.id, "link": link, "target": request_row}
        for link in sorted(asking_links(request.requester))
    ]
    if rows:
        insert_all_once(tx, links, rows)
