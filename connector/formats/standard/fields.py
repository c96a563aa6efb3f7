"""Fields that a machine fills: a wrong value is its fault, and named with the cure. Null and blank count as left out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from marshmallow import EXCLUDE, Schema, ValidationError, fields, missing

from connector.domain import typed
from connector.domain.licensing import mailbox
from connector.domain.licensing.events import Key, Person
from connector.domain.licensing.sites import MAX_SITE, BadSite
from connector.formats.hostnames import canonical_site
from connector.formats.standard import values
from connector.formats.standard.typed_fields import text_of

MAX_SLUG = 100
MAX_LINK = 2_000
MAX_ITEMS = 1_000
"""Entries of one list: an order of a hundred lines with their taxes and meta data has some hundreds."""

_FILLED = r"\S"


class Told(fields.Field[Any]):
    """A field that a machine fills."""

    described: Mapping[str, Any] = {"type": "string", "maxLength": values.MAX_LINE}

    def __init__(self, about: str | None = None, *, needed: bool = False, **more: Any) -> None:
        words: dict[str, Any] = {"required": "this is missing: the event cannot be used without it"}
        shown = {"description": about} if about else {}
        super().__init__(
            required=needed,
            allow_none=True,
            load_default=missing if needed else None,
            metadata=shown,
            error_messages=words,
            **more,
        )
        self.needed = needed

    def deserialize(self, value: Any, attr: str | None = None, data: Any = None, **kwargs: Any) -> Any:
        found = super().deserialize(value, attr, data, **kwargs)
        if found is None and self.needed:
            raise self.make_error("required")
        return found

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        try:
            return self.read(value)
        except ValueError as fault:
            raise ValidationError(f"`{attr}` {fault}") from None

    def read(self, value: Any) -> Any:
        """The value, None where it is blank; raises ValueError."""
        raise NotImplementedError

    def schema(self) -> dict[str, Any]:
        """JSON Schema of what is taken."""
        plain = dict(self.described) | dict(self.metadata)
        return (
            plain | {"pattern": _FILLED} if self.needed and "maxLength" in plain and "pattern" not in plain else plain
        )


class Value(Told):
    """A field with a reader of its own."""

    def __init__(
        self, read: Callable[[Any], Any], described: Mapping[str, Any], about: str | None = None, **more: Any
    ) -> None:
        super().__init__(about, **more)
        self._read = read
        self.described = described

    def read(self, value: Any) -> Any:
        return self._read(value)


def name(limit: int = MAX_SLUG, about: str | None = None, *, pattern: str | None = None, needed: bool = False) -> Value:
    """Text of one line."""
    described = {"type": "string", "maxLength": limit} | ({"pattern": pattern} if pattern else {})
    return Value(lambda value: values.line(value, limit), described, about, needed=needed)


def id_of(about: str = "the host's own id", *, needed: bool = False) -> Value:
    """The host's own id."""
    return Value(values.identifier, {"type": ["string", "integer"], "maxLength": values.MAX_ID}, about, needed=needed)


def key(*, needed: bool = False) -> Value:
    """A licence key."""
    about = "a licence key; stored as a keyed hash, never told again"
    return Value(_key, {"type": "string", "maxLength": values.MAX_LINE}, about, needed=needed)


def word(words: tuple[str, ...], *, needed: bool = False) -> Value:
    """A word of a closed list."""
    return Value(lambda value: values.choice(value, words), {"type": "string", "enum": list(words)}, needed=needed)


def site(*, needed: bool = False) -> Value:
    """A site in its one spelling."""
    described = {"type": "string", "maxLength": MAX_SITE, "format": "site"}
    return Value(_site, described, "a site in any spelling, such as https://shop.example.com/", needed=needed)


def when(about: str = "RFC 3339 with an offset, or a day") -> Value:
    """An instant, as UTC."""
    return Value(values.instant, {"type": "string", "format": "date-time"}, about)


def money(*, needed: bool = False) -> Value:
    """An amount as decimal text."""
    described = {"type": ["string", "number"], "pattern": f"^{values.MONEY}$"}
    return Value(values.money, described, 'decimal text such as "49.00"', needed=needed)


def currency() -> Value:
    """ISO 4217."""
    return Value(values.currency, {"type": "string", "pattern": f"^{values.CURRENCY}$"}, "ISO 4217")


def number(about: str | None = None) -> Value:
    """A whole number."""
    return Value(values.count, {"type": "integer", "minimum": 0, "maximum": values.MOST}, about)


def flag(about: str) -> Value:
    """Yes or no."""
    return Value(values.truth, {"type": "boolean"}, about)


