"""A JSON reader for bytes from outside: one meaning or none (no duplicate keys, no NaN, bounded size).

Refused: other encodings than plain UTF-8, duplicate keys, NaN and Infinity, numbers out of range, lone surrogates and
NUL, deep nesting, too many keys. The fast path is one pass of the C decoder; only a suspicion costs a second look.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator
from typing import Any

MAX_KEYS = 20_000  # members a host may send in one body; a large order has thousands
MAX_DIGITS = 18  # what a signed 64-bit column holds
MAX_NUMBER = 40  # characters of a number with a fraction or an exponent
MAX_POINTER = 200

# A whole string, or an unfinished one to the end of the text; possessive, so that hostile text is read once.
STRING = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+(?:"|\\?\Z)', re.DOTALL)
SUSPECT_ESCAPE = re.compile(rb"\\u(?:0000|[dD][89a-fA-F])")
UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
NOT_BRACKETS = bytes(set(range(256)) - set(b"[]{}"))
STEP = {ord("["): 1, ord("{"): 1, ord("]"): -1, ord("}"): -1}


class BadJson(ValueError):
    """A body that is not strict JSON: `pointer` (RFC 6901, empty for the whole body) says where, `message` why."""

    def __init__(self, pointer: str, message: str) -> None:
        super().__init__(f"{pointer}: {message}" if pointer else message)
        self.pointer = pointer
        self.message = message


def loads(body: bytes, max_depth: int = 32, max_keys: int = 1000, *, mend: bool = False) -> object:
    """Read a JSON text (RFC 8259) from its bytes; raises BadJson and nothing else.

    Integers have at most 18 digits; numbers with a fraction or an exponent become finite floats, which print as the
    shortest text that reads back the same (so `Decimal(str(x))` is what the sender wrote, to 15 digits). Money
    elsewhere is text. `max_depth` counts brackets inside each other, `max_keys` the members of all objects together.

    mend: texts were typed by people. Half a surrogate pair becomes U+FFFD, NUL goes, control characters stay as they are,
    and a number that is out of range becomes its text; what could mean two things is refused all the same.
    """
    text = _decode(body)
    _check_structure(body, max_depth, max_keys)
    try:
        suspicious = SUSPECT_ESCAPE.search(body) is not None
        return _mended(text, suspicious) if mend else _parse(text, suspicious)
    except RecursionError:  # only where a caller raised max_depth beyond what the decoder takes
        raise BadJson("", "nested too deep to be read") from None


def _decode(body: bytes) -> str:
    if body.startswith(b"\xef\xbb\xbf"):
        raise BadJson("", "starts with a byte order mark; send plain UTF-8")
    if b"\x00" in body:
        raise BadJson("", "contains NUL bytes (UTF-16 or UTF-32?); send plain UTF-8")
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError as error:
        raise BadJson("", f"not UTF-8 from byte {error.start} on; send plain UTF-8") from None


def _check_structure(body: bytes, max_depth: int, max_keys: int) -> None:
    """Depth and number of keys, before anything is built. Counting signs gives an upper bound that will mostly do."""
    if body.count(b"[") + body.count(b"{") <= max_depth and body.count(b":") <= max_keys:
        return
    bare = STRING.sub(b"", body)
    keys = bare.count(b":")
    if keys > max_keys:
        raise BadJson("", f"has {keys} keys; at most {max_keys} are taken")
    depth = 0
    for bracket in bare.translate(None, NOT_BRACKETS):
        depth += STEP[bracket]
        if depth > max_depth:
            raise BadJson("", f"nested deeper than {max_depth} levels")


def _parse(text: str, suspicious: bool) -> object:
    try:
        value = _DECODER.decode(text)
    except json.JSONDecodeError as error:
        raise _not_json(error) from None
    except _Refused:
        raise _explain(text) from None
    if suspicious:
        for pointer, leaf in _leaves(value, ""):
            if isinstance(leaf, str) and UNSTORABLE.search(leaf):
                raise BadJson(pointer, "text with NUL or half a surrogate pair; send whole Unicode characters")
    return value


def _mended(text: str, suspicious: bool) -> object:
    try:
        value = _MENDER.decode(text)
    except json.JSONDecodeError as error:
        raise _not_json(error) from None
    except _Refused:
        raise _explain(text) from None
    return _storable(value) if suspicious else value


def _storable(value: object) -> object:
    if isinstance(value, str):
        return UNSTORABLE.sub(lambda sign: "" if sign[0] == "\x00" else "\ufffd", value)
    if isinstance(value, list):
        return [_storable(each) for each in value]
    if isinstance(value, dict):
        return {_storable(name): _storable(each) for name, each in value.items()}
    return value


def _not_json(error: json.JSONDecodeError) -> BadJson:
    return BadJson("", f"not JSON: {error.msg} at line {error.lineno}, column {error.colno}")


# --- the fast path: refuse without saying where ---


class _Refused(Exception):
    """Something JSON allows and we do not."""


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise _Refused
    return found


def _integer(text: str) -> int:
    if len(text) > MAX_DIGITS and len(text.lstrip("-")) > MAX_DIGITS:
        raise _Refused
    return int(text)


def _float(text: str) -> float:
    value = float(text)
    if len(text) > MAX_NUMBER or math.isinf(value):
        raise _Refused
    return value


def _constant(text: str) -> None:
    raise _Refused


_DECODER = json.JSONDecoder(object_pairs_hook=_object, parse_int=_integer, parse_float=_float, parse_constant=_constant)


def _number_or_text(text: str) -> int | float | str:
    try:
        return _float(text) if any(sign in text for sign in ".eE") else _integer(text)
    except _Refused:
        return text


_MENDER = json.JSONDecoder(
    object_pairs_hook=_object,
    parse_int=_number_or_text,
    parse_float=_number_or_text,
    parse_constant=_constant,
    strict=False,
)


# --- the slow path: say where ---


class _Members(list[tuple[str, Any]]):
    """An object with all its members, duplicates included."""


class _Fault(str):
    """What is wrong with the value that should stand here."""

    __slots__ = ()


def _explain(text: str) -> BadJson:
    def integer(text: str) -> object:
        fault = f"an integer of more than {MAX_DIGITS} digits; send it as text"
        return _Fault(fault) if len(text.lstrip("-")) > MAX_DIGITS else None

    def fraction(text: str) -> object:
        if math.isinf(float(text)):
            return _Fault("a number out of range")
        return (
            _Fault(f"a number of more than {MAX_NUMBER} characters; send it as text")
            if len(text) > MAX_NUMBER
            else None
        )

    lenient = json.JSONDecoder(
        object_pairs_hook=_Members,
        parse_int=integer,
        parse_float=fraction,
        parse_constant=lambda name: _Fault(f"{name} is not a number of JSON"),
    )
    try:
        value = lenient.decode(text)
    except json.JSONDecodeError as error:  # the text breaks off, or goes wrong, behind what was refused
        return _not_json(error)
    for pointer, leaf in _leaves(value, ""):
        if isinstance(leaf, _Fault):
            return BadJson(pointer, leaf)
    return BadJson("", "refused")


def _leaves(value: object, pointer: str) -> Iterator[tuple[str, object]]:
    """Every value that is not a container, and every key, each with its pointer; a repeated key comes as a fault."""
    if isinstance(value, _Members | dict):
        seen = set()
        for key, member in value if isinstance(value, _Members) else value.items():
            below = _below(pointer, key)
            yield below, _Fault("a key given twice; send it once") if key in seen else key
            yield from _leaves(member, below)
            seen.add(key)
    elif isinstance(value, list):
        for index, member in enumerate(value):
            yield from _leaves(member, _below(pointer, str(index)))
    else:
        yield pointer, value


def _below(pointer: str, key: str) -> str:
    """The pointer of a member; keys come from outside, so it is made storable and not longer than is useful."""
    token = key.replace("~", "~0").replace("/", "~1").replace("\x00", "\\u0000")
    return f"{pointer}/{token}".encode("utf-8", "backslashreplace").decode()[:MAX_POINTER]
