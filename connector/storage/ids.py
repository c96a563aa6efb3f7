"""Ids, ticket numbers and licence keys. Ids are time-ordered (random keys make big indexes slow) with 80 random bits behind."""

from __future__ import annotations

import base64
import hashlib
import secrets
from collections.abc import Sequence
from datetime import datetime

from connector.domain.typed import same_key

_CROCKFORD = "0123456789abcdefghjkmnpqrstvwxyz"
_PLAIN = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
"""No look-alikes: 0 and O, 1, I and L, U beside V are left out."""


def new_id(prefix: str, now: datetime) -> str:
    """`lic_01h...`: prefix, 48 bits of milliseconds, 80 random bits, in Crockford's base 32."""
    return _timed(prefix, now, secrets.randbits(80))


def first_of(prefix: str, now: datetime) -> str:
    """What comes before every id made at `now` or later: where a period begins in order of ids."""
    return _timed(prefix, now, 0)


def _timed(prefix: str, now: datetime, rest: int) -> str:
    value = (int(now.timestamp() * 1000) << 80) | rest
    return prefix + "_" + "".join(_CROCKFORD[(value >> shift) & 31] for shift in range(125, -5, -5))


def numbered(beginning: str) -> str:
    """`1795255200` with eight digits more: another one each time it is asked for, also within a second."""
    return f"{beginning}{secrets.randbelow(10**8):08}"


def ticket_number() -> str:
    """`SC-7F3K-2M9Q`: eight characters without look-alikes (39 bits; uniqueness is the database's)."""
    letters = [secrets.choice(_PLAIN) for _ in range(8)]
    return f"SC-{''.join(letters[:4])}-{''.join(letters[4:])}"


def key_from(secret: bytes, *words: str, prefix: str | None = None) -> str:
    """A licence key of 128 bits bound to what it was sold for, so that issuing it twice gives the same key."""
    digest = hashlib.blake2b("\x00".join(words).encode(), key=secret[:64], digest_size=20).digest()
    return _prefixed(group_key(digest), prefix)


def random_key(prefix: str | None = None) -> str:
    """A licence key of 128 random bits and more."""
    return _prefixed(group_key(secrets.token_bytes(20)), prefix)


def webhook_secret() -> str:
    """A secret of Standard Webhooks: `whsec_` and 32 random bytes in base64."""
    return "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()


def _prefixed(key: str, prefix: str | None) -> str:
    return f"{prefix}-{key}" if prefix else key


def is_mistyped(key: str) -> bool:
    """Does this look like a key of ours with a wrong letter in it? Only the letters are looked at; others' keys never do."""
    groups = same_key(key).upper().split("-")[-7:]
    letters = "".join(groups)
    if [len(group) for group in groups] != [4] * 7 or not set(letters) <= set(_PLAIN):
        return False
    return letters[-1] != _check_letter(letters[:-1])


def group_key(raw: bytes) -> str:
    """160 bits as 27 plain letters and a check letter in groups of four: `ABCD-...`."""
    value = int.from_bytes(raw, "big")
    letters = []
    for _ in range(27):
        value, rest = divmod(value, len(_PLAIN))
        letters.append(_PLAIN[rest])
    letters.append(_check_letter(letters))
    return "-".join("".join(letters[start : start + 4]) for start in range(0, 28, 4))


def _check_letter(letters: Sequence[str]) -> str:
    return _PLAIN[sum((place + 1) * _PLAIN.index(letter) for place, letter in enumerate(letters)) % len(_PLAIN)]
