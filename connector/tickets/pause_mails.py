"""The mail to whoever looks after an endpoint of notifications that was paused because it kept failing."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import Connection

from connector.runtime import Runtime
from connector.storage import ids
from connector.storage.database import insert_once
from connector.storage.tables_mail import mails as rows
from connector.tickets.mails import message_id, usable_address
from connector.vendors.vendor import by_id

CHANGE = "paused"

_TEXT = """\
Notifications to {host} are paused.

Nothing was taken there since {since:%Y-%m-%d %H:%M} UTC, in spite of many tries. The last one: {why}.

What happens meanwhile is kept and waits. When the receiver is in order again, run

    connector notify resume {endpoint}

and all of it is sent, each under the id it had. If nobody is to be told there any more, run

    connector notify remove {endpoint}
"""


def put(tx: Connection, runtime: Runtime, to: Any, since: datetime, why: str, now: datetime) -> None:
    """Queue the mail, where the endpoint has a contact and there is a mail server. to: the row of the endpoint."""
    address = usable_address(to.contact)
    if runtime.settings.smtp_host is None or address is None:
        return
    host = urlsplit(to.url).hostname
    text = _TEXT.format(host=host, since=since, why=why, endpoint=to.id)
    vendor = by_id(tx, runtime, to.vendor_id).slug
    content = {"to": address, "subject": f"Notifications to {host} are paused", "text": text, "vendor": vendor}
    ref = f"{to.id}/{now:%Y%m%dT%H%M%S}"
    row: dict[str, Any] = {"id": ids.new_id("mail", now), "vendor_id": to.vendor_id, "ref": ref, "change": CHANGE}
    row |= {"message_id": message_id(runtime, to.id, ref), "state": "queued", "place": 0, "attempts": 0, "fence": 0}
    sealed = runtime.keyring.seal(json.dumps(content).encode())
    insert_once(tx, rows, row | {"due_at": now, "created_at": now, "sealed": sealed})
