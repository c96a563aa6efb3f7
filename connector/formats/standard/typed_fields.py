"""Fields that a person fills in a form. They are never refused: what can be read is read, what cannot is kept as its words."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from marshmallow import fields

from connector.domain import typed
from connector.domain.licensing.events import Key
from connector.domain.licensing.sites import BadSite
from connector.formats.hostnames import canonical_site

MAX_LINE = 255
MAX_ID = 190
MAX_WORD = 100
MAX_LINK = 2_000
MAX_TEXT = 100_000
MAX_ITEMS = 100
"""Entries of a list or members of an object that are read one by one; the rest is kept as words."""

_TOLD = ("value", "label", "title", "text", "name", "slug", "id")
"""Where forms put the text of a field that they send as an object."""
_YES = frozenset(("1", "true", "yes", "y", "on", "ja", "oui", "si", "sí", "sim", "tak", "ok", "x", "checked", "✓", "✔"))
_NO = frozenset(("0", "false", "no", "n", "off", "nein", "non", "não", "nao", "nie", "none", "unchecked", "never"))
_ANSWER = re.compile(r"[,;!(\n]|\.\s|:\s|\s[-–—]\s")
_EDGES = re.compile(r"^[\W_]+|[\W_]+$")
_LINK = re.compile(r"https?://[^\s<>\"]+", re.IGNORECASE)
_WHOLE = re.compile(r"(?!.*\s[a-z]+://)https?://(?:\S+|\S*/.*\.\w{2,5})", re.IGNORECASE)
"""One link and nothing else: names of files may have spaces."""
_KEYISH = re.compile(r"(?=\S*\d)(?=\S*[-A-Z])[\w-]{8,}")
_KEYS = re.compile(r"[,;/|\n\r]+|\s(?:and|or|und|oder|et|ou|y|o|e|&|\+)\s")
"""What parts several keys; a space does not, since keys are written in groups."""
_PARTS = re.compile(r"[,;\n\r|]+")
_PAIR = re.compile(r"\s*([^:=\n]{1,100}?)\s*[:=]\s*(\S.*)|\s*([^\W\d][\w .-]*?)\s+(v?\d\S*.*)", re.DOTALL)


@dataclass(frozen=True)
class Unread:
    """The words of a member that could not be read; `value` is what could be, where a part of it was."""

    words: str
    value: Any = None


def words_of(value: object) -> str:
    """Any JSON value as words that can be kept."""
    return typed.words(value if isinstance(value, str) else json.dumps(value, ensure_ascii=False))


def text_of(value: object) -> str | None:
    """The text that a form meant: a number or a choice as text, a list with commas, an object by the member that tells it."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool) or value is None:
        return None
    if isinstance(value, int | float):
        return format(value, "g") if isinstance(value, float) and value.is_integer() else str(value)
    if isinstance(value, list):
        texts = [text_of(each) for each in value[:MAX_ITEMS]]
        return ", ".join(text for text in texts if text) or None if len(value) <= MAX_ITEMS else None
    if isinstance(value, Mapping):
        return next((text for name in _TOLD if (text := text_of(value.get(name)))), None)
    return None


class Typed(fields.Field[Any]):
    """A field that a person fills: its value, None where nothing was filled in, or Unread."""

    described: ClassVar[dict[str, Any]] = {"type": "string"}

    def __init__(self, about: str | None = None, limit: int = MAX_LINE, needed: bool = False) -> None:
        super().__init__(load_default=None, allow_none=True, metadata={"description": about} if about else {})
        self.limit = limit
        self.needed = needed

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        if value in ("", [], {}) or (isinstance(value, str) and not typed.without_marks(value)):
            return None
        found = self.read(value)
        return Unread(words_of(value)) if found is None else found

    def read(self, value: Any) -> Any:
        """The value, or None where nothing can be read in it."""
        raise NotImplementedError

    def schema(self) -> dict[str, Any]:
        """JSON Schema of what is best sent; anything else is taken, too."""
        limit = {"maxLength": self.limit} if self.described == {"type": "string"} else {}
        return self.described | limit | dict(self.metadata)


