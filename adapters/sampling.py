"""Sample bodies for `connector trigger`: a host's own template with the caller's values in it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from copy import deepcopy
from datetime import UTC, datetime, timedelta
from typing import Any


def overridden(body: dict[str, Any], overrides: Mapping[str, Any]) -> dict[str, Any]:
    """A copy of the body with values put in at paths such as `data.items.0.amount`: numbers are places in a list.

    Objects on the way that are not there are made. Raises ValueError where a path leads through something else.
    """
    changed = deepcopy(body)
    for path, value in overrides.items():
        *way, last = path.split(".")
        spot: Any = changed
        for name in way:
            spot = _below(spot, name, path)
        _put(spot, last, value, path)
    return changed


def dump(body: Any) -> bytes:
    """JSON as most hosts write it."""
    return json.dumps(body, separators=(",", ":"), ensure_ascii=False).encode()


def stamp(now: datetime, **later: float) -> str:
    """`now` and a while (`days=365`) as RFC 3339 in UTC, whole seconds."""
    return (now + timedelta(**later)).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _below(spot: Any, name: str, path: str) -> Any:
    if isinstance(spot, dict):
        return spot.setdefault(name, {})
    return spot[_place(spot, name, path)]


def _put(spot: Any, name: str, value: Any, path: str) -> None:
    if isinstance(spot, dict):
        spot[name] = value
    else:
        spot[_place(spot, name, path)] = value


def _place(spot: Any, name: str, path: str) -> int:
    if not isinstance(spot, list) or not name.isdecimal() or int(name) >= len(spot):
        raise ValueError(f"{path!r} leads nowhere in this sample: {name!r} is no member there")
    return int(name)
