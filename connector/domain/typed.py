"""What people type and paste, read as what they mean: keys, numbers and words without the signs that came along.

Copying from a mail, a page or a terminal brings spaces of every kind, invisible marks, quotes, brackets, a full stop and
words such as `License key:`. They are no part of a key, a number, a site or an address, whatever door the text came through:
every door reads by these functions. For e-mail addresses see `connector.domain.licensing.mailbox`.
"""

from __future__ import annotations

import re
import unicodedata

# Unicode's Default_Ignorable_Code_Point without the joiners, then marks that stand for nothing (interlinear anchors, the
# object a rich text lost, the blank of Braille), controls, halves of surrogate pairs.
_IGNORABLE = (
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\u2800\u3164"
    "\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffc\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
)
_CONTROLS = "\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f"
_JOINERS = "\u200c\u200d"
_MARKS = re.compile(f"[{_IGNORABLE}{_CONTROLS}\ud800-\udfff]")
_HALVES = re.compile("[\ud800-\udfff]")
_UNSHOWN = re.compile(f"[{_CONTROLS}\x0b\x0c\x1c-\x1f]")
_JOINER = re.compile(f"[{_JOINERS}]")
# ECMA-48: the colours and titles of terminals.
_ESCAPES = re.compile("\x1b\\[[0-?]*[ -/]*[@-~]|\x1b\\][^\x07\x1b]*(?:\x07|\x1b\\\\)")
_DASHES = re.compile("[\u2010-\u2015\u2043\u2212\ufe58\ufe63\uff0d]")

MAX_READ = 1_000
"""Characters of a text that may be a key or a number with something around it; a longer one is neither."""
SHORTEST_KEY = 8
"""Characters from which a key is looked for in a text: a shorter one may be a word."""

_SPACED = re.compile(f"[\\s{_IGNORABLE}{_CONTROLS}{_JOINERS}\ud800-\udfff]")
_QUOTES = "\"'`´\u2018-\u201f\u2039\u203a\u00ab\u00bb\u2032\u2033\u300c-\u300f"
_ENDS = re.compile(rf"^[\s.,;:!?*•·{_QUOTES}<>()\[\]{{}}]+|[\s.,;:!?*•·{_QUOTES}<>()\[\]{{}}]+$")
_NAME = re.compile(
    r"[^\W\d_][^\W_]{0,20}(?:[ .-][^\W_]{1,20}){0,3}\s*[:：=]\s+(?=\S)"  # any few words, a colon and a space
    r"|(?:[^\W\d_]{2,20}[ _-]?)?(?:key|code|number|serial)\s*[:：=]\s*(?=\S)",
    re.IGNORECASE,
)
_COUNTED = re.compile(
    r"(?:(?:order|invoice|ticket|bestell(?:ung|nummer)|auftrag|rechnung|commande|facture|pedido|factura|ordine|fattura|"
    r"zamówienie|number|nummer|numéro|número|numero|nr|no|num|id|ref)(?:[.:\s]+|(?=[#№]))|[#№][:\s]*)+(?=\S)",
    re.IGNORECASE,
)
_ODD_SPACE = re.compile("[\x1c-\x1f\x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]")
_URL = re.compile(r"[A-Za-z0-9:/@?#=&%_~+.-]*[A-Za-z0-9/]")
_SITE_ENDS = re.compile(rf"^[{_QUOTES}]+|[{_QUOTES},;!]+$|(?<=[^\s./])\.$")
_IPV6 = re.compile(r"\[[^\[\]/]*:[^\[\]/]*\]")
_PLAIN = re.compile(r"[A-Za-z0-9_-]+")
_TICKET = re.compile(r"(?<![0-9A-Z])SC[-\s]*([0-9A-Z]{4})[-\s]*([0-9A-Z]{4})(?![0-9A-Z])")


def without_marks(text: str) -> str:
    """The text without escapes, controls and invisible marks; every kind of space is a plain one, runs and ends are gone.

    Joiners stay where a script needs them (RFC 5892, A.1 and A.2): between letters written from the right, after a virama.
    """
    if text.isascii() and text.isprintable():
        return text.strip() if "  " not in text else " ".join(text.split())
    bare = _MARKS.sub("", _ESCAPES.sub("", text))
    return " ".join(_JOINER.sub(_joiner, bare).split())


def words(text: str) -> str:
    """Text of several lines as it may be kept: no escapes, no controls, half a surrogate pair as U+FFFD."""
    if text.isascii() and text.isprintable():
        return text.strip()
    plain = _UNSHOWN.sub("", _ESCAPES.sub("", text.replace("\r\n", "\n")))
    return _HALVES.sub("\ufffd", plain).strip()


def line(text: str) -> str:
    """The same on one line."""
    return " ".join(words(text).split())


def key(text: str) -> str:
    """A licence key or purchase code as it was issued: without marks, and without what stands around it.

    `"KEY"`, `<KEY>.`, `License key: KEY` are KEY. Letter case and spaces within stay; see `same_key`.
    """
    bare = without_marks(text)
    if len(bare) > MAX_READ:
        return bare
    while (shorter := _ENDS.sub("", _NAME.sub("", bare, count=1) if _NAME.match(bare) else bare)) != bare:
        bare = shorter
    return bare


