"""docs/operations.md does what it says: every block of "On a server" is read out of the page and run."""

from __future__ import annotations

import configparser
import getpass
import json
import os
import pwd
import shlex
import shutil
import socket
import subprocess
import uuid
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from datetime import timedelta
from ipaddress import IPv4Address
from pathlib import Path
from typing import Any

import psycopg
import pytest
import requests
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from sqlalchemy.engine import URL, make_url

import wsgi
from connector.runtime import utc_now
from connector.storage.database import make_engine
from tests.cli.shell import Shell
from tests.cli.test_queue import Host
from tests.conftest import FreshDatabaseUrl
from tests.http.server.pages import blocks, environment, insecure, program, put, ready, shell, started_by, wait_for
from tests.http.serving import SECRET_KEY
from tests.http.shops import signed_standard
from tests.servers import free_port, run_folder, spawn
from tests.support.stores import settings_for

pytestmark = pytest.mark.slow
NAME = "connector"
UNITS = ("connector-serve.service", "connector-worker.service", "connector-daily.service", "connector-daily.timer")


@pytest.fixture
def database(fresh_database_url: FreshDatabaseUrl) -> Iterator[URL]:
    """The database that the page's SQL makes, under a name of this test's own."""
    admin, name = make_url(fresh_database_url("postgresql")), f"ops_{uuid.uuid4().hex}"
    plain = admin.set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(plain, autocommit=True) as tx:
        for statement in put(blocks("The database", "sql")[0], {NAME: name}).split(";"):
            if statement.strip():
                tx.execute(statement.encode())
        yield admin.set(database=name, username=name, password="change-me", drivername="postgresql")
        tx.execute(f'DROP DATABASE "{name}" WITH (FORCE)'.encode())
        tx.execute(f'DROP ROLE "{name}"'.encode())


@pytest.fixture
def house(tmp_path: Path) -> dict[str, str]:
    """The page's settings in this test's places, on SQLite and without Redis, with a vendor in it."""
    env = environment(blocks("The settings", "sh")[0])
    del env["CONNECTOR_DATABASE_URL"], env["CONNECTOR_REDIS_URL"]
    env |= at(tmp_path)
    migrated = (
        "connector migrate; connector vendor add acme --policy whmcs-modules; connector product add forms --vendor acme"
    )
    shell(migrated, env, tmp_path)
    return env


def at(folder: Path) -> dict[str, str]:
    (folder / "secret_key_file").write_text(SECRET_KEY)
    port = free_port()
    return {
        "CONNECTOR_HOME": str(folder / "home"),
        "CONNECTOR_SECRET_KEY_FILE": str(folder / "secret_key_file"),
        "CONNECTOR_BIND": f"127.0.0.1:{port}",
    }


def json_of(command: str, env: dict[str, str], folder: Path) -> Any:
    shell(f"connector {command} --format json > told.json", env, folder)
    return json.loads((folder / "told.json").read_text())


# --- the database, the units, nginx ---


@pytest.mark.postgres
def test_settings_units_and_nginx_together_serve(database: URL, redis_url: str, tmp_path: Path) -> None:
    env = environment(blocks("The settings", "sh")[0]) | at(tmp_path)
    env |= {"CONNECTOR_DATABASE_URL": database.render_as_string(hide_password=False), "CONNECTOR_REDIS_URL": redis_url}
    env["CONNECTOR_RATE_MISSES"] = "2"
    asked = shell(blocks("systemd", "sh")[0], env, tmp_path)
    assert asked == ["daemon-reload", "enable --now connector-serve connector-worker connector-daily.timer"]
    endpoint = made_endpoint(env, tmp_path)
    serve, worker, *_ = blocks("systemd", "ini")
    with ExitStack() as running:
        for unit in (serve, worker):
            log = running.enter_context((tmp_path / "serve.log").open("ab"))
            process = spawn(shlex.split(started_by(unit)[0]), log, env)
            running.callback(process.wait, 60)
            running.callback(process.terminate)
        wait_for(lambda: ready(f"http://{env['CONNECTOR_BIND']}"), tmp_path / "serve.log")
        url = proxied(running, env, tmp_path)
        wait_for(lambda: ready(url, tmp_path / "connector.pem"), tmp_path / "nginx.log")
        through_the_proxy(url, endpoint, tmp_path)


def made_endpoint(env: dict[str, str], folder: Path) -> dict[str, str]:
    shell("connector vendor add acme --policy whmcs-modules; connector product add forms --vendor acme", env, folder)
    made: dict[str, str] = json_of("endpoint add --vendor acme --host standard", env, folder)
    return made


