"""Another program that keeps SQLite's file locked (F10): who reads does not notice, who writes is told 503 in time."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import replace

import pytest
import requests
from sqlalchemy import func, select
from sqlalchemy.engine import make_url

import wsgi
from connector.storage.database import make_engine, reading
from connector.storage.tables import metadata
from tests.http.serving import Server
from tests.http.shops import Hook, Shop, event

LOCKED = "cannot be written to (database is locked)"
TABLES = metadata.sorted_tables
KEY = "AAAA-BBBB-CCCC-0001"


@contextmanager
def locked(server: Server, how: str) -> Iterator[None]:
    """Somebody's transaction that writes and does not end."""
    path = make_url(server.database_url).database or ""
    with closing(sqlite3.connect(path, isolation_level=None, timeout=60)) as other:
        other.execute(f"BEGIN {how}")
        yield
        other.execute("ROLLBACK")


@pytest.fixture
def hook(own_sqlite: Server) -> Hook:
    shop = Shop(own_sqlite)
    shop.product("forms", "--sites", "3")
    return shop.hook()


def send(hook: Hook, number: int) -> requests.Response:
    """On a connection of its own, which gives up long after a host would have been told."""
    body = event("ping", {"number": number})
    return requests.post(hook.url, data=body, headers=hook.signed(body, f"msg_locked_{number}"), timeout=20)


def test_a_database_that_may_only_be_read_is_said_and_nothing_is_taken(hook: Hook) -> None:
    """F9, on the file itself: what was asked for is 503, what is read is answered."""
    given = hook.shop.server.runtime
    path = make_url(given.settings.database_url).database
    engine = make_engine(f"sqlite:///file:{path}?mode=ro&uri=true")
    client = wsgi.create_app(replace(given, engine=engine, memo={})).test_client()
    body = event("ping", {})
    told = client.post(hook.path, data=body, headers=hook.signed(body))
    assert (told.status_code, told.headers["Retry-After"].isdecimal()) == (503, True)
    ready = client.get("/readyz")
    assert (ready.status_code, ready.json and ready.json["parts"]["database"]) == (
        503,
        "cannot be written to (attempt to write a readonly database)",
    )
    assert client.get("/healthz").status_code == 200
    engine.dispose()
    assert hook.shop.rows()["deliveries"] == 0


def test_looking_at_readiness_leaves_no_rows_behind(hook: Hook) -> None:
    client = wsgi.create_app(hook.shop.server.runtime).test_client()
    counts = []
    for _ in range(3):
        hook.shop.server.runtime.memo.clear()
        assert client.get("/readyz").status_code == 200
        with reading(hook.shop.server.runtime.engine) as tx:
            counts.append(
                {table.name: tx.execute(select(func.count()).select_from(table)).scalar() for table in TABLES}
            )
    assert counts[0] == counts[1] == counts[2]


@pytest.mark.parametrize("how", ["IMMEDIATE", "EXCLUSIVE"])
def test_reads_go_on_and_writes_are_told_to_come_again(hook: Hook, how: str) -> None:
    server = hook.shop.server
    hook.grant(KEY)
    with locked(server, how), ThreadPoolExecutor(40) as pool:
        written = [pool.submit(send, hook, number) for number in range(40)]
        asked = {"license_key": KEY, "product": "forms"}
        read = requests.post(f"{server.url}/v1/licenses/validate", json=asked, timeout=20)
        assert (read.status_code, read.json()["code"]) == (200, "VALID")
        assert requests.get(f"{server.url}/healthz", timeout=20).status_code == 200
        answers = [each.result(timeout=60) for each in written]
        assert Counter(answer.status_code for answer in answers) == {503: 40}
        assert all(answer.headers["Retry-After"].isdecimal() for answer in answers)
        ready = requests.get(f"{server.url}/readyz", timeout=20)
        assert (ready.status_code, ready.json()["parts"]["database"]) == (503, LOCKED)
    assert {send(hook, number).json()["result"] for number in range(40)} == {"ignored"}
    assert requests.get(f"{server.url}/readyz", timeout=20).status_code == 200