class Customer(Told):
    """A customer `{id, email, name}`. People typed what stands in it, so that an address nobody can read is left out.

    WordPress writes a guest's id as 0: that is nobody's id. somebody: id or e-mail address must be there.
    """

    def __init__(self, *, somebody: bool = False, **more: Any) -> None:
        super().__init__(needed=somebody, **more)
        self.described = {"$ref": f"#/components/schemas/{'Somebody' if somebody else 'Customer'}"}

    def read(self, value: Any) -> Person | None:
        person = person_of(_object(value)) if value not in ([], None) else None
        if self.needed and person is not None and not (person.id or person.email):
            raise ValueError("says neither `id` nor `email`: send at least one of them")
        return person


def person_of(members: Mapping[str, Any]) -> Person | None:
    """The person that `{id, email, name}` tell of, or None."""
    id = values.identifier(members.get("id"))
    known = mailbox.read(text_of(members.get("email")) or "")
    called = typed.line(text_of(members.get("name")) or "")[: values.MAX_LINE] or (known.name if known else None)
    person = Person(None if id == "0" else id, known.email if known else None, called)
    return None if person == Person() else person


class Several(Told):
    """A list of what one field or schema reads. PHP writes a list that has lost entries as an object with numbers."""

    def __init__(self, inner: Told | type[Schema], **more: Any) -> None:
        super().__init__(**more)
        self.inner = inner() if isinstance(inner, type) else inner

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> list[Any]:
        numbered = isinstance(value, Mapping) and all(str(place).isdecimal() for place in value)
        if not isinstance(value, list) and not numbered:
            raise ValidationError(f"`{attr}` is {values.kind(value)}: send a list")
        if len(value) > MAX_ITEMS:
            raise ValidationError(f"`{attr}` has {len(value)} entries: at most {MAX_ITEMS} are taken")
        found, faults = [], {}
        for place, entry in value.items() if isinstance(value, Mapping) else enumerate(value):
            try:
                found.append(self._entry(entry, str(place)))
            except ValidationError as fault:
                faults[str(place)] = fault.messages
        if faults:
            raise ValidationError(faults)
        return found

    def _entry(self, entry: Any, place: str) -> Any:
        if isinstance(self.inner, Schema):
            if not isinstance(entry, Mapping) and entry != []:
                raise ValidationError(f"`{place}` is {values.kind(entry)}: send an object")
            return self.inner.load(entry or {})
        return self.inner.deserialize(entry, place)

    def schema(self) -> dict[str, Any]:
        inner = self.inner
        return {"type": "array", "items": object_of(inner) if isinstance(inner, Schema) else inner.schema()} | dict(
            self.metadata
        )


class Data(Schema):
    """An event's members; what nobody knows is left alone. one_of: at least one of these must be told."""

    one_of: tuple[str, ...] = ()

    class Meta:
        unknown = EXCLUDE


def object_of(schema: Schema) -> dict[str, Any]:
    """JSON Schema of an event's members: those needed must say something, the others may be null."""
    shown: dict[str, dict[str, Any]] = {each.data_key or name: each.schema() for name, each in schema.fields.items()}  # type: ignore[attr-defined]
    needed = [each.data_key or name for name, each in schema.fields.items() if each.required]
    members = {name: each if name in needed else or_null(each) for name, each in shown.items()}
    described: dict[str, Any] = {"type": "object", "properties": members} | ({"required": needed} if needed else {})
    ways = [{"required": [name], "properties": {name: _filled(shown[name])}} for name in getattr(schema, "one_of", ())]
    return described | ({"anyOf": ways} if ways else {})


def or_null(schema: Mapping[str, Any]) -> dict[str, Any]:
    """The same, or null."""
    sort = schema.get("type")
    if isinstance(sort, list):
        return {**schema, "type": [*sort, "null"]}
    if "enum" in schema or not isinstance(sort, str):
        return {"anyOf": [dict(schema), {"type": "null"}]}
    return {**schema, "type": [sort, "null"]}


def _filled(schema: Mapping[str, Any]) -> dict[str, Any]:
    return {**schema, "pattern": _FILLED} if "maxLength" in schema and "pattern" not in schema else dict(schema)


def _key(value: Any) -> Key | None:
    text = values.line(value)
    return None if text is None else Key(text)


def _site(value: Any) -> str | None:
    text = values.line(value, MAX_LINK)
    try:
        return None if text is None else canonical_site(text)
    except BadSite as fault:
        raise ValueError(f"is no site: {fault}") from None


def _object(value: Any) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise ValueError(f"is {values.kind(value)}: send an object")
    return value
