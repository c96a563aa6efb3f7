"""Connect codes: an address of ours that works once, for a quarter of an hour, and gives a shop's plugin all it needs.

The code holds a random claim and no secret, so that whoever saw it later has nothing; the database holds only its hash.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, insert, select, update

from connector.ports import Host
from connector.runtime import Runtime
from connector.storage import codec, ids, journal
from connector.storage.tables_notify import connect_codes
from connector.vendors import notify_endpoints
from connector.vendors.credentials import create_token
from connector.vendors.endpoints import create_endpoint, url_of
from connector.vendors.vendor import Vendor, by_id

GOOD_FOR = timedelta(minutes=15)
SCOPE = "eligibility:read"
"""All that the plugin's token may do: ask who is eligible."""


@dataclass(frozen=True)
class Site:
    """The shop that uses a code, as it names itself. notify_url: where its plugin takes news, a `checked` address."""

    url: str
    name: str = ""
    id: str = ""
    plugin: str = ""
    notify_url: str | None = None


def create(
    tx: Connection,
    runtime: Runtime,
    vendor: Vendor,
    host: Host,
    settings: Mapping[str, Any],
    now: datetime,
    *,
    allow_private: bool = False,
) -> str:
    """A new code, told this once. settings: of the endpoint it will make. allow_private: the shop is on the own network."""
    claim = secrets.token_urlsafe(32)
    row: dict[str, Any] = {
        "id": ids.new_id("con", now),
        "vendor_id": vendor.id,
        "digest": runtime.keyring.token_hash(claim),
    }
    row |= {"host": host.name, "settings": json.dumps(dict(settings)), "allow_private": allow_private}
    tx.execute(insert(connect_codes).values(**row, created_at=now, ends_at=now + GOOD_FOR))
    return f"{runtime.settings.public_url}/connect/{claim}"


def exchange(tx: Connection, runtime: Runtime, claim: str, site: Site, now: datetime) -> dict[str, Any] | None:
    """Burn a code and make what it stands for: an endpoint, one for notifications, a token; None where it is not good (any more).

    Used, over and unknown are not told apart. It is looked up by a keyed hash, which takes the same time for every guess.
    """
    mine = connect_codes.c.digest == runtime.keyring.token_hash(claim)
    good = mine & connect_codes.c.used_at.is_(None) & (connect_codes.c.ends_at > now)
    row = tx.execute(update(connect_codes).where(good).values(used_at=now).returning(*connect_codes.c)).first()
    if row is None or row.host not in runtime.hosts:
        return None
    vendor = by_id(tx, runtime, row.vendor_id)
    settings = json.loads(row.settings)
    endpoint_id, secret = create_endpoint(tx, runtime, vendor.id, runtime.hosts[row.host], settings, now)
    _, token = create_token(tx, runtime, vendor, (SCOPE,), f"plugin at {site.url}"[:200], now)
    made = {"endpoint_url": url_of(runtime, endpoint_id), "secret": secret, "vendor": vendor.slug, "api_token": token}
    used: dict[str, Any] = {"endpoint_id": endpoint_id, "site": json.dumps(asdict(site))}
    if site.notify_url is not None:
        # The shop's customers are the shop's own: it is told their names, which its pages show.
        used["notify_endpoint_id"], made["notify_secret"] = notify_endpoints.add(
            tx,
            runtime.keyring,
            vendor.id,
            site.notify_url,
            now,
            personal_data=True,
            allow_private=row.allow_private,
        )
    tx.execute(update(connect_codes).where(connect_codes.c.id == row.id).values(**used))
    journal.say(tx, "endpoint.connected", endpoint=endpoint_id, vendor=vendor.slug)
    return made


def sites(tx: Connection) -> dict[str, dict[str, Any]]:
    """Which shop connected by a code, and when, for each endpoint that was made so."""
    rows = tx.execute(select(connect_codes).where(connect_codes.c.endpoint_id.is_not(None)))
    return {row.endpoint_id: _told(json.loads(row.site), row.used_at) for row in rows}


def _told(site: dict[str, Any], at: datetime) -> dict[str, Any]:
    return {"site": site["url"], "name": site["name"], "connected_at": codec.rfc3339(at)}
