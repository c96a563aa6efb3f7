"""Credentials that show by what stands before them: `password: hunter2`, "root password is letmein", `admin / S3cret`.

Found by label and look, so likely and never certain: precision first, since support prose is full of the word password.
Every label is looked at once, in windows of fixed size, so that hostile text costs linear time.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from connector.domain.redaction import words
from connector.domain.redaction.looks import Look, look_of
from connector.domain.redaction.tokens import Reading, Span

WINDOW = 200


# --- where a value stands ---

COPULA = (
    r"(?:is|are|was|will be|should be|would be|ist|heißt|heisst|lautet|wird|war|wäre|sind|sería|"
    r"serait|este|est|es|é|è|jest|je|to|ovat|on|är|er|это)"
)
FILLER = r"(?:(?:now|currently|still|simply|just|set to|probably|jetzt|aktuell|nun|nu|maintenant|ahora|agora)[ \t]+)?"
ABOUT = (
    r"(?:for|of|to|on|at|in|für|fürs|beim|im|von|zu|zum|zur|vom|auf|de|du|del|des|para|pour|per|"
    r"do|da|dla|voor|van|di|till|til|от|для|к|в|на|w|pro|på)"
)
COLON = r"(?:=>|->|:=|[:=：]|&(?:colon|\#58|\#x3a);)"
BLANK = r"(?:[ \t\u00a0]|&(?:nbsp|\#160|\#xa0);)"
TAGS = r"(?:<[a-z/][^<>\n]{0,40}>\s{0,3}){0,4}"
CELL = r"</(?:t[dh]>\s{0,8}<t[dh]|dt>\s{0,8}<dd)(?:[ ][^<>\n]{0,60})?>"
# Elements that only often stand for name and value.
NEXT_ELEMENT = r"</(?:label|b|strong|span|div|p)>\s{0,8}<(?:code|kbd|tt|pre|samp|span|div|p|em|i)(?:[ ][^<>\n]{0,60})?>"
# YAML writes the value on the lines below: `secret: |`.
BELOW = r"[ \t]{0,3}:[ \t]{1,8}(?:![\w!-]{1,20}[ \t]{1,3})?[|>][+-]?[0-9]?[ \t]{0,3}\r?\n[ \t]{1,24}"
CLOSING = r"[\"'`“”«»’*_)\]]{0,3}"
ASIDE = r"(?:[ \t]?\([^()\n\[\]]{0,40}\))?"
GAP = r"[^\n.:=?!\[\]]{1,50}?"

# "mot de passe FTP:", "parola d'ordine:"; but "password reset key:" and "password policy:" name something else.
QUALIFIER = rf"(?!(?:{words.NOT_A_QUALIFIER})\b)[^\W\d_]{{1,16}}(?:['’-][^\W\d_]{{1,16}})?"

# How a label leads to its value; the first that fits decides.
BRIDGES = tuple(
    (name, re.compile(pattern))
    for name, pattern in (
        ("colon", BELOW),
        (
            "colon",
            rf"{CLOSING}{ASIDE}(?:[ \t]+{COPULA})?{BLANK}{{0,24}}{TAGS}(?:{COLON}|{CELL}){BLANK}{{0,8}}{TAGS}{BLANK}{{0,3}}"
            rf"(?!![\w!-]{{1,20}}[ \t]+[|>]|{BLANK})(?=\S)",
        ),
        ("element", rf"[ \t]{{0,3}}{NEXT_ELEMENT}[ \t]{{0,3}}(?=\S)"),
        ("line", rf"{CLOSING}[ \t]{{0,3}}{COLON}?[ \t]{{0,3}}(?:\r?\n[ \t]{{0,8}}){{1,2}}"),
        ("is", rf"(?:{CLOSING}[ \t]+(?:{COPULA}|[–—-])|['’]s)[ \t]+{FILLER}"),
        ("about", rf"[ \t]+{ABOUT}[ \t]+{GAP}(?:[ \t]*{COLON}[ \t]+|[ \t]+{COPULA}[ \t]+{FILLER}{COLON}?[ \t]*)"),
        (
            "asked",
            rf"[ \t]+(?:you|we|i|they|that|which|das|die|que|qui|wir|ich)[ \t]+{GAP}[ \t]+{COPULA}[ \t]+{FILLER}",
        ),
        ("asked", rf"[ \t]+{GAP}[,;][ \t]+(?:it['’]?s|it is|es ist|c['’]est|es|è)[ \t]+{FILLER}"),
        ("named", rf"(?:[ \t]+{QUALIFIER}){{1,2}}[ \t]{{0,3}}{COLON}[ \t]{{0,8}}(?=\S)"),
        ("next", r"[ \t]+"),
    )
)
# The least a value must look like: where the clause (after a colon: the line) ends with it, and anywhere else.
NEEDED: dict[str, tuple[Look, Look]] = {
    "colon": (Look.WORD, Look.DIGITS),
    "is": (Look.DIGITS, Look.DIGITS),
    "element": (Look.MIXED, Look.STRONG),
    "line": (Look.WEAK, Look.STRONG),
    "about": (Look.WEAK, Look.MIXED),
    "asked": (Look.MIXED, Look.STRONG),
    "named": (Look.MIXED, Look.STRONG),
    "next": (Look.MIXED, Look.MIXED),
    "slash": (Look.WORD, Look.WEAK),
    "other": (Look.WEAK, Look.MIXED),
}

LABEL = re.compile(
    rf"\[removed: [a-z ]{{2,20}}\]|(?<![^\W_])(?:(?P<password>{words.STRICT_LABELS})|(?P<loose>{words.LOOSE_LABELS})|"
    rf"(?P<secret>{words.KEY_LABELS})|(?:(?P<account>{words.ACCOUNTS})|(?P<login>{words.LOGIN_LABELS})|"
    rf"(?P<user>{words.USER_LABELS}))(?![_-]))(?![^\W_])|(?P<cjk>{words.CJK_LABELS})"
)
CJK = re.compile(words.CJK_LABELS)
CJK_COPULA = re.compile(r"(?:[ \t]?[は是为為가는은이][ \t:：]{0,2}[「『]?)?")
# The first words of all labels: a text without any of them holds no label.
LABEL_WORDS = frozenset(words.FIRST_WORDS.split())
SIGNS = r"(?:[^\s<\[]|\[(?!removed:)|<(?![a-z/]))"
VALUE = re.compile(rf"[\"'`“”„«‘*]{{0,2}}({SIGNS}{{1,128}})", re.IGNORECASE)
CLOSED = re.compile(r"(?<!\\)[\"'`][)\]}>;,.]*\Z")
GROUPS_OF_FOUR = re.compile(r"((?:[a-z0-9]{4} ){5}[a-z0-9]{4})\b", re.IGNORECASE)  # WordPress application passwords
REST_OF_LINE = re.compile(r"([^\n\[]{8,100})")
CLAUSE_END = re.compile(r"[\"'`*_)»”]{0,3}[ \t]{0,3}(?:[.,;!?](?:\s|$)|\r?\n|$|<)")
LINE_END = re.compile(r"[\"'`*_)»”.,;!]{0,3}[ \t]{0,3}(?:\r?\n|$|<)")
UNIT = re.compile(
    r"[ \t-]{1,2}(?:char|zeichen|digit|letter|symbol|day|tage|hour|min|sec|time|mal|attempt|caract|sign|%)"
)
ANOTHER = re.compile(r"[\"'`]?(?:,|[ \t]+(?:or|and|und|oder|ou|et|y|o|e|then))[ \t]+")
LICENCE = re.compile(r"(?:licen[cs]e|lizenz|licencia|licence|purchase|activation)[ /\w-]{0,12}$")
USER_NEAR = re.compile(rf"(?<![^\W_])(?:{words.USER_LABELS}|{words.ACCOUNTS}|login)(?![^\W_])")

LEAD = rf"{CLOSING}{ASIDE}[ \t]{{0,3}}(?:{COLON}|[–—-]|is|are|sind|lauten|sont|son|sono)"
NAME_AND_VALUE = (
    rf"\s{{0,4}}(?:https?://[^\s<>]{{1,100}}\s{{1,4}})?(?P<user>[^\s/|:,;<>\[\]]{{2,64}})"
    rf"(?P<by>[ \t]*[/|:][ \t]*|,[ \t]|[ \t]+(?:and|und|et|y|e|with|mit|-|–)[ \t]+|[ \t]+|[ \t]*\r?\n[ \t]*)"
    rf"({SIGNS}{{4,128}})"
)
PAIR = re.compile(rf"(?:{LEAD})?{NAME_AND_VALUE}", re.IGNORECASE)
ACCOUNT = re.compile(rf"(?P<by>[ \t]+[/|][ \t]+|[/|:][ \t]?)({SIGNS}{{5,128}})", re.IGNORECASE)
BEFORE = re.compile(
    r"(?:^|[\s\"'`(])([^\s\[\]\"'`]{4,64})[\"'`]?[ \t]+(?:is|as|ist|als|es|est|como|comme|är)[ \t]+"
    r"(?:(?:the|my|our|your|a|das|mein|unser|la|el|mi|le|mon|new|old|current|root|admin|ftp|wp|login|temporary|neues|neue)[ \t]+)"
    r"{0,3}$",
    re.IGNORECASE,
)

# `pass id=4471`, `ruser= rhost=203.0.113.7`: an argument or the next setting, where no colon leads to it.
ARGUMENT = re.compile(r"-{0,2}[a-z_][\w.-]*=", re.IGNORECASE)
# `?reset_password=1&lang=en`: the next parameter is none of the value.
QUERY = re.compile(r"[?&][\w.-]{0,60}\Z")
# "I pass ...", "we have to pass ...": a verb.
PASSING = re.compile(r"(?:\b(?:i|we|they|who|can|must|should|could|would|will|may|to|do|not)|n['’]t)[ \t]+\Z")

JOINERS = frozenset(["is", "as", "ist", "als", "es", "est", "como", "comme", "är"])


def likely_spans(reading: Reading) -> Iterator[Span]:
    """(start, end, kind) of what is said to be a password or a secret."""
    text, lower = reading.text, reading.lower
    if reading.words.isdisjoint(LABEL_WORDS) and (lower.isascii() or not CJK.search(lower)):
        return
    for label in LABEL.finditer(lower):
        span = _after(text, lower, label) or _pair(text, label) or _before(text, label)
        while span:
            yield *span, "secret" if label.lastgroup == "secret" else "password"
            span = _another(text, span[1])


Place = tuple[int, int]


def _after(text: str, lower: str, label: re.Match[str]) -> Place | None:
    """`password: hunter2`, "password is letmein", "the password for the shop: Xk9", a value on the next line."""
    group = label.lastgroup
    if group not in ("password", "loose", "secret", "cjk"):
        return None
    if group == "secret" and LICENCE.search(lower, max(0, label.start() - 24), label.start()):
        return None
    for name, bridge in BRIDGES:
        if match := bridge.match(lower, label.end(), label.end() + WINDOW):
            return _value(text, lower, label, name, match.end())
    # Chinese, Japanese and Korean need no space; their own words are no passwords.
    if group != "cjk" or not (match := CJK_COPULA.match(text, label.end())):
        return None
    return _value(text, lower, label, "colon", match.end()) if text[match.end() : match.end() + 1].isascii() else None


def _value(text: str, lower: str, label: re.Match[str], bridge: str, start: int) -> Place | None:
    if label[0].endswith("password") and (match := GROUPS_OF_FOUR.match(text, start)):
        return match.span(1)
    if label[0].startswith("passphrase") and bridge == "colon" and (match := REST_OF_LINE.match(text, start)):
        return match.span(1)
    found = VALUE.match(text, start)
    if not found:
        return None
    token = found[1]
    opened = text[found.start() : found.start(1)].strip("*")
    if opened and (closed := CLOSED.search(token)):
        token = token[: closed.start()]
    if bridge == "next" and (ARGUMENT.match(token) or _is_verb(lower, label)):
        return None
    if QUERY.search(lower, max(0, label.start() - 64), label.start()):
        token = token.partition("&")[0]
    place = _trimmed(found.start(1), token)
    return (
        place
        if _fits(text, place, _needs(lower, label, bridge), LINE_END if bridge == "colon" else CLAUSE_END)
        else None
    )


def _is_verb(lower: str, label: re.Match[str]) -> bool:
    return label[0] == "pass" and PASSING.search(lower, max(0, label.start() - 12), label.start()) is not None


def _needs(lower: str, label: re.Match[str], bridge: str) -> tuple[Look, Look]:
    at_end, anywhere = NEEDED[bridge]
    match label.lastgroup:
        case "secret":
            return (
                (Look.STRONG, Look.STRONG) if bridge in ("colon", "element", "is", "next") else (Look.NEVER, Look.NEVER)
            )
        case "loose":
            return max(at_end, Look.WEAK), Look.STRONG if bridge == "next" else max(anywhere, Look.MIXED)
    if bridge == "next" and USER_NEAR.search(lower, max(0, label.start() - 60), label.start()):
        return Look.WEAK, anywhere
    return at_end, anywhere


def _pair(text: str, label: re.Match[str]) -> Place | None:
    """`Login: admin / S3cret!`, `Zugangsdaten: admin, geheim12`, `root / Xk9#mm`."""
    if label.lastgroup == "account" and (match := ACCOUNT.match(text, label.end())):
        needs = (Look.MIXED, Look.MIXED) if " " in match["by"] else (Look.STRONG, Look.STRONG)
        place = _trimmed(match.start(2), match[2])
        return place if _fits(text, place, needs, CLAUSE_END) else None
    if label.lastgroup not in ("login", "user") or not (
        match := PAIR.match(text, label.end(), label.end() + 2 * WINDOW)
    ):
        return None
    if text[label.end() : label.end() + 1] in (".", "-", "@"):  # login.example.com/oauth2/token
        return None
    by = match["by"].strip()
    if not by and ARGUMENT.match(match[3]):
        return None
    needs = NEEDED["slash" if by in ("/", "|") else "other"]
    if label.lastgroup == "user":
        needs = (Look.WEAK, Look.MIXED) if by in ("/", "|") else (Look.STRONG, Look.STRONG)
    place = _trimmed(match.start(3), match[3])
    return place if _fits(text, place, needs, CLAUSE_END) else None


def _before(text: str, label: re.Match[str]) -> Place | None:
    """`use Xk9#mm2Lq as password`, `hunter2 is my root password`."""
    if label.lastgroup != "password":
        return None
    window = text[max(0, label.start() - 110) : label.start()]
    if JOINERS.isdisjoint(window.lower().split()[-4:]):
        return None
    match = BEFORE.search(window)
    if not match or look_of(match[1]) < Look.MIXED:
        return None
    return _trimmed(max(0, label.start() - 110) + match.start(1), match[1])


def _another(text: str, end: int) -> Place | None:
    """A second password in a list: `alpha7x or beta8y!`."""
    joined = ANOTHER.match(text, end)
    found = VALUE.match(text, joined.end()) if joined else None
    if not found or look_of(found[1]) < Look.MIXED:
        return None
    return _trimmed(found.start(1), found[1])


def _fits(text: str, place: Place, needs: tuple[Look, Look], end_of_clause: re.Pattern[str]) -> bool:
    start, end = place
    look = look_of(text[start:end])
    if (
        look is Look.NO
        or text[end : end + 1] == ":"
        or (look is Look.DIGITS and (end - start < 4 or UNIT.match(text, end)))
    ):
        return False
    at_end = end_of_clause.match(text, end) is not None
    return look >= (needs[0] if at_end else needs[1])


def _trimmed(start: int, token: str) -> Place:
    """Without quotes and the sentence's own signs around; an exclamation mark may belong to the password and goes too."""
    left = len(token) - len(token.lstrip("\"'`“”„«»‘’*(_"))
    bare = token[left:].rstrip("\"'`“”«»’.,;:" + ("" if "(" in token[left:] else ")"))
    return start + left, start + left + len(bare)