class Words(Typed):
    """Text of several lines, cut to what fits."""

    def read(self, value: Any) -> str | Unread | None:
        text = text_of(value) if not isinstance(value, list) else "\n".join(filter(None, map(text_of, value)))
        plain = self.plain(text or "")
        return plain or None if len(plain) <= self.limit else Unread(words_of(value), plain[: self.limit])

    def plain(self, text: str) -> str:
        return typed.words(text)


class Subject(Words):
    """Text of one line, cut to what fits."""

    def plain(self, text: str) -> str:
        return typed.line(text)


class Line(Typed):
    """Text of one line."""

    def read(self, value: Any) -> str | None:
        text = typed.line(text_of(value) or "")
        return text if text and len(text) <= self.limit else None


class Word(Line):
    """A word of a list, without the signs that people put around it."""

    def read(self, value: Any) -> str | None:
        text = super().read(value)
        return (_EDGES.sub("", typed.without_marks(text)) or None) if text else None


class Number(Typed):
    """The host's number of an order; who writes that he has none, gives none."""

    described: ClassVar[dict[str, Any]] = {"type": ["string", "integer"], "maxLength": MAX_ID}

    def read(self, value: Any) -> str | None:
        text = typed.number(text_of(value) or "")
        return text if text and len(text) <= MAX_ID and not typed.says_none(text) else None


class KeyText(Typed):
    """A licence key or purchase code; of a sentence around it the one word that can be a key. Who writes that he has none, or
    several, gives none: his request is decided by what else it says."""

    def read(self, value: Any) -> Key | Unread | None:
        said = text_of(value) or ""
        several = {
            typed.same_key(part): typed.key(part) for part in _KEYS.split(said) if _KEYISH.fullmatch(typed.key(part))
        }
        if len(several) > 1:
            return Unread(", ".join(f"…{key[-4:]}" for key in several.values()))
        text = next(iter(several.values()), "") or typed.key(said)
        if " " in text:
            numbered = [word for word in text.split(" ") if any(sign.isdigit() for sign in word)]
            text = typed.key(numbered[0]) if len(numbered) == 1 and _KEYISH.fullmatch(typed.key(numbered[0])) else text
        return Key(text) if text and len(text) <= self.limit and not typed.says_none(text) else None


class Site(Typed):
    """A site in its one spelling; of a sentence around it the one address in it."""

    described: ClassVar[dict[str, Any]] = {"type": "string", "maxLength": 400, "format": "site"}

    def read(self, value: Any) -> str | None:
        text = text_of(value) or ""
        if (whole := self._site(text)) or len(text) > MAX_LINK:
            return whole
        dotted = [word for word in typed.without_marks(text).split(" ") if "." in word.strip(".,;:!?")]
        found = {site for word in dotted if "@" not in word and (site := self._site(word))}
        return found.pop() if len(found) == 1 else None

    @staticmethod
    def _site(text: str) -> str | None:
        try:
            return canonical_site(text)
        except BadSite:
            return None


class Flag(Typed):
    """Yes or no, as a truth value or in words."""

    described: ClassVar[dict[str, Any]] = {"type": "boolean"}

    def read(self, value: Any) -> bool | None:
        if isinstance(value, bool):
            return value
        word = typed.without_marks(text_of(value) or "").casefold().strip(".,;:!?\"'")
        return True if word in _YES else False if word in _NO else None


class Remark(Flag):
    """Yes or no, perhaps with words behind: "Yes, a few lines" is a yes, and its words are kept. No consent to pay is read so."""

    def read(self, value: Any) -> Any:
        told = super().read(value)
        first = _ANSWER.split(text_of(value) or "", maxsplit=1)[0]
        answer = super().read(first) if told is None else None
        return told if answer is None else Unread(words_of(value), answer)


