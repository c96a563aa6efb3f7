"""migrate, demo, doctor, config: setting up an installation and looking at it."""

from __future__ import annotations

import json
import os
import signal
import socket
import stat
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Column, MetaData, inspect

from connector import settings
from connector.storage import migrations
from connector.storage.database import make_engine
from connector.storage.tables import metadata
from tests.cli.shell import Shell
from tests.conftest import FreshDatabaseUrl
from tests.http.serving import SECRET_KEY, Server
from tests.servers.databases import Kind

# --- migrations ---


def test_an_empty_database_is_migrated_to_the_schema_of_the_code_and_twice_changes_nothing(
    kind: Kind, fresh_database_url: FreshDatabaseUrl
) -> None:
    url = fresh_database_url(kind)
    engine = make_engine(url)
    assert migrations.pending(engine)
    for _ in range(2):
        migrations.upgrade(url)
        assert not migrations.pending(engine)
    with engine.connect() as tx:
        context = MigrationContext.configure(tx, opts={"compare_type": True, "compare_server_default": True})
        assert compare_metadata(context, metadata) == []
    engine.dispose()


def test_migrations_make_what_the_tables_declare(kind: Kind, fresh_database_url: FreshDatabaseUrl) -> None:
    """Columns, keys, indexes and uniques one by one, against a database made from the tables themselves."""
    migrated, declared = fresh_database_url(kind), fresh_database_url(kind)
    migrations.upgrade(migrated)
    engine = make_engine(declared)
    metadata.create_all(engine)
    engine.dispose()
    assert shape_of(migrated) == shape_of(declared)


def shape_of(url: str) -> dict[str, Any]:
    engine = make_engine(url)
    seen = inspect(engine)
    shape = {
        name: {
            "columns": [(each["name"], str(each["type"]), each["nullable"]) for each in seen.get_columns(name)],
            "key": sorted(seen.get_pk_constraint(name)["constrained_columns"]),
            "foreign": sorted(str(each["constrained_columns"]) for each in seen.get_foreign_keys(name)),
            "unique": sorted(str(each["column_names"]) for each in seen.get_unique_constraints(name)),
            "indexes": sorted(f"{each['name']} {each['column_names']}" for each in seen.get_indexes(name)),
        }
        for name in seen.get_table_names()
        if name != "alembic_version"
    }
    engine.dispose()
    return shape


def test_the_comparison_sees_a_missing_column(fresh_database_url: FreshDatabaseUrl) -> None:
    url = fresh_database_url("sqlite")
    migrations.upgrade(url)
    wider = MetaData(naming_convention=metadata.naming_convention)
    for table in metadata.sorted_tables:
        table.to_metadata(wider)
    wider.tables["vendors"].append_column(Column("colour", metadata.tables["vendors"].c.slug.type))
    engine = make_engine(url)
    with engine.connect() as tx:
        assert compare_metadata(MigrationContext.configure(tx), wider) != []
    engine.dispose()


# --- commands in a process of their own, as a new user runs them ---


@pytest.fixture
def house(tmp_path: Path) -> Server:
    """An installation that nobody has touched: an empty folder, SQLite in it."""
    home = tmp_path / "var"
    made = Server(home, f"sqlite:///{home}/connector.db")
    home.mkdir()
    return made


@pytest.mark.slow
def test_a_new_house_is_migrated_and_filled_and_doing_it_again_changes_nothing(house: Server) -> None:
    for command in (["migrate"], ["migrate"], ["demo", "load"], ["demo", "load"]):
        ended = house.command(*command)
        assert (ended.returncode, ended.stdout) == (0, ""), ended.stderr
    shell = Shell(house.runtime)
    assert [each["vendor"] for each in shell.json("vendor", "list")] == ["demo"]
    assert len(shell.json("license", "list", "--vendor", "demo")) == 2
    assert {each["host"] for each in shell.json("endpoint", "list")} == {"standard", "woocommerce"}
    shell.run("check", "ada@example.com")
    shell.run("check", "bob@example.com", exits=3)
    told = shell.json("policy", "simulate", "--vendor", "demo", "--policy", "crmjetty")
    assert told["decisions"] > told["flipped"] > 0, "the demonstration store shows what a simulation is good for"
    assert "0 came" not in shell.run("policy", "replay", "--vendor", "demo").stderr
    assert {each["state"] for each in shell.json("doctor")} == {"ok", "note"}
    house.close()


@pytest.mark.slow
def test_before_the_migration_commands_say_what_to_do(house: Server) -> None:
    for words in (["vendor", "list"], ["serve"], ["check", "x"]):
        ended = house.command(*words)
        assert ended.returncode in (1, 2)
        assert "connector migrate" in ended.stderr
        assert "Traceback" not in ended.stderr
    ended = house.command("doctor", "--format", "json")
    assert (ended.returncode, "connector migrate" in ended.stdout) == (1, True)


