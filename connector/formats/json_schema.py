"""JSON Schema 2020-12 in few words: the vocabulary that answers, events and operations are described in."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

Schema = dict[str, Any]

TEXT: Schema = {"type": "string"}
FLAG: Schema = {"type": "boolean"}
COUNT: Schema = {"type": "integer", "minimum": 0}
TIME: Schema = {"type": "string", "format": "date-time"}
ANYTHING: Schema = {}


def ref(name: str) -> Schema:
    """A schema of this name among the components."""
    return {"$ref": f"#/components/schemas/{name}"}


def told(schema: Schema, about: str) -> Schema:
    """The same schema with a sentence on it."""
    return schema | {"description": about}


def choice(words: Iterable[str], about: str | None = None) -> Schema:
    """One of these words."""
    schema: Schema = {"type": "string", "enum": list(words)}
    return told(schema, about) if about else schema


def listing(item: Schema) -> Schema:
    return {"type": "array", "items": item}


def maybe(schema: Schema) -> Schema:
    """The same, or null."""
    if "enum" in schema or not isinstance(schema.get("type"), str):
        return {"anyOf": [schema, {"type": "null"}]}
    return schema | {"type": [schema["type"], "null"]}


def record(members: Mapping[str, Schema], optional: Iterable[str] = (), about: str | None = None) -> Schema:
    """An object with these members, all of them required but the optional ones; it may have more."""
    needed = [name for name in members if name not in set(optional)]
    schema: Schema = {"type": "object", "properties": dict(members)} | ({"required": needed} if needed else {})
    return told(schema, about) if about else schema
