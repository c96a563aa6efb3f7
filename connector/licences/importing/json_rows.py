"""JSON of any size, a value at a time: an array, one value a line, or one object around a list."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, TextIO

LARGEST_VALUE = 1 << 20
LARGEST_OBJECT = 64 << 20
LISTS = ("data", "licenses", "license_keys", "licences", "keys", "results", "items", "purchases", "sales")
"""What exports call the list that they wrap into an object."""

_CHUNK = 1 << 16
_BETWEEN = re.compile(r"[\s,]*")


@dataclass(frozen=True)
class Broken:
    """There is no JSON value where one must be."""

    what: str
    cure: str


_NO_JSON = Broken("this is not JSON", "export it again, or mend the value on this line")
_REST = Broken(
    "this is not JSON, nor is what follows read", "mend the value that begins here and import the file again"
)


class _Refused(ValueError):
    pass


def _constant(name: str) -> Any:
    raise _Refused


_DECODER = json.JSONDecoder(parse_constant=_constant)


def values(text: TextIO, first: str) -> Iterator[tuple[int, Any]]:
    """(line, value) for each entry; `first` is the file's first line that is not blank, from which its form is told."""
    if first.lstrip().startswith("["):
        yield from _array(text)
    elif isinstance(_decoded(first), dict):
        for number, line in enumerate(text, 1):
            if line.strip():
                yield from _unwrapped(number, _decoded(line))
    else:
        yield from _one_object(text)


def _decoded(text: str) -> Any:
    try:
        return _DECODER.decode(text)
    except (ValueError, RecursionError):
        return _NO_JSON


def _one_object(text: TextIO) -> Iterator[tuple[int, Any]]:
    whole = text.read(LARGEST_OBJECT + 1)
    if len(whole) > LARGEST_OBJECT:
        yield 1, Broken("one object of more than 64 MB", "write an array, or one object a line")
    else:
        yield from _unwrapped(1, _decoded(whole))


def _unwrapped(line: int, value: Any) -> Iterator[tuple[int, Any]]:
    """The entries of an object around a list, each told by the object's line; any other value is an entry itself."""
    inner = next((value[name] for name in LISTS if isinstance(value.get(name), list)), None) if _is(value) else None
    yield from ((line, each) for each in ([value] if inner is None else inner))


def _is(value: Any) -> bool:
    return isinstance(value, dict)


def _array(text: TextIO) -> Iterator[tuple[int, Any]]:
    """The entries of one array, read a piece at a time."""
    rest, line, at = "", 1, 0
    while "[" not in rest:
        rest += text.read(_CHUNK)
    line, at = 1 + rest[: rest.index("[")].count("\n"), rest.index("[") + 1
    while True:
        start = _BETWEEN.match(rest, at).end()  # type: ignore[union-attr]
        line, at = line + rest.count("\n", at, start), start
        if at < len(rest) and rest[at] == "]":
            return
        value, end, ended = _next(rest, at)
        if end is None:
            more = "" if len(rest) - at > LARGEST_VALUE or ended else text.read(_CHUNK)
            if not more:
                yield line, _REST
                return
            rest, at = rest[at:] + more, 0
            continue
        yield line, value
        line, at = line + rest.count("\n", at, end), end


def _next(text: str, at: int) -> tuple[Any, int | None, bool]:
    """(value, where it ends, False), or (None, None, is it broken for certain?) where more text is wanted."""
    try:
        value, end = _DECODER.raw_decode(text, at)
    except json.JSONDecodeError as fault:
        unfinished = fault.msg.startswith("Unterminated") or fault.pos >= len(text) - 12
        return None, None, not unfinished
    except (ValueError, RecursionError):  # NaN, a number of thousands of digits, or nested too deep
        return None, None, True
    if end == len(text) and not isinstance(value, dict | list):
        return None, None, False  # a number may go on
    return value, end, False
