"""license import: what the terminal shows, how it ends, and that no key is ever shown."""

from __future__ import annotations

import csv
import json
import os
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from connector.cli import licence_import
from connector.licences.importing.flow import Import
from connector.storage.database import reading
from connector.storage.tables import licence_acts
from tests.cli.shell import Shell
from tests.paths import FIXTURES

EXPORTS = FIXTURES / "imports"
KEY = "edd0000000000000000000000000a001"
NOTE = (
    "3 rows without an order: they are found by key, address and site, not by order number: if the file has it in another "
    "column, say --map COLUMN=order_id; else the shop's webhook brings it with the next news of the order"
)
EDD = ("license", "import", str(EXPORTS / "edd.csv"), "--vendor", "acme", "--from", "edd")


@pytest.fixture
def shop(acme: Shell) -> Shell:
    acme.run("product", "set", "forms", "--vendor", "acme", "--name", "Acme Forms", "--face-id", "edd=501")
    return acme


def saved(folder: Path, text: str, name: str = "keys.csv") -> str:
    (folder / name).write_text(text, encoding="utf-8")
    return str(folder / name)


def count(shell: Shell) -> int:
    return len(shell.json("license", "list", "--vendor", "acme"))


def test_good_rows_load_the_others_are_listed_and_the_exit_code_is_1(shop: Shell, tmp_path: Path) -> None:
    report = tmp_path / "faults.csv"
    done = shop.run(*EDD, "--report", str(report), "--format", "json", exits=1)
    assert '"new": 3' in done.stdout
    assert '"faulty": 5' in done.stdout
    assert "line 6, License Key: the key is missing: fill it in, or take the row out" in done.stderr
    rows = list(csv.DictReader(report.read_text(encoding="utf-8").splitlines()))
    assert (rows[0]["line"], rows[0]["column"], rows[0]["key"]) == ("5", "Purchase Date", "…a004")
    assert len(rows) == len(done.stderr.splitlines()) == 8 + 1, "eight faults, and what the file does not name"
    told = shop.json("license", "show", KEY)
    assert (told["holder"]["email"], told["sites"]["used"], told["expires_at"]) == (
        *("ada@example.com", 2, "2026-12-31T23:59:59Z"),
    )
    assert shop.json(*EDD, exits=1) == {
        "dry_run": False,
        "rows": 8,
        "new": 0,
        "changed": 0,
        "same": 3,
        "again": 0,
        "faulty": 5,
        "notes": [NOTE],
    }


def test_no_key_is_shown_anywhere(shop: Shell, tmp_path: Path) -> None:
    """Also where columns are in the wrong place, and where there is no line of names."""
    keys = [f"SECRET-{number:04}-AAAA-BBBB-CCCC-0001" for number in range(3)]
    header = "key,product,email,expires_at,site_limit,status,sites,purchased_at,plan"
    shifted = saved(tmp_path, "\n".join([header, *(",".join([key] * 9) for key in keys)]))
    nameless = saved(tmp_path, "\n".join(f"{key},forms" for key in keys), "nameless.csv")
    report = tmp_path / "faults.csv"
    for words, exits in (([shifted, "--report", str(report)], 1), ([nameless], 2), ([shifted, "--dry-run"], 1)):
        done = shop.run("license", "import", *words, "--vendor", "acme", exits=exits)
        for text in (done.stdout, done.stderr, report.read_text()):
            assert "SECRET" not in text
            assert "CCCC" not in text


def test_a_dry_run_writes_nothing_and_says_the_same(shop: Shell) -> None:
    dry = shop.json(*EDD, "--dry-run", exits=1)
    assert count(shop) == 0
    assert shop.json(*EDD, exits=1) == dry | {"dry_run": False}


def test_columns_of_any_name_are_mapped_and_a_column_may_mean_two_things(shop: Shell, tmp_path: Path) -> None:
    path = saved(tmp_path, "Serial;Client mail;Good until\nAAAA-0001;ada@example.com;2027-03-01\n")
    maps = [
        word
        for pair in ("Serial=key", "Client mail=email", "Good until=expires_at", "Good until=support_until")
        for word in ("--map", pair)
    ]
    shop.run("license", "import", path, "--vendor", "acme", "--product", "forms", *maps)
    told = shop.json("license", "show", "AAAA-0001")
    assert (told["expires_at"], told["support"]["until"]) == ("2027-03-02T05:00:00Z",) * 2  # the policy's zone
    assert told["holder"]["email"] == "ada@example.com"


