"""Endpoints: an address of ours for each host connection of a vendor, with its secrets."""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, insert

from connector.ports import Host
from connector.runtime import Runtime
from connector.storage import ids
from connector.storage.tables import endpoints


def create_endpoint(
    tx: Connection, runtime: Runtime, vendor_id: str, host: Host, settings: Mapping[str, Any], now: datetime
) -> tuple[str, str]:
    """(endpoint id, secret) of a new endpoint."""
    endpoint_id, secret = ids.new_id("ep", now), new_secret(host)
    row = {"id": endpoint_id, "vendor_id": vendor_id, "host": host.name, "created_at": now}
    sealed = runtime.keyring.seal_secrets([secret])
    tx.execute(insert(endpoints).values(**row, secrets=sealed, settings=json.dumps(dict(settings))))
    return endpoint_id, secret


def new_secret(host: Host) -> str:
    """32 random bytes: `whsec_` and base64 for Standard Webhooks, else letters, digits, - and _ (WooCommerce mangles others)."""
    if host.whsec:
        return ids.webhook_secret()
    return secrets.token_urlsafe(32)


def url_of(runtime: Runtime, endpoint_id: str) -> str:
    """Where the host posts to."""
    return f"{runtime.settings.public_url}/hooks/{endpoint_id}"