def proxied(running: ExitStack, env: dict[str, str], folder: Path) -> str:
    """nginx with the page's block; its address."""
    nginx, port = program("nginx", "nginx-light"), free_port()
    made_certificate(folder)
    places = {
        "127.0.0.1:8080;\n    keepalive": f"{env['CONNECTOR_BIND']};\n    keepalive",
        "listen 443 ssl": f"listen 127.0.0.1:{port} ssl",
        "/etc/ssl/connector.pem": str(folder / "connector.pem"),
        "/etc/ssl/connector.key": str(folder / "connector.key"),
    }
    kept = "".join(
        f"{kind}_temp_path {folder}/{kind};\n" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    user = f"user {getpass.getuser()};\n" if os.geteuid() == 0 else ""
    block = put(blocks("nginx", "nginx")[0], places)
    text = f"{user}daemon off;\npid {folder}/pid;\nevents {{}}\nhttp {{\naccess_log off;\n{kept}{block}}}\n"
    (folder / "nginx.conf").write_text(text)
    log = running.enter_context((folder / "nginx.log").open("ab"))
    process = spawn([nginx, "-c", str(folder / "nginx.conf"), "-e", "stderr"], log)
    running.callback(process.wait, 60)
    running.callback(process.terminate)
    return f"https://127.0.0.1:{port}"


def made_certificate(folder: Path) -> None:
    key, name = ec.generate_private_key(ec.SECP256R1()), x509.Name([])
    now = utc_now()
    made = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number(), now, now + timedelta(1))
    made = made.add_extension(x509.SubjectAlternativeName([x509.IPAddress(IPv4Address("127.0.0.1"))]), critical=True)
    made = made.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
    (folder / "connector.pem").write_bytes(made.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM))
    form = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    (folder / "connector.key").write_bytes(key.private_bytes(*form))


def through_the_proxy(url: str, endpoint: dict[str, str], folder: Path) -> None:
    hook = f"{url}/hooks/{endpoint['endpoint']}"
    body = b'{"type":"license.granted","data":{"license_key":"AAAA-BBBB-CCCC-0001","product":"forms"}}'
    with requests.Session() as host:
        host.trust_env = False  # else an address of certificates in the environment would win
        host.verify = str(folder / "connector.pem")
        signed = signed_standard(endpoint["secret"], body, "msg_1", utc_now())
        assert host.post(hook, data=body, headers=signed, timeout=30).json()["result"] == "applied"
        assert host.post(hook, data=b"x" * (1 << 20) + b"y", timeout=30).status_code == 413
        assert host.get(f"{url}/metrics", timeout=30).status_code == 404
        assert {guess(host, url, number) for number in range(6)} == {200}, "who claims an address is not believed"
        with ExitStack() as slow:
            for _ in range(40):
                slow.enter_context(begun(url, endpoint["endpoint"]))
            assert host.get(f"{url}/healthz", timeout=30).status_code == 200, "slow senders hold no thread"


def guess(host: requests.Session, url: str, number: int) -> int:
    call = {"license_key": f"NOBODY-HAS-THIS-{number}"}
    claimed = {"X-Forwarded-For": "8.8.8.8"}  # two unknown keys a minute are all that one far address may ask about
    return host.post(f"{url}/v1/licenses/validate", json=call, headers=claimed, timeout=30).status_code


def begun(url: str, endpoint: str) -> socket.socket:
    """A delivery of which one byte of body has come."""
    address = ("127.0.0.1", int(url.rpartition(":")[2]))
    sent = insecure().wrap_socket(socket.create_connection(address, timeout=30))
    head = (
        f"POST /hooks/{endpoint} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n"
    )
    sent.sendall(head.encode() + b"{")
    return sent


def test_the_units_are_good(tmp_path: Path) -> None:
    for name, text in zip(UNITS, blocks("systemd", "ini"), strict=True):
        commands = iter(started_by(text))
        lines = [f"ExecStart={next(commands)}" if line.startswith("ExecStart=") else line for line in text.splitlines()]
        (tmp_path / name).write_text("\n".join(lines).replace("date +%F", "date +%%F") + "\n")
        unit = configparser.ConfigParser(strict=False, interpolation=None)
        unit.read_string(text)
        assert {"Unit"} < set(unit.sections())
    if analyze := shutil.which("systemd-analyze"):
        words = [analyze, "verify", *(str(tmp_path / name) for name in UNITS)]
        ended = subprocess.run(words, capture_output=True, text=True, check=False)
        told = [line for line in ended.stderr.splitlines() if str(tmp_path) in line]
        assert (ended.returncode, told) == (0, []), ended.stderr


def test_what_runs_every_night_backs_up_and_lets_go(house: dict[str, str], tmp_path: Path) -> None:
    for command in started_by(blocks("systemd", "ini")[2]):
        shell(command.replace("/var/backups/connector", str(tmp_path)), house, tmp_path)
    assert [each.suffix for each in tmp_path.glob("*.backup")] == [".backup"]


# --- pgbouncer ---


