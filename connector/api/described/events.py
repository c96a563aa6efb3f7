"""Schemas of the standard host's events (contract 3.2). What they allow, its parser takes; the tests hold one to the other.

A member that is null counts as left out. Members nobody knows are kept and ignored.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from marshmallow import Schema as Marshmallow

from connector.api.described.words import COUNT, FLAG, TIME, Schema, choice, listing, maybe, record, ref, told
from connector.standard.requests import EstimateAnswer, SupportRequest, TicketMessage

_FILLED = r"\S"
_PERIOD = r"^[1-9][0-9]{0,3} (day|week|month|year)s?$|^P[1-9][0-9]{0,3}[YMWD]$"


def _line(limit: int, about: str | None = None) -> Schema:
    schema: Schema = {"type": "string", "maxLength": limit}
    return told(schema, about) if about else schema


ID: Schema = {"type": ["string", "integer"], "maxLength": 190, "description": "the host's own id"}
KEY = _line(255, "a licence key; stored as a keyed hash, never told again")
SLUG = _line(100)
SITE = _line(400, "a site in any spelling, such as https://shop.example.com/") | {"format": "site"}
WHEN = told(TIME, "RFC 3339, with an offset")
MONEY: Schema = {
    "type": ["string", "number"],
    "pattern": r"^[+-]?[0-9]{1,15}(\.[0-9]{1,10})?$",
    "description": 'decimal text such as "49.00"',
}
CURRENCY: Schema = {"type": "string", "pattern": "^[A-Za-z]{3}$", "description": "ISO 4217"}
NUMBER = COUNT | {"maximum": 1_000_000}
PERSON: dict[str, Schema] = {
    "id": ID,
    "email": {"type": "string", "maxLength": 254, "pattern": r"^[^\s@]+@[^\s@]+$"},
    "name": _line(255),
}


def _null(schema: Schema) -> Schema:
    kind = schema.get("type")
    return schema | {"type": [*kind, "null"]} if isinstance(kind, list) else maybe(schema)


def _data(members: Mapping[str, Schema], needed: Iterable[str] = (), one_of: Iterable[str] = ()) -> Schema:
    """An event's data. needed: must be there and say something; one_of: at least one of these must."""
    must = {name: _filled(members[name]) for name in needed}
    open_members = {name: must.get(name) or _null(schema) for name, schema in members.items()}
    schema = record(open_members, optional=set(members) - set(needed))
    ways = [{"required": [name], "properties": {name: _filled(members[name])}} for name in one_of]
    return schema | ({"anyOf": ways} if ways else {})


def _typed(kind: type[Marshmallow], more: Mapping[str, Schema]) -> Schema:
    """A schema of what people ask, as its fields describe themselves."""
    lax = {name: _null(schema) for name, schema in _members(kind).items()} | dict(more)
    about = " ".join((kind.__doc__ or "").split())
    return told(record(lax, optional=lax), f"{about} {_LENIENT}")


def _members(kind: type[Marshmallow]) -> dict[str, Schema]:
    return {name: field.schema() for name, field in kind().fields.items()}  # type: ignore[attr-defined]


_LENIENT = (
    "What a person fills in is never refused, whatever its form: what cannot be read as described here is kept as its words, "
    "and the agent sees them."
)


def _filled(schema: Schema) -> Schema:
    """The same, and not blank."""
    return schema | {"pattern": _FILLED} if "maxLength" in schema and "pattern" not in schema else schema


_SOMEBODY = _data(PERSON, one_of=["id", "email"])
_LICENCE_DATES = dict.fromkeys(("expires_at", "support_until", "updates_until"), WHEN)
_MONEY = {"total": MONEY, "currency": CURRENCY}

_MARKS: dict[str, Schema] = {
    "automatic": {
        "description": "true: a machine wrote it (an out-of-office reply, a bounce). It opens no ticket and moves no clock"
    },
    "headers": {
        "description": "mail headers; those of RFC 3834 and its kind say the same, also as members (`auto_submitted`)"
    },
}

