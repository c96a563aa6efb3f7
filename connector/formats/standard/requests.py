"""What people ask: `support.requested` and `POST /v1/support/requests`, `ticket.message`, `estimate.answered`.

Only the members that a machine fills can be at fault: `request_id`, `ticket` or their absence, and a `message` that is missing.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from marshmallow import EXCLUDE, Schema, ValidationError, fields, missing

from connector.domain.licensing import mailbox
from connector.domain.licensing.events import Person
from connector.domain.typed import words
from connector.formats.standard.typed_fields import (
    MAX_ID,
    MAX_TEXT,
    MAX_WORD,
    Flag,
    KeyText,
    Line,
    Lines,
    Links,
    Number,
    Remark,
    Site,
    Subject,
    Surroundings,
    Typed,
    Unread,
    Word,
    Words,
    text_of,
    words_of,
)

MAX_SUBJECT = 1_000
COMPONENTS = ("core", "extension")


class Id(fields.Field[Any]):
    """The host's own id: a machine writes it, so that a wrong one is the machine's fault."""

    described: ClassVar[dict[str, Any]] = {"type": ["string", "integer"], "maxLength": MAX_ID}

    def __init__(self, about: str, needed: bool = False) -> None:
        super().__init__(
            required=needed,
            allow_none=not needed,
            metadata={"description": about},
            error_messages={"required": _MISSING, "null": _MISSING},
            load_default=missing if needed else None,
        )
        self.needed = needed

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str | None:
        text = " ".join(words(value).split()) if isinstance(value, str) else str(value)
        if isinstance(value, bool) or not isinstance(value, str | int):
            raise ValidationError(f"`{attr}` is neither text nor a whole number: send the host's own id")
        if len(text) > MAX_ID:
            raise ValidationError(f"`{attr}` has {len(text)} characters: at most {MAX_ID} are taken")
        if not text and self.needed:
            raise ValidationError(_MISSING)
        return text or None

    def schema(self) -> dict[str, Any]:
        return self.described | dict(self.metadata)


_MISSING = "this is missing: the event cannot be used without it"


class Author(Typed):
    """Who writes: `{id, email, name}`, or one text such as `Ann <ann@example.com>`."""

    described: ClassVar[dict[str, Any]] = {"$ref": "#/components/schemas/Requester"}

    def read(self, value: Any) -> Person | Unread | None:
        if isinstance(value, list) and len(value) == 1:
            value = value[0]
        if not isinstance(value, Mapping):
            return mailbox.read(text_of(value) or "")
        number, address, name = (value.get(member) for member in ("id", "email", "name"))
        id, known = Number().read(number), mailbox.read(text_of(address) or "")
        called = Line().read(name) or (known.name if known else None)
        person = Person(None if id == "0" else id, known.email if known else None, called)
        unread = {
            member: words_of(given)
            for member, given, read in (("id", number, id), ("email", address, known), ("name", name, called))
            if given not in (None, "", [], {}) and not read
        }
        found = None if person == Person() else person
        return Unread("\n".join(f"{member}: {said}" for member, said in unread.items()), found) if unread else found


class Component(Word):
    """core or extension; another word is taken as it is and shown to agents, who may know the part by it."""

    described: ClassVar[dict[str, Any]] = {"type": "string", "enum": list(COMPONENTS)}

    def read(self, value: Any) -> Any:
        word = super().read(value)
        return word if word is None or word.casefold() in COMPONENTS else Unread(words_of(value), word)


class SupportRequest(Schema):
    """A customer asks for help. `request_id` is the host's own and makes two deliveries one request."""

    class Meta:
        unknown = EXCLUDE

    request_id = Id("two deliveries with the same one are one request and one ticket", needed=True)
    license_key = KeyText("a licence key; stored as a keyed hash, never told again")
    order_id = Number("the number of the order, as people quote it")
    purchase_code = KeyText("a purchase code, or an order's number")
    product = Line("slug", limit=MAX_WORD)
    site = Site("a site in any spelling, such as https://shop.example.com/")
    kind = Line("what is asked, in a word of the policy: bug, how_to_feature, ...", limit=300)
    severity = Word(limit=MAX_WORD)
    subject = Subject(limit=MAX_SUBJECT)
    message = Words(limit=MAX_TEXT)
    channel = Word("ticket, email, chat, phone, forum, social or direct", limit=MAX_WORD)
    requester = Author()
    environment = Surroundings("what the software runs on, name to text")
    reproduction = Words(limit=MAX_TEXT)
    attestations = Lines()
    modified_code = Remark()
    component = Component(limit=MAX_WORD)
    cause = Word(limit=MAX_WORD)
    attachments = Links()


class TicketMessage(Schema):
    """A further message on a request."""

    class Meta:
        unknown = EXCLUDE

    ticket = Line("our number, in any case and with whatever mail clients put round it", limit=MAX_SUBJECT)
    request_id = Id("the host's own id of the request")
    message = Words(limit=MAX_TEXT)
    requester = Author()


class EstimateAnswer(Schema):
    """A customer's yes or no to an estimate."""

    class Meta:
        unknown = EXCLUDE

    ticket = Line("our number, in any case and with whatever mail clients put round it", limit=MAX_SUBJECT)
    request_id = Id("the host's own id of the request")
    approved = Flag()
    estimate = Id("the version that was answered")
