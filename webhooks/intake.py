"""The one inbound path: receive, verify, parse, then one transaction in which a delivery is accepted and takes effect.

What the sender is told (contract 3.1): 200 taken, also duplicate, ignored, refused or quarantined; 401 not authentic, nothing
stored; 404, 405, 413, 415 and 503 as `webhooks.http` raises them. A duplicate gets the stored first answer.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from connector.domain.news import News
from connector.ports import Delivery, Unreadable
from connector.requests.deliveries import (
    Effect,
    Endpoint,
    fault_of,
    kept_headers,
    or_else,
    parsed,
    quarantined,
    screened,
    store_effect,
    take_effect,
)
from connector.runtime import Runtime
from connector.storage import ids, journal
from connector.storage.database import insert_once, retrying, transaction
from connector.storage.tables import deliveries
from connector.tickets import status_link
from webhooks.signatures import verify

PINGS_A_MINUTE = 60


def receive(runtime: Runtime, endpoint: Endpoint, headers: Mapping[str, str], body: bytes) -> dict[str, Any]:
    """Take one delivery and return its reply. Raises BadSignature when it is not authentic; nothing is stored then."""
    now = runtime.clock()
    delivery = Delivery(headers, body, endpoint.settings, endpoint.vendor.policy.zone)
    if endpoint.host.unsigned_ok(delivery):
        _count_ping(runtime, endpoint.id, now)
        return {"delivery": None, "result": "ignored", "why": "an unsigned ping: answered, without effect"}
    secret_index = verify(endpoint.host.scheme, endpoint.secrets, headers, body, now)
    news = parsed(endpoint.host, delivery)
    row = {
        "id": ids.new_id("dlv", now),
        "endpoint_id": endpoint.id,
        "dedupe_key": or_else(endpoint.host.delivery_key, delivery, hashlib.sha256(body).hexdigest()),
        "event": or_else(endpoint.host.event_name, delivery, "unreadable"),
        "body": runtime.keyring.seal(or_else(screened, body, body)),
        "headers": json.dumps(kept_headers(headers)),
        "secret_index": secret_index,
        "received_at": now,
    }
    try:
        effect = retrying(lambda: _accept(runtime, endpoint, row, news, now))
    except (OperationalError, InterfaceError, PoolTimeout):
        raise
    except Exception as error:  # the effects are rolled back; a second, small transaction keeps the delivery itself
        fault = fault_of(error)
        effect = retrying(lambda: _accept(runtime, endpoint, row, fault, now))
    if effect.outbox_ids:
        runtime.wake(effect.outbox_ids)
    return effect.reply


class TooMany(Exception):
    """More unsigned pings in this minute than any host sends."""


def _count_ping(runtime: Runtime, endpoint_id: str, now: datetime) -> None:
    """Anybody can send an unsigned ping: it costs nothing and changes nothing, but it need not be answered without end."""
    minute = now.replace(second=0, microsecond=0)
    at, count = runtime.memo.get(("pings", endpoint_id), (minute, 0))
    count = count + 1 if at == minute else 1
    runtime.memo[("pings", endpoint_id)] = (minute, count)
    if count > PINGS_A_MINUTE:
        raise TooMany


def _accept(
    runtime: Runtime, endpoint: Endpoint, row: dict[str, Any], news: Sequence[News] | Unreadable, now: datetime
) -> Effect:
    """The delivery row first; whoever finds it there already answers what it answered."""
    with transaction(runtime.engine) as tx:
        if not insert_once(tx, deliveries, row | {"result": "taken", "reply": "{}"}):
            seen = _seen_before(tx, runtime, endpoint.id, row["dedupe_key"])
            _say(tx, endpoint, row, seen)
            return seen
        if isinstance(news, Unreadable):
            effect = quarantined(row["id"], news)
        else:
            effect = take_effect(tx, runtime, endpoint, row["id"], news, now, now)
        store_effect(tx, row["id"], effect)
        _say(tx, endpoint, row, effect)
        return effect


def _say(tx: Connection, endpoint: Endpoint, row: dict[str, Any], effect: Effect) -> None:
    """The line for the log: of the host's own words only those it is known to use."""
    news = row["event"] if row["event"] in endpoint.host.samples else "other"
    who = {"endpoint": endpoint.id, "vendor": endpoint.vendor.slug, "host": endpoint.host.name, "news": news}
    ticket = (effect.reply.get("ticket") or {}).get("number")
    delivery = effect.reply.get("delivery") or row["id"]
    journal.say(tx, "delivery.taken", delivery=delivery, **who, result=effect.reply["result"], ticket=ticket)


def _seen_before(tx: Connection, runtime: Runtime, endpoint_id: str, dedupe_key: str) -> Effect:
    mine = (deliveries.c.endpoint_id == endpoint_id) & (deliveries.c.dedupe_key == dedupe_key)
    stored = json.loads(tx.execute(select(deliveries.c.reply).where(mine)).scalar_one())
    if "ticket" in stored:
        stored["ticket"] = status_link.renewed(tx, runtime, stored["ticket"])
    return Effect(stored | {"result": "quarantined" if stored["result"] == "quarantined" else "duplicate"})
