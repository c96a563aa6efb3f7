"""The audit log: what people did by hand - who, what, why and when."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, insert, select

from connector.storage import codec, ids, journal
from connector.storage.tables import events, licence_acts


def record(
    tx: Connection,
    vendor_id: str,
    subject_id: str,
    act: str,
    *,
    actor: str,
    now: datetime,
    why: str | None = None,
    **details: Any,
) -> None:
    """Write down an act in the transaction that does it. subject_id: a licence id, or the link of a customer."""
    row = {
        "id": ids.new_id("act", now),
        "vendor_id": vendor_id,
        "subject_id": subject_id,
        "act": act,
        "actor": actor,
        "why": why,
        "details": json.dumps(details, sort_keys=True),
        "at": now,
    }
    tx.execute(insert(licence_acts).values(**row))
    known = subject_id if subject_id.startswith(("lic_", "per_")) else None
    journal.say(tx, "act.written", act=act, subject=known)


def history(tx: Connection, license_id: str) -> list[dict[str, Any]]:
    """Everything known to have happened to a licence, oldest first: hosts' news and people's acts."""
    told = [
        {
            "at": row.as_of,
            "what": row.kind,
            "by": row.delivery_id,
            "why": None,
            "details": {name: value for name, value in json.loads(row.state).items() if name not in ("as_of", "key")},
        }
        for row in tx.execute(select(events).where(events.c.subject_id == license_id))
    ]
    done = [
        {"at": row.at, "what": row.act, "by": row.actor, "why": row.why, "details": json.loads(row.details)}
        for row in tx.execute(select(licence_acts).where(licence_acts.c.subject_id == license_id))
    ]
    found = sorted([*told, *done], key=lambda each: (each["at"], each["what"]))
    return [each | {"at": codec.rfc3339(each["at"])} for each in found]
