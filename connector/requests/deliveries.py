"""Deliveries: whose they are, what they change, what is kept of them; `replay` takes a stored one again."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import Connection, bindparam, select, update

from connector.domain.licensing.events import Key
from connector.domain.licensing.licence import Licence
from connector.domain.news import Alert, Ignored, News
from connector.domain.policy.requests import EstimateAnswered, Message, Request
from connector.domain.redaction.redact import screen, screen_value
from connector.formats.strict_json import MAX_KEYS, BadJson
from connector.formats.strict_json import loads as strict_loads
from connector.licences import notices
from connector.licences.ledger import Ledger
from connector.licences.subjects import Change
from connector.observe import Log
from connector.ports import Delivery, Host, Unreadable
from connector.requests.support_requests import Answer, open_request
from connector.runtime import Runtime
from connector.storage import codec
from connector.storage.database import retrying
from connector.storage.keyring import last4
from connector.storage.tables import deliveries, endpoints, vendors
from connector.tickets import key_mails
from connector.tickets.messages import add_message, answer_estimate
from connector.vendors.vendor import COLUMNS, Vendor, vendor_of

A = TypeVar("A")
T = TypeVar("T")

log = Log()

_ENDPOINT = (
    select(endpoints.c.id, endpoints.c.host, endpoints.c.secrets, endpoints.c.settings, *COLUMNS)
    .join(vendors, vendors.c.id == endpoints.c.vendor_id)
    .where(endpoints.c.id == bindparam("id"), endpoints.c.disabled_at.is_(None))
)
_STORE_EFFECT = (
    update(deliveries)
    .where(deliveries.c.id == bindparam("row"))
    .values(reply=bindparam("reply"), result=bindparam("result"), error=bindparam("error"))
)


@dataclass(frozen=True)
class Endpoint:
    """One host connection: vendor, host, live secrets (newest first) and the host's settings."""

    id: str
    vendor: Vendor
    host: Host
    secrets: Sequence[str]
    settings: Mapping[str, Any]


def find_endpoint(tx: Connection, runtime: Runtime, endpoint_id: str) -> Endpoint | None:
    """The enabled endpoint of that id; a disabled one is as unknown as one that never was."""
    row = tx.execute(_ENDPOINT, {"id": endpoint_id}).first()
    if row is None or row.host not in runtime.hosts:
        return None
    memo = ("secrets", row.secrets)
    if memo not in runtime.memo:
        runtime.memo[memo] = runtime.keyring.unseal_secrets(row.secrets)
    return Endpoint(
        row.id, vendor_of(runtime, row), runtime.hosts[row.host], runtime.memo[memo], json.loads(row.settings)
    )


@dataclass(frozen=True)
class Effect:
    """What a delivery did: the reply, and outbox rows for the waker."""

    reply: dict[str, Any]
    outbox_ids: tuple[str, ...] = ()
    error: str | None = None


def parsed(host: Host, delivery: Delivery) -> Sequence[News] | Unreadable:
    """The delivery's news, or why it cannot be read; where our own reader stumbles, the delivery is kept all the same."""
    try:
        return host.parse(delivery)
    except Exception as error:
        return fault_of(error)


def or_else(read: Callable[[A], T], given: A, fallback: T) -> T:
    """What `read` makes of what an authentic sender gave, or `fallback` where it stumbles: nothing authentic is lost for it."""
    try:
        return read(given)
    except Exception:
        log.exception("delivery.unread", what=getattr(read, "__name__", "?"))
        return fallback


def fault_of(error: Exception) -> Unreadable:
    """What is wrong with a delivery: its own fault, or one of ours, which is logged and cured by a replay."""
    if isinstance(error, Unreadable):
        return error
    log.exception("delivery.failed")
    return Unreadable("", f"{type(error).__name__} in our own code, see the log: fix it, then replay this delivery")


def quarantined(delivery_id: str, fault: Unreadable) -> Effect:
    """An authentic delivery that cannot be used: kept with its error, never a 4xx (hosts switch off what keeps failing)."""
    error: dict[str, Any] = {"pointer": fault.pointer, "message": fault.message}
    if len(fault.faults) > 1:
        error["errors"] = [{"pointer": pointer, "detail": message} for pointer, message in fault.faults]
    log.warning("delivery.quarantined", delivery=delivery_id, pointer=fault.pointer)
    return Effect({"delivery": delivery_id, "result": "quarantined", "error": error}, error=str(fault))


