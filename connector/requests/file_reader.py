"""Reading a customer's file: the ledger's shelves, and what the person asked before and staff decided about him."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import Connection, Select, or_, select

from connector.domain.policy.customer_file import MOST_TICKETS, CustomerFile, PastTicket, StaffWord
from connector.domain.policy.facts import Restriction
from connector.domain.policy.requests import Request
from connector.licences.reader import ARMS, OF_VENDOR, Arm, Reader, Words, columns
from connector.storage import codec
from connector.storage.keyring import Keyring
from connector.storage.tables import licence_acts, links, requests, tickets
from connector.vendors.vendor import Vendor

T = TypeVar("T")

RESTRICTED, RELEASED = "requester.restricted", "requester.released"
_NAMES = 2
"""A request's links of asking: by the host's id of the person, and by address."""


def follow(tx: Connection, vendor: Vendor, keyring: Keyring, ask: Callable[[CustomerFile], T]) -> T:
    """What `ask` makes of the customer's file, read as far as `ask` looks: in three statements at the most."""
    return FILE.follow(
        tx, vendor.id, CustomerFile(), ask, keys=keyring.key_hash, staff=lambda link: subject_of(vendor, link)
    )


def subject_of(vendor: Vendor, link: str) -> str:
    """A person's name in the log: a digest, because a link may be longer than an id, and the log need not name people."""
    return "per_" + hashlib.blake2b(f"{vendor.id}\x00{link}".encode(), digest_size=16).hexdigest()


def _tickets(words: Words) -> Select[Any]:
    """The latest tickets; each stands under every name by which it was asked for."""
    table = links.join(requests, requests.c.id == links.c.target)
    table = table.join(tickets, tickets.c.request_id == requests.c.id)
    known = columns(
        word=links.c.link,
        id=tickets.c.id,
        name=tickets.c.number,
        ref=requests.c.ref,
        note=tickets.c.working_state,
        state=requests.c.asked,
        at=tickets.c.created_at,
    )
    mine = select(*known).select_from(table).where(links.c.vendor_id == OF_VENDOR, words.have(links.c.link))
    return select(*mine.order_by(tickets.c.id.desc()).limit(_NAMES * MOST_TICKETS).subquery("latest").c)


def _staff(words: Words) -> Select[Any]:
    decided = or_(licence_acts.c.act == RESTRICTED, licence_acts.c.act == RELEASED)
    known = columns(
        word=licence_acts.c.subject_id,
        id=licence_acts.c.id,
        name=licence_acts.c.act,
        state=licence_acts.c.details,
        at=licence_acts.c.at,
    )
    return select(*known).where(words.have(licence_acts.c.subject_id), decided)


def _contacts(words: Words) -> Select[Any]:
    known = columns(word=links.c.link, id=links.c.target)
    return select(*known).where(links.c.vendor_id == OF_VENDOR, words.have(links.c.link))


def _ticket(row: Any) -> PastTicket:
    return PastTicket(row.id, row.name, row.ref, codec.loads(row.state, Request), row.note, row.at)


def _word(row: Any) -> StaffWord:
    if row.name == RELEASED:
        return StaffWord(row.at, row.id, None)
    told = json.loads(row.state)
    until = datetime.fromisoformat(told["until"]) if told["until"] else None
    return StaffWord(row.at, row.id, Restriction(told["how"], until))


FILE = Reader(
    {
        **ARMS,
        "tickets": Arm(_tickets, _ticket),
        "staff": Arm(_staff, _word),
        "contacts": Arm(_contacts, lambda row: row.id),
    }
)
