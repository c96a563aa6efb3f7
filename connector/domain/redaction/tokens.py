"""Credentials that show by their form: typed tokens, connection strings, passwords on command lines, payment cards.

What is found here is cut without asking (CRD-01, CRD-10, PUR-07). Patterns have no nested repetition and bounded gaps,
so that hostile text costs linear time; each runs only where one of its words or needles is in the text.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from connector.domain.redaction.looks import is_placeholder
from connector.domain.redaction.typed_tokens import NEEDLES, TOKENS

Span = tuple[int, int, str]


class Reading:
    """A text made ready for looking: lower case with the same offsets, its words, and its long unbroken chunks."""

    __slots__ = ("dense", "lower", "text", "words")

    def __init__(self, text: str) -> None:
        self.text = text
        # The only letter whose lower case is longer than itself.
        self.lower = text.replace("\u0130", "i").lower()
        self.words = frozenset(self.lower.translate(SPACES).split() if text.isascii() else WORD.findall(self.lower))
        self.dense = " ".join([chunk for chunk in self.lower.split() if len(chunk) >= SHORTEST_TOKEN])


SHORTEST_TOKEN = 16
WORD = re.compile(r"[^\W_]+")
SPACES = str.maketrans({chr(code): " " for code in range(128) if not chr(code).isalnum()})


@dataclass(frozen=True)
class Form:
    """A form of credential: what to cut is the group `cut` where the pattern has one, else all of it.

    Looked for only where one of the words is in the text, or one of the needles in a long chunk of it; always without both.
    """

    kind: str
    pattern: re.Pattern[str]
    words: frozenset[str] = frozenset()
    needles: tuple[str, ...] = ()
    confirm: Callable[[re.Match[str]], bool] = lambda match: True

    def may_be_in(self, reading: Reading) -> bool:
        """A quick no, or a maybe."""
        if not self.words and not self.needles:
            return True
        return not reading.words.isdisjoint(self.words) or any(needle in reading.dense for needle in self.needles)


def _real(match: re.Match[str]) -> bool:
    """Neither a stand-in nor a call in code."""
    return not is_placeholder(match["cut"]) and "(" not in match["cut"] and match["cut"].lower() not in NAMES_OF_SECRETS


NAMES_OF_SECRETS = frozenset(["pass", "passwd", "password", "pwd", "secret", "token"])


def _has_digit(match: re.Match[str]) -> bool:
    return any(sign.isdigit() for sign in match["cut"])


# --- payment cards ---

# First digits and lengths of the brands: Visa, Mastercard, American Express, Diners, Discover/UnionPay/Maestro, JCB.
BRAND = re.compile(
    r"4(?:\d{12}|\d{15}|\d{18})|(?:5[1-5]|2[2-7])\d{14}|3[47]\d{13}|3(?:0[0-5]|[689]\d)\d{11}|6\d{15,18}|35\d{14}",
    re.ASCII,
)
LICENCE_BEFORE = re.compile(r"(?:licen[cs]e|serial|purchase code|activation|imei|lizenz|licencia)[^\n]{0,20}$")


def is_card_number(digits: str) -> bool:
    """A brand's form and the Luhn check digit (ISO/IEC 7812-1)."""
    doubled = [int(digit) * 2 for digit in digits[-2::-2]]
    total = sum(int(digit) for digit in digits[-1::-2]) + sum(value - 9 if value > 9 else value for value in doubled)
    return total % 10 == 0 and BRAND.fullmatch(digits) is not None


def _is_card(match: re.Match[str]) -> bool:
    digits = "".join(str(int(sign)) for sign in match[0] if sign.isdecimal())
    before = match.string[max(0, match.start() - 40) : match.start()].lower()
    return is_card_number(digits) and not LICENCE_BEFORE.search(before)


