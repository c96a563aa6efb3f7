"""Offline tokens: signed verdicts (Ed25519, JWT) that shipped software checks without a network, and their signing keys.

Private keys are sealed at rest. One key signs and one waits, published before it signs so that software can pin it; a
retired key stays in the JWKS until the last token it signed has ended. How to check a token: docs/verify-offline.md.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import Connection, insert, or_, select, update

from connector.domain.licensing.verdict import Verdict
from connector.runtime import Runtime
from connector.storage import codec, ids
from connector.storage.database import reading, transaction
from connector.storage.keyring import Keyring
from connector.storage.tables import signing_keys

LIFE = timedelta(days=14)
"""The longest a token is good for, and so the longest a client may stay offline."""

ALGORITHM = "EdDSA"
IN_USE = 2
"""The key that signs and the one that is announced."""


_UNRETIRED = select(signing_keys).where(signing_keys.c.retired_at.is_(None)).order_by(signing_keys.c.id)


@dataclass(frozen=True)
class SigningKey:
    """The key that signs today: its id and private half."""

    kid: str
    private: Ed25519PrivateKey


def rotate(tx: Connection, keyring: Keyring, now: datetime) -> str:
    """Retire the key that signs; the one announced signs from now on, and another is announced. Returns the signing id.

    Tokens of the retired key stay good until they end.
    """
    signs = _in_use(tx, keyring, now)[0]
    tx.execute(update(signing_keys).where(signing_keys.c.id == signs.id).values(retired_at=now))
    return str(_in_use(tx, keyring, now)[0].id)


def current(tx: Connection, keyring: Keyring, now: datetime) -> SigningKey:
    """The key that signs now: the oldest that is not retired, made on first use."""
    return _opened(_in_use(tx, keyring, now)[0], keyring)


def _opened(row: Any, keyring: Keyring) -> SigningKey:
    return SigningKey(row.id, Ed25519PrivateKey.from_private_bytes(keyring.unseal(row.private)))


def public_keys(tx: Connection, now: datetime) -> list[Any]:
    """Rows of the announced key, the one that signs and those whose tokens may still be good, newest first."""
    alive = or_(signing_keys.c.retired_at.is_(None), signing_keys.c.retired_at > now - LIFE)
    return list(tx.execute(select(signing_keys).where(alive).order_by(signing_keys.c.id.desc())))


def jwks(tx: Connection, now: datetime) -> dict[str, Any]:
    """The public keys as a JWK set (RFC 7517, RFC 8037)."""
    return {
        "keys": [
            {"kty": "OKP", "crv": "Ed25519", "alg": ALGORITHM, "use": "sig", "kid": row.id, "x": row.public}
            for row in public_keys(tx, now)
        ]
    }


def signing_key(runtime: Runtime, now: datetime) -> SigningKey:
    """The key that signs now, asked for each time (another process may have rotated) but unsealed once in a process."""
    with reading(runtime.engine) as tx:
        rows = list(tx.execute(_UNRETIRED))
    if len(rows) < IN_USE:
        with transaction(runtime.engine) as tx:
            rows = _in_use(tx, runtime.keyring, now)
    kid: str = rows[0].id
    kept: SigningKey | None = runtime.memo.get(("signing", kid))
    if kept is None:
        kept = runtime.memo[("signing", kid)] = _opened(rows[0], runtime.keyring)
    return kept


def mint(
    key: SigningKey,
    issuer: str,
    vendor: str,
    found: Verdict,
    now: datetime,
    nonce: str | None = None,
    product: str | None = None,
) -> str:
    """A token for a valid verdict: licence, support and updates as they stand, for one product and site.

    product: the one that asked, where the licence is a bundle that includes it. `vendor` is its slug: two vendors of one
    connector may sell products of the same name. `nonce` proves to whoever sent it that the token is no older than the call.
    """
    stands = found.standing
    assert found.valid
    assert stands is not None
    ends = [now + LIFE] + ([stands.expires_at] if stands.expires_at else [])
    claims = {
        "iss": issuer,
        "vendor": vendor,
        "aud": product or stands.product,
        "sub": stands.license_id,
        "site": found.site,
        "license": {"status": stands.status, "plan": stands.plan, "expires_at": _told(stands.expires_at)},
        "support": {"active": found.support_active, "until": _told(stands.support_until)},
        "updates": {"active": found.updates_active, "until": _told(stands.updates_until)},
        "iat": int(now.timestamp()),
        "nbf": int(now.timestamp()),
        "exp": int(min(ends).timestamp()),
        "jti": ids.new_id("jti", now),
    } | ({"nonce": nonce} if nonce is not None else {})
    return jwt.encode(claims, key.private, algorithm=ALGORITHM, headers={"kid": key.kid})


def _in_use(tx: Connection, keyring: Keyring, now: datetime) -> list[Any]:
    """Rows of the keys that are not retired, oldest first; those that are wanting are made."""
    rows = list(tx.execute(_UNRETIRED))
    if len(rows) >= IN_USE:
        return rows
    for _ in range(IN_USE - len(rows)):
        private = Ed25519PrivateKey.generate()
        public = base64.urlsafe_b64encode(private.public_key().public_bytes_raw()).rstrip(b"=").decode("ascii")
        sealed = keyring.seal(private.private_bytes_raw())
        row = {"id": ids.new_id("key", now), "private": sealed, "public": public, "created_at": now}
        tx.execute(insert(signing_keys).values(**row))
    return list(tx.execute(_UNRETIRED))


def _told(instant: datetime | None) -> str | None:
    return codec.rfc3339(instant) if instant else None
