"""Signed answers: Ed25519 tokens (JWT) that vendors' software can check offline, and the keys they are signed with.

The private key is sealed at rest. Rotation makes a new key at once and keeps the old public key in the JWKS until the last
token it signed has expired. Verification is written out: one algorithm, required claims, our own key ids only.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from sqlalchemy import Connection, insert, or_, select, update

from connector import codec, ids
from connector.domain.verdict import Verdict
from connector.keys import Keyring
from connector.tables import signing_keys

LIFE = timedelta(days=14)
"""The longest a client may stay offline: a token is believed no longer than this."""

ALGORITHM = "EdDSA"
REQUIRED = ("iss", "aud", "sub", "iat", "nbf", "exp", "jti")
_KID = re.compile(r"[A-Za-z0-9_-]{1,64}")
_FOREIGN = ("jku", "jwk", "x5u", "x5c", "crit")


class BadToken(ValueError):
    """A token that is not one of ours, has ended, or is for somebody else."""


@dataclass(frozen=True)
class SigningKey:
    """The key that signs today: its id and private half."""

    kid: str
    private: Ed25519PrivateKey


def rotate(tx: Connection, keyring: Keyring, now: datetime) -> str:
    """Make a new signing key and retire the others; their tokens stay good until they end. Returns the new key's id."""
    private, kid = Ed25519PrivateKey.generate(), ids.new_id("key", now)
    raw = private.private_bytes(Encoding.Raw, PrivateFormat.Raw, NoEncryption())
    tx.execute(update(signing_keys).where(signing_keys.c.retired_at.is_(None)).values(retired_at=now))
    row = {"id": kid, "private": keyring.seal(raw), "public": _b64(_public_bytes(private)), "created_at": now}
    tx.execute(insert(signing_keys).values(**row))
    return kid


def current(tx: Connection, keyring: Keyring, now: datetime) -> SigningKey:
    """The key that signs now, made on first use."""
    newest = select(signing_keys).where(signing_keys.c.retired_at.is_(None)).order_by(signing_keys.c.id.desc())
    row = tx.execute(newest).first()
    if row is None:
        rotate(tx, keyring, now)
        row = tx.execute(newest).one()
    return SigningKey(row.id, Ed25519PrivateKey.from_private_bytes(keyring.unseal(row.private)))


def public_keys(tx: Connection, now: datetime) -> list[Any]:
    """Rows of every key whose tokens may still be good, newest first."""
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


def mint(key: SigningKey, issuer: str, found: Verdict, now: datetime) -> str:
    """An offline token for a valid verdict: licence, support and updates as they stand, for one product and site."""
    stands = found.standing
    assert found.valid
    assert stands is not None
    ends = [now + LIFE] + ([stands.expires_at] if stands.expires_at else [])
    claims = {
        "iss": issuer,
        "aud": stands.product,
        "sub": stands.license_id,
        "site": found.site,
        "license": {"status": stands.status, "plan": stands.plan, "expires_at": _told(stands.expires_at)},
        "support": {"until": _told(stands.support_until), "open_ended": stands.support_open_ended},
        "updates": {"until": _told(stands.updates_until)},
        "iat": int(now.timestamp()),
        "nbf": int(now.timestamp()),
        "exp": int(min(ends).timestamp()),
        "jti": ids.new_id("jti", now),
    }
    return jwt.encode(claims, key.private, algorithm=ALGORITHM, headers={"kid": key.kid})


def read(token: str, keys: Mapping[str, Ed25519PublicKey], issuer: str, product: str, now: datetime) -> dict[str, Any]:
    """The claims of a token of ours for a product; raises BadToken. The reference for every client (docs/verify-offline.md).

    `now` is handed in so that a client can refuse a clock that was set back: never earlier than the last `iat` it saw.
    """
    if len(token) > 8192:
        raise BadToken("the token is too long")
    try:
        header = jwt.get_unverified_header(token)
    except jwt.InvalidTokenError as error:
        raise BadToken("this is no token") from error
    kid = header.get("kid")
    if not isinstance(kid, str) or not _KID.fullmatch(kid) or kid not in keys:
        raise BadToken("the token names no key of ours")
    if any(name in header for name in _FOREIGN):
        raise BadToken("the token brings a key of its own")
    options: Any = {
        "require": list(REQUIRED),
        "strict_aud": True,
        "verify_exp": False,
        "verify_nbf": False,
        "verify_iat": False,
    }
    try:
        claims: dict[str, Any] = jwt.decode(
            token, keys[kid], algorithms=[ALGORITHM], issuer=issuer, audience=product, options=options
        )
    except (jwt.InvalidTokenError, TypeError, ValueError) as error:
        raise BadToken("the token is not good") from error
    at = int(now.timestamp())
    times = [claims["nbf"], claims["exp"], claims["iat"]]
    if not all(type(value) is int for value in times):
        raise BadToken("the token's times are no whole seconds")
    if not claims["nbf"] <= at < claims["exp"]:
        raise BadToken("the token is not good at this time")
    return claims


def public_key(row: Any) -> Ed25519PublicKey:
    """The public half of a stored key."""
    return Ed25519PublicKey.from_public_bytes(base64.urlsafe_b64decode(row.public + "="))


def _public_bytes(private: Ed25519PrivateKey) -> bytes:
    return private.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)


def _b64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode("ascii")


def _told(instant: datetime | None) -> str | None:
    return codec.rfc3339(instant) if instant else None
