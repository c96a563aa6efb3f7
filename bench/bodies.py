"""Requests as the load generator sends them: whole HTTP texts, signed before the clock starts."""

from __future__ import annotations

import json
import random
import uuid
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import cycle, islice
from typing import Any
from urllib.parse import urlencode

from adapters.hosts import HOSTS
from bench.moulds import PRODUCT, SITES, VENDOR, granted, key_of
from bench.stock import Store
from connector.runtime import utc_now
from connector.storage.codec import rfc3339
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


def validations(store: Store, count: int) -> list[bytes]:
    """Software that asks about its site, natively; the licences are drawn from the whole store."""
    return [_native("validate", number, _site(number)) for number in _drawn(store, count)]


def signed_validations(store: Store, count: int) -> list[bytes]:
    """The same with a signed token in the answer."""
    return [_native("validate", number, _site(number), token=True) for number in _drawn(store, count)]


def activations(store: Store, count: int) -> list[bytes]:
    """New sites, natively: each takes a free seat, of which every licence has two."""
    return [_native("activate", number, f"n{uuid.uuid4().hex[:12]}.example.com") for number in _free(store, count)]


def edd_checks(store: Store, count: int) -> list[bytes]:
    """`check_license` as the stock EDD updater posts it."""
    return [_edd("check_license", number, _site(number)) for number in _drawn(store, count)]


def edd_activations(store: Store, count: int) -> list[bytes]:
    """`activate_license` of new sites."""
    return [_edd("activate_license", number, f"n{uuid.uuid4().hex[:12]}.example.com") for number in _free(store, count)]


_taken: dict[str, Iterator[int]] = {}


def _free(store: Store, count: int) -> list[str]:
    """Licences in turn, so that none is asked for more seats than it has as long as there are enough."""
    turn = _taken.setdefault(store.url, iter(cycle(range(store.size))))
    return [f"{number:07}" for number in islice(turn, count)]


def _site(number: str) -> str:
    return f"{SITES[0]}{number}.example.com"


def _native(act: str, number: str, site: str, **more: Any) -> bytes:
    body = {"license_key": str(key_of(number)), "product": PRODUCT, "site": f"https://{site}/"} | more
    return _sent(f"/v1/licenses/{act}", "application/json", json.dumps(body).encode())


def _edd(act: str, number: str, site: str) -> bytes:
    form = {"edd_action": act, "license": str(key_of(number)), "item_name": PRODUCT, "url": f"https://{site}"}
    return _sent(f"/compat/{VENDOR}/", "application/x-www-form-urlencoded", urlencode(form).encode())


def _sent(path: str, kind: str, body: bytes) -> bytes:
    head = f"POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n\r\n"
    return head.encode() + body


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


@dataclass(frozen=True)
class Kind:
    """A kind of request: how to make them, what a right answer holds, whether the same ones may be sent again, and the rows
    that each leaves behind."""

    make: Callable[[Store, int], list[bytes]]
    expect: bytes
    again: bool = False
    rows: tuple[str, ...] = ()


KINDS = {
    "support.requested": Kind(supports, b'"outcome": "accept"', rows=("deliveries", "tickets", "outbox")),
    "license.granted": Kind(grants, b'"result": "applied"', rows=("deliveries", "events")),
    "eligibility": Kind(lookups, b'"eligible"', again=True),
    "validate": Kind(validations, b'"VALID"', again=True),
    "validate, signed": Kind(signed_validations, b'"token"', again=True),
    "activate": Kind(activations, b'"VALID"', rows=("events",)),
    "EDD check": Kind(edd_checks, b'"valid"', again=True),
    "EDD activate": Kind(edd_activations, b'"success":true', rows=("events",)),
}
