"""Handing out and erasing what is held on a person. Purchases stay in the ledger without names: licences go on working,
refunds and renewals still find them, and accounts can be settled.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, select, update

from connector.domain.clocks.ticket_states import state_of
from connector.domain.licensing.pseudonyms import PREFIX
from connector.operations.personal_data import Held, Holdings, shown
from connector.requests import customers
from connector.requests.customers import Identity
from connector.storage import audit
from connector.storage.database import insert_all_once
from connector.storage.keyring import Keyring
from connector.storage.tables import accounts, licence_acts, links, tickets
from connector.storage.tables import outbox as outbox_rows
from connector.storage.tables_mail import mails
from connector.storage.work_queue import OPEN
from connector.tickets import schedule
from connector.vendors.vendor import Vendor

ACT = "customer.erased"

KEPT = (
    "what was bought, paid and given back, under a pseudonym: licences, orders, subscriptions, invoices and their history "
    "(tax and accounting law, and so that licences go on working)",
    "sites and machines on which licences are activated (they hold the licence's seats): free them with the licence",
    "tickets without their words: number, times, decision (so that promises can be proven)",
    "restrictions, by a digest that names nobody",
)
ELSEWHERE = (
    "the shop and the helpdesk have records of their own: erase there as well; what the shop tells us later is taken in anew",
    "backups made before now hold the data until you delete them; after restoring one, erase again",
    "mails that were sent, and the log of this server (see `connector retention run`)",
)


class StillOpen(Exception):
    """The person has tickets that are not solved: without their words nobody could answer them."""

    def __init__(self, numbers: list[str]) -> None:
        super().__init__(
            f"still open: {', '.join(numbers)}. Solve them first (`connector tickets resolve NUMBER`), and let what waits "
            "for the helpdesk or the mail server go"
        )


@dataclass(frozen=True)
class Erased:
    """What was changed: rows by table, and the name under which the person's purchases stay."""

    pseudonym: str
    rows: dict[str, int]


def exported(
    tx: Connection, keyring: Keyring, vendor: Vendor, word: str, *, actor: str, why: str | None, now: datetime
) -> dict[str, Any] | None:
    """Everything held on a person, by table; None where nothing is. Written to the audit log."""
    person, _, _ = customers.identify(tx, vendor.id, word)
    held: dict[str, list[Any]] = {}
    for each in Holdings(tx, keyring, vendor.id, person, PREFIX):
        held.setdefault(each.table.name, []).append(shown(keyring, each))
    if not held:
        return None
    _write_down(tx, keyring, vendor, person, "customer.exported", actor, why, now, {})
    names = {"ids": sorted(person.ids), "emails": sorted(person.emails), "names": sorted(person.names)}
    return {"vendor": vendor.slug, "person": names, "held": held}


def erase(
    tx: Connection,
    keyring: Keyring,
    vendor: Vendor,
    word: str,
    *,
    actor: str,
    why: str,
    now: datetime,
    dry_run: bool = False,
) -> Erased:
    """Take a person out of everything; doing it again changes nothing, or what came in since. Raises StillOpen.

    dry_run: nothing is written, the counts are those of a real run.
    """
    person, _, _ = customers.identify(tx, vendor.id, word)
    pseudonym = _pseudonym(tx, keyring, vendor, person)
    found = Holdings(tx, keyring, vendor.id, person, pseudonym)
    if waiting := _open(tx, found):
        raise StillOpen(waiting)
    held = [each for each in found if each.new]
    counts = Counter(each.table.name for each in held)
    linked = _links(tx, vendor.id, found.links)
    counts += Counter({"links": len(linked)})
    if counts and not dry_run:
        for each in held:
            tx.execute(update(each.table).where(each.where).values(**each.new, **_renamed(each)))
        _relink(tx, vendor.id, linked, pseudonym)
        _rename_accounts(tx, vendor.id, person)
        _write_down(
            tx, keyring, vendor, person, ACT, actor, found.eraser.text(why, words=True), now, {"pseudonym": pseudonym}
        )
    return Erased(pseudonym, dict(sorted(counts.items())))


