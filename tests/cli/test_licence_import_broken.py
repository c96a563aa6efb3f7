"""license import of files that a spreadsheet broke, in other encodings, and of files that leave something open."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from connector.cli import cli
from connector.licences import lookup
from connector.storage.database import reading
from connector.vendors.vendor import named
from tests.cli.shell import Shell
from tests.cli.test_licence_import import KEY, count, saved

HEAD = "license_key,product,email\n"
BROKEN = (
    *("1.23457E+15", "2.19E+26", '"1,23457E+15"', "1E+12", "12345678.0"),
    *("#REF!", "#NAME?", "#N/A", "#WERT!", "########", "Err:502"),
    *("Mar-05", "5-Mar", "05. Mrz", "1-Mar-26", "03/05/2026", "2026-03-05"),
)
WHOLE = (
    *("AAAA-BBBB-0001", "MAY-2026", "SEP-0001", "12E5-1234", "1234E567", "1E5F", "12-34-5678", "0012345678"),
    *("1234567890123456", "Mars-4711", "#1-PRO-KEY", "abcd.ef.01", "DEC-2025-PROMO"),
)


@pytest.fixture
def shop(acme: Shell) -> Shell:
    acme.run("product", "set", "forms", "--vendor", "acme", "--purchase", "recurring")
    return acme


def imported(shell: Shell, path: str, *words: str, exits: int = 0) -> dict[str, Any]:
    done = shell.run("license", "import", path, "--vendor", "acme", *words, "--format", "json", exits=exits)
    return json.loads(done.stdout)  # type: ignore[no-any-return]


def noted(told: dict[str, Any], word: str) -> bool:
    return any(word in note for note in told["notes"])


def reasons(shell: Shell, key: str) -> list[str]:
    done = CliRunner().invoke(cli, ["check", key, "--kind", "bug", "--format", "json"], obj=shell.runtime)
    return [reason["code"] for reason in json.loads(done.stdout)["decision"]["reasons"]]


def test_keys_that_a_spreadsheet_broke_are_faulty_with_row_column_and_cure(shop: Shell, tmp_path: Path) -> None:
    path = saved(tmp_path, HEAD + "".join(f"{key},forms,q{n}@buyer.example\n" for n, key in enumerate(BROKEN)))
    report = tmp_path / "faults.csv"
    told = imported(shop, path, "--report", str(report), exits=1)
    assert (told["new"], told["faulty"], count(shop)) == (0, len(BROKEN), 0)
    rows = [row for row in csv.DictReader(report.read_text().splitlines()) if row["line"]]
    assert [int(row["line"]) for row in rows] == list(range(2, len(BROKEN) + 2))
    assert {row["column"] for row in rows} == {"license_key"}
    assert all("export again" in row["cure"] and "spreadsheet" in row["what"] for row in rows)


def test_keys_of_any_form_that_no_spreadsheet_makes_are_taken(shop: Shell, tmp_path: Path) -> None:
    path = saved(tmp_path, HEAD + "".join(f"{key},forms,q{n}@buyer.example\n" for n, key in enumerate(WHOLE)))
    assert imported(shop, path)["new"] == len(WHOLE)


def test_a_key_that_an_export_kept_from_the_spreadsheet_is_unwrapped(shop: Shell, tmp_path: Path) -> None:
    imported(shop, saved(tmp_path, HEAD + '"=""0012345678""",forms,q@buyer.example\n'))
    assert shop.json("license", "show", "0012345678")["product"] == "forms"


@pytest.mark.parametrize("column", ["order_id", "expires_at", "email", "sites", "customer_id"])
def test_other_cells_that_a_spreadsheet_broke_are_faulty_too(shop: Shell, tmp_path: Path, column: str) -> None:
    for cell in ("#REF!", "######", *(["1.23457E+15"] if column in ("order_id", "customer_id") else [])):
        told = imported(shop, saved(tmp_path, f"key,product,{column}\nAAAA-0001,forms,{cell}\n"), exits=1)
        assert (told["faulty"], told["new"]) == (1, 0), cell


@pytest.mark.parametrize("dry", [False, True])
@pytest.mark.parametrize("between", [0, 600])
def test_one_key_for_two_people_is_told_at_the_second(shop: Shell, tmp_path: Path, dry: bool, between: int) -> None:
    """Also far apart in the file; in a dry run as in a real one."""
    others = "".join(f"OTHER-{n:04},forms,o{n}@buyer.example\n" for n in range(between))
    rows = f"DUP-KEY-0001,forms,q7@buyer.example\n{others}DUP-KEY-0001,forms,q8@buyer.example\n"
    words = ["--dry-run"] if dry else []
    done = shop.run(
        "license", "import", saved(tmp_path, HEAD + rows), "--vendor", "acme", *words, "--format", "json", exits=1
    )
    told = json.loads(done.stdout)
    assert (told["new"], told["faulty"]) == (between + 1, 1)
    assert f"line {between + 3}, " in done.stderr
    assert "for another person" in done.stderr


