"""Taking a person out of stored values: names of the person become one pseudonym, words about the person go.

What belongs together stays together, since the same person has the same pseudonym everywhere. Pure.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from connector.domain.licensing.events import Person
from connector.domain.licensing.mailbox import same_mailbox

PREFIX = "erased_"
GONE = "[erased]"

_PERSON = frozenset({"id", "email", "name", "verified"})
_CUSTOMER = frozenset({"ids", "emails", "name", "as_of"})
_LISTS_OF_IDS = ("ids", "holder_ids")
_NAMES_OF_IDS = ("keep", "duplicate")
_WORDS = ("subject", "message", "reproduction", "body", "words", "text", "to")


def silenced(value: Any) -> Any:
    """A request, note or mail without what was said in it and to whom."""
    if not isinstance(value, dict):
        return value
    return {name: "" if name in _WORDS and isinstance(each, str) else each for name, each in value.items()}


def is_pseudonym(person: Person | None) -> bool:
    """Is this somebody who was erased?"""
    return person is not None and person.id is not None and person.id.startswith(PREFIX)


@dataclass(frozen=True)
class Eraser:
    """Takes one person out of values of JSON. emails are in lower case."""

    pseudonym: str
    ids: frozenset[str]
    emails: frozenset[str]
    names: frozenset[str]

    def value(self, value: Any, *, words: bool) -> Any:
        """The value without the person. words: also names out of texts, which in a ledger could be names of products."""
        if isinstance(value, dict):
            return self._mapping(value, words)
        if isinstance(value, list):
            return [self.value(each, words=words) for each in value]
        return self.text(value, words=words) if isinstance(value, str) else value

    def text(self, text: str, *, words: bool) -> str:
        """The text without addresses and, as words, without names of the person."""
        folded = text.casefold()
        for email in self.emails:
            if email.casefold() in folded:
                text = _whole(email, r"[\w.+-]").sub(self.pseudonym, text)
        for name in sorted(self.names, key=len, reverse=True) if words else ():
            if len(name) > 2 and name.casefold() in folded:
                text = _whole(name, r"\w").sub(GONE, text)
        return text

    def _mapping(self, value: dict[str, Any], words: bool) -> dict[str, Any]:
        if self._is_person(value):
            kept = {"verified": value["verified"]} if "verified" in value else {}
            return {"id": self.pseudonym} | kept
        if value.keys() <= _CUSTOMER and self._named(value.get("ids"), value.get("emails")):
            return {"ids": [self.pseudonym]} | ({"as_of": value["as_of"]} if "as_of" in value else {})
        return {name: self._member(name, each, words) for name, each in value.items()}

    def _member(self, name: str, value: Any, words: bool) -> Any:
        if name in _LISTS_OF_IDS and isinstance(value, list):
            return list(dict.fromkeys(self.pseudonym if each in self.ids else each for each in value))
        if name in _NAMES_OF_IDS and isinstance(value, str) and value in self.ids:
            return self.pseudonym
        return self.value(value, words=words)

    def _is_person(self, value: dict[str, Any]) -> bool:
        if not value or not value.keys() <= _PERSON:
            return False
        return self._named([value.get("id")], [value.get("email")])

    def _named(self, ids: Any, emails: Any) -> bool:
        known = {same_mailbox(str(each)) for each in emails or () if each} & {
            same_mailbox(each) for each in self.emails
        }
        return bool(known or {str(each) for each in ids or () if each} & self.ids)


def _whole(word: str, letter: str) -> re.Pattern[str]:
    return re.compile(rf"(?<!{letter}){re.escape(word)}(?!{letter})", re.IGNORECASE)