def test_the_files_own_time_or_as_of_says_when_it_was_so(shop: Shell, tmp_path: Path) -> None:
    path = saved(tmp_path, "key,product\nAAAA-0001,forms\n")
    os.utime(path, (1_700_000_000, 1_700_000_000))
    shop.run("license", "import", path, "--vendor", "acme")
    assert shop.json("license", "show", "AAAA-0001")["as_of"] == "2023-11-14T22:13:20Z"
    path = saved(tmp_path, "key,product,site_limit\nAAAA-0001,forms,9\n")
    shop.run("license", "import", path, "--vendor", "acme", "--as-of", "2024-01-01T00:00:00Z")
    told = shop.json("license", "show", "AAAA-0001")
    assert (told["as_of"], told["sites"]["limit"]) == ("2024-01-01T00:00:00Z", 9)


def test_who_imported_what_is_written_down(shop: Shell) -> None:
    shop.run(*EDD, exits=1)
    [told] = [each for each in shop.json("license", "log", KEY) if each["what"] == "license.granted"]
    with reading(shop.runtime.engine) as tx:
        act = tx.execute(select(licence_acts)).one()
    assert (act.act, act.subject_id, act.actor[:4]) == ("license.imported", told["by"], "cli:")
    assert json.loads(act.details) == {
        **dict.fromkeys(("changed", "same", "again"), 0),
        "file": "edd.csv",
        "peer": "edd",
        "rows": 8,
        "new": 3,
        "faulty": 5,
    }


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--from", "keygen"], "--from"),
        (["--map", "License Key"], "COLUMN=FIELD"),
        (["--map", "License Key=serial"], "fields are"),
        (["--map", "No Such Column=key"], "No Such Column"),
        (["--as-of", "tomorrow"], "--as-of"),
        (["--as-of", "2099-01-01"], "--as-of"),
        (["--as-of", ""], "--as-of"),
        (["--product", " "], "--product"),
        (["--vendor", "nobody"], "vendor list"),
        (["--report", "/nowhere/faults.csv"], "--report"),
    ],
)
def test_a_wrong_call_is_refused_with_the_cure(shop: Shell, words: list[str], told: str) -> None:
    assert told in shop.fails(*EDD, *words, exits=2)
    assert count(shop) == 0


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"key,product\x81\n", "CSV UTF-8"),
        (b"", "empty"),
        (b"serial,product\nAAAA-0001,forms\n", "--map"),
    ],
)
def test_a_file_that_is_none_is_refused(shop: Shell, tmp_path: Path, content: bytes, told: str) -> None:
    path = tmp_path / "keys.csv"
    path.write_bytes(content)
    assert told in shop.fails("license", "import", str(path), "--vendor", "acme", exits=2)


def test_many_faults_are_told_in_part(shop: Shell, tmp_path: Path) -> None:
    path = saved(tmp_path, "\n".join(["key,product", *(",forms" for _ in range(30))]))
    said = shop.run("license", "import", path, "--vendor", "acme", exits=1).stderr
    assert len(said.splitlines()) == licence_import.SHOWN + 1
    assert "--report FILE lists all 30" in said


def test_stopped_it_says_so_and_goes_on_when_called_again(
    shop: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = saved(tmp_path, "\n".join(["key,product", *(f"AAAA-{number:04},forms" for number in range(1_100))]))
    words = ("license", "import", path, "--vendor", "acme")
    tried = Import._tried

    def stopped(self: Import, batch: Any) -> Any:
        if self.tally.rows >= 500:
            raise KeyboardInterrupt
        return tried(self, batch)

    monkeypatch.setattr(Import, "_tried", stopped)
    done = shop.run(*words, "--format", "json", exits=1)
    assert '"new": 500' in done.stdout
    assert "goes on from there" in done.stderr
    monkeypatch.undo()
    told = shop.json(*words)
    assert (told["same"], told["new"]) == (500, 600)
