"""The standard host format: signed JSON events of our WordPress plugin, our WHMCS module, and any program of a vendor's own.

Signed by Standard Webhooks. Unknown members are left alone.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from adapters.host_parts.reading import Fields, parse_object
from adapters.hosts.standard import ledger, requests
from adapters.hosts.standard.samples import NAMES, sample
from connector.domain.news import Ignored, News
from connector.formats.signature_schemes import StandardWebhooks
from connector.ports import Delivery, Host, Unreadable

EVENTS: Mapping[str, Callable[[Fields, datetime | None], News]] = {**ledger.EVENTS, **requests.EVENTS}


def parse(delivery: Delivery) -> Sequence[News]:
    """One piece of news for each body; raises Unreadable with the pointer of what is missing or misshapen."""
    envelope = replace(_envelope(delivery.body), zone=delivery.zone)
    kind = envelope.needed("type", envelope.line)
    if kind == "ping":
        return [Ignored("a ping: signature and endpoint fit together")]
    read = EVENTS.get(kind)
    if read is None:
        return [Ignored(f"events of type {kind!r} are not used")]
    return [read(envelope.needed("data", envelope.child), envelope.instant("occurred_at"))]


def _envelope(body: bytes) -> Fields:
    """The body's object. What people typed into a request may hold any sign; what machines tell may not."""
    try:
        return parse_object(body)
    except Unreadable as fault:
        mended = parse_object(body, mend=True)
        if mended.members.get("type") not in list(requests.EVENTS):
            raise fault from None
        return mended


def delivery_key(delivery: Delivery) -> str:
    """The signed `webhook-id`, which stays the same when a delivery is sent again."""
    return delivery.headers.get("webhook-id") or hashlib.sha256(delivery.body).hexdigest()


def event_name(delivery: Delivery) -> str:
    """The body's `type`."""
    try:
        return _envelope(delivery.body).line("type", 100) or "unnamed"
    except Unreadable:
        return "unreadable"


HOST = Host(
    name="standard",
    scheme=StandardWebhooks(),
    delivery_key=delivery_key,
    event_name=event_name,
    parse=parse,
    sample=sample,
    samples=NAMES,
    whsec=True,
)