def _open(tx: Connection, found: Holdings) -> list[str]:
    """Numbers of the person's tickets that somebody still has to answer, or that are still on their way."""
    numbers = []
    for row in tx.execute(select(tickets).where(tickets.c.id.in_(found.tickets)).order_by(tickets.c.id)):
        solved = state_of(schedule.marks_of(schedule.acts_of(tx, row.id))) == "solved"
        if not solved or _on_its_way(tx, row.id):
            numbers.append(row.number)
    return numbers


def _on_its_way(tx: Connection, ticket_id: str) -> bool:
    return any(
        tx.execute(select(queue.c.id).where(queue.c.ticket_id == ticket_id, queue.c.state.in_(OPEN))).first()
        for queue in (outbox_rows, mails)
    )


def _pseudonym(tx: Connection, keyring: Keyring, vendor: Vendor, person: Identity) -> str:
    """The one the person has already, or a new one that no address can be guessed from."""
    subjects = _subjects(keyring, vendor, person.links)
    earlier = select(licence_acts.c.details).where(licence_acts.c.act == ACT, licence_acts.c.subject_id.in_(subjects))
    if (details := tx.execute(earlier.order_by(licence_acts.c.id)).scalar()) is not None:
        return str(json.loads(details)["pseudonym"])
    return PREFIX + _digest(keyring, vendor, "|".join(sorted(person.links)))[:20]


def _subjects(keyring: Keyring, vendor: Vendor, names: set[str]) -> list[str]:
    return [f"per_{_digest(keyring, vendor, link)[:32]}" for link in sorted(names)]


def _digest(keyring: Keyring, vendor: Vendor, word: str) -> str:
    return hashlib.sha256(keyring.token_hash(f"person\x00{vendor.id}\x00{word}").encode()).hexdigest()


def _write_down(
    tx: Connection,
    keyring: Keyring,
    vendor: Vendor,
    person: Identity,
    act: str,
    actor: str,
    why: str | None,
    now: datetime,
    details: dict[str, str],
) -> None:
    """In the log by digests, since the log would otherwise name who was to be forgotten."""
    for subject in _subjects(keyring, vendor, person.links):
        audit.record(tx, vendor.id, subject, act, actor=actor, why=why, now=now, **details)


def _renamed(held: Held) -> dict[str, Any]:
    """An act on a customer stands under his name."""
    subject = held.row._mapping.get("subject_id", "") if held.table is licence_acts else ""
    return {"subject_id": "customer:erased"} if subject.startswith("customer:") else {}


def _links(tx: Connection, vendor_id: str, names: set[str]) -> list[Any]:
    wanted = names | {f"{kind}:{name}" for kind in ("asked",) for name in names}
    wanted |= {f"contact:{name.removeprefix('email:')}" for name in names if name.startswith("email:")}
    return list(tx.execute(select(links).where(links.c.vendor_id == vendor_id, links.c.link.in_(sorted(wanted)))))


def _relink(tx: Connection, vendor_id: str, linked: list[Any], pseudonym: str) -> None:
    """What belonged to the person belongs to the pseudonym; what was only remembered about asking is forgotten."""
    for row in linked:
        same = (links.c.vendor_id == vendor_id) & (links.c.link == row.link) & (links.c.target == row.target)
        tx.execute(delete(links).where(same))
    targets = {row.target for row in linked if not row.link.startswith(("asked:", "contact:"))}
    rows = [{"vendor_id": vendor_id, "link": f"customer:{pseudonym}", "target": target} for target in sorted(targets)]
    if rows:
        insert_all_once(tx, links, rows)


def _rename_accounts(tx: Connection, vendor_id: str, person: Identity) -> None:
    """The customer's own record is kept under its row's id; the host's next word about the customer begins a new one."""
    mine = (accounts.c.vendor_id == vendor_id) & (accounts.c.kind == "customer")
    named = accounts.c.ref.in_(sorted(person.ids | person.emails))
    tx.execute(update(accounts).where(mine, named).values(ref=accounts.c.id))
