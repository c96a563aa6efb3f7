"""Sample bodies for `connector trigger`: a host's own template with the caller's values in it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from copy import deepcopy
from datetime import UTC, datetime, timedelta
from difflib import get_close_matches
from typing import Any

PEOPLE = ("customer", "requester", "from", "to", "billing")
"""Members that name a person: who sets one of theirs means another person, and nothing of the sample's stays."""


def overridden(body: dict[str, Any], overrides: Mapping[str, Any], more: Iterable[str] = ()) -> dict[str, Any]:
    """A copy of the body with values put in at paths such as `data.items.0.amount`: numbers are positions in a list.

    more: further members that the format has, as paths (`data.items.#.line_id`; `data.environment.*`: any). Raises ValueError
    for a member that the format does not have, with the nearest that it has.
    """
    changed, known = deepcopy(body), {*paths(body), *more}
    for path in overrides:
        _check(path, known)
        _meet_another(changed, path)
    for path, value in overrides.items():
        *way, last = path.split(".")
        spot: Any = changed
        for name in way:
            spot = _below(spot, name, path)
        _put(spot, last, value, path)
    return changed


def paths(value: Any, above: str = "") -> Iterator[str]:
    """Every member as a path, positions in lists as `#`."""
    inner = value.items() if isinstance(value, dict) else (("#", each) for each in value)
    for name, each in inner if isinstance(value, dict | list) else ():
        yield above + name
        if isinstance(each, dict | list):
            yield from paths(each, f"{above}{name}.")


def _check(path: str, known: set[str]) -> None:
    general = ".".join("#" if name.isdecimal() else name for name in path.split("."))
    if general in known or f"{general.rpartition('.')[0]}.*" in known:
        return
    near = get_close_matches(general, known, n=1)
    raise ValueError(
        f"{path!r} leads nowhere: this event has no such member"
        + (f"; did you mean {near[0]!r}?" if near else f"; it has {', '.join(_beside(general, known))}")
    )


def _beside(path: str, known: set[str]) -> list[str]:
    """The members of the nearest object above a path that is known."""
    above = path.rpartition(".")[0]
    found = sorted({each for each in known if each.rpartition(".")[0] == above and not each.endswith((".#", ".*"))})
    return found if found or not above else _beside(above, known)


def _meet_another(body: dict[str, Any], path: str) -> None:
    spot: Any = body
    for name in path.split(".")[:-1]:
        spot = spot.get(name) if isinstance(spot, dict) else None
        if name in PEOPLE and isinstance(spot, dict):
            for member in set(spot) - {"verified"}:
                del spot[member]


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