def test_one_key_with_several_rows_of_one_person_is_no_fault(shop: Shell, tmp_path: Path) -> None:
    rows = (
        "AAAA-0001,forms,q7@buyer.example,a.example.com\n"
        "AAAA-0001,forms,Q7@buyer.example,b.example.com\nAAAA-0001,forms,,c.example.com\n"
    )
    told = imported(shop, saved(tmp_path, "key,product,email,sites\n" + rows))
    assert (told["new"], told["faulty"]) == (1, 0)
    assert shop.json("license", "show", "AAAA-0001")["sites"]["used"] == 3


@pytest.mark.parametrize("mark", ["sep=;", '"sep=;"', "SEP=;"])
def test_the_line_that_tells_excel_the_delimiter_is_read(shop: Shell, tmp_path: Path, mark: str) -> None:
    path = saved(tmp_path, f"{mark}\r\nkey;product;name, full\r\nAAAA-0001;forms;Ada, E\r\nAAAA-0002;;x\r\n")
    done = shop.run("license", "import", path, "--vendor", "acme", exits=1)
    assert "line 4, product" in done.stderr, "lines are counted as the file has them"
    assert shop.json("license", "show", "AAAA-0001")["product"] == "forms"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252"])
def test_files_in_other_encodings_are_read(shop: Shell, tmp_path: Path, encoding: str) -> None:
    text = "license_key,product,email,name\nAAAA-0001,forms,q@buyer.example,Größe Élan\n"
    marks = {"utf-16-le": "\ufeff", "utf-16-be": "\ufeff"}
    path = tmp_path / "keys.csv"
    path.write_bytes((marks.get(encoding, "") + text).encode(encoding))
    told = imported(shop, str(path))
    assert shop.json("license", "show", "AAAA-0001")["holder"]["name"] == "Größe Élan"
    assert noted(told, "Windows-1252") == (encoding == "cp1252")


@pytest.fixture
def strict(shell: Shell) -> Shell:
    """A vendor whose page tells the kinds of purchase apart, and never guesses a lifetime (DUR-03)."""
    shell.run("vendor", "add", "acme", "--policy", "crmjetty")
    return shell


def test_dur_03_a_dry_run_says_that_holders_would_wait_and_terms_set_afterwards_count(
    strict: Shell, tmp_path: Path
) -> None:
    acme = strict
    rows = "AAAA-0001,pro,q@buyer.example,2026-11-01\nAAAA-0002,pro,r@buyer.example,2026-11-01\n"
    path = saved(tmp_path, "key,product,email,purchased_at\n" + rows)
    dry = imported(acme, path, "--dry-run")
    [note] = [each for each in dry["notes"] if "unknown_purchase_kind" in each]
    assert note.startswith("2 rows of pro ")
    assert "`connector product add pro --vendor acme --purchase one_time`" in note
    done = imported(acme, path)
    assert noted(done, "`connector product set pro --vendor acme --purchase one_time`")
    assert "unknown_purchase_kind" in reasons(acme, "AAAA-0001")
    acme.run("product", "set", "pro", "--vendor", "acme", "--purchase", "one_time")
    assert "unknown_purchase_kind" not in reasons(acme, "AAAA-0001")
    told = acme.json("license", "show", "AAAA-0001")
    assert (told["purchase"], told["support"]["until"]) == ("one_time", "2027-02-01T18:30:00Z")
    assert not noted(imported(acme, path), "unknown_purchase_kind")


@pytest.mark.parametrize(
    ("option", "cell"),
    [("--purchase", "recurring"), ("--support-term", "6 months")],
)
def test_a_product_that_had_its_terms_is_not_told(strict: Shell, tmp_path: Path, option: str, cell: str) -> None:
    strict.run("product", "add", "pro", "--vendor", "acme", option, cell)
    path = saved(tmp_path, "key,product,email,order_id\nAAAA-0001,pro,q@buyer.example,17\n")
    assert imported(strict, path, "--dry-run")["notes"] == []


def test_what_the_file_does_not_name_is_said(shop: Shell, tmp_path: Path) -> None:
    told = imported(shop, saved(tmp_path, "key,product\nAAAA-0001,forms\n"), "--dry-run")
    assert noted(told, "1 row without an e-mail address")
    assert noted(told, "1 row without an order")
    whole = saved(tmp_path, "key,product,email,order_number\nAAAA-0001,forms,q@buyer.example,A-17\n")
    assert imported(shop, whole)["notes"] == []
    with reading(shop.runtime.engine) as tx:
        vendor = named(tx, shop.runtime, "acme")
        found = lookup.by_links(tx, vendor.id, ["order:a-17"])
    assert len(found) == 1


def test_notes_stand_in_the_report_without_a_line(shop: Shell, tmp_path: Path) -> None:
    report = tmp_path / "faults.csv"
    imported(shop, saved(tmp_path, "key,product\nAAAA-0001,forms\n"), "--report", str(report))
    rows = list(csv.DictReader(report.read_text().splitlines()))
    assert {(row["line"], row["column"]) for row in rows} == {("", "email"), ("", "order_id")}
    assert KEY not in report.read_text()
