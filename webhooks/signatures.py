"""Verify and make the signatures of deliveries. The schemes are data, in `connector/formats/signature_schemes.py`.

Strict on purpose: a header is matched as a whole before anything is compared, and compared as text of fixed length, so
another spelling of the same bytes (upper-case hex, unpadded or non-canonical base64) is not a signature. Attacks A1-A8.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from connector.formats.signature_schemes import BodyHmac, Scheme, StandardWebhooks, TimestampedHmac

Encoding = Literal["base64", "hex"]
Reason = Literal["missing", "malformed", "stale", "future", "mismatch", "no_secret"]

MAX_HEADER = 4096  # characters; ten ed25519 signatures are under 1,000
MAX_SIGNATURES = 10

TIMESTAMP = re.compile(r"[0-9]{10}")
MESSAGE_ID = re.compile(r"[A-Za-z0-9_-]{1,128}")  # a full stop would let an id borrow from the timestamp
HEX_MAC = re.compile(r"[0-9a-f]{64}")
BASE64_MAC = re.compile(r"[A-Za-z0-9+/]{43}=")
BASE64_ED25519 = re.compile(r"[A-Za-z0-9+/]{85}[AQgw]==")  # the last character carries two bits
VERSIONED = re.compile(r"([a-z0-9]{1,8}),([A-Za-z0-9+/=_-]{1,512})")
PAIR = re.compile(r"([a-z0-9_]{1,16})=([A-Za-z0-9+/=_-]{1,512})")

# What wp_specialchars_decode(ENT_QUOTES) turns back, in one pass.
ENTITY = re.compile(r"&(?:(amp|lt|gt|quot)|#0*(38|60|62|34|39)|#[xX]0*(26|22|27));")
NAMED = {"amp": "&", "lt": "<", "gt": ">", "quot": '"'}


class BadSignature(Exception):
    """The delivery is not authentic; `reason` is for counters and logs, every reason is answered alike (401)."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True)
class _Key:
    """One way to prove a signature: `version` is the token it can prove (empty for hosts that name none)."""

    index: int
    version: str
    material: bytes


@dataclass(frozen=True)
class _Claim:
    """What the headers say: the signed bytes before the body, (version, signature) pairs, the signed time."""

    prefix: bytes
    signatures: tuple[tuple[str, str], ...]
    encoding: Encoding
    timestamp: int | None = None


def verify(scheme: Scheme, secrets: Sequence[str], headers: Mapping[str, str], body: bytes, now: datetime) -> int:
    """Return the index of the secret that signed this delivery (A7: the audit says which); header names in lower case.

    Raises BadSignature and nothing else, whatever the headers, the body and the secrets hold. Secrets that cannot be a
    key of the scheme (empty, not base64) are passed over; with none left the reason is `no_secret`. The time is looked
    at after the signature, so `stale` and `future` mean an authentic sender with a late delivery or a wrong clock.
    """
    keys = [key for index, secret in enumerate(secrets) for key in _keys(scheme, secret, index)]
    if not keys:
        raise BadSignature("no_secret")
    claim = _read(scheme, headers)
    index = _matching(keys, claim, body)
    if claim.timestamp is not None and not isinstance(scheme, BodyHmac):
        _check_time(claim.timestamp, now, scheme.tolerance)
    return index


