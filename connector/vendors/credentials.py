"""API tokens: 256 random bits shown once, stored as a keyed hash, bound to one vendor and to scopes."""

from __future__ import annotations

import json
import secrets
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, bindparam, insert, select, update

from connector.runtime import Runtime
from connector.storage import ids
from connector.storage.tables import tokens, vendors
from connector.vendors.vendor import COLUMNS, Vendor, vendor_of

SCOPES = ("eligibility:read", "requests:write", "requests:read", "tickets:read")

_BY_DIGEST = (
    select(tokens.c.id, tokens.c.scopes, *COLUMNS)
    .join(vendors, vendors.c.id == tokens.c.vendor_id)
    .where(tokens.c.digest == bindparam("digest"), tokens.c.revoked_at.is_(None))
)


@dataclass(frozen=True)
class Caller:
    """Whoever holds a valid token."""

    token_id: str
    vendor: Vendor
    scopes: tuple[str, ...]


def create_token(
    tx: Connection, runtime: Runtime, vendor: Vendor, scopes: tuple[str, ...], label: str, now: datetime
) -> tuple[str, str]:
    """(id, token): the token is told this once."""
    token_id, token = ids.new_id("tok", now), "sct_" + secrets.token_urlsafe(32)
    tx.execute(
        insert(tokens).values(
            id=token_id,
            vendor_id=vendor.id,
            digest=runtime.keyring.token_hash(token),
            scopes=json.dumps(list(scopes)),
            label=label,
            created_at=now,
        )
    )
    return token_id, token


def revoke_token(tx: Connection, token_id: str, now: datetime) -> bool:
    """End a token at once; False when there is none of that id."""
    ended = update(tokens).where(tokens.c.id == token_id).values(revoked_at=now).returning(tokens.c.id)
    return tx.execute(ended).first() is not None


def caller_of(tx: Connection, runtime: Runtime, token: str) -> Caller | None:
    """Who holds this token, or None."""
    row = tx.execute(_BY_DIGEST, {"digest": runtime.keyring.token_hash(token)}).first()
    if row is None:
        return None
    return Caller(row.id, vendor_of(runtime, row), tuple(json.loads(row.scopes)))