@pytest.mark.postgres
def test_through_pgbouncer_in_transaction_mode(database: URL, tmp_path: Path) -> None:
    port, folder = free_port(), run_folder() / f"pgbouncer-{uuid.uuid4().hex}"
    folder.mkdir()
    name, host = str(database.database), str(database.query.get("host", database.host))
    shell("connector migrate", at_database(database, tmp_path), tmp_path)
    places = {
        "connector = host=127.0.0.1 port=5432 dbname=connector": f"{name} = host={host} dbname={name}",
        "listen_port = 6432": f"listen_port = {port}\nunix_socket_dir =\npidfile = {folder}/pid",
        "/etc/pgbouncer/userlist.txt": f"{folder}/users",
    }
    (folder / "conf").write_text(put(blocks("pgbouncer", "ini")[0], places))
    (folder / "users").write_text(f'"{name}" "change-me"\n')
    folder.chmod(0o777)  # it refuses to run as root, and takes another user then
    other = ["-u", owner_of(host)] if os.geteuid() == 0 else []
    with ExitStack() as running:
        log = running.enter_context((tmp_path / "pgbouncer.log").open("ab"))
        process = spawn([program("pgbouncer", "pgbouncer"), *other, str(folder / "conf")], log)
        running.callback(process.wait, 60)
        running.callback(process.terminate)
        address = put(blocks("pgbouncer", "sh")[0], {"connector:": f"{name}:", "6432/connector": f"{port}/{name}"})
        url = environment(address)["CONNECTOR_DATABASE_URL"]
        wait_for(lambda: connects(url), tmp_path / "pgbouncer.log")
        used_by_many(url, tmp_path)


def owner_of(host: str) -> str:
    """Who may reach the server: the owner of its socket's folder, or anybody where it listens on a port."""
    return pwd.getpwuid(os.stat(host).st_uid).pw_name if host.startswith("/") else "nobody"


def at_database(database: URL, folder: Path) -> dict[str, str]:
    url = database.render_as_string(hide_password=False)
    return environment("") | at(folder) | {"CONNECTOR_DATABASE_URL": url}


def connects(url: str) -> bool:
    with suppress(psycopg.OperationalError):
        psycopg.connect(url.partition("?")[0], connect_timeout=5).close()
        return True
    return False


def used_by_many(url: str, folder: Path) -> None:
    """Several connections of ours take turns on those of the pool, each statement often enough to be prepared."""
    made = settings_for(url.replace("postgresql://", "postgresql+psycopg://"), folder / "home")
    shells = [Shell(wsgi.make_runtime(made)) for _ in range(3)]
    shells[0].run("vendor", "add", "acme", "--policy", "whmcs-modules")
    shells[0].run("product", "add", "forms", "--vendor", "acme")
    hosts = [Host(each) for each in shells]
    for number in range(24):
        data = {"license_key": f"AAAA-BBBB-CCCC-{number:04}", "product": "forms", "site_limit": 3}
        told = hosts[number % 3].tell(json.dumps({"type": "license.granted", "data": data}).encode(), f"msg_{number}")
        assert told["result"] == "applied"
    shells[1].run("backup", str(folder / "pooled.backup"))
    assert len(shells[2].json("license", "list", "--vendor", "acme")) == 24
    for each in shells:
        each.runtime.engine.dispose()


# --- backup, restore, upgrade, rotation ---


def test_backup_and_restore_bring_back_what_was_there(house: dict[str, str], tmp_path: Path) -> None:
    backup, restore = blocks("Backup and restore", "sh")
    place = {"/var/backups/connector": str(tmp_path)}
    before = json_of("vendor list", house, tmp_path)
    shell(put(backup, place), house, tmp_path)
    shell("connector vendor add late --policy crmjetty", house, tmp_path)
    asked = shell(put(restore, place), house, tmp_path)
    assert json_of("vendor list", house, tmp_path) == before
    assert asked == ["stop connector-worker connector-serve", "start connector-serve connector-worker"]


def test_an_upgrade_keeps_the_data_and_a_backup(house: dict[str, str], tmp_path: Path) -> None:
    asked = shell(put(blocks("Upgrading", "sh")[0], {"/var/backups/connector": str(tmp_path)}), house, tmp_path)
    assert (tmp_path / "before-upgrade.backup").exists()
    assert [each.partition(" ")[0] for each in asked] == ["stop", "start"]
    assert [each["vendor"] for each in json_of("vendor list", house, tmp_path)] == ["acme"]


def test_secrets_are_changed_as_the_page_says(house: dict[str, str], tmp_path: Path) -> None:
    made = json_of("endpoint add --vendor acme --host standard", house, tmp_path)
    token = json_of("token create --vendor acme", house, tmp_path)
    block = blocks("Changing secrets", "sh")[0]
    shell(block, house | {"ENDPOINT": made["endpoint"], "TOKEN": token["id"]}, tmp_path)
    [listed] = json_of("endpoint list", house, tmp_path)
    assert listed["secrets"] == 1, "where one leaked, none of the older ones is live"


def test_the_way_in_which_statements_are_prepared_is_no_part_of_the_address() -> None:
    engine = make_engine("postgresql+psycopg://a@h/x?prepared_statements=off")
    assert "prepared_statements" not in engine.url.query
    engine.dispose()
