"""Restrictions of a person: made and lifted by staff with a reason, kept in the audit log, and never made by themselves (R30)."""

from __future__ import annotations

import hashlib
import json
from datetime import datetime

from sqlalchemy import Connection, bindparam, select

from connector.domain.licensing.events import Person
from connector.domain.licensing.links import links_of
from connector.domain.policy.facts import Restriction
from connector.storage import audit, codec
from connector.storage.tables import licence_acts
from connector.vendors.vendor import Vendor

HOW = ("deny", "hold")
_MADE, _LIFTED = "requester.restricted", "requester.released"
_LAST = (
    select(licence_acts.c.act, licence_acts.c.details)
    .where(
        licence_acts.c.subject_id.in_(bindparam("subjects", expanding=True)), licence_acts.c.act.in_((_MADE, _LIFTED))
    )
    .order_by(licence_acts.c.at.desc(), licence_acts.c.id.desc())
    .limit(1)
)


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
        audit.record(tx, vendor.id, subject, _MADE, actor=actor, why=why, now=now, **details)


def release(tx: Connection, vendor: Vendor, person: Person, *, actor: str, why: str, now: datetime) -> bool:
    """Lift the restriction of a person; False where there is none."""
    if current(tx, vendor, person) is None:
        return False
    for subject in _subjects(vendor, person):
        audit.record(tx, vendor.id, subject, _LIFTED, actor=actor, why=why, now=now)
    return True


def current(tx: Connection, vendor: Vendor, person: Person | None) -> Restriction | None:
    """What staff decided last about this person by any of the names told; None also where the policy does not look."""
    subjects = _subjects(vendor, person)
    if not vendor.policy.requests.restrictions or not subjects:
        return None
    row = tx.execute(_LAST, {"subjects": subjects}).first()
    if row is None or row.act == _LIFTED:
        return None
    told = json.loads(row.details)
    return Restriction(told["how"], datetime.fromisoformat(told["until"]) if told["until"] else None)


def _subjects(vendor: Vendor, person: Person | None) -> list[str]:
    """The names of a person in the log: a digest, because a link may be longer than an id, and the log need not name people."""
    return [
        "per_" + hashlib.blake2b(f"{vendor.id}\x00{link}".encode(), digest_size=16).hexdigest()
        for link in sorted(links_of(person))
    ]
