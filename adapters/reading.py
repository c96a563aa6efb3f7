"""Typed readers over the JSON a host sent: what is missing or misshapen is Unreadable, with its pointer and the cure.

Every reader answers None where the member is absent, null or blank; `needed` turns that into Unreadable.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, TypeVar

from connector import hostnames, strictjson
from connector.domain.events import Key, Person
from connector.ports import Unreadable

T = TypeVar("T")

MAX_LINE = 255
MAX_ID = 190
MAX_SLUG = 100
MAX_SITE = 400
MAX_LINK = 2_000
MAX_TEXT = 100_000
MAX_ITEMS = 1_000

"""Members in one body: an order of a hundred lines with their taxes and meta data has some thousands."""

_RFC3339 = re.compile(
    r"([0-9]{4})-[0-9]{2}-[0-9]{2}[Tt ]"
    r"[0-9]{2}:[0-9]{2}:([0-9]{2})(?:\.[0-9]{1,9})?([Zz]|[+-][0-9]{2}:[0-9]{2})?"
)
_DATE_ONLY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_YEARS = range(1990, 2201)
_EMAIL = re.compile(r"[^\s@]+@[^\s@]+")
_MONEY = re.compile(r"[+-]?[0-9]{1,15}(\.[0-9]{1,10})?")
_CURRENCY = re.compile(r"[A-Za-z]{3}")
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


def parse_object(body: bytes, *, mend: bool = False) -> Fields:
    """The JSON object of a body, with what people typed into it mended or not; raises Unreadable."""
    value = parse_json(body, mend=mend)
    if not isinstance(value, dict):
        raise Unreadable("", f"the body is {_kind(value)}: send one JSON object")
    return Fields(value)


def parse_json(body: bytes, *, mend: bool = False) -> object:
    """The JSON value of a body, read strictly; raises Unreadable."""
    try:
        return strictjson.loads(body, max_keys=strictjson.MAX_KEYS, mend=mend)
    except strictjson.BadJson as fault:
        raise Unreadable(fault.pointer, fault.message) from None


@dataclass(frozen=True)
class Fields:
    """One JSON object and its place in the body (JSON pointer, RFC 6901)."""

    members: Mapping[str, Any]
    pointer: str = ""

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

    # --- text ---

    def text(self, name: str, limit: int = MAX_TEXT) -> str | None:
        """Text of several lines, trimmed; control characters, as pasted logs have them, are left out."""
        value = self._string(name)
        return None if value is None else self._short(name, _CONTROL.sub("", value).strip(), limit)

    def line(self, name: str, limit: int = MAX_LINE) -> str | None:
        """Text of one line; line ends and runs of spaces become one space."""
        value = self._string(name)
        if value is not None and _CONTROL.search(value):
            raise self.refuse(name, f"`{name}` has control characters in it: send plain text")
        return None if value is None else self._short(name, " ".join(value.split()), limit)

    def id(self, name: str) -> str | None:
        """The host's own id, which may also be a whole number."""
        value = self.members.get(name)
        if isinstance(value, int) and not isinstance(value, bool):
            return str(value)
        return self.line(name, MAX_ID)

    def key(self, name: str) -> Key | None:
        """A licence key or purchase code."""
        value = self.line(name)
        return None if value is None else Key(value)

    def slug(self, name: str) -> str | None:
        """The short name of a product or plan."""
        return self.line(name, MAX_SLUG)

    def choice(self, name: str, words: Sequence[str]) -> str | None:
        """One word of a closed list, in any letter case."""
        value = self.line(name)
        if value is not None and value.lower() not in words:
            raise self.refuse(name, f"`{name}` must be one of {', '.join(words)}")
        return None if value is None else value.lower()

    def email(self, name: str) -> str | None:
        """An e-mail address, in lower case."""
        value = self.line(name, 254)
        if value is not None and not _EMAIL.fullmatch(value):
            raise self.refuse(name, f"`{name}` is no e-mail address: write it as name@example.com, or leave it out")
        return None if value is None else value.lower()

    def site(self, name: str) -> str | None:
        """A site in its one canonical spelling."""
        value = self.line(name, MAX_LINK)
        if value is None:
            return None
        try:
            return self._short(name, hostnames.canonical_site(value), MAX_SITE)
        except ValueError as fault:
            raise self.refuse(name, str(fault)) from None

    # --- numbers, times, truth ---

    def instant(self, name: str, *, utc: bool = False) -> datetime | None:
        """An RFC 3339 time with its offset, as UTC; with `utc`, a time without offset is UTC already."""
        value = self.line(name)
        return None if value is None else _instant(value, self.at(name), utc)

    def money(self, name: str) -> str | None:
        """An amount as decimal text; a JSON number is taken as it is written."""
        value = self.members.get(name)
        number = isinstance(value, int | float) and not isinstance(value, bool)
        written = format(Decimal(repr(value)), "f") if number else self.line(name) or ""
        if written and not _MONEY.fullmatch(written):
            raise self.refuse(name, f'`{name}` is no amount: write it as decimal text such as "49.00"')
        return written.removeprefix("+") or None

    def currency(self, name: str) -> str | None:
        """An ISO 4217 code, in upper case."""
        value = self.line(name)
        if value is not None and not _CURRENCY.fullmatch(value):
            raise self.refuse(name, f"`{name}` is no currency: write its three letters, such as EUR")
        return None if value is None else value.upper()

    def count(self, name: str) -> int | None:
        """A whole number from 0 to a million."""
        value = self.members.get(name)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= 1_000_000:
            raise self.refuse(name, f"`{name}` must be a whole number from 0 to 1000000, or null")
        return value

    def flag(self, name: str) -> bool | None:
        """true or false."""
        value = self.members.get(name)
        if value is not None and not isinstance(value, bool):
            raise self.refuse(name, f"`{name}` is {_kind(value)}: send true or false")
        return value

    # --- things within ---

    def child(self, name: str) -> Fields | None:
        """An object; PHP writes an empty one as `[]`."""
        value = self.members.get(name)
        if value is None or value == []:
            return None
        if not isinstance(value, Mapping):
            raise self.refuse(name, f"`{name}` is {_kind(value)}: send an object")
        return Fields(value, self.at(name))

    def places(self, name: str) -> Fields:
        """A list as an object whose members are named 0, 1, 2 ...: so PHP writes a list that has lost entries."""
        value = self.members.get(name)
        entries = {} if value is None else value
        if isinstance(value, list):
            entries = {str(place): entry for place, entry in enumerate(value)}
        if not isinstance(entries, Mapping) or not all(place.isdecimal() for place in entries):
            raise self.refuse(name, f"`{name}` is {_kind(value)}: send a list")
        if len(entries) > MAX_ITEMS:
            raise self.refuse(name, f"`{name}` has {len(entries)} entries: at most {MAX_ITEMS} are taken")
        return Fields(entries, self.at(name))

    def children(self, name: str) -> tuple[Fields, ...]:
        """A list of objects."""
        places = self.places(name)
        return tuple(places.needed(place, places.child) for place in places.members)

    def lines(self, name: str, limit: int = MAX_LINE) -> tuple[str, ...]:
        """A list of one-line texts."""
        places = self.places(name)
        return tuple(places.needed(place, lambda each: places.line(each, limit)) for place in places.members)

    def sites(self, name: str) -> tuple[str, ...]:
        """A list of sites in their canonical spelling, each once."""
        places = self.places(name)
        return tuple(dict.fromkeys(places.needed(place, places.site) for place in places.members))

    def person(self, name: str) -> Person | None:
        """A customer `{id, email, name}`; None where nothing tells who it is."""
        fields = self.child(name)
        return None if fields is None else fields.as_person()

    def as_person(self) -> Person | None:
        """This object read as `{id, email, name}`. WordPress writes a guest's id as 0: that is nobody's id."""
        id = self.id("id")
        person = Person(None if id == "0" else id, self.email("email"), self.line("name"))
        return None if person == Person() else person

    def _string(self, name: str) -> str | None:
        value = self.members.get(name)
        if value is not None and not isinstance(value, str):
            raise self.refuse(name, f"`{name}` is {_kind(value)}: send it as text")
        return value

    def _short(self, name: str, value: str, limit: int) -> str | None:
        if len(value) > limit:
            raise self.refuse(name, f"`{name}` has {len(value)} characters: at most {limit} are taken")
        return value or None


def _instant(text: str, pointer: str, utc: bool) -> datetime:
    match = _RFC3339.fullmatch(text)
    if match is None:
        given = "a date without a time" if _DATE_ONLY.fullmatch(text) else "no RFC 3339 time"
        raise Unreadable(pointer, f"this is {given}: write it as 2026-03-01T23:59:59Z")
    year, second, offset = match.groups()
    if offset is None and not utc:
        raise Unreadable(pointer, "this time has no offset: add Z for UTC, or an offset such as +02:00")
    if int(year) not in _YEARS:
        years = f"{_YEARS[0]} to {_YEARS[-1]}"
        raise Unreadable(pointer, f"the year {year} cannot be meant: send null for never, else a time of {years}")
    if second == "60":  # a leap second (RFC 3339 5.7), which datetime does not know
        text = text[:17] + "59" + text[19:]
    try:
        value = datetime.fromisoformat(text.upper())
    except ValueError:
        raise Unreadable(pointer, "there is no such day or time: write it as 2026-03-01T23:59:59Z") from None
    return value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC)


def _kind(value: object) -> str:
    words = {str: "text", bool: "true or false", list: "a list", dict: "an object", type(None): "null"}
    return words.get(type(value), "a number")
