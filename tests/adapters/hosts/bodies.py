"""Deliveries for the tests of hosts: recorded fixtures, changed fixtures, any JSON at all."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

from connector.ports import Delivery
from tests.paths import FIXTURES, SHARED

NOW = datetime(2026, 11, 21, 10, 0, tzinfo=UTC)
BODIES = FIXTURES / "hosts"
RECORDED = SHARED / "data" / "payloads"

texts = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=30)
json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**17), 10**17)
    | st.floats(allow_nan=False, allow_infinity=False)
    | texts
    | st.sampled_from(["2026-05-04T08:15:30Z", "2026-05-04", "0", "", "0000-00-00T00:00:00", "9" * 300, "-1.0", "[]"]),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4),
    max_leaves=8,
)


def fixtures(host: str) -> list[Path]:
    """The recorded bodies of one host."""
    return sorted((BODIES / host).glob("*.json"))


def fixture(host: str, name: str, settings: Mapping[str, Any] | None = None) -> Delivery:
    """One recorded body as a delivery, with the headers such a body comes with."""
    return Delivery(headers_of(host, name), (BODIES / host / f"{name}.json").read_bytes(), settings or {})


def headers_of(host: str, name: str) -> dict[str, str]:
    """The unsigned headers of a delivery; WooCommerce's topic is in the file's name (`order.updated.keys`)."""
    if host != "woocommerce":
        return {"content-type": "application/json", "webhook-id": f"msg_{name.replace('.', '_')}"}
    return {
        "content-type": "application/json",
        "user-agent": "WooCommerce/9.9.1 Hookshot (WordPress/6.8)",
        "x-wc-webhook-id": "3",
        "x-wc-webhook-topic": ".".join(name.split(".")[:2]),
        "x-wc-webhook-delivery-id": "0" * 32,
    }


def changed(delivery: Delivery, **members: Any) -> Delivery:
    """The same delivery with other members at the top of its body; `...` takes one away."""
    body = json.loads(delivery.body) | members
    body = {name: value for name, value in body.items() if value is not ...}
    return Delivery(delivery.headers, json.dumps(body).encode(), delivery.settings)


def spots(value: Any, way: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """The way to every member and entry within a JSON value."""
    members = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, inner in members:
        yield (*way, name)
        yield from spots(inner, (*way, name))


@st.composite
def mutations(draw: st.DrawFn, host: str) -> Delivery:
    """A fixture in which one to three members were replaced by anything, or taken away."""
    path = draw(st.sampled_from(fixtures(host)))
    value = copy.deepcopy(json.loads(path.read_bytes()))
    for _ in range(draw(st.integers(1, 3))):
        ways = list(spots(value))
        if ways:
            *way, last = draw(st.sampled_from(ways))
            spot = value
            for name in way:
                spot = spot[name]
            if draw(st.booleans()):
                spot[last] = draw(json_values)
            else:
                del spot[last]
    return Delivery(headers_of(host, path.stem), json.dumps(value).encode())
