"""A schema's reading of an event's members: all faults are told at once, each with its place in the body."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from marshmallow import Schema, ValidationError

from connector.ports import Unreadable


def loaded(schema: Schema, members: Mapping[str, Any], pointer: str) -> dict[str, Any]:
    """The members as the schema reads them; raises Unreadable with every fault there is."""
    try:
        found: dict[str, Any] = schema.load(members)
    except ValidationError as fault:
        raise Unreadable.of(sorted(_faults(fault.messages, pointer))) from None
    return found


def _faults(messages: Any, pointer: str) -> Iterator[tuple[str, str]]:
    if isinstance(messages, Mapping):
        for name, inner in messages.items():
            below = "" if name == "_schema" else f"/{str(name).replace('~', '~0').replace('/', '~1')}"
            yield from _faults(inner, f"{pointer}{below}")
    else:
        yield pointer, " ".join(map(str, messages))