@pytest.mark.slow
def test_every_fault_of_the_settings_is_told_at_once_and_no_value(house: Server) -> None:
    wrong = {
        "CONNECTOR_ENV": "staging-Zq7kW3",
        "CONNECTOR_BIND": "somewhere-Zq7kW3",
        "CONNECTOR_DATABASE_URL": "mysql://root:Zq7kW3@db/x",
        "CONNECTOR_REDIS_URL": "http://Zq7kW3",
        "CONNECTOR_SECRET_KEY": "short-Zq7kW3",
        "CONNECTOR_LOG_FORMAT": "xml-Zq7kW3",
        "CONNECTOR_TRUSTED_PROXIES": "many-Zq7kW3",
        "CONNECTOR_MAX_BODY": "-1",
        "CONNECTOR_THREADS": "0",
        "CONNECTOR_METRICS_TOKEN_FILE": "/nowhere/Zq7kW3",
    }
    bad = Server(house.home, house.database_url, wrong)
    ended = bad.command("config", "show")
    assert (ended.returncode, ended.stdout) == (2, "")
    for name in wrong:
        assert name.removesuffix("_FILE") in ended.stderr
    assert "Zq7kW3" not in ended.stderr


@pytest.mark.slow
def test_config_show_masks_secrets_and_says_where_each_value_came_from(house: Server, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("Zq7kW3 a secret in a file, long enough to be taken\n")
    more = {"CONNECTOR_METRICS_TOKEN": "Zq7kW3token", "CONNECTOR_REDIS_URL": "redis://:Zq7kW3@127.0.0.1:1/0"}
    own = Server(house.home, "postgresql://ada:Zq7kW3@127.0.0.1:1/x", more | {"CONNECTOR_SECRET_KEY_FILE": str(secret)})
    environment = own.environment
    assert environment.pop("CONNECTOR_SECRET_KEY") == SECRET_KEY
    ended = own.command("config", "show", "--format", "json", environment=environment)
    assert ended.returncode == 0, ended.stderr
    assert "Zq7kW3" not in ended.stdout + ended.stderr
    rows = {each["name"]: each for each in json.loads(ended.stdout)}
    assert rows.keys() == settings.NAMES.keys()
    assert rows["CONNECTOR_SECRET_KEY"]["from"] == "CONNECTOR_SECRET_KEY_FILE"
    assert rows["CONNECTOR_METRICS_TOKEN"]["from"] == "environment"
    assert (rows["CONNECTOR_MAX_BODY"]["value"], rows["CONNECTOR_MAX_BODY"]["from"]) == ("1048576", "default")


@pytest.mark.slow
@pytest.mark.parametrize("environment", ["development", "production"])
def test_a_home_that_is_a_file_is_a_fault_of_the_settings(house: Server, environment: str) -> None:
    occupied = house.home / "notes.txt"
    occupied.write_text("")
    more = house.environment | {"CONNECTOR_HOME": str(occupied), "CONNECTOR_ENV": environment}
    if environment == "development":
        del more["CONNECTOR_SECRET_KEY"]
    ended = house.command("migrate", environment=more)
    assert (ended.returncode, "CONNECTOR_HOME" in ended.stderr, "Traceback" in ended.stderr) == (2, True, False)


@pytest.mark.slow
def test_with_another_secret_key_nothing_serves_and_the_doctor_says_so(house: Server) -> None:
    """With it every licence would look unknown and every customer be refused."""
    for words in (["migrate"], ["vendor", "add", "acme", "--policy", "crmjetty"]):
        assert house.command(*words).returncode == 0
    assert house.command("endpoint", "add", "--vendor", "acme", "--host", "standard").returncode == 0
    other = house.environment | {"CONNECTOR_SECRET_KEY": "another secret key, long enough to be taken"}
    for command in ("serve", "worker"):
        ended = house.command(command, environment=other)
        assert (ended.returncode, "CONNECTOR_SECRET_KEY" in ended.stderr) == (2, True)
    doctor = house.command("doctor", environment=other)
    assert (doctor.returncode, "CONNECTOR_SECRET_KEY" in doctor.stdout) == (1, True)


@pytest.mark.slow
def test_the_server_stops_even_if_a_worker_does_not(house: Server) -> None:
    assert house.command("migrate").returncode == 0
    _, worker, *_ = house.start().processes()
    os.kill(worker, signal.SIGSTOP)
    house.stop()
    with socket.create_server(house.address):
        pass
    house.close()


@pytest.mark.slow
def test_a_second_installation_does_not_share_the_port_of_the_first(house: Server) -> None:
    assert house.command("migrate").returncode == 0
    with socket.create_server(house.address, reuse_port=True):
        ended = house.command("serve")
    assert (ended.returncode, "CONNECTOR_BIND" in ended.stderr) == (1, True)


@pytest.mark.slow
def test_a_secret_key_is_made_for_the_home_and_kept_from_others(house: Server) -> None:
    environment = {name: value for name, value in house.environment.items() if name != "CONNECTOR_SECRET_KEY"}
    assert house.command("migrate", environment=environment).returncode == 0
    path = house.home / "secret_key"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    first = path.read_text()
    assert house.command("config", "show", environment=environment).returncode == 0
    assert path.read_text() == first
    path.chmod(0o644)
    ended = house.command("doctor", environment=environment)
    assert (ended.returncode, "chmod 600" in ended.stdout) == (1, True)
    path.unlink()
    refused = house.command("config", "show", environment=environment | {"CONNECTOR_ENV": "production"})
    assert (refused.returncode, "CONNECTOR_SECRET_KEY" in refused.stderr) == (2, True)
    assert not path.exists(), "in production nothing is made up"
