"""With Redis a limit is one limit for all processes; while Redis is away each limits by itself, and nobody waits or fails."""

from __future__ import annotations

import itertools
import socket
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import redis
from flask.testing import FlaskClient

from connector.licences.rate_limits import Gate, gate_of
from connector.licences.shared_limits import REST, SharedBuckets, SharedStore
from connector.licences.token_buckets import Buckets
from connector.runtime import Runtime
from connector.storage.redis_client import connect
from tests.servers.valkey import Valkey
from tests.support.stores import NOW, Store
from wsgi import create_app

FAR = "9.9.9.9"


def process(store: Store, url: str | None, **rates: Any) -> Runtime:
    """What another process of the same installation has: the settings and keys, and a memory of its own."""
    settings = replace(store.runtime.settings, redis_url=url, **({"rate_key": 5, "rate_address": 0} | rates))
    return replace(store.runtime, settings=settings, memo={}, clock=lambda: NOW)


@pytest.fixture
def store(stores: object) -> Store:
    made: Store = stores("sqlite")  # type: ignore[operator]
    return made


@pytest.fixture
def black_hole(tmp_path: Path) -> Iterator[str]:
    """An address where somebody listens and never says a word."""
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(tmp_path / "hole.sock"))
        listening.listen(64)
        yield f"unix://{tmp_path}/hole.sock"


def taken(gates: list[Gate], times: int) -> int:
    """How many of so many calls, in turn through these processes, are let through."""
    turns = itertools.islice(itertools.cycle(gates), times)
    return sum(not gate.wait("a-key", FAR, NOW) for gate in turns)


def test_three_processes_share_one_limit(store: Store, redis_url: str) -> None:
    gates = [gate_of(process(store, redis_url)) for _ in range(3)]
    assert taken(gates, 30) == 5
    assert gates[0].wait("a-key", FAR, NOW) >= 1.0


def test_without_redis_each_process_has_its_own(store: Store) -> None:
    gates = [gate_of(process(store, None)) for _ in range(3)]
    assert all(isinstance(gate.keys, Buckets) for gate in gates)
    assert taken(gates, 30) == 15


def test_whoever_tries_keys_is_known_to_all_processes(store: Store, redis_url: str) -> None:
    one, two = (gate_of(process(store, redis_url, rate_misses=3)) for _ in range(2))
    for _ in range(3):
        assert one.wait("", FAR, NOW) == 0.0
        one.missed(FAR, NOW)
    assert two.wait("", FAR, NOW) > 0
    assert two.wait("", "8.8.8.8", NOW) == 0.0


def test_asking_alone_takes_nothing(store: Store, redis_url: str) -> None:
    shared = gate_of(process(store, redis_url)).keys
    for _ in range(20):
        assert shared.take("a-key", NOW, only_ask=True) == 0.0
    assert sum(not shared.take("a-key", NOW) for _ in range(9)) == 5


def test_no_name_can_be_read_in_redis(store: Store, redis_url: str) -> None:
    gate = gate_of(process(store, redis_url, rate_address=9))
    gate.wait("a-key", FAR, NOW)
    with redis.Redis.from_url(redis_url) as client:
        names = [name.decode() for name in client.scan_iter()]
    assert len(names) >= 2
    assert not any("a-key" in name or FAR in name for name in names)


def test_a_redis_that_dies_is_replaced_by_the_own_memory_and_asked_again_later(
    store: Store, own_valkey: Valkey
) -> None:
    shared = SharedBuckets(SharedStore.of(connect(own_valkey.url)), "key", str, Buckets(5))
    assert shared.take("a", NOW) == 0.0
    own_valkey.kill()
    assert sum(not shared.take("a", NOW) for _ in range(9)) == 5
    own_valkey.start()
    assert shared.take("a", NOW) > 0, "it is left alone for a while"
    assert shared.take("b", NOW + REST) == 0.0
    assert shared.store.back is None, "and answers again"
    other = SharedBuckets(SharedStore.of(connect(own_valkey.url)), "key", str, Buckets(5))
    assert sum(not other.take("b", NOW) for _ in range(9)) == 4


def test_a_redis_that_never_answers_costs_one_time_out_and_no_answer(store: Store, black_hole: str) -> None:
    """The first call waits for the time-out of `queue.connect`; the others find it away. All are answered."""
    app = create_app(process(store, black_hole, rate_key=100))
    client: FlaskClient = app.test_client()
    for _ in range(5):
        call: dict[str, Any] = {"json": {"license_key": "NOPE-0001"}, "environ_base": {"REMOTE_ADDR": FAR}}
        assert client.post("/v1/licenses/validate", **call).status_code == 200


def test_a_wrong_address_of_redis_is_no_fault_of_the_caller(store: Store) -> None:
    gate = gate_of(process(store, "redis://127.0.0.1:1/0"))
    assert taken([gate], 9) == 5
    assert gate.wait("a-key", FAR, NOW + timedelta(minutes=2)) == 0.0
