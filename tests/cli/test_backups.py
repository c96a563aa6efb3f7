"""backup and restore: all or nothing, on both databases and from one to the other, also while hosts go on telling."""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from sqlalchemy import insert, select, text

import wsgi
from connector.operations import backup, restore
from connector.operations.restore import NotRestored
from connector.storage import migrations
from connector.storage.database import make_engine, transaction
from connector.storage.keyring import Keyring
from connector.storage.tables import metadata, sinks, vendors
from connector.storage.tables import outbox as waiting
from connector.tickets import outbox
from tests.cli.shell import Shell
from tests.cli.test_queue import KEY, Host
from tests.conftest import FreshDatabaseUrl
from tests.servers.databases import Kind
from tests.support.stores import settings_for

pytestmark = pytest.mark.slow


@pytest.fixture
def host(acme: Shell) -> Host:
    """`acme` with a licence, a ticket, a delivery in quarantine, and a helpdesk that the ticket waits for."""
    made = Host(acme)
    grant(made, 0)
    ask = {"request_id": "r1", "license_key": KEY, "kind": "how_to_feature", "requester": {"email": "a@example.com"}}
    made.tell(json.dumps({"type": "support.requested", "data": ask}).encode(), "msg_ask")
    made.tell(b"hello", "msg_broken")
    with transaction(acme.runtime.engine) as tx:
        vendor_id = tx.execute(select(vendors.c.id)).scalar_one()
        tx.execute(insert(sinks).values(id="snk_1", vendor_id=vendor_id, helpdesk="rt", secret=b"\x00\xff"))
        outbox.put_unsent(tx, vendor_id, acme.runtime.clock())
    return made


def grant(host: Host, number: int) -> None:
    data = {"license_key": f"{KEY[:-1]}{number}" if number else KEY, "product": "forms", "order_id": str(number)}
    host.tell(json.dumps({"type": "license.granted", "data": data}).encode(), f"msg_{number}")


@pytest.fixture
def file(host: Host, tmp_path: Path) -> Path:
    made = tmp_path / "one.backup"
    host.shell.run("backup", str(made))
    return made


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def other(request: pytest.FixtureRequest, fresh_database_url: FreshDatabaseUrl, tmp_path: Path) -> Iterator[Shell]:
    """A terminal of an installation with an empty database, without tables."""
    runtime = wsgi.make_runtime(settings_for(fresh_database_url(request.param), tmp_path / "other"))
    yield Shell(runtime)
    runtime.engine.dispose()


def rows_of(shell: Shell) -> dict[str, list[str]]:
    """Everything in the database but for how far the outbox is."""
    file = Path(shell.runtime.settings.home) / f"rows-{os.urandom(4).hex()}"
    file.parent.mkdir(exist_ok=True)
    backup.write(shell.runtime, file, with_key=False)
    rows: dict[str, list[str]] = {}
    for line in gzip.decompress(file.read_bytes()).splitlines()[1:-1]:
        name, *values = json.loads(line)
        rows.setdefault(name, []).append(json.dumps(values))
    return {name: sorted(each) for name, each in rows.items() if name != "outbox"}


# --- there and back ---


def test_what_is_restored_is_what_was_there_on_either_database(host: Host, file: Path, other: Shell) -> None:
    other.run("restore", str(file))
    assert migrations.state(other.runtime.engine) == "current"
    assert rows_of(other) == rows_of(host.shell)
    shown = [shell.json("license", "show", KEY) for shell in (host.shell, other)]
    assert shown[0] == shown[1]
    assert other.json("tickets", "list") == host.shell.json("tickets", "list")


def test_every_table_is_in_it(file: Path) -> None:
    assert restore.head_of(file)["tables"].keys() == metadata.tables.keys()
    assert list(restore.checked(file).rows) == list(restore.head_of(file)["tables"])


def test_what_waits_for_a_helpdesk_is_looked_up_before_it_is_sent_again(host: Host, file: Path, other: Shell) -> None:
    assert "looked up" in other.run("restore", str(file)).stderr
    with other.runtime.engine.connect() as tx:
        [row] = tx.execute(select(waiting))
    assert (row.state, row.attempts, row.leased_until) == ("unknown", 1, None)


def test_a_backup_is_nobody_elses_to_read_and_is_never_written_over(host: Host, file: Path) -> None:
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    before = file.read_bytes()
    assert "already" in host.shell.fails("backup", str(file), exits=1)
    assert file.read_bytes() == before
    assert [each.name for each in file.parent.glob("*.part")] == []


