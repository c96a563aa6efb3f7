"""Single cells of a file, read as what they should be. Every reader raises BadCell, whose words never repeat the cell."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from datetime import UTC, datetime
from typing import Any

from connector.domain import typed
from connector.domain.calendar import days
from connector.domain.licensing import mailbox
from connector.domain.licensing.events import Key

NEVER = frozenset(
    (
        *("", "0", "-", "lifetime", "never", "none", "null", "false", "unlimited"),
        *("0000-00-00", "0000-00-00 00:00:00"),
    )
)
"""What peers write where there is no date, or no end."""

EXPORT_AGAIN = "export again, and do not open the file in a spreadsheet before it is imported"
YEARS = range(1990, 2201)
MAX_LINE = 255
MAX_LIMIT = 1_000_000
_TIME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ][0-9]{2}:[0-9]{2}.*", re.ASCII)
_SECONDS = re.compile(r"[0-9]{9,11}(\.0+)?")
_MILLISECONDS = re.compile(r"[0-9]{12,13}")
_SPLIT = re.compile(r"[,;|\n\r]+")
_ERROR = re.compile(r"#[^\W\d_][\w/]{1,12}[!?]|#N/?[AVD]|#DIV/0!|#{3,}|Err:[0-9]{3}")
"""What spreadsheets show instead of a value, in any language: #REF!, #NAME?, #BEZUG!, #N/A, #NV, a column that is too narrow."""
_SHORTENED = re.compile(r"-?[0-9](?:[.,][0-9]+)?E\+[0-9]{1,3}|-?[0-9][.,][0-9]+E-?[0-9]{1,3}", re.IGNORECASE)
"""A long number as spreadsheets save it: the digits that tell it from others are gone."""
_DECIMALS = re.compile(r"[0-9]{4,}[.,]0+")
_SPELLED = """
    jan feb mar apr may jun jul aug sep sept oct nov dec mrz mär mai okt dez janv févr mars avr juin juil août déc mrt mei
    ene abr ago dic fev set out gen mag giu lug ott
"""
_MONTHS = frozenset(_SPELLED.split())
_BY_MONTH = re.compile(r"(?:([0-9]{1,2})[-. ]{1,2})?([^\W\d_]{3,4})\.?(?:[- ]((?:19|20)?[0-9]{2}))?")
_BY_NUMBER = re.compile(
    r"[0-9]{1,2}[./][0-9]{1,2}[./](?:[0-9]{2}|[0-9]{4})|(?:19|20)[0-9]{2}-[0-9]{2}-[0-9]{2}(?: [0-9:]{5,8})?"
)
_TEXT = re.compile('="(.*)"')
"""How exports keep spreadsheets from reading a text as a number; it is no part of it."""
_UNSTORABLE = re.compile("[\x00-\x1f\x7f\ud800-\udfff]")


class BadCell(ValueError):
    """A cell that cannot be meant: what is wrong, and what to write."""

    def __init__(self, what: str, cure: str) -> None:
        super().__init__(what)
        self.what = what
        self.cure = cure


def words(value: Any) -> str:
    """A scalar as text on one line; null is empty, and so are lists and objects that hold nothing."""
    if value is None or value in ([], {}):
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if not isinstance(value, str | int | float):
        raise BadCell("this is a list or an object", "give one value")
    text = " ".join(str(value).split())
    if _ERROR.fullmatch(text):
        raise BadCell("a spreadsheet put an error in the place of what stood here", EXPORT_AGAIN)
    if len(text) > MAX_LINE:
        raise BadCell(f"this has {len(text)} characters", f"give at most {MAX_LINE}")
    if _UNSTORABLE.search(text):
        raise BadCell("this has control characters in it", "give plain text")
    return text


def key(value: Any) -> Key:
    """A licence key: 4 to 255 printable characters, without the white space around it."""
    number = isinstance(value, int) and not isinstance(value, bool)
    said = typed.without_marks(value) if isinstance(value, str) else str(value) if number else ""
    if kept := _TEXT.fullmatch(said):
        said = kept[1]
    if why := _broken(said):
        raise BadCell(f"a spreadsheet {why} the key that stood here", EXPORT_AGAIN)
    text = typed.key(said)
    if not text:
        raise BadCell("the key is missing", "fill it in, or take the row out")
    if not 4 <= len(text) <= MAX_LINE or not text.isprintable():
        raise BadCell(
            f"this key has {len(text)} characters, or signs that cannot be printed",
            "a key has 4 to 255 printable characters",
        )
    return Key(text)