class Lines(Typed):
    """A list of words: also one text with commas, or check boxes as members that are true."""

    described: ClassVar[dict[str, Any]] = {"type": "array", "items": {"type": "string", "maxLength": MAX_WORD}}

    def read(self, value: Any) -> tuple[str, ...] | Unread | None:
        if isinstance(value, Mapping):
            numbered = all(str(name).isdecimal() for name in value)
            entries = list(value.values()) if numbered else [name for name in value if Flag().read(value[name])]
        else:
            entries = value if isinstance(value, list) else _PARTS.split(text_of(value) or "")
        read = [typed.line(text_of(each) or "") for each in entries]
        found: tuple[str, ...] | Unread = _partly(
            value, [each for each in read if each and len(each) <= MAX_WORD], len(entries)
        )
        return found


def _partly(value: Any, found: list[Any], entries: int) -> Any:
    """What was found in a list, with all its words where that is not all there is."""
    taken = tuple(found[:MAX_ITEMS])
    return taken if len(taken) == entries else Unread(words_of(value), taken or None)


class Surroundings(Typed):
    """What the software runs on, name to text: also as a text such as `PHP 8.2, WordPress: 6.7`."""

    described: ClassVar[dict[str, Any]] = {
        "type": "object",
        "maxProperties": MAX_ITEMS,
        "additionalProperties": {"type": ["string", "null"], "maxLength": 1_000},
    }

    def read(self, value: Any) -> dict[str, str] | Unread | None:
        pairs = [pair and (typed.line(pair[0])[:MAX_LINE], typed.words(pair[1])) for pair in _pairs(value)]
        found = [pair for pair in pairs if pair and pair[0] and pair[1]]
        kept = {name: text[:MAX_TEXT] for name, text in found[:MAX_ITEMS]}
        whole = len(kept) == len(pairs) and all(len(text) <= MAX_TEXT for _, text in found)
        return kept if whole else Unread(words_of(value), kept or None)


def _pairs(value: Any) -> Iterator[tuple[str, str] | None]:
    """Each name with its text; None for what is no pair."""
    if isinstance(value, Mapping):
        yield from ((str(name), words_of(inner)) for name, inner in value.items() if inner not in (None, ""))
    elif isinstance(value, list):
        for each in value:
            named = isinstance(each, Mapping) and "name" in each and "value" in each
            yield from ((words_of(each["name"]), words_of(each["value"])),) if named else _pairs(each)
    elif text := text_of(value):
        for part in filter(str.strip, _PARTS.split(text)):
            pair = _PAIR.fullmatch(part.strip())
            yield pair and ((pair[1], pair[2]) if pair[1] else (pair[3], pair[4]))


class Links(Typed):
    """Links, each bare or as `{url, name}`; passed on, never fetched."""

    described: ClassVar[dict[str, Any]] = {
        "type": "array",
        "items": {
            "anyOf": [
                {"type": "string", "maxLength": MAX_LINK},
                {
                    "type": "object",
                    "properties": {
                        "url": {"type": "string", "maxLength": MAX_LINK},
                        "name": {"type": "string", "maxLength": MAX_LINE},
                    },
                    "required": ["url"],
                },
            ]
        },
    }

    def read(self, value: Any) -> tuple[str, ...] | Unread | None:
        entries = value if isinstance(value, list) else [value]
        if isinstance(value, Mapping) and all(str(name).isdecimal() for name in value):
            entries = list(value.values())
        read = [_links(each) for each in entries]
        links = [link for found in read for link in found]
        taken: tuple[str, ...] | Unread = _partly(value, links, len(links) + read.count([]))
        return taken


def _links(entry: Any) -> list[str]:
    if isinstance(entry, Mapping):
        texts = (entry.get(name) for name in ("url", "link", "href", "src"))
        links = [link for text in texts if isinstance(text, str) for link in _links(text)][:1]
        name = typed.without_marks(text_of(entry.get("name")) or "")[:MAX_LINE]
        return [f"{name} {link}".strip() for link in links]
    text = typed.line(entry) if isinstance(entry, str) else ""
    whole = (
        [text.replace(" ", "%20")]
        if _WHOLE.fullmatch(text)
        else [link.rstrip(".,;:!?") for link in _LINK.findall(text)]
    )
    return [link for link in whole if len(link) <= MAX_LINK]