PARTS: dict[str, Schema] = {
    "Customer": _data(PERSON),
    "Somebody": told(_SOMEBODY, "A customer, named by id or e-mail address."),
    "OrderData": _data(
        {
            "order_id": ID,
            "number": ID,
            "customer": ref("Customer"),
            "items": listing(
                _data(
                    {
                        "product": SLUG,
                        "quantity": NUMBER,
                        "amount": MONEY,
                        "currency": CURRENCY,
                        "license_key": KEY,
                        "line_id": ID,
                    },
                    needed=["product"],
                )
            ),
            **_MONEY,
            "refunds": listing(_data({"id": ID, "amount": MONEY, "line_id": ID}, needed=["amount"])),
            "paid_at": WHEN,
            "subscription_id": ID,
        },
        needed=["order_id"],
    ),
    "SubscriptionData": _data(
        {
            "subscription_id": ID,
            "order_id": ID,
            "license_key": KEY,
            "customer": ref("Customer"),
            "paid_until": WHEN,
            "product": SLUG,
        },
        one_of=["subscription_id", "order_id", "license_key"],
    ),
    "InvoiceData": _data(
        {
            "invoice_id": ID,
            "customer": ref("Customer"),
            **_MONEY,
            "due_at": told(WHEN, "the last moment to pay in time"),
        },
        needed=["invoice_id"],
    ),
    "Requester": told(
        {"type": "object", "properties": {name: _null(each) for name, each in (PERSON | {"verified": FLAG}).items()}},
        "Who asks; `verified`: the host vouches for it.",
    ),
    "SupportRequest": _typed(SupportRequest, _MARKS),
}

_LICENCE = {"license_key": KEY}
_ANSWERED = ("ticket", "request_id")
_DATA: dict[str, Schema] = {
    "license.granted": _data(
        _LICENCE
        | {
            "product": SLUG,
            "customer": ref("Customer"),
            "site_limit": told(NUMBER, "null is unlimited"),
            **_LICENCE_DATES,
            "plan": SLUG,
            "purchase": choice(("one_time", "recurring")),
            "order_id": ID,
            "subscription_id": ID,
            "purchased_at": WHEN,
            "sites": listing(_filled(SITE)),
        },
        needed=["license_key", "product"],
    ),
    "license.renewed": _data(_LICENCE | _LICENCE_DATES, needed=["license_key"]),
    "license.status_changed": _data(
        _LICENCE | {"status": choice(("active", "suspended", "revoked", "expired", "refunded"))},
        needed=["license_key", "status"],
    ),
    "license.owner_changed": _data(
        _LICENCE | {"from": ref("Customer"), "to": ref("Somebody")}, needed=["license_key", "to"]
    ),
    "license.deleted": _data(_LICENCE, needed=["license_key"]),
    **dict.fromkeys(
        ("site.activated", "site.deactivated"), _data(_LICENCE | {"site": SITE}, needed=["license_key", "site"])
    ),
    "support.extended": _data(
        _LICENCE | {"support_until": WHEN, "period": told(_line(40) | {"pattern": _PERIOD}, "such as 12 months")},
        needed=["license_key"],
        one_of=["support_until", "period"],
    ),
    **{
        f"order.{state}": ref("OrderData")
        for state in ("pending", "paid", "failed", "cancelled", "refunded", "disputed")
    },
    **{f"subscription.{state}": ref("SubscriptionData") for state in ("started", "renewed", "cancelled", "ended")},
    **{f"invoice.{state}": ref("InvoiceData") for state in ("issued", "overdue", "paid", "cancelled")},
    "customer.updated": _data({"customer": ref("Somebody")}, needed=["customer"]),
    "customer.merged": _data({"from": ref("Somebody"), "to": ref("Somebody")}, needed=["from", "to"]),
    "support.requested": {"allOf": [ref("SupportRequest"), _data({"request_id": ID}, needed=["request_id"])]},
    "ticket.message": _data(_members(TicketMessage) | _MARKS, needed=["message"], one_of=_ANSWERED),
    "estimate.answered": _data(_members(EstimateAnswer), needed=["approved"], one_of=_ANSWERED),
    "ping": {"type": "object"},
}

EVENTS: dict[str, Schema] = {
    name: record({"type": {"const": name}, "occurred_at": maybe(WHEN), "data": data}, optional=["occurred_at"])
    for name, data in _DATA.items()
}

STANDARD_EVENT: Schema = {
    "oneOf": [ref(name) for name in EVENTS],
    "discriminator": {"propertyName": "type", "mapping": {name: ref(name)["$ref"] for name in EVENTS}},
    "description": "Events of other types are answered `ignored`.",
}

SCHEMAS: dict[str, Schema] = {**PARTS, **EVENTS, "StandardEvent": STANDARD_EVENT}
