"""E-mail addresses as people write them, and when two of them are one mailbox.

`+` is part of an address. Clients that build a query by hand send it raw, so that it arrives as a space, or encode it twice.
A host in letters outside ASCII and its A-labels (`xn--...`) are one host, and so are the composed and the decomposed
spelling of a letter; the letter case of a mailbox is not looked at. Nothing else is one.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from urllib.parse import unquote

from connector.domain.licensing.events import Person
from connector.domain.typed import MAX_READ, line, without_marks

MAX_EMAIL = 254
"""Characters of an address (RFC 5321, 4.5.3.1.3 without the brackets)."""

_QUOTES = "\"'`´\u2018-\u201f\u2039\u203a\u00ab\u00bb"
_ENDS = re.compile(rf"^[\s.,;:!?*•{_QUOTES}<>()\[\]{{}}]+|[\s.,;:!?*•{_QUOTES}<>()\[\]{{}}]+$")
_AT = re.compile("[\uff20\ufe6b]")
_ESCAPED = re.compile("%[0-9A-Fa-f]{2}")
_ENCODED_AGAIN = 3
_ANGLED = re.compile(r"<\s*(?:mailto:)?([^<>]*@[^<>]*)>")
_NOTED = re.compile(r"\(([^()]*)\)\s*$")
_NAMED = re.compile(r"(?:mailto:|[^\W\d_][^:@<>]{0,30}:(?!//))\s*(?=\S+\s*@|\S+ \S*@)", re.IGNORECASE)
_LOCAL = re.compile(r"[^\s@<>()\[\],;:\\\"]+|\"[^\"@\\]+\"")
_HOST = re.compile(r"(?=.*[^\W_])[\w-]+(?:\.[\w-]+)*")
_MANY = re.compile(r"[^\s@,;<>]+@[^\s@,;<>]+")
_DOTS = re.compile("[\u3002\uff0e\uff61]")
_PLAIN = re.compile(r"[a-z0-9.!#$%&'*+/=?^_`{|}~-]+@[a-z0-9.-]+")


def read(text: str, *, query: bool = False) -> Person | None:
    """The address and the name that a text gives, `Ann <ann@example.com>` as both; None where no one address is in it.

    query: the text came in a query or a form, where a `+` that was sent raw arrives as a space.
    """
    if len(text) > MAX_READ:
        return None
    for _ in range(_ENCODED_AGAIN):
        text = unquote(text) if _ESCAPED.search(text) else text
    lines = [each for each in _AT.sub("@", text).splitlines() if "@" in each]
    if len(lines) != 1:
        return None
    plain = unicodedata.normalize("NFC", without_marks(lines[0]))
    name: str | None = None
    if angled := _ANGLED.findall(plain):
        name, plain = plain.partition("<")[0], angled[-1]
    elif noted := _NOTED.search(plain):
        name, plain = noted[1], plain[: noted.start()]
        if "@" in name:
            name, plain = plain, name
    several = [*angled, *_MANY.findall(plain)]
    if len({same_mailbox(_ENDS.sub("", each).lower()) for each in several}) > 1:
        return None
    address = _address(several[0] if len(several) > 1 else plain, query)
    return Person(None, address, _ENDS.sub("", line(name or "")) or None) if address else None


def address(text: str | None, *, query: bool = False) -> str | None:
    """The address alone, in lower case."""
    person = read(text, query=query) if text else None
    return person.email if person else None


def same_mailbox(address: str) -> str:
    """What every spelling of one mailbox shares; for addresses of plain letters the address in lower case."""
    if _PLAIN.fullmatch(address) and "xn--" not in address:
        return address
    return _same(address)


@lru_cache(maxsize=4096)
def _same(address: str) -> str:
    local, at, host = unicodedata.normalize("NFC", address.strip()).rpartition("@")
    return unicodedata.normalize("NFC", local.lower()) + at + ".".join(map(_label, _DOTS.sub(".", host).split(".")))


def _label(label: str) -> str:
    """A host's label in its letters (UTS 46 without transition, so that faß is not fass); an A-label of nothing stays as it is."""
    plain = _mapped(label)
    if not plain.startswith("xn--") or not plain.isascii():
        return plain
    try:
        letters = plain[4:].encode().decode("punycode")
        back = "xn--" + letters.encode("punycode").decode()
    except UnicodeError:
        return plain
    return letters if back == plain and not letters.isascii() and _mapped(letters) == letters else plain


def _mapped(label: str) -> str:
    """Sign by sign, because Σ is σ in a host, also at the end of a word."""
    lowered = "".join(sign.lower() for sign in unicodedata.normalize("NFKC", label))
    return unicodedata.normalize("NFKC", lowered)


def _address(text: str, query: bool) -> str | None:
    """The one address of a text without names around it."""
    bare = _NAMED.sub("", text, count=1) if _NAMED.match(text) else text
    bare = re.sub(r"\s*@\s*", "@", bare.partition("?")[0] if "?" in bare.partition("@")[2] else bare)
    local, at, host = bare.rpartition("@")
    host = _ENDS.sub("", _DOTS.sub(".", host.split(" ")[0]))
    local = local if local.startswith('"') and local.endswith('"') and len(local) > 2 else _local(local, query)
    if not (at and _LOCAL.fullmatch(local) and _HOST.fullmatch(host)):
        return None
    found = f"{local.lower()}@{''.join(sign.lower() for sign in host)}"
    return found if len(found) <= MAX_EMAIL else None


def _local(text: str, query: bool) -> str:
    """A space that is left in a query is a `+` that was sent raw; a sentence before an address is none of it."""
    atoms = _ENDS.sub("", text + "x")[:-1].split(" ")
    if len(atoms) < 4:
        return ("+" if query else " ").join(atoms)
    return atoms[-1]
