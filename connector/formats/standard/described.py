"""The events of the standard format as JSON Schema. What these allow, the parser takes; the tests hold one to the other.

A member that is null counts as left out. Members nobody knows are kept and ignored.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from marshmallow import Schema as Marshmallow

from connector.formats.json_schema import FLAG, TIME, Schema, maybe, record, ref, told
from connector.formats.standard.fields import object_of, or_null
from connector.formats.standard.ledger import DATA
from connector.formats.standard.requests import EstimateAnswer, SupportRequest, TicketMessage

_WHEN = maybe(told(TIME, "RFC 3339, with an offset"))
_ID: Schema = {"type": ["string", "integer"], "maxLength": 190, "description": "the host's own id"}
_PERSON: dict[str, Schema] = {
    "id": or_null(_ID),
    "email": {
        "type": ["string", "null"],
        "maxLength": 254,
        "description": "in any spelling; one that cannot be read is left out",
    },
    "name": {"type": ["string", "null"], "maxLength": 255},
}
_CUSTOMER: Schema = {"type": "object", "properties": _PERSON}
_ADDRESS = {"type": "string", "pattern": r"^[^\s@]+@[^\s@.]+[.][a-z]+$"}
_SOMEBODY: Schema = _CUSTOMER | {
    "anyOf": [
        {"required": ["id"], "properties": {"id": _ID | {"pattern": r"\S", "not": {"enum": [0, "0"]}}}},
        {"required": ["email"], "properties": {"email": _ADDRESS}},
    ]
}


def _typed(kind: type[Marshmallow], more: Mapping[str, Schema]) -> Schema:
    """A schema of what people ask, as its fields describe themselves."""
    lax = {name: or_null(schema) for name, schema in _members(kind).items()} | dict(more)
    about = " ".join((kind.__doc__ or "").split())
    return told(record(lax, optional=lax), f"{about} {_LENIENT}")


def _members(kind: type[Marshmallow]) -> dict[str, Schema]:
    return {name: field.schema() for name, field in kind().fields.items()}  # type: ignore[attr-defined]


def _follows(kind: type[Marshmallow], needed: str, more: Mapping[str, Schema]) -> Schema:
    """What comes after a request, which is named in one of two ways."""
    members = _members(kind)
    ways = [{"required": [name], "properties": {name: members[name] | {"pattern": r"\S"}}} for name in _NAMED]
    lax = {name: schema if name == needed else or_null(schema) for name, schema in members.items()} | dict(more)
    return record(lax, optional=set(lax) - {needed}) | {"anyOf": ways}


_NAMED = ("ticket", "request_id")
_LENIENT = (
    "What a person fills in is never refused, whatever its form: what cannot be read as described here is kept as its words, "
    "and the agent sees them."
)

_MARKS: dict[str, Schema] = {
    "automatic": {
        "description": "true: a machine wrote it (an out-of-office reply, a bounce). It opens no ticket and moves no clock"
    },
    "headers": {
        "description": "mail headers; those of RFC 3834 and its kind say the same, also as members (`auto_submitted`)"
    },
}

PARTS: dict[str, Schema] = {
    "Customer": _CUSTOMER,
    "Somebody": told(_SOMEBODY, "A customer, named by id or e-mail address."),
    "Requester": told(
        {"type": "object", "properties": _PERSON | {"verified": or_null(FLAG)}},
        "Who asks; `verified`: the host vouches for it.",
    ),
    "SupportRequest": _typed(SupportRequest, _MARKS),
    **{f"{kind.__name__}Data": object_of(kind()) for kind in dict.fromkeys(DATA.values())},
}

_DATA: dict[str, Schema] = {
    **{name: ref(f"{kind.__name__}Data") for name, kind in DATA.items()},
    "support.requested": {
        "allOf": [ref("SupportRequest"), record({"request_id": _ID | {"pattern": r"\S"}})],
    },
    "ticket.message": _follows(TicketMessage, "message", _MARKS),
    "estimate.answered": _follows(EstimateAnswer, "approved", {}),
    "ping": {"type": "object"},
}

EVENTS: dict[str, Schema] = {
    name: record(
        {"type": {"const": name}, "occurred_at": _WHEN, "data": data},
        optional=["occurred_at"],
    )
    for name, data in _DATA.items()
}

STANDARD_EVENT: Schema = {
    "oneOf": [ref(name) for name in EVENTS],
    "discriminator": {"propertyName": "type", "mapping": {name: ref(name)["$ref"] for name in EVENTS}},
    "description": "Events of other types are answered `ignored`.",
}

SCHEMAS: dict[str, Schema] = {**PARTS, **EVENTS, "StandardEvent": STANDARD_EVENT}


def members(event: str) -> set[str]:
    """Every member that an event may have, as paths: `data.items.#.product`; below an object of any names `data.environment.*`."""
    return set(_paths(_DATA[event], "data")) if event in _DATA else set()


def _paths(schema: Schema, path: str) -> Iterator[str]:
    for each in _parts(schema):
        for name, inner in each.get("properties", {}).items():
            yield f"{path}.{name}"
            yield from _paths(inner, f"{path}.{name}")
        if "items" in each:
            yield f"{path}.#"
            yield from _paths(each["items"], f"{path}.#")
        if "properties" not in each and "items" not in each:
            yield f"{path}.*"


def _parts(schema: Schema) -> Iterator[Schema]:
    """The objects and lists that a schema is made of; where it says nothing of them, it allows any."""
    if "$ref" in schema:
        yield from _parts(SCHEMAS[schema["$ref"].rpartition("/")[2]])
        return
    for way in ("allOf", "anyOf", "oneOf"):
        for each in schema.get(way, ()):
            yield from _parts(each)
    kinds = schema.get("type", ())
    if (
        "properties" in schema
        or "items" in schema
        or "object" in kinds
        or not ({"type", "allOf", "anyOf", "oneOf"} & schema.keys())
    ):
        yield schema
