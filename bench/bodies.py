"""Requests as the load generator sends them: whole HTTP texts, signed before the clock starts."""

from __future__ import annotations

import json
import random
import uuid
from collections.abc import Sequence
from typing import Any

from adapters.hosts import HOSTS
from bench.moulds import granted, key_of
from bench.stock import Store
from connector.codec import rfc3339
from connector.runtime import utc_now
from webhooks.signatures import sign

HOST = HOSTS["standard"]
HELLO = (b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n",)


def supports(store: Store, count: int) -> list[bytes]:
    """Support requests that are accepted: each with an id of its own, about licences drawn from the whole store."""
    return [_posted(store, _support(number)) for number in _drawn(store, count)]


def grants(store: Store, count: int) -> list[bytes]:
    """Grants of licences never seen before, with a site each."""
    return [_posted(store, _grant()) for _ in range(count)]


def lookups(store: Store, count: int) -> list[bytes]:
    """Eligibility look-ups by key, drawn from the whole store."""
    head = f"HTTP/1.1\r\nHost: localhost\r\nAccept: application/json\r\nAuthorization: Bearer {store.token}\r\n\r\n"
    return [f"GET /v1/eligibility?license_key={key_of(number)} {head}".encode() for number in _drawn(store, count)]


def _drawn(store: Store, count: int) -> Sequence[str]:
    return [f"{random.randrange(store.size):07}" for _ in range(count)]


def _support(number: str) -> dict[str, Any]:
    """The host's own sample, about this licence."""
    now = utc_now()
    _, sample = HOST.sample("support.requested", {}, now)
    body: dict[str, Any] = json.loads(sample)
    grant = granted(number, now)
    assert grant.holder is not None
    body["data"] |= {
        "request_id": f"bench-{uuid.uuid4().hex}",
        "license_key": str(grant.key),
        "product": grant.product,
        "site": f"https://{grant.sites[-1]}",
        "requester": {"id": grant.holder.id, "email": grant.holder.email, "name": grant.holder.name, "verified": True},
    }
    return body


def _grant() -> dict[str, Any]:
    now = utc_now()
    _, sample = HOST.sample("license.granted", {}, now)
    body: dict[str, Any] = json.loads(sample)
    new = uuid.uuid4().hex
    body["data"] |= {
        "license_key": new.upper(),
        "customer": {"id": f"n{new[:12]}", "email": f"n{new[:12]}@example.com", "name": "New Customer"},
        "order_id": f"n{new[:12]}",
        "purchased_at": rfc3339(now.replace(microsecond=0)),
        "sites": [f"https://n{new[:12]}.example.com"],
    }
    return body


def _posted(store: Store, body: dict[str, Any]) -> bytes:
    text = json.dumps(body, separators=(",", ":")).encode()
    signature = sign(HOST.scheme, store.secret, text, utc_now(), f"msg_{uuid.uuid4().hex}")
    headers = {"host": "localhost", "content-type": "application/json", "content-length": str(len(text)), **signature}
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    return f"POST /hooks/{store.endpoint} HTTP/1.1\r\n{lines}\r\n".encode() + text


KINDS = {"support.requested": supports, "license.granted": grants, "eligibility": lookups}
