"""What a person asked before: remembered by links, and only where the vendor's policy counts tickets (R19, R29)."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, bindparam, select

from connector import codec
from connector.db import insert_once
from connector.domain.events import Request
from connector.domain.facts import Asked, Earlier
from connector.domain.policy import Policy
from connector.domain.scoping import kind_of
from connector.linking import links_of
from connector.tables import links, requests, tickets
from connector.tables_policy import ticket_acts
from connector.vendors import Vendor

_MOST = 500
_LAST_ACT = (
    select(ticket_acts.c.kind)
    .where(ticket_acts.c.ticket_id == tickets.c.id, ticket_acts.c.kind.in_(("resolved", "reopened")))
    .order_by(ticket_acts.c.at.desc(), ticket_acts.c.place.desc())
    .limit(1)
    .scalar_subquery()
)
_TARGETS = select(links.c.target).where(
    links.c.vendor_id == bindparam("v"), links.c.link.in_(bindparam("found", expanding=True))
)
_EARLIER = (
    select(tickets.c.number, tickets.c.created_at, requests.c.asked, requests.c.ref, _LAST_ACT.label("last_act"))
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
    if counts(vendor.policy):
        for link in sorted(_links(request)):
            insert_once(tx, links, {"vendor_id": vendor.id, "link": link, "target": request_row})


def earlier(tx: Connection, vendor: Vendor, request: Request) -> tuple[Earlier, ...]:
    """The person's other tickets, latest first; none where the policy does not count, or nobody is named."""
    found = sorted(_links(request))
    if not counts(vendor.policy) or not found:
        return ()
    rows = tx.execute(_EARLIER, {"v": vendor.id, "found": found})
    return tuple(_read(row, vendor.policy) for row in rows if row.ref != request.request_id)


def _read(row: Any, policy: Policy) -> Earlier:
    asked = codec.loads(row.asked, Request)
    kind = kind_of(Asked(kind=asked.request_kind), policy) or asked.request_kind
    return Earlier(row.number, row.created_at, kind, asked.product, row.last_act != "resolved")


def _links(request: Request) -> set[str]:
    """Links of their own, so that nobody finds licences by them."""
    return {f"asked:{link}" for link in links_of(request.requester)}
