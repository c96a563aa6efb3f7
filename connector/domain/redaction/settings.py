"""Credentials in settings: `define('AUTH_KEY', '...')`, `DB_PASSWORD=...`, YAML, JSON, INI, PHP arrays, tables of wp-cli.

A value may hold any sign, so it is read as its notation reads it: to the closing quote, or to the end of the line.
Each name is looked at once and each value read within a window, so that hostile text costs linear time.
"""

from __future__ import annotations

import re
import string
from collections.abc import Iterator
from dataclasses import dataclass

from connector.domain.redaction import words
from connector.domain.redaction.looks import Look, is_code, is_path, is_placeholder, look_of, scrambled
from connector.domain.redaction.tokens import Reading, Span

LONGEST = 600  # a salt of 64 signs in HTML entities
NAME = 60

KEYWORDS = re.compile(words.SETTING_NAMES)
NAME_SIGNS = string.ascii_letters + string.digits + "_.-"
QUOTE = r"\\?[\"'`]|&(?:quot|apos|\#0?39|\#0?34|\#x27|\#x22|[lr][sd]quo);|[‘’“”„«»]"
CLOSER = {"‘": "’", "“": "”", "„": "“", "«": "»", "&lsquo;": "&rsquo;", "&ldquo;": "&rdquo;"}

# What stands between a name and its value. Rows are those of `wp config list`, as a table, with tabs or as CSV.
DEFINE = re.compile(
    rf"\b(?:define|getenv_docker|env|(?:add|update)(?:_site)?_option)\s{{0,3}}\(\s{{0,3}}(?:{QUOTE})\Z", re.IGNORECASE
)
COMMAND = re.compile(
    r"(?:\bsetenv|\bconfig set|\bconfig:set|_param|\benv|\bset)[ \t]{1,3}(?:-{1,2}[a-z]+[ \t])?['\"]?\Z", re.IGNORECASE
)
LINE_START = re.compile(r"(?:^|\n)[\s>*;#|-]{0,12}(?:export[ \t]|set[ \t]|env[ \t]|-e[ \t])?\$?[\"']?\Z", re.IGNORECASE)
# Or the value that stands where the environment has none: `getenv('NAME') ?: '...'`.
ELSE = rf"(?:(?:getenv|env)\([^()\n]{{0,80}}\)|\$_(?:ENV|SERVER)\[[^\]\n]{{0,80}}\])\s{{0,3}}\?[:?]\s{{0,3}}(?={QUOTE})"
COMMA = re.compile(rf"(?:{QUOTE})\s{{0,3}},\s{{0,24}}(?:{ELSE})?")
BY_SIGN = re.compile(
    rf"(?:{QUOTE})?(?:[ \t]?\])?(?:[ \t]{{0,24}}(?:=&gt;|(?<![A-Za-z0-9_])=>|=>(?=[ \t]{{0,3}}['\"])|:=|[:=])[ \t]{{0,24}}|"
    rf"(?:{QUOTE})?[ \t]{{0,3}},?\s{{0,3}}(?:{QUOTE})?value(?:{QUOTE})?[ \t]{{0,3}}[:=][ \t]{{0,3}})"
)
BY_SPACE = re.compile(r"(?:['\"])?[ \t]{1,24}")
BY_COLUMN = re.compile(r"[ ]{1,24}\|[ ]|\t|,")
BY_TAB = re.compile(r"\t(?!(?:=>|:=|[:=])[ \t])")
BY_TAG = re.compile(r"(?:[ ][^<>\n]{0,60})?(?:>|&gt;)\s{0,3}(?:(?:<|&lt;)!\[CDATA\[)?")
OPENING = re.compile(QUOTE)

ELEMENT_ENDS = ("</", "&lt;/", "]]")
ENDS_VALUE = re.compile(r"[ \t]{0,3}(?:[),;\]}#<|]|//|/>|\?>|--|\r?\n|\Z|\.(?:\s|\Z)|\\[nr])")
ENDS_DEFINE = re.compile(r"\s{0,3}\)")
ENDS_LINE = re.compile(r"[ \t)\];,}]*(?:\r?\n|\Z)")
TAG = re.compile(
    r"<br[ /]{0,2}>|</?(?:p|div|li|td|tr|pre|code|span|font|b)(?:[ ][^<>\n]{0,60})?>|&lt;br", re.IGNORECASE
)
NEXT_SETTING = re.compile(r"[ \t]+[A-Z][A-Z0-9]*_[A-Z0-9_]+=")
COLUMN = re.compile(r"[ \t]{1,24}\|[ \t]{1,3}(?:constant|variable)|\t(?:constant|variable)|,(?:constant|variable)")
PROSE = re.compile(r"[ \t]+(?:[#;/-]{1,2}[ \t]*)?((?:[A-Za-z'’]+[,.!?;:]?(?:[ \t]+|\Z)){2,})\Z")