def sign(scheme: Scheme, secret: str, body: bytes, now: datetime, message_id: str) -> dict[str, str]:
    """Return the headers (lower-case names) the host would send with this body at `now`; `message_id` is used by
    Standard Webhooks only.

    Raises ValueError, without the secret in it, where the secret or the id does not fit the scheme.
    """
    keys = _keys(scheme, secret, 0)
    if not keys or (isinstance(scheme, StandardWebhooks) and secret.startswith("whpk_")):
        raise ValueError(f"this secret cannot sign for {type(scheme).__name__}: give the one shown for the endpoint")
    seconds = str(int(now.timestamp()))
    match scheme:
        case BodyHmac():
            return {scheme.header: scheme.prefix + _mac(keys[0].material, body, scheme.encoding)}
        case TimestampedHmac():
            value = _mac(keys[0].material, f"{seconds}{scheme.joiner}".encode() + body, "hex")
            if scheme.timestamp_header:
                return {scheme.timestamp_header: seconds, scheme.header: value}
            return {scheme.header: f"{scheme.time_key}={seconds}{scheme.separator}{scheme.signature_key}={value}"}
        case StandardWebhooks():
            if not MESSAGE_ID.fullmatch(message_id):
                raise ValueError("a message id is 1 to 128 letters, digits, hyphens and underscores")
            message = f"{message_id}.{seconds}.".encode() + body
            return {
                f"{scheme.prefix}-id": message_id,
                f"{scheme.prefix}-timestamp": seconds,
                f"{scheme.prefix}-signature": _standard_token(secret, keys[0], message),
            }


# --- secrets to keys ---


def _keys(scheme: Scheme, secret: str, index: int) -> list[_Key]:
    """The keys a stored secret stands for; none where it cannot be one."""
    if isinstance(scheme, StandardWebhooks):
        return [_Key(index, version, material) for version, material in _standard_keys(secret, scheme.raw_secret)]
    if isinstance(scheme, BodyHmac) and scheme.entity_decode:
        secret = ENTITY.sub(_entity, secret)
    material = secret.encode("utf-8", "surrogatepass")
    return [_Key(index, "", material)] if material else []


def _standard_keys(secret: str, raw: bool) -> Iterable[tuple[str, bytes]]:
    """`whpk_` and `whsk_` only ever prove v1a: a public key must not become an HMAC key by mistake."""
    if secret.startswith(("whpk_", "whsk_")):
        material = _decode(secret[5:])
        if secret.startswith("whsk_"):
            material = _public(material[:32]) if len(material) in (32, 64) else b""
        if len(material) == 32:
            yield "v1a", material
        return
    if raw and secret:
        yield "v1", secret.encode("utf-8", "surrogatepass")
    # Polar's own SDK tries both readings of a secret; so do we, but the second only where it is marked.
    if secret.startswith("whsec_") or not raw:
        material = _decode(secret.removeprefix("whsec_"))
        if material:
            yield "v1", material


def _decode(text: str) -> bytes:
    """Base64 with or without its padding (Standard Webhooks shows both); empty where it is not base64."""
    if not re.fullmatch(r"[A-Za-z0-9+/]{1,512}={0,2}", text):
        return b""
    bare = text.rstrip("=")
    try:
        return base64.b64decode(bare + "=" * (-len(bare) % 4), validate=True)
    except binascii.Error:
        return b""


def _public(seed: bytes) -> bytes:
    return Ed25519PrivateKey.from_private_bytes(seed).public_key().public_bytes_raw()


def _entity(match: re.Match[str]) -> str:
    name, decimal, hexadecimal = match.groups()
    return NAMED[name] if name else chr(int(decimal) if decimal else int(hexadecimal, 16))


# --- headers to claim ---


def _read(scheme: Scheme, headers: Mapping[str, str]) -> _Claim:
    match scheme:
        case BodyHmac():
            value = _header(headers, scheme.header)
            pattern = HEX_MAC if scheme.encoding == "hex" else BASE64_MAC
            if not value.startswith(scheme.prefix) or not pattern.fullmatch(value, len(scheme.prefix)):
                raise BadSignature("malformed")
            return _Claim(b"", (("", value[len(scheme.prefix) :]),), scheme.encoding)
        case TimestampedHmac():
            seconds, signatures = _timed(scheme, headers)
            return _Claim(f"{seconds}{scheme.joiner}".encode(), signatures, "hex", int(seconds))
        case StandardWebhooks():
            message_id = _header(headers, f"{scheme.prefix}-id")
            seconds = _header(headers, f"{scheme.prefix}-timestamp")
            tokens = _header(headers, f"{scheme.prefix}-signature").split(" ")
            if not MESSAGE_ID.fullmatch(message_id) or not TIMESTAMP.fullmatch(seconds):
                raise BadSignature("malformed")
            prefix = f"{message_id}.{seconds}.".encode()
            return _Claim(prefix, _tokens(tokens), "base64", int(seconds))


