"""Subscriptions of the WooCommerce Subscriptions plugin: the REST subscription, an order with a billing period."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from adapters.host_parts.reading import Fields
from adapters.hosts.woocommerce.orders import keys, lines, meta_texts
from adapters.hosts.woocommerce.people import buyer, gmt, numbered
from connector.domain.licensing.events import SubscriptionSeen
from connector.domain.news import Ignored, News

RESUBSCRIBED = "_subscription_resubscribe"
STATES = {
    "active": "active",
    "on-hold": "cancelled",
    "pending-cancel": "cancelled",
    "cancelled": "ended",
    "expired": "ended",
    "switched": "ended",
}
"""On hold is a late payment: support runs to the end of what was paid, as after a cancellation (R3)."""


def subscription(body: Fields, settings: Mapping[str, Any]) -> Sequence[News]:
    """The subscription's state and paid end; a status that starts or ends nothing is left alone."""
    status = body.needed("status", lambda name: body.line(name, 100)).removeprefix("wc-")
    state = STATES.get(status)
    if state is None:
        return [Ignored(f"a subscription with status {status!r} neither gives nor takes anything")]
    goods = lines(body, settings)
    found = keys(body, settings) or tuple(dict.fromkeys(key for line in goods for key in line.keys))
    as_of = gmt(body, "date_modified_gmt") or gmt(body, "date_created_gmt")
    return [
        SubscriptionSeen(
            subscription_id=body.needed("id", lambda name: numbered(body, name)),
            state=state,
            as_of=as_of,
            key=found[0] if len(found) == 1 else None,
            order_id=numbered(body, "parent_id"),
            customer=buyer(body),
            paid_until=_paid_until(body, status, as_of),
            lines=tuple(replace(line, keys=()) for line in goods),
            replaces=numbered(body, "resubscribed_from") or next(iter(meta_texts(body, (RESUBSCRIBED,))), None),
        )
    ]


def _paid_until(body: Fields, status: str, as_of: datetime | None) -> datetime | None:
    """To when it is paid. The end of a subscription on hold may be years away, so that only its next payment counts."""
    next_payment, end = gmt(body, "next_payment_date_gmt"), gmt(body, "end_date_gmt")
    if status == "active":
        return next_payment or end
    if status == "on-hold":
        return next_payment or as_of
    return end or next_payment or as_of