def same_key(text: str) -> str:
    """What two spellings of one key share: no space anywhere, one kind of dash, one width and one case of letters."""
    if _PLAIN.fullmatch(text):
        return text.lower()
    plain = key(_one_width(key(text))) or without_marks(text)
    return _JOINER.sub("", _DASHES.sub("-", plain).replace(" ", "")).casefold()


def site(text: str) -> str:
    """The address of a site without what stands around it; its one spelling is `domain.sites.canonical`.

    A space that a keyboard makes stays within: `my site` names no host.
    """
    if _URL.fullmatch(text):
        return text
    bare = _JOINER.sub(_joiner, _MARKS.sub("", _ESCAPES.sub("", text))).strip()
    bare = _ODD_SPACE.sub("", _NAME.sub("", bare, count=1) if _NAME.match(bare) else bare)
    while (shorter := _unwrapped(bare)) != bare:
        bare = shorter
    return bare


def number(text: str) -> str:
    """An order's or invoice's number as people quote it: `#1001`, `Order no. 1001`, `"1001".` are 1001; case and dashes stay."""
    if len(bare := without_marks(text)) > MAX_READ:
        return bare
    bare = _ENDS.sub("", bare)
    counted = _COUNTED.match(bare)
    return _ENDS.sub("", bare[counted.end() :]) if counted else bare


def same_number(text: str) -> str:
    """What two spellings of one number share."""
    if _PLAIN.fullmatch(text):
        return text.lower()
    plain = number(_one_width(number(text)))
    return _JOINER.sub("", _DASHES.sub("-", plain).replace(" ", "")).casefold()


def ticket_number(text: str) -> str | None:
    """Our ticket number in a text, in any case, with any dash: `Re: [#sc–7f3k–2m9q]` names SC-7F3K-2M9Q; None without one."""
    plain = _JOINER.sub("", without_marks(_one_width(text)))
    found = _TICKET.search(_DASHES.sub("-", plain).upper())
    return f"SC-{found[1]}-{found[2]}" if found else None


def _unwrapped(text: str) -> str:
    text = _SITE_ENDS.sub("", text.strip())
    for opening, closing in ("<>", "()", "{}"):
        if text.startswith(opening) and (text.endswith(closing) or closing not in text):
            text = text[1:]
        if text.endswith(closing) and opening not in text:
            text = text[:-1]
    if text[:1] == "[" and text[-1:] == "]" and not _IPV6.fullmatch(text):
        return text[1:-1]
    return text


def _one_width(text: str) -> str:
    return text if text.isascii() else unicodedata.normalize("NFKC", text)


_NONE = re.compile(
    "none|no|nope|nil|null|undefined|unknown|empty|na|n/a|n\\.a|tbd|todo|test|lost|forgotten|missing|later|x+|0+|"
    "keine?[nr]?|nein|unbekannt|verloren|aucune?|non|inconnu|perdu|ningun[oa]|nessun[oa]|nenhuma?|brak|нет"
)


def says_none(text: str) -> bool:
    """Does a text for a key or a number say that there is none? `n/a`, `none`, `0`, or prose: words without a figure, which
    are neither capitals nor groups of one length."""
    bare = _ENDS.sub("", without_marks(text))
    figures = any(sign.isdigit() for sign in bare)
    prose = not figures and not bare.isupper() and len({len(word) for word in bare.split(" ")}) > 1
    return not any(map(str.isalnum, bare)) or _NONE.fullmatch(bare.casefold()) is not None or prose


def named_ticket(text: str) -> str:
    """The number by which a ticket is looked for: ours where the text has one, else the text as it is."""
    return ticket_number(text) or without_marks(text)


def without_key(text: str, key: str, mask: str) -> str:
    """The text with `mask` wherever somebody put the key into it, in whatever spelling; a key of few signs may be a word."""
    sought = same_key(key)
    squeezed = _SPACED.sub("", _DASHES.sub("-", _one_width(text))).casefold()
    if len(sought) < SHORTEST_KEY or sought not in squeezed:
        return text
    spelled = re.compile(
        f"{_SPACED.pattern}*".join(f"(?:-|{_DASHES.pattern})" if sign == "-" else re.escape(sign) for sign in sought),
        re.IGNORECASE,
    )
    masked, count = spelled.subn(lambda _: mask, text)
    return masked if count else spelled.sub(lambda _: mask, _one_width(text))


def _joiner(found: re.Match[str]) -> str:
    text, place = found.string, found.start()
    before, after = text[place - 1 : place], text[place + 1 : place + 2]
    if before and unicodedata.combining(before) == 9:
        return found[0]
    letters = before and after and unicodedata.bidirectional(before) == unicodedata.bidirectional(after) == "AL"
    return found[0] if letters and found[0] == "\u200c" else ""
