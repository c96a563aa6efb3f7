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

from connector.domain.credential_pairs import likely_spans
from connector.domain.credential_tokens import Reading, Span, certain_spans

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
    kept: list[Span] = []
    for start, end, kind in sorted((*certain_spans(reading), *likely_spans(reading))):
        if _in_marker(text, start):
            continue
        if kept and start < kept[-1][1]:
            first, last, known = kept[-1]
            kept[-1] = (first, max(last, end), known if CERTAIN[known] else kind)
        else:
            kept.append((start, end, kind))
    return kept


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
# Members that hold a credential whatever it looks like; the first group that fits names the kind.
DROPPED_NAME = re.compile(
    r"(?P<card>(?:.*_)?card_?number)|(?P<card_code>(?:.*_)?(?:cvv2?|cvc2?|card_?code))|(?P<pin>pin)|"
    r"(?P<password>(?:.*_)?(?:user|server|ftp|db|smtp|admin)?(?:password|passwd|passphrase|passcode|pwd|pw)\d?|pass|.*_pass|"
    r"(?:.*_)?(?:passwort|kennwort|contrasena|contraseña|senha|wachtwoord|mot_de_passe|mdp))|"
    r"(?P<secret>token|(?:.*_)?(?:secret|credentials?|(?:access|refresh|auth|api|bearer)_?token|(?:secret|private|access)_?key|"
    r"(?:server)?accesshash)|authorization|bearer)"
)
CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


LONGEST_NAME = 64


def screen_value(value: Any) -> tuple[Any, tuple[str, ...]]:
    """The same JSON-like value without credentials, and the kinds of what was cut, one entry for each.

    Every text is screened, at any depth; a member whose name says that it is a credential loses its value whatever it
    is, in `{name: value}` as in `{"key": name, "value": value}`. Not screened: one-word members named as licence keys,
    purchase codes and ids are (KEPT_NAME). The value given is never changed; it comes back itself if nothing was found.
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
        if value in (None, "", [], {}) or isinstance(value, bool) or value == marker(kind):
            return value
        self.cut.append(kind)
        return marker(kind)


def _walk(value: Any, visit: _Texts | _Kinds) -> Any:
    if isinstance(value, str):
        return visit.text(value)
    if isinstance(value, dict):
        named = value.get("key") or value.get("name") or value.get("label")
        kind = _role(named) if isinstance(named, str) and "value" in value else None
        if kind and kind != KEPT:
            return {**value, "value": visit.secret(value["value"], kind)}
        return {name: _member(name, member, visit) for name, member in value.items()}
    if isinstance(value, list | tuple):
        return [_walk(member, visit) for member in value]
    return value


def _member(name: Any, value: Any, visit: _Texts | _Kinds) -> Any:
    role = _role(name) if isinstance(name, str) and len(name) <= LONGEST_NAME else None
    if role == KEPT:
        return value if isinstance(value, str) and ONE_WORD.fullmatch(value) else _walk(value, visit)
    return visit.secret(value, role) if role else _walk(value, visit)


KEPT = "kept"


@lru_cache(maxsize=4096)
def _role(name: str) -> str | None:
    """KEPT, or the kind of credential that a member of this name holds; camelCase and kebab-case read as snake_case."""
    plain = CAMEL.sub("_", name).lower().replace("-", "_").replace(" ", "_").strip("_")
    if KEPT_NAME.fullmatch(plain):
        return KEPT
    match = DROPPED_NAME.fullmatch(plain)
    return match.lastgroup if match else None
