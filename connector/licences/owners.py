"""Who holds a licence and who may act for the holder. Nothing moves by itself: each change is an act, logged with its reason."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection

from connector.domain.licensing.events import (
    CustomerMerged,
    DelegateChanged,
    HolderTransferred,
    Key,
    LedgerEvent,
    Person,
)
from connector.domain.licensing.licence import next_instant
from connector.domain.licensing.links import links_of
from connector.domain.licensing.mailbox import same_mailbox
from connector.domain.licensing.records import Found
from connector.licences import lookup
from connector.licences.ledger import Ledger
from connector.storage import audit, ids
from connector.storage.keyring import Keyring
from connector.vendors.vendor import Vendor


class NotAllowed(ValueError):
    """The policy or the product does not allow it; the message says what would."""


def transfer(
    tx: Connection,
    keyring: Keyring,
    vendor: Vendor,
    found: Found,
    to: Person,
    *,
    actor: str,
    why: str,
    exception: bool,
    now: datetime,
) -> None:
    """Move a licence with its support right to another holder (ELG-06, ELG-07).

    Where the policy binds support to the original holder this is refused, unless as an `exception`, which the log shows.
    """
    rule = vendor.policy.about(found.licence.product).entitlement
    if rule.requester == "original_holder" and not exception:
        clause = f" (clause {rule.owner_clause or rule.clause})" if rule.owner_clause or rule.clause else ""
        raise NotAllowed(
            f"policy {vendor.policy.ref} makes support non-transferable{clause}; "
            "--exception does it all the same and writes that down"
        )
    before = found.licence.holder
    _tell(tx, keyring, vendor, HolderTransferred(_key(tx, keyring, found), to, next_instant(found.licence, now)), now)
    was = {"from": before.email if before else None, "to": to.email, "exception": exception}
    audit.record(tx, vendor.id, found.id, "license.transferred", actor=actor, why=why, now=now, **was)


def delegate(
    tx: Connection,
    keyring: Keyring,
    vendor: Vendor,
    found: Found,
    email: str,
    *,
    allowed: bool,
    actor: str,
    why: str | None,
    now: datetime,
) -> None:
    """Let a person ask for support in the holder's place, or no longer; as many as the product allows."""
    product = vendor.catalogue.named(found.licence.product or "")
    limit = product.delegates if product else 0
    others = [each for each in found.licence.delegates if same_mailbox(each) != same_mailbox(email)]
    if allowed and len(others) >= limit:
        raise NotAllowed(
            f"{found.licence.product} allows {limit} delegates and the licence has {len(others)}: "
            "`connector product set ... --delegates N` allows more"
        )
    at = next_instant(found.licence, now)
    _tell(tx, keyring, vendor, DelegateChanged(_key(tx, keyring, found), email, allowed, at), now)
    act = "delegate.added" if allowed else "delegate.removed"
    audit.record(tx, vendor.id, found.id, act, actor=actor, why=why, now=now, email=email)


def merge(
    tx: Connection,
    keyring: Keyring,
    vendor: Vendor,
    keep: Person,
    duplicate: Person,
    *,
    actor: str,
    why: str,
    now: datetime,
) -> None:
    """Two customers are one person: what the duplicate holds, the kept one holds too."""
    if keep == duplicate:
        raise NotAllowed("--keep and --duplicate are the same person")
    for person in (keep, duplicate):  # an address may be news; a number that is nobody's today is somebody's tomorrow
        if person.id and not any(lookup.is_linked(tx, vendor.id, link) for link in links_of(person)):
            raise NotAllowed(f"nobody is known as {person.id or person.email} to {vendor.slug}: a merge is for ever")
    _tell(tx, keyring, vendor, CustomerMerged(keep, duplicate, now), now)
    subject = f"customer:{keep.id or keep.email}"[:40]
    names = {"keep": keep.id or keep.email, "duplicate": duplicate.id or duplicate.email}
    audit.record(tx, vendor.id, subject, "customer.merged", actor=actor, why=why, now=now, **names)


def _tell(tx: Connection, keyring: Keyring, vendor: Vendor, event: LedgerEvent, now: datetime) -> None:
    Ledger(tx, vendor, keyring, now, ids.new_id("act", now)).apply(event)


def _key(tx: Connection, keyring: Keyring, found: Found) -> Key:
    return Key(keyring.unseal(lookup.sealed_key(tx, found.id)).decode())
