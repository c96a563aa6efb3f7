"""What a person asked before, by links of its own: for policies that count (R19, R29), first contacts (CHN-07) and lists."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, bindparam, select

from connector.domain.licensing.links import asking_links
from connector.domain.policy.facts import Asked, Earlier
from connector.domain.policy.policy import Policy
from connector.domain.policy.requests import Request
from connector.domain.policy.scope import kind_of
from connector.storage import codec
from connector.storage.database import insert_all_once
from connector.storage.tables import links, requests, tickets
from connector.vendors.vendor import Vendor

_MOST = 500
_TARGETS = select(links.c.target).where(
    links.c.vendor_id == bindparam("v"), links.c.link.in_(bindparam("found", expanding=True))
)
_EARLIER = (
    select(tickets.c.number, tickets.c.created_at, tickets.c.working_state, requests.c.asked, requests.c.ref)
    .join(requests, requests.c.id == tickets.c.request_id)
    .where(tickets.c.request_id.in_(_TARGETS))
    .order_by(tickets.c.id.desc())
    .limit(_MOST)
)


def counts(policy: Policy) -> bool:
    """Does this policy ask what a person asked before?"""
    return policy.requests.quota is not None or policy.requests.duplicates != "accept"


def remember(tx: Connection, vendor: Vendor, request: Request, request_row: str) -> None:
    """Keep that this person's request became a ticket, by every name the host has for the person."""
    rows = [
        {"vendor_id": vendor.id, "link": link, "target": request_row}
        for link in sorted(asking_links(request.requester))
    ]
    if rows:
        insert_all_once(tx, links, rows)


def earlier(tx: Connection, vendor: Vendor, request: Request) -> tuple[Earlier, ...]:
    """The person's other tickets, latest first; none where the policy does not count, or nobody is named."""
    found = sorted(asking_links(request.requester))
    if not counts(vendor.policy) or not found:
        return ()
    rows = tx.execute(_EARLIER, {"v": vendor.id, "found": found})
    return tuple(_read(row, vendor.policy) for row in rows if row.ref != request.request_id)


def _read(row: Any, policy: Policy) -> Earlier:
    asked = codec.loads(row.asked, Request)
    kind = kind_of(Asked(kind=asked.request_kind), policy) or asked.request_kind
    return Earlier(row.number, row.created_at, kind, asked.product, row.working_state != "solved")


def has_tickets(tx: Connection, vendor: Vendor, request: Request) -> bool:
    """Has the person another ticket here, whatever became of it?"""
    found = sorted(asking_links(request.requester))
    rows = tx.execute(_EARLIER, {"v": vendor.id, "found": found}) if found else ()
    return any(row.ref != request.request_id for row in rows)
