"""The mail that brings a new key to its buyer: written in the transaction that made the key, once for ever.

Only for keys of our own making; those of the shop, of imports and of renewals are none. The text is kept without the key, which
is opened when the mail is sent.
"""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from connector.domain.licensing.events import Key
from connector.domain.licensing.records import Found
from connector.domain.policy.mail import key_letter
from connector.licences import lookup
from connector.licences.ledger import Ledger
from connector.runtime import Runtime
from connector.storage import ids
from connector.storage.database import insert_once
from connector.storage.keyring import last4
from connector.storage.tables_mail import mails as rows
from connector.tickets import mails

CHANGE = "issued"


def put(tx: Connection, runtime: Runtime, ledger: Ledger, now: datetime) -> list[str]:
    """Queue a mail for each key the ledger made; why one goes to nobody, in words for the vendor.

    Nothing where no SMTP_HOST is set, or the product's keys are not to be mailed (`--no-mail-keys`).
    """
    if runtime.settings.smtp_host is None:
        return []
    found = [(key, ledger.granted(key)) for key in ledger.issued]
    return [
        f"the key …{last4(key)} was not mailed to its buyer: {why}; "
        f"`connector license show {licence.id} --reveal` shows it"
        for place, (key, licence) in enumerate(found)
        if licence is not None and (why := _put(tx, runtime, ledger, key, licence, place, now))
    ]


def _put(
    tx: Connection, runtime: Runtime, ledger: Ledger, key: Key, found: Found, place: int, now: datetime
) -> str | None:
    vendor = ledger.vendor
    product = vendor.catalogue.named(found.licence.product or "")
    if product is None or not product.mails_keys:
        return None
    stands = lookup.standing_of(tx, vendor.id, found, vendor.catalogue, now)
    if stands.status != "active":
        return f"its licence is {stands.status}"
    address = mails.usable_address(found.licence.holder.email if found.licence.holder else None)
    if address is None:
        return "the order names no address that a mail can go to"
    made = key_letter(vendor.policy, stands, product.name or product.slug, vendor.slug)
    content = {"to": address, "subject": made.subject, "text": made.text, "vendor": vendor.slug}
    row: dict[str, Any] = {"id": ids.new_id("mail", now), "vendor_id": vendor.id, "license_id": found.id}
    # Of the key, not of the row: told again after a restore, it is the same mail.
    row |= {"change": CHANGE, "message_id": mails.message_id(runtime, runtime.keyring.key_hash(key), CHANGE)}
    row |= {
        "ref": CHANGE,
        "state": "queued",
        "place": place,
        "attempts": 0,
        "fence": 0,
        "due_at": now,
        "created_at": now,
    }
    insert_once(tx, rows, row | {"sealed": runtime.keyring.seal(json.dumps(content).encode())})
    return None
