"""A schema's reading of an event's members: all faults are reported at once, each with its path in the body."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from marshmallow import Schema, ValidationError

from connector.formats.standard.values import of_day
from connector.ports import Unreadable

ENDS = ("expires_at", "support_until", "updates_until", "due_at", "paid_until", "ends_at", "current_period_end")
"""Members that say when something ends: a plain day there is inside."""


def loaded(schema: Schema, members: Mapping[str, Any], pointer: str, zone: str = "UTC") -> dict[str, Any]:
    """The members as the schema reads them, plain days in their zone; raises Unreadable with every fault there is."""
    try:
        found: dict[str, Any] = schema.load(members)
    except ValidationError as fault:
        raise Unreadable.of(sorted(_faults(fault.messages, pointer))) from None
    told = {name: value for name, value in found.items() if isinstance(value, date)}
    return found | {name: of_day(value, zone, ends=name in ENDS) for name, value in told.items()}


def _faults(messages: Any, pointer: str) -> Iterator[tuple[str, str]]:
    if isinstance(messages, Mapping):
        for name, inner in messages.items():
            below = "" if name == "_schema" else f"/{str(name).replace('~', '~0').replace('/', '~1')}"
            yield from _faults(inner, f"{pointer}{below}")
    else:
        yield pointer, " ".join(map(str, messages))