def _broken(text: str) -> str | None:
    """What a spreadsheet did to a key or an id: only what is certain, since keys may look like anything."""
    if _ERROR.fullmatch(text):
        return "put an error in the place of"
    if _SHORTENED.fullmatch(text) or _DECIMALS.fullmatch(text):
        return "made a number of, and rounded,"
    return "made a date of" if _is_date(text) else None


def _is_date(text: str) -> bool:
    """`Mar-05`, `5-Mar`, `03/05/2026`: as spreadsheets write dates; a key in capitals (MAY-2026) is somebody's own."""
    if _BY_NUMBER.fullmatch(text):
        return True
    found = _BY_MONTH.fullmatch(text)
    if found is None or not (found[1] or found[3]):
        return False
    return found[2].lower() in _MONTHS and not found[2].isupper()


def number(value: Any) -> str | None:
    """A host's id or order number; 0 is nobody's."""
    text = words(value)
    if _SHORTENED.fullmatch(text):
        raise BadCell("a spreadsheet shortened the number that stood here", EXPORT_AGAIN)
    return None if text in ("", "0") else text


def email(value: Any) -> str | None:
    """An address in lower case."""
    text = words(value)
    if not text:
        return None
    address = mailbox.address(text)
    if address is None:
        raise BadCell("this is no e-mail address", "write name@example.com, or leave the cell empty")
    return address


def instant(value: Any, zone: str, *, ends: bool = False) -> datetime | None:
    """A time in UTC, None for NEVER words. `2027-03-01`, `2027-03-01 23:59:59`, RFC 3339, Unix seconds (or milliseconds).

    Without an offset it is local to `zone`. ends: a day stands for its end (exclusive), else for its beginning.
    """
    text = words(value)
    if text.lower() in NEVER:
        return None
    try:
        found = _instant(text, zone, ends)
    except (ValueError, OverflowError, OSError):
        found = None
    if found is None or found.year not in YEARS:
        raise BadCell(
            "this is no date that can be meant",
            "write 2027-03-01, 2027-03-01 23:59:59 or Unix seconds, or leave it empty",
        )
    return found


def _instant(text: str, zone: str, ends: bool) -> datetime | None:
    if _SECONDS.fullmatch(text):
        return datetime.fromtimestamp(int(text.partition(".")[0]), UTC)
    if _MILLISECONDS.fullmatch(text):
        return datetime.fromtimestamp(int(text) // 1000, UTC)
    if not days.is_day(text) and not _TIME.fullmatch(text):
        return None
    return days.instant(text, zone, ends=ends)


def limit(value: Any, unlimited: Collection[str]) -> int | None:
    """How many sites; None for any number. Raises for a number nobody sells."""
    text = words(value).lower()
    if text in unlimited:
        return None
    number = text.removesuffix(".0")
    if not (number.isascii() and number.isdecimal() and len(number) <= 7 and int(number) <= MAX_LIMIT):
        raise BadCell("this is no number of sites", f"write 0 to {MAX_LIMIT}, or unlimited")
    return int(number)


def word_of(value: Any, known: Mapping[str, str], what: str) -> str | None:
    """Our word for the other system's."""
    text = words(value).lower()
    if text and text not in known:
        raise BadCell(f"this is no {what} of this peer", f"write one of {', '.join(sorted(known))}")
    return known[text] if text else None


def flag(value: Any) -> bool:
    """Is it so? Blank is no."""
    text = words(value).lower()
    if text in ("", "0", "no", "n", "false", "none", "null"):
        return False
    if text in ("1", "yes", "y", "true"):
        return True
    raise BadCell("this is neither yes nor no", "write 1 or 0, true or false, or leave it empty")


def several(value: Any) -> list[Any]:
    """A cell of several values: a list, or text with , ; | or line ends between them; blanks left out."""
    if isinstance(value, list):
        return [each for each in value if each not in (None, "", {}, [])]
    if value is None or isinstance(value, bool):
        return []
    return [part for each in _SPLIT.split(str(value)) if (part := each.strip())]
