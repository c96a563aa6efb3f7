"""Whatever an authentic host sends, the answer is 200 with one of the known results, and never a fault of ours."""

from __future__ import annotations

import json
from collections.abc import Callable
from copy import deepcopy
from functools import partial
from operator import delitem
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from adapters.hosts import HOSTS
from tests.http.shops import Hook, Shop

RESULTS = {"applied", "decided", "duplicate", "ignored", "quarantined"}
RUNS = settings(suppress_health_check=[HealthCheck.function_scoped_fixture])

leaves = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=30)
    | st.sampled_from(
        ["", "0", "9" * 400, "2026-02-30T00:00:00Z", "0000-00-00T00:00:00", "a@b", "http://[::1", "\u202e"]
    )
)
values = st.recursive(leaves, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner))


def answer(hook: Hook, body: bytes) -> dict[str, Any]:
    reply = hook.post(body)
    assert reply.status_code == 200, (body, reply.text)
    told: dict[str, Any] = reply.json()
    assert told["result"] in RESULTS
    assert "our own code" not in reply.text, (body, reply.text)
    return told


@pytest.fixture(params=sorted(HOSTS))
def host(request: pytest.FixtureRequest, shop: Shop) -> Hook:
    """An endpoint of each host at a shop that sells what the samples are about."""
    shop.product("acme-forms", "--sku", "ACME-FORMS", "--sites", "2", "--issue-keys")
    shop.product("acme-support", "--sku", "ACME-SUP-12", "--extends", "acme-forms", "--support-term", "12 months")
    return shop.hook(request.param)


def sample(hook: Hook, name: str) -> Any:
    _, body = HOSTS[hook.host].sample(name, {}, hook.shop.now)
    return json.loads(body) if body[:1] in b"{[" else {"webhook_id": 1}


def spots(value: Any, way: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Every place in a JSON value."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [(*way, name) for name, _ in inner] + [spot for name, each in inner for spot in spots(each, (*way, name))]


def setitem_at(value: Any, inside: Any, name: Any) -> None:
    inside[name] = value


def changed(value: Any, spot: tuple[Any, ...], change: Callable[[Any, Any], None]) -> Any:
    """A copy with one place changed."""
    copy = deepcopy(value)
    inside = copy
    for step in spot[:-1]:
        inside = inside[step]
    change(inside, spot[-1])
    return copy


@pytest.mark.slow
@given(body=st.binary(max_size=300))
@RUNS
def test_signed_random_bytes(host: Hook, body: bytes) -> None:
    answer(host, body)


@pytest.mark.slow
@given(data=st.data())
@RUNS
def test_signed_samples_with_anything_in_any_place(host: Hook, data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(HOSTS[host.host].samples))
    body = sample(host, name)
    for _ in range(data.draw(st.integers(1, 3))):
        if not spots(body):
            break
        spot = data.draw(st.sampled_from(spots(body)))
        if data.draw(st.booleans()):
            body = changed(body, spot, partial(setitem_at, data.draw(values)))
        else:
            body = changed(body, spot, delitem)
    answer(host, json.dumps(body).encode())


@pytest.mark.slow
@given(data=st.data())
@RUNS
def test_signed_samples_with_bytes_changed(host: Hook, data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(HOSTS[host.host].samples))
    body = bytearray(json.dumps(sample(host, name)).encode())
    for _ in range(data.draw(st.integers(1, 4))):
        place = data.draw(st.integers(0, len(body) - 1))
        body[place : place + data.draw(st.integers(0, 3))] = data.draw(st.binary(max_size=3))
    answer(host, bytes(body))