def take_effect(
    tx: Connection,
    runtime: Runtime,
    endpoint: Endpoint,
    delivery_id: str,
    news: Sequence[News],
    now: datetime,
    arrived: datetime,
) -> Effect:
    """Apply a delivery's news in order. Raises Unreadable where the ledger cannot use what is readable as such.

    Requests are judged at `now`; news without a host time is as old as its first arrival, also when it is replayed.
    """
    ledger = Ledger(tx, endpoint.vendor, runtime.keyring, arrived, delivery_id)
    results: set[str] = set()
    reply: dict[str, Any] = {}
    rows: list[str] = []
    alerts: list[str] = []
    for item in news:
        if isinstance(item, Ignored | Alert):
            results.add("ignored")
            reply["why"] = item.why
            alerts += [item.why] if isinstance(item, Alert) else []
        elif isinstance(item, Request):
            answer = open_request(tx, runtime, ledger.vendor, endpoint.id, item, now)
            results.add("duplicate" if answer.repeated else "decided")
            reply |= told(answer)
            rows += [answer.outbox_id] if answer.outbox_id else []
        elif isinstance(item, Message | EstimateAnswered):
            flow: Callable[..., str | None] = add_message if isinstance(item, Message) else answer_estimate
            row_id = flow(tx, runtime, endpoint.vendor, endpoint.id, item, delivery_id, now)
            results.add("applied")
            rows += [row_id] if row_id else []
        else:
            ledger.apply(item)
            results.add("applied")
    if changes := ledger.changes():
        reply["changes"] = [_change_told(change) for change in changes]
    if ledger.issued:
        reply["issued"] = [_issued_told(ledger, key) for key in ledger.issued]
        notices.issued(tx, ledger, now)
        ledger.notes += key_mails.put(tx, runtime, ledger, now)
    if ledger.notes:
        reply["notes"] = list(dict.fromkeys(ledger.notes))
    result = next((word for word in ("decided", "duplicate", "applied") if word in results), "ignored")
    return Effect({"delivery": delivery_id, "result": result} | reply, tuple(rows), "; ".join(alerts) or None)


def store_effect(tx: Connection, delivery_id: str, effect: Effect) -> None:
    """Keep the reply on the delivery, for its duplicates and for the list."""
    values = {"reply": json.dumps(effect.reply), "result": effect.reply["result"], "error": effect.error}
    tx.execute(_STORE_EFFECT, {"row": delivery_id} | values)


def told(answer: Answer) -> dict[str, Any]:
    """Decision and ticket as a reply carries them, and the message that words sent again were kept as."""
    ticket = {name: value for name, value in answer.ticket.items() if name != "id"} if answer.ticket else None
    more = {"ticket": ticket, "message": answer.message}
    return {"decision": answer.decision} | {name: value for name, value in more.items() if value}


def _issued_told(ledger: Ledger, key: Key) -> dict[str, Any]:
    """A key we made, by its last four: whole it is only shown by `connector license show --reveal`."""
    found = ledger.granted(key)
    licence = found.licence if found else Licence()
    return {
        "license": found.id if found else None,
        "last4": last4(key),
        "product": licence.product,
        "orders": list(licence.order_ids),
    }


def _change_told(change: Change) -> dict[str, Any]:
    plain = codec.plain({"from": change.before, "to": change.after})
    return {"license": change.license_id, "what": change.what, "from": plain["from"], "to": plain["to"]}


def screened(body: bytes) -> bytes:
    """The body without credentials, as it may be kept: untouched where nothing was found, readable JSON stays readable."""
    try:
        value, found = screen_value(strict_loads(body, max_keys=MAX_KEYS, mend=True))
    except BadJson:
        text = screen(body.decode("utf-8", errors="replace"))
        return text.text.encode() if text.found else body
    return json.dumps(value, ensure_ascii=False).encode() if found else body


class NoSuchDelivery(LookupError):
    """No delivery of that id, or nothing left of it to take again."""


def replay(runtime: Runtime, delivery_id: str, *, dry_run: bool = False) -> Effect:
    """Take a stored delivery again, with today's code and settings: what was quarantined takes effect, what was applied stays.

    dry_run: everything is done and rolled back, so that the reply shows what would change. Raises NoSuchDelivery.
    """
    effect = retrying(lambda: _replay(runtime, delivery_id, dry_run))
    if effect.outbox_ids and not dry_run:
        runtime.wake(effect.outbox_ids)
    return effect


def _replay(runtime: Runtime, delivery_id: str, dry_run: bool) -> Effect:
    now = runtime.clock()
    with runtime.engine.connect() as tx, tx.begin() as frame:
        row = tx.execute(select(deliveries).where(deliveries.c.id == delivery_id)).first()
        endpoint = find_endpoint(tx, runtime, row.endpoint_id) if row else None
        if row is None or endpoint is None:
            raise NoSuchDelivery(
                f"no delivery {delivery_id!r} of an enabled endpoint: `connector deliveries list` shows them"
            )
        if not row.body:
            raise NoSuchDelivery(
                f"the body of {delivery_id!r} was taken away (retention, or an erased customer): send it again"
            )
        zone = endpoint.vendor.policy.zone
        delivery = Delivery(json.loads(row.headers), runtime.keyring.unseal(row.body), endpoint.settings, zone)
        news = parsed(endpoint.host, delivery)
        try:
            if isinstance(news, Unreadable):
                raise news
            with tx.begin_nested():
                effect = take_effect(tx, runtime, endpoint, row.id, news, now, row.received_at)
        except Unreadable as fault:
            effect = quarantined(row.id, fault)
        if dry_run:
            frame.rollback()
        elif row.result in ("quarantined", "ignored"):  # what took effect keeps its first answer
            store_effect(tx, row.id, effect)
        return effect


def kept_headers(headers: Mapping[str, str]) -> dict[str, str]:
    """The headers a later replay needs: the host's own, never a signature, cookie or authorization."""
    return {
        name: value[:500]
        for name, value in headers.items()
        if name.startswith(("x-wc-webhook-", "webhook-", "content-type", "user-agent")) and "signature" not in name
    }
