"""How often licence software may ask: by key, by address, and for keys that nobody has. Buckets refill; a wait costs nothing."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st

from connector.domain.licensing.events import Granted, Key, Person
from connector.licences.token_buckets import Buckets
from tests.support.stores import NOW, Store
from wsgi import create_app

KEY = Key("AAAA-BBBB-CCCC-0001")
OTHER = "9.9.9.9"


@pytest.fixture
def client(store: Store) -> FlaskClient:
    settings = replace(store.runtime.settings, rate_key=5, rate_address=8, rate_misses=3)
    store.runtime = replace(store.runtime, clock=lambda: NOW, settings=settings, memo={})
    store.tell([Granted(KEY, "forms", NOW - timedelta(days=1), Person("7"), site_limit=1)])
    return create_app(store.runtime).test_client()


def statuses(client: FlaskClient, times: int, address: str = OTHER, key: str = KEY) -> list[int]:
    call: dict[str, Any] = {"json": {"license_key": key}, "environ_base": {"REMOTE_ADDR": address}}
    return [client.post("/v1/licenses/validate", **call).status_code for _ in range(times)]


def test_a_key_is_answered_its_share_of_a_minute(client: FlaskClient) -> None:
    assert statuses(client, 7, "127.0.0.1") == [200] * 5 + [429] * 2


def test_an_address_is_answered_its_share_whatever_the_keys(client: FlaskClient, store: Store) -> None:
    store.tell([Granted(Key("BBBB-BBBB-CCCC-0002"), "forms", NOW - timedelta(days=1), Person("7"))])
    assert statuses(client, 5) == [200] * 5
    assert statuses(client, 5, key="BBBB-BBBB-CCCC-0002") == [200] * 3 + [429] * 2


def test_whoever_tries_keys_is_told_no_more_while_others_are(client: FlaskClient) -> None:
    assert [statuses(client, 1, key=f"GUESS-{number}")[0] for number in range(5)] == [200] * 3 + [429] * 2
    assert statuses(client, 1) == [429]
    assert statuses(client, 1, "8.8.8.8") == [200]


def test_a_proxy_nobody_told_us_of_does_not_shut_out_its_users(client: FlaskClient) -> None:
    for address in ("127.0.0.1", "10.1.2.3", "::1", "fd00::7", ""):
        assert [statuses(client, 1, address, f"GUESS-{address}-{number}")[0] for number in range(9)] == [200] * 9


def test_a_refusal_says_when_to_come_back(client: FlaskClient) -> None:
    statuses(client, 5, "127.0.0.1")
    answer = client.post("/v1/licenses/activate", json={"license_key": KEY, "site": "shop.example.com"})
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "12")
    assert answer.json is not None
    assert answer.json["code"] == "rate_limited"


def test_no_limit_is_no_limit() -> None:
    assert {Buckets(0).take("a", NOW) for _ in range(100)} == {0.0}


@given(st.integers(1, 600), st.lists(st.integers(0, 30), max_size=60))
def test_nobody_gets_more_than_a_full_bucket_and_what_flows_in(per_minute: int, pauses: list[int]) -> None:
    buckets, now, taken = Buckets(per_minute), NOW, 0
    for pause in pauses:
        now += timedelta(seconds=pause)
        taken += not buckets.take("a", now)
    assert taken <= per_minute + per_minute * sum(pauses) / 60 + 1e-6
    if buckets.take("a", now):
        assert buckets.take("a", now + timedelta(seconds=61)) == 0.0


def test_the_bucket_asked_about_least_lately_is_forgotten_first() -> None:
    buckets = Buckets(1, room=2)
    assert buckets.take("a", NOW) == 0.0
    assert buckets.take("b", NOW) == 0.0
    assert buckets.take("a", NOW) > 0
    buckets.take("c", NOW)
    assert buckets.take("a", NOW) > 0
    assert buckets.take("b", NOW) == 0.0
