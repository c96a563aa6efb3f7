"""The standard format as `/openapi.json` describes it: whatever the description allows, the parser takes."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from jsonschema import Draft202012Validator, FormatChecker

from adapters.hosts import standard
from connector.domain.news import Ignored
from connector.formats.hostnames import canonical_site
from connector.formats.standard import described as events
from connector.ports import Delivery, Unreadable

DAY = datetime(2026, 11, 21, 10, tzinfo=UTC)
GONE = object()
VALUES: list[Any] = [GONE, None, "", " ", "x", "x" * 256, "x" * 2_001, 0, 7, -1, 1_000_001, 1.5, True, False]
VALUES += [
    [],
    {},
    [None],
    [""],
    ["x"],
    [{}],
    [{"id": 7}],
    {"id": 7},
    {"id": None},
    {"email": "ada"},
    {"url": "https://x"},
]
VALUES += [
    "49.00",
    "4,9",
    "EUR",
    "2026-11-21T10:00:00Z",
    "2026-11-21",
    "12 months",
    "0 days",
    "P1Y",
    "active",
    "one_time",
]


FORMATS = FormatChecker(["date-time"])
FORMATS.checks("site", raises=ValueError)(lambda value: not isinstance(value, str) or bool(canonical_site(value)))


def validator(name: str = "StandardEvent") -> Draft202012Validator:
    """Of one event, or of whichever a body says it is."""
    whole = {"$ref": f"#/components/schemas/{name}", "components": {"schemas": events.SCHEMAS}}
    return Draft202012Validator(whole, format_checker=FORMATS)


def sample(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(standard.HOST.sample(name, {}, DAY)[1])
    return found


def refusal(body: dict[str, Any]) -> str | None:
    """Why the parser refuses a body, or None."""
    try:
        standard.parse(Delivery({}, json.dumps(body).encode()))
    except Unreadable as fault:
        return str(fault)
    return None


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Every member and list entry below a value."""
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, each in inside:
        yield (*path, name)
        yield from places(each, (*path, name))


def changed(body: dict[str, Any], path: tuple[Any, ...], value: Any) -> dict[str, Any]:
    """The body with another value at this place, or without it."""
    found = copy.deepcopy(body)
    at: Any = found
    for step in path[:-1]:
        at = at[step]
    if value is GONE:
        del at[path[-1]]
    else:
        at[path[-1]] = value
    return found


def test_every_event_is_described_and_no_other() -> None:
    assert set(events.EVENTS) == {*standard.EVENTS, "ping"} == set(standard.HOST.samples)


@pytest.mark.parametrize("name", events.EVENTS)
def test_what_the_description_allows_is_taken(name: str) -> None:
    """Each member in turn becomes each of many values, sensible or not; also members the sample lacks."""
    described, body = validator(name), sample(name)
    assert validator().is_valid(body)
    assert refusal(body) is None
    members = events.EVENTS[name]["properties"]["data"]
    members = events.SCHEMAS[members["$ref"].rpartition("/")[2]] if "$ref" in members else members
    body["data"] = dict.fromkeys(members.get("properties", {})) | body["data"]
    wrong = []
    for path in places(body):
        for value in VALUES:
            tried = changed(body, path, value)
            if described.is_valid(tried) and (why := refusal(tried)):
                wrong.append((path, value, why))
    assert wrong == []


@pytest.mark.parametrize("name", [name for name in events.EVENTS if name != "ping"])
def test_what_is_said_to_be_needed_is_needed(name: str) -> None:
    """Only what must be there is required; a sample cut down to that is still taken."""
    described, body = validator(name), sample(name)
    needed = [each for each in body["data"] if not described.is_valid(changed(body, ("data", each), GONE))]
    assert all(refusal(changed(body, ("data", each), GONE)) for each in needed)
    least = body | {"data": {each: value for each, value in body["data"].items() if each in needed}}
    if described.is_valid(least):  # else one of several ways is needed
        assert refusal(least) is None


def test_other_events_are_not_described_and_ignored() -> None:
    body = {"type": "no.such", "data": {}}
    assert not validator().is_valid(body)
    [news] = standard.parse(Delivery({}, json.dumps(body).encode()))
    assert isinstance(news, Ignored)
