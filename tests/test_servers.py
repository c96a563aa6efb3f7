"""The servers that the other tests lean on do what those tests take for granted."""

import pytest
import redis
import requests
import sqlalchemy as sa

from tests.conftest import FreshDatabaseUrl
from tests.servers.databases import Kind
from tests.servers.rt import RequestTracker
from tests.servers.valkey import Valkey


def fill(url: str) -> None:
    """Makes one table with one row."""
    engine = sa.create_engine(url)
    with engine.begin() as connection:
        connection.execute(sa.text("CREATE TABLE filled (n INTEGER)"))
        connection.execute(sa.text("INSERT INTO filled VALUES (1)"))
    engine.dispose()


def tables(url: str) -> list[str]:
    """The names of all tables."""
    engine = sa.create_engine(url)
    names = sa.inspect(engine).get_table_names()
    engine.dispose()
    return names


@pytest.mark.parametrize("_time", ["first", "second"])
def test_every_test_gets_an_empty_database(database_url: str, _time: str) -> None:
    assert tables(database_url) == []
    fill(database_url)


@pytest.mark.parametrize("kind", ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def test_copies_of_a_prepared_database_are_apart(fresh_database_url: FreshDatabaseUrl, kind: Kind) -> None:
    first, second = (fresh_database_url(kind, prepare=fill) for _ in range(2))
    engine = sa.create_engine(first)
    with engine.begin() as connection:
        connection.execute(sa.text("DROP TABLE filled"))
    engine.dispose()
    assert (tables(first), tables(second)) == ([], ["filled"])


@pytest.mark.parametrize("_time", ["first", "second"])
def test_every_test_gets_an_empty_redis(redis_url: str, _time: str) -> None:
    with redis.Redis.from_url(redis_url) as client:
        assert client.dbsize() == 0
        client.set("left", "over")


def test_valkey_keeps_what_it_had_over_a_kill(own_valkey: Valkey) -> None:
    with redis.Redis.from_url(own_valkey.url) as client:
        client.set("kept", "yes")
        own_valkey.kill()
        own_valkey.start()
        assert client.get("kept") == b"yes"


def test_request_tracker_finds_a_ticket_by_our_reference(rt: RequestTracker) -> None:
    rest, credentials = f"{rt.url}/REST/2.0", {"Authorization": f"token {rt.token}"}
    ticket = {"Queue": rt.queue, "Subject": "Help", "CustomFields": {rt.reference_field: "SC-7F3K-2M9Q"}}
    query = f"'CF.{{{rt.reference_field}}}' = 'SC-7F3K-2M9Q' AND Queue='{rt.queue}'"

    def found() -> list[str]:
        reply = requests.get(f"{rest}/tickets", params={"query": query}, headers=credentials, timeout=30)
        return [item["id"] for item in reply.json()["items"]]

    assert found() == []
    created = requests.post(f"{rest}/ticket", json=ticket, headers=credentials, timeout=30)
    assert created.status_code == 201
    assert found() == [created.json()["id"]]
    rt.reset()
    assert found() == []
