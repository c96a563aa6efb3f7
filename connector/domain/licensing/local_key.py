"""Local keys: the copy of an answer that software of the WHMCS licensing add-on keeps for days without a server. Pure.

A local key is the answer's tags as JSON (or, in older software, as PHP's `serialize()` writes an array), base64, behind
`md5(checkdate + secret)`, turned around, before `md5(that + secret)`, in lines of 80 characters. `checkdate` (`Ymd`) is one of
its tags. Whoever has the software's source has the secret: a local key proves nothing to us, it only keeps software running.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

ENCODINGS = ("json", "php")
DAYS = 15
"""How long the published software believes a local key without asking."""
LINE = 80
MAX_TEXT = 64 * 1024
TAG = re.compile(r"<(.*?)>([^<]+)</\1>", re.IGNORECASE)
PLACES = {"domain": "validdomain", "ip": "validip", "directory": "validdirectory"}


class BadLocalKey(ValueError):
    """A text that is no local key under this secret; the message says how far it could be read."""


@dataclass(frozen=True)
class LocalKey:
    """What a local key holds: the tags of an answer, the day it was given, and how it was written (`json` or `php`)."""

    results: Mapping[str, str]
    checked: date
    encoding: str

    def faults(self, today: date, **place: str) -> list[str]:
        """Why the published software would not use it on `today`; place: `domain`, `ip`, `directory` as it names them itself."""
        found = []
        if self.results.get("status") != "Active":
            found.append(f"its status is {self.results.get('status') or 'missing'}, not Active")
        if self.checked > today:
            found.append(f"it is dated {self.checked}, after today; published software takes it all the same")
        if self.checked <= today - timedelta(days=DAYS):
            found.append(f"it is {(today - self.checked).days} days old: after {DAYS} days the server is asked again")
        for name, said in place.items():
            if said not in self.results.get(PLACES[name], "").split(","):
                found.append(f"{said!r} is not in its {PLACES[name]}")
        return found


def tags(body: str) -> dict[str, str]:
    """The tags of an answer, as the published software reads them: empty ones are dropped, nothing is unescaped."""
    return dict(TAG.findall(body))


def mint(results: Mapping[str, str], secret: str, checked: date, encoding: str = "json") -> str:
    """The local key that software would have made of these tags on that day."""
    day = f"{checked:%Y%m%d}"
    held = {**results, "checkdate": day}
    text = json.dumps(held, separators=(",", ":")).replace("/", "\\/") if encoding == "json" else _serialized(held)
    inner = _md5(day + secret) + base64.b64encode(text.encode()).decode()
    turned = inner[::-1]
    return _wrapped(turned + _md5(turned + secret))


def read(text: str, secret: str) -> LocalKey:
    """What a local key holds; raises BadLocalKey."""
    text = re.sub(r"\s", "", text)
    if not 64 < len(text) <= MAX_TEXT or not text.isascii():
        raise BadLocalKey("this is no local key: one is several lines of letters and digits")
    turned, seal = text[:-32], text[-32:]
    if not _same(seal, _md5(turned + secret)):
        raise BadLocalKey("it was made with another secret, or changed since")
    inner = turned[::-1]
    results, encoding = _results(inner[32:])
    day = results.get("checkdate", "")
    if not _same(inner[:32], _md5(day + secret)):
        raise BadLocalKey("its day of checking was changed")
    try:
        checked = date.fromisoformat(day[:8])
    except ValueError:
        raise BadLocalKey("its day of checking cannot be read") from None
    return LocalKey({name: value for name, value in results.items() if name != "checkdate"}, checked, encoding)


def _results(encoded: str) -> tuple[dict[str, str], str]:
    try:
        text = base64.b64decode(encoded).decode("utf-8", "replace")
        found, encoding = (json.loads(text), "json") if text.startswith("{") else (_unserialized(text), "php")
    except (binascii.Error, ValueError, RecursionError):
        raise BadLocalKey("its inside is neither JSON nor serialised by PHP") from None
    return {str(name): _text(value) for name, value in found.items()}, encoding


def _text(value: object) -> str:
    """A value as PHP makes text of it."""
    return {True: "1", False: "", None: ""}.get(value, str(value)) if isinstance(value, bool | None) else str(value)


def _serialized(values: Mapping[str, str]) -> str:
    """PHP's `serialize()` of an array of texts; lengths are in bytes."""
    items = "".join(f's:{len(word.encode())}:"{word}";' for pair in values.items() for word in pair)
    return f"a:{len(values)}:{{{items}}}"


_SCALAR = re.compile(rb"N;|b:([01]);|i:(-?\d{1,20});|d:([^;]{1,40});|s:(\d{1,9}):\"|a:(\d{1,6}):\{")


def _unserialized(text: str) -> dict[str, object]:
    """The array that PHP serialised; objects are refused. Raises ValueError."""
    found, end = _value(text.encode(), 0, 0)
    if not isinstance(found, dict) or end != len(text.encode()):
        raise ValueError("not one array")
    return found


def _value(data: bytes, at: int, depth: int) -> tuple[object, int]:
    """The value that begins at `at`, and where it ends."""
    match = _SCALAR.match(data, at)
    if match is None or depth > 4:
        raise ValueError("not a value")
    flag, whole, real, length, count = match.groups()
    if length is not None:
        end = match.end() + int(length)
        if data[end : end + 2] != b'";':
            raise ValueError("a text of another length")
        return data[match.end() : end].decode("utf-8", "replace"), end + 2
    if count is not None:
        items, end = [], match.end()
        for _ in range(2 * int(count)):
            item, end = _value(data, end, depth + 1)
            items.append(item)
        if data[end : end + 1] != b"}":
            raise ValueError("an array without end")
        return {str(name): value for name, value in zip(items[::2], items[1::2], strict=True)}, end + 1
    if flag is not None:
        return flag == b"1", match.end()
    return (int(whole) if whole is not None else real.decode() if real is not None else None), match.end()


def _wrapped(text: str) -> str:
    def lines() -> Iterator[str]:
        for start in range(0, len(text), LINE):
            yield text[start : start + LINE]

    return "\n".join(lines())


def _md5(text: str) -> str:
    return hashlib.md5(text.encode("utf-8", "surrogatepass"), usedforsecurity=False).hexdigest()


def _same(ours: str, theirs: str) -> bool:
    return hmac.compare_digest(ours.encode(), theirs.encode())
