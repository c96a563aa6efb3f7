"""Typed readers over the JSON a host sent: what is missing or misshapen is Unreadable, with its pointer and the cure.

Every reader answers None where the member is absent, null or blank; `needed` turns that into Unreadable.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any, TypeVar

from connector.formats import strict_json
from connector.formats.standard import values
from connector.formats.standard.fields import MAX_ITEMS
from connector.ports import Unreadable

T = TypeVar("T")

MAX_LINE, MAX_ID = values.MAX_LINE, values.MAX_ID


def parse_object(body: bytes, *, mend: bool = False) -> Fields:
    """The JSON object of a body, with what people typed into it mended or not; raises Unreadable."""
    value = parse_json(body, mend=mend)
    if not isinstance(value, dict):
        raise Unreadable("", f"the body is {values.kind(value)}: send one JSON object")
    return Fields(value)


def parse_json(body: bytes, *, mend: bool = False) -> object:
    """The JSON value of a body, read strictly; raises Unreadable."""
    try:
        return strict_json.loads(body, max_keys=strict_json.MAX_KEYS, mend=mend)
    except strict_json.BadJson as fault:
        raise Unreadable(fault.pointer, fault.message) from None


@dataclass(frozen=True)
class Fields:
    """One JSON object and its path in the body (JSON pointer, RFC 6901). zone: where its plain days are meant."""

    members: Mapping[str, Any]
    pointer: str = ""
    zone: str = "UTC"

    def at(self, name: str) -> str:
        return f"{self.pointer}/{name.replace('~', '~0').replace('/', '~1')}"

    def refuse(self, name: str, message: str) -> Unreadable:
        """The error to raise about one member."""
        return Unreadable(self.at(name), message)

    def needed(self, name: str, read: Callable[[str], T | None]) -> T:
        """What `read(name)` gives, which must be there."""
        value = read(name)
        if value is None:
            raise self.refuse(name, f"`{name}` is missing: this event cannot be used without it")
        return value

    # --- single values ---

    def line(self, name: str, limit: int = MAX_LINE) -> str | None:
        """Text of one line; line ends and runs of spaces become one space."""
        return self._value(name, partial(values.line, limit=limit))

    def id(self, name: str) -> str | None:
        """The host's own id, which may also be a whole number."""
        return self._value(name, values.identifier)

    def instant(self, name: str, *, utc: bool = False) -> datetime | None:
        """An RFC 3339 time with its offset, as UTC; with `utc`, a time without offset is UTC already. A plain date is the
        beginning of that day in the vendor's zone."""
        found = self._value(name, partial(values.instant, utc=utc))
        return values.of_day(found, "UTC" if utc else self.zone)

    def money(self, name: str) -> str | None:
        """An amount as decimal text; a JSON number is taken as it is written."""
        return self._value(name, values.money)

    def currency(self, name: str) -> str | None:
        """An ISO 4217 code, in upper case."""
        return self._value(name, values.currency)

    # --- things within ---

    def child(self, name: str) -> Fields | None:
        """An object; PHP writes an empty one as `[]`."""
        value = self.members.get(name)
        if value is None or value == []:
            return None
        if not isinstance(value, Mapping):
            raise self.refuse(name, f"`{name}` is {values.kind(value)}: send an object")
        return Fields(value, self.at(name), self.zone)

    def places(self, name: str) -> Fields:
        """A list as an object whose members are named 0, 1, 2 ...: so PHP writes a list that has lost entries."""
        value = self.members.get(name)
        entries = {} if value is None else value
        if isinstance(value, list):
            entries = {str(place): entry for place, entry in enumerate(value)}
        if not isinstance(entries, Mapping) or not all(place.isdecimal() for place in entries):
            raise self.refuse(name, f"`{name}` is {values.kind(value)}: send a list")
        if len(entries) > MAX_ITEMS:
            raise self.refuse(name, f"`{name}` has {len(entries)} entries: at most {MAX_ITEMS} are taken")
        return Fields(entries, self.at(name), self.zone)

    def children(self, name: str) -> tuple[Fields, ...]:
        """A list of objects."""
        places = self.places(name)
        return tuple(places.needed(place, places.child) for place in places.members)

    def _value(self, name: str, read: Callable[[Any], T | None]) -> T | None:
        try:
            return read(self.members.get(name))
        except ValueError as fault:
            raise self.refuse(name, f"`{name}` {fault}") from None