def _header(headers: Mapping[str, str], name: str) -> str:
    """The one value of a header. A server that joined repeated headers with a comma made it malformed by its comma."""
    value = headers.get(name)
    if not value:
        raise BadSignature("missing")
    if not isinstance(value, str) or len(value) > MAX_HEADER:
        raise BadSignature("malformed")
    return value


def _timed(scheme: TimestampedHmac, headers: Mapping[str, str]) -> tuple[str, tuple[tuple[str, str], ...]]:
    """The time exactly once, and the signatures under the key we know; other keys (Stripe's v0) are passed over."""
    value = _header(headers, scheme.header)
    if scheme.timestamp_header:
        times, signatures = [_header(headers, scheme.timestamp_header)], [value]
    else:
        pairs = [PAIR.fullmatch(part) for part in value.split(scheme.separator)]
        times = [pair[2] for pair in pairs if pair and pair[1] == scheme.time_key]
        signatures = [pair[2] for pair in pairs if pair and pair[1] == scheme.signature_key]
        if not all(pairs) or not 1 <= len(signatures) <= MAX_SIGNATURES:
            raise BadSignature("malformed")
    if len(times) != 1 or not TIMESTAMP.fullmatch(times[0]) or not all(map(HEX_MAC.fullmatch, signatures)):
        raise BadSignature("malformed")
    return times[0], tuple(("", signature) for signature in signatures)


def _tokens(tokens: Sequence[str]) -> tuple[tuple[str, str], ...]:
    """The v1 and v1a signatures of the list; other versions are passed over, a misshapen one spoils the header."""
    parsed = [VERSIONED.fullmatch(token) for token in tokens]
    shapes = {"v1": BASE64_MAC, "v1a": BASE64_ED25519}
    known = [(token[1], token[2]) for token in parsed if token and token[1] in shapes]
    if not all(parsed) or not 1 <= len(known) <= MAX_SIGNATURES:
        raise BadSignature("malformed")
    if not all(shapes[version].fullmatch(text) for version, text in known):
        raise BadSignature("malformed")
    return tuple(known)


# --- the comparison ---


def _matching(keys: Sequence[_Key], claim: _Claim, body: bytes) -> int:
    message = claim.prefix + body
    for key in keys:
        given = [text.encode() for version, text in claim.signatures if version == key.version]
        if key.version == "v1a":
            proved = any(_proves(key.material, text, message) for text in given)
        else:
            expected = _mac(key.material, message, claim.encoding).encode() if given else b""
            proved = any(hmac.compare_digest(expected, text) for text in given)
        if proved:
            return key.index
    raise BadSignature("mismatch")


def _mac(key: bytes, message: bytes, encoding: Encoding) -> str:
    digest = hmac.digest(key, message, hashlib.sha256)
    return digest.hex() if encoding == "hex" else base64.b64encode(digest).decode()


def _proves(public_key: bytes, signature: bytes, message: bytes) -> bool:
    try:
        Ed25519PublicKey.from_public_bytes(public_key).verify(base64.b64decode(signature), message)
    except InvalidSignature:
        return False
    return True


def _standard_token(secret: str, key: _Key, message: bytes) -> str:
    if key.version == "v1":
        return f"v1,{_mac(key.material, message, 'base64')}"
    seed = _decode(secret.removeprefix("whsk_"))[:32]
    return f"v1a,{base64.b64encode(Ed25519PrivateKey.from_private_bytes(seed).sign(message)).decode()}"


def _check_time(timestamp: int, now: datetime, tolerance: int) -> None:
    age = now.timestamp() - timestamp
    if age > tolerance:
        raise BadSignature("stale")
    if age < -tolerance:
        raise BadSignature("future")
