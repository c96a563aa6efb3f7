"""Nothing durable can take a delivery: 503 with Retry-After, never a 2xx; and all is well again when the database is."""

from __future__ import annotations

import resource
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
import requests
from sqlalchemy.engine import make_url

from tests.http.serving import Server
from tests.http.shops import Hook, Shop, event
from tests.servers import free_port, missing

KEY = "AAAA-BBBB-CCCC-0001"


def send(hook: Hook, number: int) -> requests.Response:
    """One of several grants; its body fills half a megabyte, which is more than the room that is left.

    On a connection of its own: a server that answers before it has read a body hangs up after it.
    """
    grant = {"license_key": f"{KEY}-{number}", "product": "forms", "note": "n" * 500_000}
    body = event("license.granted", grant)
    return hook.post(body, hook.signed(body, f"msg_away_{number}") | {"Connection": "close"})


@contextmanager
def no_room(server: Server) -> Iterator[None]:
    """No file of the server may grow beyond 200 kB, as on a full disk (F9)."""
    if not hasattr(resource, "prlimit"):
        missing("A limit on the files of another process", "Linux has it.")
    before = {pid: resource.prlimit(pid, resource.RLIMIT_FSIZE) for pid in server.processes()}
    for pid, (_, hard) in before.items():
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (200_000, hard))
    yield
    for pid, limits in before.items():
        resource.prlimit(pid, resource.RLIMIT_FSIZE, limits)


@contextmanager
def no_connections(server: Server) -> Iterator[None]:
    """PostgreSQL ends every session with this database and lets nobody in (F8)."""
    server.runtime.engine.dispose()
    url = make_url(server.database_url)
    plain = url.set(drivername="postgresql", database="postgres").render_as_string(hide_password=False)
    with psycopg.connect(plain, autocommit=True) as connection:
        _allow(connection, url.database, "false")
        connection.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [url.database])
        yield
        _allow(connection, url.database, "true")


def _allow(connection: psycopg.Connection, database: str | None, word: str) -> None:
    connection.execute(f'ALTER DATABASE "{database}" ALLOW_CONNECTIONS {word}'.encode())


def is_unavailable(answer: requests.Response) -> bool:
    return answer.status_code == 503 and answer.headers["Retry-After"].isdecimal()


def test_without_a_database_hosts_are_asked_to_send_again(own_server: Server) -> None:
    hook = Shop(own_server).hook()
    away = no_room(own_server) if own_server.sqlite else no_connections(own_server)
    with away:
        answers = [send(hook, number) for number in range(6)]
        assert all(map(is_unavailable, answers)), [answer.status_code for answer in answers]
        assert {answer.json()["code"] for answer in answers} == {"unavailable"}
    again = [send(hook, number) for number in [*range(6), *range(6)]]
    taken = [answer.json()["result"] for answer in again if answer.status_code == 200]
    assert all(answer.status_code == 200 or is_unavailable(answer) for answer in again)
    assert taken.count("applied") + taken.count("duplicate") == len(taken) >= 6
    rows = hook.shop.rows()
    assert rows["licences"] == rows["deliveries"] == 6, "none lost, none twice"


@pytest.mark.postgres
def test_with_postgresql_away_every_face_says_so(own_postgresql: Server) -> None:
    shop = Shop(own_postgresql)
    token = shop.token()
    hook = shop.hook()
    with no_connections(own_postgresql):
        url = own_postgresql.url
        bearer = {"Authorization": f"Bearer {token}"}
        assert is_unavailable(hook.post(event("ping", {})))
        looked_up = requests.get(f"{url}/v1/eligibility?email=a@example.com", headers=bearer, timeout=30)
        assert is_unavailable(looked_up)
        assert looked_up.headers["Content-Type"] == "application/problem+json"
        asked = {"request_id": "r1"}
        assert is_unavailable(requests.post(f"{url}/v1/support/requests", json=asked, headers=bearer, timeout=30))
        ready = requests.get(f"{url}/readyz", timeout=30)
        assert (ready.status_code, ready.json()["parts"]["database"].split()[0]) == (503, "away")
        assert requests.get(f"{url}/healthz", timeout=30).status_code == 200
        assert hook.signed(b"")["webhook-signature"] not in own_postgresql.log()


@pytest.mark.postgres
def test_a_database_that_was_never_there_is_said_in_one_sentence(own_postgresql: Server) -> None:
    nowhere = f"postgresql://nobody@127.0.0.1:{free_port()}/nothing"
    stranger = Server(Path(own_postgresql.home), nowhere)
    for words in (["vendor", "list"], ["check", KEY], ["migrate"], ["serve"]):
        ended = stranger.command(*words)
        assert ended.returncode in (1, 2), ended.stderr
        assert "Traceback" not in ended.stderr
        assert "database" in ended.stderr
    doctor = stranger.command("doctor", "--format", "json")
    assert (doctor.returncode, "is away" in doctor.stdout) == (1, True)


def test_a_delivery_that_was_answered_200_is_stored_with_that_answer(hook: Hook) -> None:
    told = hook.grant(KEY)
    listed = hook.shop.shell.json("deliveries", "show", told["delivery"])
    assert listed["reply"] == told