CERTAIN = re.compile(words.CERTAIN_SETTINGS)
COMPOUND = re.compile(r"[a-z](?:password|passwd|pwd)\b")  # PGPASSWORD, mypwd
ACCOUNT_PASS = re.compile(rf"{words.ACCOUNT_WORDS}_?pass")


@dataclass(frozen=True)
class _Setting:
    """A name and where its value stands: between quotes, or unquoted."""

    name: str
    at_line_start: bool
    defined: bool
    quote: str
    start: int


def setting_spans(reading: Reading) -> Iterator[Span]:
    """(start, end, kind) of the values of settings that hold a credential."""
    if reading.words.isdisjoint(words.SETTING_WORDS) and not COMPOUND.search(reading.lower):
        return
    past = 0
    for keyword in KEYWORDS.finditer(reading.lower):
        if keyword.start() < past:
            continue
        setting = _setting(reading, keyword)
        if setting is None or not (setting.quote or _is_certain(setting)):
            continue
        start, end = _value(reading.text, setting)
        if _holds_credential(setting, keyword[0], reading.text[start:end]):
            yield start, end, _kind(setting.name, keyword[0])
            past = end


def _setting(reading: Reading, keyword: re.Match[str]) -> _Setting | None:
    before = reading.text[max(0, keyword.start() - NAME) : keyword.start()]
    first = keyword.start() - len(before) + len(before.rstrip(NAME_SIGNS))
    name = reading.text[first : keyword.end()]
    window = reading.text[max(0, first - 40) : first]
    defined = DEFINE.search(window) is not None
    row = window[-1:] != "$" and _starts_row(reading.text, first)
    match = _bridge(reading.text, window, keyword.end(), row=row, defined=defined)
    if match is None:
        return None
    if window.endswith(("<", "&lt;")):
        ending = "]]" if "CDATA" in match[0] else "&lt;/" if window.endswith(";") else "</"
        return _Setting(name, False, defined, ending, match.end())
    opened = OPENING.match(reading.text, match.end())
    at_start = LINE_START.search(window if len(window) == 40 else "\n" + window) is not None
    quote, start = (opened[0], opened.end()) if opened else ("", match.end())
    if not quote and window[-1:] in ("'", '"') and reading.text[keyword.end()] not in "'\"":  # putenv('NAME=value')
        quote = window[-1]
    return _Setting(name, at_start, defined, quote, start)


def _starts_row(text: str, first: int) -> bool:
    before = text[max(0, first - 4) : first].rstrip("| ")
    return before.endswith("\n") or (not before and first <= 4)


def _bridge(text: str, window: str, end: int, *, row: bool, defined: bool) -> re.Match[str] | None:
    stop = end + 200
    if defined:
        return COMMA.match(text, end, stop)
    if window.endswith(("<", "&lt;")):
        return BY_TAG.match(text, end, stop)
    if row and (match := BY_TAB.match(text, end, stop)):
        return match
    if match := BY_SIGN.match(text, end, stop):
        return match
    if COMMAND.search(window):
        return BY_SPACE.match(text, end, stop)
    return BY_COLUMN.match(text, end, stop) if row else None


# --- where a value ends ---


def _value(text: str, setting: _Setting) -> tuple[int, int]:
    start = setting.start
    stop = min(len(text), start + LONGEST)
    line = text.find("\n", start, stop)
    line_end = line if line >= 0 else stop
    if setting.quote and (closed := _closing(text, setting, line_end, stop)) is not None:
        return start, closed
    start -= len(setting.quote) if text.endswith(setting.quote, 0, start) else 0
    end = line_end
    for ending in (TAG, NEXT_SETTING, COLUMN):
        if match := ending.search(text, start, end):
            end = match.start()
    end = start + len(text[start:end].rstrip())
    return start, end if setting.at_line_start and not _prose_follows(text, start, end) else _word_end(text, start, end)


