"""doctor, and what commands say of an installation that is not there, behind, or away."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from rq import Queue, Worker
from sqlalchemy import insert, select

import wsgi
from connector import settings
from connector.storage.database import transaction
from connector.storage.redis_client import connect
from connector.storage.tables import sinks, vendors
from connector.tickets import outbox
from connector.tickets.wakers import QUEUE
from tests.cli.shell import Shell
from tests.cli.test_queue import KEY, Host
from tests.http.serving import Server
from tests.support.stores import settings_for

AWAY = "postgresql+psycopg://ada:Zq7kW3@127.0.0.1:1/x"


def parts(shell: Shell, exits: int = 0) -> dict[str, Any]:
    return {each["part"]: each for each in shell.json("doctor", exits=exits)}


def with_(shell: Shell, **more: Any) -> Shell:
    """The same installation under other settings."""
    return Shell(replace(shell.runtime, settings=replace(shell.runtime.settings, **more)))


# --- what is there, and what is missing ---


def test_every_line_that_is_not_ok_says_what_to_do(acme: Shell) -> None:
    told = parts(acme)
    states = {name: each["state"] for name, each in told.items() if each["state"] != "ok"}
    assert states == {"mail": "note", "policy of acme": "note"}
    assert "--set " in told["policy of acme"]["what"]
    assert "SMTP_HOST" in told["mail"]["what"]
    assert "embedded" in told["worker"]["what"]


def test_an_installation_without_a_vendor_names_the_folder_it_looked_in(shell: Shell) -> None:
    told = parts(shell)["vendors"]
    assert (told["state"], str(shell.runtime.settings.home) in told["what"]) == ("note", True)


def test_redis_without_a_worker_is_wrong_and_with_one_is_well(acme: Shell, redis_url: str) -> None:
    served = with_(acme, redis_url=redis_url)
    told = parts(served, exits=1)["worker"]
    assert (told["state"], "connector worker" in told["what"]) == ("wrong", True)
    worker = Worker([Queue(QUEUE, connection=connect(redis_url))], connection=connect(redis_url))
    worker.register_birth()  # type: ignore[no-untyped-call]
    assert parts(served)["worker"]["what"] == "1 running"
    worker.register_death()  # type: ignore[no-untyped-call]
    assert parts(served, exits=1)["worker"]["state"] == "wrong"


def test_redis_that_is_away_is_told_as_such(acme: Shell) -> None:
    told = parts(with_(acme, redis_url="redis://127.0.0.1:1/0"), exits=1)
    assert (told["redis"]["state"], "CONNECTOR_REDIS_URL" in told["redis"]["what"]) == ("wrong", True)
    assert told["worker"]["state"] == "note"


def test_tickets_that_nobody_forwards_are_a_worker_that_is_missing(acme: Shell) -> None:
    host = Host(acme)
    host.tell(b'{"type":"license.granted","data":{"license_key":"%b","product":"forms"}}' % KEY.encode(), "msg_1")
    data = b'{"request_id":"r1","license_key":"%b","kind":"how_to_feature","requester":{"email":"a@x.test"}}'
    asked = host.tell(b'{"type":"support.requested","data":%b}' % (data % KEY.encode()), "msg_2")
    assert asked["ticket"]["state"] == "queued"
    with transaction(acme.runtime.engine) as tx:
        vendor_id = tx.execute(select(vendors.c.id)).scalar_one()
        tx.execute(insert(sinks).values(id="snk_1", vendor_id=vendor_id, helpdesk="rt"))
        assert outbox.put_unsent(tx, vendor_id, acme.runtime.clock()) == 1
    assert parts(acme, exits=1)["worker"]["state"] == "ok", "a moment is no reason to worry"
    later = acme.runtime.clock() + timedelta(minutes=5)
    found = parts(Shell(replace(acme.runtime, clock=lambda: later)), exits=1)["worker"]
    assert (found["state"], "connector serve" in found["what"]) == ("wrong", True)


# --- the database: not there, without tables, behind, ahead, away ---


@pytest.mark.slow
@pytest.mark.parametrize("words", [["vendor", "list"], ["check", "x"], ["serve"], ["license", "list"], ["doctor"]])
def test_a_forgotten_home_is_told_and_nothing_is_made_there(tmp_path: Path, words: list[str]) -> None:
    house = Server(tmp_path / "forgotten", f"sqlite:///{tmp_path}/forgotten/connector.db")
    environment = {name: value for name, value in house.environment.items() if name != "CONNECTOR_SECRET_KEY"}
    ended = house.command(*words, environment=environment)
    assert (ended.returncode, ended.stdout) == (2, "")
    assert "CONNECTOR_HOME" in ended.stderr
    assert "connector migrate" in ended.stderr
    assert not house.home.exists()


@pytest.mark.slow
def test_a_folder_without_a_database_is_told_and_none_is_made(tmp_path: Path) -> None:
    house = Server(tmp_path, f"sqlite:///{tmp_path}/connector.db")
    ended = house.command("vendor", "list")
    assert (ended.returncode, ended.stdout, "CONNECTOR_HOME" in ended.stderr) == (2, "", True)
    doctor = house.command("doctor")
    assert (doctor.returncode, "CONNECTOR_HOME" in doctor.stdout) == (1, True)
    assert not (tmp_path / "connector.db").exists()


def test_a_database_that_is_away_is_not_called_behind(tmp_path: Path) -> None:
    away = Shell(wsgi.make_runtime(settings_for(AWAY, tmp_path)))
    for words in (["vendor", "list"], ["check", KEY], ["doctor"]):
        result = away.run(*words, exits=1 if words == ["doctor"] else 2)
        told = result.stdout + result.stderr
        assert "is away" in told
        assert "CONNECTOR_DATABASE_URL" in told
        assert "migrate" not in told
        assert "Zq7kW3" not in told


def test_a_database_of_newer_code_is_not_migrated_back(acme: Shell) -> None:
    with transaction(acme.runtime.engine) as tx:
        tx.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    told = parts(acme, exits=1)["database"]
    assert (told["state"], "newer" in told["what"], "migrate" in told["what"]) == ("wrong", True, False)


def test_an_empty_list_says_where_was_looked(shell: Shell) -> None:
    said = shell.run("vendor", "list", "--format", "json")
    assert said.stdout == "[]\n"
    assert shell.runtime.engine.url.render_as_string() in said.stderr
    assert "***" in said.stderr or shell.runtime.settings.sqlite


def test_settings_that_only_look_make_no_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CONNECTOR_SECRET_KEY", raising=False)
    monkeypatch.setenv("CONNECTOR_HOME", str(tmp_path / "none"))
    with pytest.raises(settings.BadSettings, match="CONNECTOR_HOME"):
        settings.load(make_key=False)
    assert not (tmp_path / "none").exists()
