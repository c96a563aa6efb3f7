"""Credentials are cut out of text before anything is stored (CRD-01, CRD-10, PUR-07).

What is found is replaced by `[removed: <kind>]`; the original is kept nowhere. Nothing found proves nothing: support
must offer a safe way to send secrets anyway. Licence keys, purchase codes, UUIDs and commit hashes are no credentials.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from connector.domain.redaction import words
from connector.domain.redaction.key_blocks import key_spans
from connector.domain.redaction.links import file_links, is_link, userinfo
from connector.domain.redaction.looks import Look, is_path, is_placeholder, look_of
from connector.domain.redaction.pairs import likely_spans
from connector.domain.redaction.settings import setting_spans
from connector.domain.redaction.tokens import Reading, Span, certain_spans

# Kinds, and whether the form alone makes it certain; the others are said to be passwords and look like it.
CERTAIN = {
    "private_key": True,
    "token": True,
    "connection_string": True,
    "api_key": True,
    "card": True,
    "card_code": True,
    "pin": True,
    "password": False,
    "secret": False,
}


@dataclass(frozen=True)
class Found:
    """How many credentials of one kind were cut; `certain` as in CERTAIN."""

    kind: str
    count: int

    @property
    def certain(self) -> bool:
        return CERTAIN[self.kind]


@dataclass(frozen=True)
class Screened:
    """A text that may be stored, and what was cut out of it."""

    text: str
    found: tuple[Found, ...] = ()


def screen(text: str) -> Screened:
    """Cut the credentials out of a text; screening the result again changes nothing."""
    counted: Counter[str] = Counter()
    for _ in range(PASSES):
        spans = _spans(text) if len(text) >= SHORTEST else []
        if not spans:
            break
        text = _cut(text, spans)
        counted.update(kind for _, _, kind in spans)
    return Screened(text, tuple(Found(kind, counted[kind]) for kind in CERTAIN if counted[kind]))


SHORTEST = 7  # "cvv 123"
PASSES = 5  # a cut can lay bare what it stood before: "Kiwi44a is password: Kiwi44b"; three is the most ever seen
MARKER = re.compile(r"\[removed: [a-z ]{2,20}\]")


def _spans(text: str) -> list[Span]:
    """What to cut, in order and apart; where two overlap the certain one names the kind."""
    reading = Reading(text)
    whole = list(file_links(text))
    found = (*key_spans(reading), *certain_spans(reading), *setting_spans(reading), *likely_spans(reading))
    kept: list[Span] = []
    for start, end, kind in sorted(found):
        if _in_marker(text, start) or _signs_a_link(whole, text, start, kind):
            continue
        if kept and start < kept[-1][1]:
            first, last, known = kept[-1]
            kept[-1] = (first, max(last, end), known if CERTAIN[known] else kind)
        else:
            kept.append((start, end, kind))
    return kept


# What a link to a file is signed with looks like these; a typed token of another service is none of its own.
OF_LINKS = frozenset(["token", "secret", "api_key"])
TYPES_OF_LINKS = ("AKIA", "ASIA", "eyJ")


def _signs_a_link(links: list[tuple[int, int]], text: str, at: int, kind: str) -> bool:
    if kind not in OF_LINKS or (kind == "token" and not text.startswith(TYPES_OF_LINKS, at)):
        return False
    return any(start < at < end for start, end in links)


def _in_marker(text: str, at: int) -> bool:
    opened = text.rfind("[removed: ", max(0, at - 32), at + 9)
    found = MARKER.match(text, opened) if opened >= 0 else None
    return found is not None and found.start() < at < found.end()


def _cut(text: str, spans: Iterable[Span]) -> str:
    pieces, at = [], 0
    for start, end, kind in spans:
        pieces += [text[at:start], marker(kind)]
        at = end
    return "".join(pieces) + text[at:]


def marker(kind: str) -> str:
    """What stands in the place of a credential."""
    return f"[removed: {kind.replace('_', ' ')}]"


# --- structured values ---

# Members that hold keys, codes and ids by which things are found; taken as they are while they hold one word.
KEPT_NAME = re.compile(
    r"key|(?:license|licence|activation|product|order)(?:_?key|_code)?|purchase_code|serial(?:_number)?|code|reference|"
    r"sku|u?uid|guid|number|(?:order|invoice)_number|(?:.*_)?id"
)
ONE_WORD = re.compile(r"\S{0,256}")
# Members that hold a credential unless they only speak of one; the first group that fits names the kind.
DROPPED_NAME = re.compile(
    r"(?P<card>(?:.*_)?card_?number)|(?P<card_code>(?:.*_)?(?:cvv2?|cvc2?|card_?code))|(?P<pin>(?:.*_)?pin)|"
    r"(?P<password>(?:.*_)?(?:user|server|ftp|db|smtp|admin)?(?:password|passwd|passphrase|passcode|pwd|pw)\d?|pass|.*_?"
    rf"{words.ACCOUNT_WORDS}_?pass|"
    r"(?:.*_)?(?:passwort|kennwort|contrasena|contraseña|senha|wachtwoord|mot_de_passe|mdp))|"
    r"(?P<secret>token|(?:.*_)?(?:secret|credentials?|(?:access|refresh|auth|api|bearer)_?token|"
    r"(?:secret|private|access|api|auth|nonce|logged_in|encryption)_?key|(?:auth|logged_in|nonce)_salt|"
    r"(?:server)?accesshash)|authorization|bearer)"
)
CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
ASIDES = re.compile(r"\([^()]*\)|[\"'*:?!.]+|(?<=\w)[_ ](?:for|of|to|für|zum|zur|de|del|du|do|voor)[_ ].*")
# "Did you reset your password?" asks for none.
YES_OR_NO = re.compile(
    r"(?:do|does|did|have|has|is|are|can|could|was|were|when|why|how|which|who|where)_(?!your_|the_)"
)
LONGEST_NAME = 64
LABELS = ("key", "name", "label", "title", "question", "field", "display_key", "meta_key", "type")
ANSWERS = ("value", "answer", "display_value", "meta_value", "response")
LINKS = frozenset(["attachment", "attachments"])


def screen_value(value: Any) -> tuple[Any, tuple[str, ...]]:
    """The same JSON-like value without credentials, and the kinds of what was cut, one entry for each.

    Every text is screened, at any depth; a member whose name says that it is a credential loses its value, in
    `{name: value}` as in `{"label": name, "value": value}`, unless it only speaks of one ("expired", "not set"). Not
    screened: one-word members named as licence keys, purchase codes and ids are (KEPT_NAME). Links in `attachments` stay
    whole but for a password before the host. The value given is never changed; it comes back itself if nothing was found.
    """
    texts, kinds = _Texts(), _Kinds()
    _walk(value, texts)
    # One look at all texts together first: most deliveries hold nothing, and this is many times cheaper.
    if not texts.suspicious and not _spans("\n\n\n".join(texts.seen)):
        return value, ()
    return _walk(value, kinds), tuple(kinds.cut)


class _Texts:
    """The first walk: what would be screened."""

    def __init__(self) -> None:
        self.seen: list[str] = []
        self.suspicious = False

    def text(self, text: str) -> str:
        if len(text) >= SHORTEST:
            self.seen.append(text)
        return text

    def secret(self, value: Any, kind: str) -> Any:
        self.suspicious = True
        return value

    def link(self, link: str) -> str:
        self.suspicious = self.suspicious or bool(_link_spans(link))
        return link


class _Kinds:
    """The second walk: cut, and count."""

    def __init__(self) -> None:
        self.cut: list[str] = []

    def text(self, text: str) -> str:
        screened = screen(text)
        for found in screened.found:
            self.cut += [found.kind] * found.count
        return screened.text

    def secret(self, value: Any, kind: str) -> Any:
        if value in (None, "", [], {}) or isinstance(value, bool) or value == marker(kind) or _only_speaks(value, kind):
            return value
        self.cut.append(kind)
        return marker(kind)

    def link(self, link: str) -> str:
        spans = _link_spans(link)
        self.cut += [kind for _, _, kind in spans]
        return _cut(link, spans)


IN_LINK = "connection_string"


def _link_spans(link: str) -> list[Span]:
    """What goes even from a link to an attachment: a password before the host, `?password=...`."""
    before_host = userinfo(link)
    passwords = [
        span for span in _spans(link) if span[2] == "password" and (not before_host or span[0] > before_host[1])
    ]
    return [*([(*before_host, IN_LINK)] if before_host else []), *passwords]


def _walk(value: Any, visit: _Texts | _Kinds) -> Any:
    if isinstance(value, str):
        return visit.text(value)
    if isinstance(value, dict):
        kind = _labelled(value)
        return {
            name: visit.secret(member, kind) if kind and name in ANSWERS else _member(name, member, visit)
            for name, member in value.items()
        }
    if isinstance(value, list | tuple):
        return [_walk(member, visit) for member in value]
    return value


def _labelled(value: dict[Any, Any]) -> str | None:
    """The kind of credential that `{"label": "FTP password", "value": ...}` holds, whichever member is the label."""
    if not any(answer in value for answer in ANSWERS):
        return None
    labels = (value[label] for label in LABELS if isinstance(value.get(label), str))
    roles = [_role(label) for label in labels if len(label) <= LONGEST_NAME]
    return next((role for role in roles if role and role != KEPT), None)


def _member(name: Any, value: Any, visit: _Texts | _Kinds) -> Any:
    role = _role(name) if isinstance(name, str) and len(name) <= LONGEST_NAME else None
    if role == KEPT:
        return value if isinstance(value, str) and ONE_WORD.fullmatch(value) else _walk(value, visit)
    if name in LINKS:
        return _links(value, visit)
    return visit.secret(value, role) if role else _walk(value, visit)


def _links(value: Any, visit: _Texts | _Kinds) -> Any:
    if isinstance(value, str):
        return visit.link(value) if is_link(MARKER.sub("removed", value.strip())) else visit.text(value)
    if isinstance(value, list | tuple):
        return [_links(member, visit) for member in value]
    if isinstance(value, dict):
        return {name: _links(member, visit) for name, member in value.items()}
    return value


# --- names and what stands under them ---

KEPT = "kept"


@lru_cache(maxsize=4096)
def _role(name: str) -> str | None:
    """KEPT, or the kind of credential that a member or a label of this name holds; camelCase reads as snake_case."""
    bare = ASIDES.sub("", CAMEL.sub("_", name).replace("-", "_"))
    plain = bare.lower().strip(" _").replace(" ", "_")
    if KEPT_NAME.fullmatch(plain):
        return KEPT
    match = None if YES_OR_NO.match(plain) else DROPPED_NAME.fullmatch(plain)
    return match.lastgroup if match else None


def _only_speaks(value: Any, kind: str) -> bool:
    """Whether a value says something about a credential: "expired", "not set", "12 of 12", `/etc/ssl/private/shop.key`."""
    if not isinstance(value, str):
        return False
    said = [word.strip(".,;:!?()\"'") for word in value.lower().split()]
    ordinary = sum(word in words.STATES or (len(said) > 1 and word.isdecimal() and len(word) <= 3) for word in said)
    path = is_path(value.strip()) and (kind != "password" or value.count("/") > 1)
    if is_placeholder(value.strip()) or path or ordinary == len(said):
        return True
    prose = len(said) > 1 and all(look_of(word) < Look.DIGITS for word in said)
    return prose and kind != "password" and 2 * ordinary >= len(said)