def test_a_backup_that_breaks_off_leaves_nothing(host: Host, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(backup, "_write_table", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        backup.write(host.shell.runtime, tmp_path / "broken.backup", with_key=False)
    assert list(tmp_path.glob("broken*")) == []


# --- while others write ---


def test_a_backup_shows_one_instant_while_hosts_go_on_telling(
    host: Host, other: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between any two tables another delivery is taken: none of it is in the backup, not even in part."""
    before = rows_of(host.shell)
    real, told = backup._write_table, iter(range(1, 1000))

    def write_table(*given: Any) -> int:
        grant(host, next(told))
        return real(*given)

    monkeypatch.setattr(backup, "_write_table", write_table)
    backup.write(host.shell.runtime, tmp_path / "busy.backup", with_key=False)
    monkeypatch.setattr(backup, "_write_table", real)
    assert len(host.shell.json("license", "list", "--vendor", "acme")) > len(metadata.tables) / 2
    other.run("restore", str(tmp_path / "busy.backup"))
    assert rows_of(other) == before


# --- all or nothing ---


def test_data_is_not_overwritten_without_force_and_with_it_nothing_of_it_is_left(host: Host, file: Path) -> None:
    before = rows_of(host.shell)
    grant(host, 5)
    assert "--force" in host.shell.fails("restore", str(file), exits=1)
    assert rows_of(host.shell) != before
    host.shell.run("restore", str(file), "--force")
    assert rows_of(host.shell) == before
    grant(host, 6)  # the restored database takes what comes next


def line_changed(raw: bytes) -> bytes:
    lines = gzip.decompress(raw).split(b"\n")
    lines[1] = lines[1].replace(b"a", b"b", 1) if b"a" in lines[1] else lines[1][:-2] + b'x"]'
    return gzip.compress(b"\n".join(lines))


def head_with(**more: Any) -> Callable[[bytes], bytes]:
    def change(raw: bytes) -> bytes:
        head, rest = gzip.decompress(raw).split(b"\n", 1)
        new = json.dumps(json.loads(head) | more).encode()
        *rows, foot = rest.splitlines()
        digest = hashlib.sha256(b"\n".join([new, *rows]) + b"\n").hexdigest()
        signed = json.dumps(json.loads(foot) | {"sha256": digest}).encode()
        return gzip.compress(b"\n".join([new, *rows, signed]) + b"\n")

    return change


def lines_but(raw: bytes, gone: int) -> list[bytes]:
    return [line for place, line in enumerate(gzip.decompress(raw).splitlines(keepends=True)) if place != gone]


BROKEN: dict[str, tuple[Callable[[bytes], bytes], str]] = {
    "cut short": (lambda raw: raw[: len(raw) // 2], "not whole"),
    "without its last line": (lambda raw: gzip.compress(gzip.decompress(raw).rsplit(b"\n", 2)[0]), "not whole"),
    "a row taken out": (lambda raw: gzip.compress(b"".join(lines_but(raw, 1))), "not whole"),
    "a letter changed": (line_changed, "not whole"),
    "a bit flipped": (lambda raw: raw[:-9] + bytes([raw[-9] ^ 1]) + raw[-8:], "not whole"),
    "no gzip": (lambda raw: b"SQLite format 3\x00", "no gzip"),
    "nothing": (lambda raw: b"", "no backup"),
    "other lines of JSON": (lambda raw: gzip.compress(b'{"a":1}\n{"b":2}\n'), "no backup"),
    "a list": (lambda raw: gzip.compress(b"[1]\n"), "no backup"),
    "of a later format": (head_with(version=2), "newer"),
    "of a later schema": (head_with(revision="9999"), "newer"),
    "of another key": (head_with(key="00"), "CONNECTOR_SECRET_KEY"),
}


@pytest.mark.parametrize(("change", "said"), BROKEN.values(), ids=BROKEN.keys())
def test_a_backup_that_does_not_fit_changes_nothing(
    host: Host, file: Path, change: Callable[[bytes], bytes], said: str
) -> None:
    before = rows_of(host.shell)
    broken = file.with_name("broken.backup")
    broken.write_bytes(change(file.read_bytes()))
    assert said in host.shell.fails("restore", str(broken), "--force", exits=1)
    assert rows_of(host.shell) == before


def test_a_restore_that_is_killed_before_its_end_leaves_what_was_there(host: Host, file: Path) -> None:
    grant(host, 5)
    before = rows_of(host.shell)
    settings = host.shell.runtime.settings
    program = (
        "import os, signal\nfrom connector.tickets import outbox\nimport wsgi\n"
        "outbox.doubt = lambda tx: os.kill(os.getpid(), signal.SIGKILL)\nwsgi.main()\n"
    )
    environment = os.environ | {
        "CONNECTOR_HOME": str(settings.home),
        "CONNECTOR_DATABASE_URL": settings.database_url,
        "CONNECTOR_SECRET_KEY": settings.secret_key,
    }
    words = [sys.executable, "-c", program, "restore", str(file), "--force"]
    ended = subprocess.run(words, env=environment, capture_output=True, check=False, timeout=60)
    assert ended.returncode == -9, ended.stderr
    assert rows_of(host.shell) == before


def test_an_older_schema_is_upgraded_with_its_data(
    fresh_database_url: FreshDatabaseUrl, kind: Kind, other: Shell
) -> None:
    url = fresh_database_url(kind)
    command.upgrade(migrations.config(url), "0001")
    engine = make_engine(url)
    with transaction(engine) as tx:
        made = "2026-01-02 03:04:05.678901" if kind == "sqlite" else "2026-01-02 03:04:05.678901+00"
        tx.execute(text("INSERT INTO vendors VALUES ('ven_1', 'acme', 'whmcs-modules', '{}', :made)"), {"made": made})
        row = {"made": made, "sealed": other.runtime.keyring.seal(KEY.encode())}
        columns = "id, vendor_id, key_hash, key_last4, key_sealed, state, position, version, created_at"
        values = "'lic_1', 'ven_1', 'old', '0001', :sealed, '{}', '', 1, :made"
        tx.execute(text(f"INSERT INTO licences ({columns}) VALUES ({values})"), row)
    old = replace(other.runtime, engine=engine)
    file = other.runtime.settings.home.parent / "old.backup"
    assert backup.write(old, file, with_key=False).revision == "0001"
    engine.dispose()
    other.run("restore", str(file))
    assert migrations.state(other.runtime.engine) == "current"
    assert [each["vendor"] for each in other.json("vendor", "list")] == ["acme"]
    with other.runtime.engine.connect() as tx:
        hashed = tx.execute(text("SELECT key_hash FROM licences")).scalar_one()
        assert hashed == other.runtime.keyring.key_hash(KEY), "what a migration needs the secret key for is done"
        assert tx.execute(select(vendors.c.created_at)).scalar_one().isoformat() == "2026-01-02T03:04:05.678901+00:00"


# --- the secret key ---


def test_the_key_is_in_it_only_when_asked_for_and_said_either_way(host: Host, tmp_path: Path) -> None:
    secret = host.shell.runtime.settings.secret_key
    for name, words in (("without", []), ("with", ["--with-key"])):
        said = host.shell.run("backup", str(tmp_path / name), *words).stderr
        assert "secret key" in said
        assert (secret.encode() in gzip.decompress((tmp_path / name).read_bytes())) is bool(words)
        assert secret not in said


def test_a_key_that_does_not_fit_is_refused_before_anything_is_written(file: Path, other: Shell) -> None:
    secret = "another secret key, long enough to be taken"
    settings = replace(other.runtime.settings, secret_key=secret)
    wrong = Shell(replace(other.runtime, settings=settings, keyring=Keyring.of(secret)))
    assert "CONNECTOR_SECRET_KEY" in wrong.fails("restore", str(file), exits=1)
    assert migrations.state(other.runtime.engine) == "empty"


def test_an_installation_can_be_put_up_anew_from_a_backup_with_its_key(host: Host, tmp_path: Path) -> None:
    host.shell.run("backup", str(tmp_path / "with"), "--with-key")
    host.shell.run("backup", str(tmp_path / "without"))
    home = tmp_path / "fresh"
    kept = {name: value for name, value in os.environ.items() if not name.startswith("CONNECTOR_")}

    def run(*words: str) -> subprocess.CompletedProcess[str]:
        program = [str(Path(sys.executable).with_name("connector")), *words]
        environment = kept | {"CONNECTOR_HOME": str(home)}
        return subprocess.run(program, env=environment, capture_output=True, text=True, check=False, timeout=60)

    for words in ([str(tmp_path / "with")], [str(tmp_path / "without"), "--with-key"]):
        refused = run("restore", *words)
        assert (refused.returncode, refused.stdout, "key" in refused.stderr) == (1, "", True)
        assert not home.exists(), "a key made up now would fit no backup"
    done = run("restore", str(tmp_path / "with"), "--with-key")
    assert done.returncode == 0, done.stderr
    assert stat.S_IMODE((home / "secret_key").stat().st_mode) == 0o600
    assert "forms" in run("license", "show", KEY).stdout


def test_a_restore_that_fails_keeps_no_key_either(host: Host, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    host.shell.run("backup", str(tmp_path / "with"), "--with-key")
    raw = (tmp_path / "with").read_bytes()
    (tmp_path / "broken").write_bytes(gzip.compress(gzip.decompress(raw).rsplit(b"\n", 2)[0]))
    for name in ("CONNECTOR_SECRET_KEY", "CONNECTOR_SECRET_KEY_FILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("CONNECTOR_HOME", str(tmp_path / "fresh"))
    assert "not whole" in host.shell.fails("restore", str(tmp_path / "broken"), "--with-key", exits=1)
    assert not (tmp_path / "fresh" / "secret_key").exists()
    with pytest.raises(NotRestored):
        restore.checked(tmp_path / "broken")
