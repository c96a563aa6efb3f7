"""Restrictions of a person: made and lifted by staff, with a reason in the audit log; never by themselves."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection

from connector.domain.licensing.events import Person
from connector.domain.licensing.links import links_of
from connector.requests import file_reader
from connector.requests.file_reader import RELEASED, RESTRICTED
from connector.storage import audit, codec
from connector.storage.keyring import Keyring
from connector.vendors.vendor import Vendor

HOW = ("deny", "hold")


class NotKnown(ValueError):
    """The vendor's policy knows no restrictions; the message says how to turn them on."""


def restrict(
    tx: Connection,
    vendor: Vendor,
    person: Person,
    how: str,
    *,
    until: datetime | None,
    actor: str,
    why: str,
    now: datetime,
) -> None:
    """Restrict a person by one name (id or e-mail address) from now on. Raises NotKnown where the policy would not look."""
    if not vendor.policy.requests.restrictions:
        raise NotKnown(
            f"policy {vendor.policy.ref} knows no restrictions, so this would change nothing: "
            "set `requests.restrictions = true` for the vendor first"
        )
    details = {"how": how, "until": codec.rfc3339(until) if until else None}
    for subject in _subjects(vendor, person):
        audit.record(tx, vendor.id, subject, RESTRICTED, actor=actor, why=why, now=now, **details)


def release(
    tx: Connection, vendor: Vendor, keyring: Keyring, person: Person, *, actor: str, why: str, now: datetime
) -> bool:
    """Lift the restriction of a person; False where there is none, and where the policy does not look."""
    if file_reader.follow(tx, vendor, keyring, lambda file: file.restriction(vendor.policy, person)) is None:
        return False
    for subject in _subjects(vendor, person):
        audit.record(tx, vendor.id, subject, RELEASED, actor=actor, why=why, now=now)
    return True


def _subjects(vendor: Vendor, person: Person) -> list[str]:
    return [file_reader.subject_of(vendor, link) for link in sorted(links_of(person))]
