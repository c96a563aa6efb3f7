"""How PHP reads and writes what the licence protocols of WordPress and WHMCS carry."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

ABSENT = frozenset(["", "0"])
"""What PHP's `empty()` takes for nothing: clients send `false` as "0"."""


def said(args: Mapping[str, str], *names: str) -> str | None:
    """The first of these parameters that says anything, as `empty()` sees it; surrounding white space is gone."""
    for name in names:
        if (text := args.get(name, "").strip()) not in ABSENT:
            return text
    return None


def json_text(value: Any) -> str:
    """JSON as PHP's `json_encode` writes it: slashes escaped, ASCII only, no spaces."""
    return json.dumps(value, ensure_ascii=True, separators=(",", ":")).replace("/", "\\/")


class Assoc(dict[str, Any]):
    """A mapping that PHP reads as an array: WordPress fails on `sections` that are an object."""


def serialized(value: Any) -> str:
    """PHP's `serialize()`: None, bool, int, float, text (byte lengths), lists, `Assoc` and, as stdClass, other mappings."""
    if value is None:
        return "N;"
    if isinstance(value, bool):
        return f"b:{int(value)};"
    if isinstance(value, int):
        return f"i:{value};"
    if isinstance(value, float):
        return f"d:{value!r};"
    if isinstance(value, str):
        return f's:{len(value.encode("utf-8", "replace"))}:"{value}";'
    if isinstance(value, Mapping):
        inside = "".join(serialized(str(name)) + serialized(each) for name, each in value.items())
        if isinstance(value, Assoc):
            return f"a:{len(value)}:{{{inside}}}"
        return f'O:8:"stdClass":{len(value)}:{{{inside}}}'
    inside = "".join(serialized(place) + serialized(each) for place, each in enumerate(value))
    return f"a:{len(value)}:{{{inside}}}"