SEPARATOR = "[ .\u00a0\u2009\u202f\u2011\u2013-]"
CARD = (
    # The first digit stands before its look-behinds, so that the search skips from digit to digit.
    rf"\d(?<![\w-]\d)(?<!\d\.\d)(?:\d{{12,18}}|\d{{3}}({SEPARATOR})\d{{4}}\1\d{{4}}\1\d{{1,4}}(?:\1\d{{1,3}})?|"
    rf"\d{{3}}({SEPARATOR})\d{{6}}\2\d{{4,5}})(?!\w|-\d)"
)
CARD_CODE = (
    r"(?<![^\W_])(?:cvv2?|cvc2?|csc|cvn|card verification (?:code|value|number)|security code|card code|"
    r"prüfziffer|prüfnummer|cryptogramme|código de seguridad)(?![^\W_])"
    r"[^\w\n]{0,4}(?:(?:is|code|ist|est|es|number)[^\w\n]{0,3}){0,2}(?P<cut>\d{3,4})(?!\w)"
)
CARD_CODE_WORDS = frozenset(
    [
        "cvv",
        "cvv2",
        "cvc",
        "cvc2",
        "csc",
        "cvn",
        "code",
        "verification",
        "prüfziffer",
        "prüfnummer",
        "cryptogramme",
        "seguridad",
    ]
)
# An Indian PIN code is a postal code of six digits and stays.
PIN = (
    r"(?<![^\W_])pin(?![^\W_])[^\w\n]{0,4}(?:(?P<code>code|number|nummer)[^\w\n]{0,3})?(?:(?:is|ist|est|es)[^\w\n]{0,3})?"
    r"(?P<cut>\d{4}|\d{6})(?!\w|\.\d)"
)


def _is_pin(match: re.Match[str]) -> bool:
    return len(match["cut"]) == 4 or not match["code"]


# --- the table ---

COMMANDS = frozenset(["mysql", "mysqldump", "mysqladmin", "sshpass", "curl", "chpasswd", "htpasswd"])
COMMAND_LINES = (
    r"mysql(?:dump|admin)?[ \t][^\n]{0,80}?(?<=[ \t]-p)(?P<cut>[^\s'\"\[-][^\s'\"\[]{3,64})",
    r"echo[ \t]{1,3}(?:-n[ \t])?['\"]?[\w.-]{1,32}:(?P<cut>[^\s'\"\[|]{3,64})['\"]?[ \t]{0,3}\|[ \t]{0,3}(?:sudo[ \t])?chpasswd",
    r"htpasswd[ \t]{1,3}-[a-zA-Z]{0,4}b[a-zA-Z]{0,4}[ \t]{1,3}[^\s]{1,100}[ \t]{1,3}[^\s]{1,64}[ \t]{1,3}"
    r"['\"]?(?P<cut>[^\s'\"\[]{3,64})",
    r"sshpass[ \t]{1,3}-p[ \t]{0,3}['\"]?(?P<cut>[^\s'\"\[]{3,64})",
    r"curl[ \t][^\n]{0,120}?(?<=[ \t])(?:-u|--user)[ \t=]{0,3}['\"]?[^\s:'\"]{1,64}:(?P<cut>[^\s'\"\[]{3,64})",
)
FORMS = (
    Form("token", TOKENS, needles=NEEDLES),
    Form(
        "token",
        re.compile(r"(?<!\w)(?:bearer|authorization: ?basic)\s{1,3}(?P<cut>[\w.~+/=-]{12,})", re.IGNORECASE),
        words=frozenset(["bearer", "basic"]),
        confirm=_has_digit,
    ),
    Form(
        "connection_string",
        re.compile(
            r"(?<=[A-Za-z0-9]://)(?P<cut>[^\s/:@'\"<>\[\]]{0,80}:(?P<secret>(?:[^\s/'\"<>\[]|\[(?!removed:)){1,120}))(?=@[\w.\[-])"
        ),
        needles=("://",),
        confirm=lambda match: not is_placeholder(match["secret"]),
    ),
    *(Form("password", re.compile(rf"(?<!\w){line}"), words=COMMANDS, confirm=_real) for line in COMMAND_LINES),
    Form("card", re.compile(CARD), confirm=_is_card),
    Form("card_code", re.compile(CARD_CODE, re.IGNORECASE), words=CARD_CODE_WORDS),
    Form("pin", re.compile(PIN, re.IGNORECASE), words=frozenset(["pin"]), confirm=_is_pin),
)


def certain_spans(reading: Reading) -> Iterator[Span]:
    """(start, end, kind) of what shows by its form, possibly overlapping."""
    for form in FORMS:
        if form.may_be_in(reading):
            for match in form.pattern.finditer(reading.text):
                if form.confirm(match):
                    yield *match.span("cut" if "cut" in form.pattern.groupindex else 0), form.kind