def _closing(text: str, setting: _Setting, line_end: int, stop: int) -> int | None:
    """The first closing quote behind which a value can end: on its line, or on the next two where a mail program wrapped it."""
    if setting.quote in ELEMENT_ENDS:
        end = text.find(setting.quote, setting.start, line_end)
        return end if end >= 0 else None
    closer = CLOSER.get(setting.quote, setting.quote)
    near: list[int] = []
    far: list[int] = []
    at = text.find(closer, setting.start, stop)
    while at >= 0:
        (near if at <= line_end else far).append(at)
        at = text.find(closer, at + len(closer), stop)
    free = [at for at in near if not _escaped(text, setting.start, at)]
    behind = len(closer)
    endings = [at for at in free if ENDS_VALUE.match(text, at + behind)]
    if setting.defined:
        endings = [at for at in endings if ENDS_DEFINE.match(text, at + behind)] or endings
    endings = endings or [at for at in near[-1:] if ENDS_LINE.match(text, at + behind)]
    endings = endings or [at for at in free if text[at + behind : at + behind + 1] in (" ", "\t")]
    lines = text.find("\n", line_end + 1, stop)
    lines = text.find("\n", lines + 1, stop) if lines >= 0 else stop
    endings = endings or [
        at for at in far if at < (lines if lines >= 0 else stop) and ENDS_VALUE.match(text, at + behind)
    ]
    return endings[0] if endings else None


def _escaped(text: str, start: int, at: int) -> bool:
    """Whether an odd number of backslashes stands before; a quote that is written with one is none of these."""
    before = text[start:at]
    return (len(before) - len(before.rstrip("\\"))) % 2 == 1


def _prose_follows(text: str, start: int, end: int) -> bool:
    """`DB_PASSWORD=Kq9mW2x is what stands there`: what follows the first word is a sentence."""
    follows = PROSE.search(text, _word_end(text, start, end), end)
    said = [word.strip(",.!?;:").lower() for word in follows[1].split()] if follows else []
    return len(said) >= 2 and any(word in words.ORDINARY and len(word) > 1 for word in said)


def _word_end(text: str, start: int, end: int) -> int:
    length = len(text[start:end].split(maxsplit=1)[0]) if text[start:end].strip() else 0
    word = text[start : start + length]
    if start >= 1 and "&" in word and _in_query(text, start):
        word = word.partition("&")[0]
    return start + len(word)


def _in_query(text: str, start: int) -> bool:
    return re.search(r"[?&][\w.-]{1,60}=\Z", text[max(0, start - 64) : start]) is not None


# --- what a value is ---


def _holds_credential(setting: _Setting, keyword: str, value: str) -> bool:
    bare = value.strip()
    if is_placeholder(bare.rstrip(";,")) or is_code(bare) or bare.startswith("[removed: "):
        return False
    if _is_certain(setting):
        return len(bare) >= (3 if setting.quote else 6) and not _says_something_else(setting, keyword, bare)
    return bool(setting.quote) and len(bare) >= 6 and _looks_like_a_secret(bare)


def _is_certain(setting: _Setting) -> bool:
    plain = setting.name.lower().replace("-", "_")
    upper = (
        setting.name.isupper() and setting.name[0].isalpha() and ("_" in setting.name or bool(COMPOUND.search(plain)))
    )
    return setting.defined or CERTAIN.fullmatch(plain) is not None or upper


def _says_something_else(setting: _Setting, keyword: str, bare: str) -> bool:
    """A path to a key, a state ("expired"), a host that salts a cache."""
    lower = bare.lower().rstrip("!.;,")
    if lower in words.STATES or is_path(bare):
        return True
    if keyword in words.PASSWORD_SETTINGS and (keyword != "pass" or ACCOUNT_PASS.search(setting.name.lower())):
        return False
    return look_of(bare) < Look.MIXED and not scrambled(bare) and " " not in bare


def _looks_like_a_secret(bare: str) -> bool:
    if " " in bare or look_of(bare) is Look.NO:
        return scrambled(bare)
    return look_of(bare) >= Look.MIXED


def _kind(name: str, keyword: str) -> str:
    if keyword in words.PASSWORD_SETTINGS and not name.isupper():
        return "password"
    return "api_key" if name.isupper() or CERTAIN.fullmatch(name.lower()) else "secret"
