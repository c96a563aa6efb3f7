"""Data on standard output in three forms, messages on standard error."""

from __future__ import annotations

import csv
import io

from tests.cli.shell import Shell


def test_a_table_has_a_heading_and_a_row_for_each(acme: Shell) -> None:
    acme.run("vendor", "add", "other", "--policy", "crmjetty")
    heading, *rows = acme.run("vendor", "list").stdout.splitlines()
    assert heading.split() == ["vendor", "id", "policy", "settings"]
    assert [row.split()[0] for row in rows] == ["acme", "other"]
    assert heading.index("policy") == rows[0].index("whmcs-modules")


def test_one_record_is_shown_line_by_line(shell: Shell) -> None:
    lines = shell.run("vendor", "add", "acme", "--policy", "crmjetty").stdout.splitlines()
    assert [line.split()[0] for line in lines] == ["vendor", "id", "policy"]


def test_csv_is_read_by_machines(acme: Shell) -> None:
    text = acme.run("product", "list", "--vendor", "acme", "--format", "csv").stdout
    [row] = csv.DictReader(io.StringIO(text))
    assert (row["slug"], row["refs"]) == ("forms", '["sku:FORMS"]')


def test_a_cell_that_begins_like_a_formula_is_made_harmless_in_csv(acme: Shell) -> None:
    acme.run("product", "set", "forms", "--vendor", "acme", "--name", '=HYPERLINK("http://example.com")')
    text = acme.run("product", "list", "--vendor", "acme", "--format", "csv").stdout
    [row] = csv.DictReader(io.StringIO(text))
    assert row["name"].startswith("'=")


def test_an_empty_list_is_an_empty_array_and_no_empty_lines(shell: Shell) -> None:
    assert shell.json("vendor", "list") == []
    assert shell.run("vendor", "list").stdout == ""
    assert shell.run("vendor", "list", "--format", "csv").stdout == ""


def test_no_colour_and_no_message_in_the_data(acme: Shell) -> None:
    result = acme.run("license", "issue", "--vendor", "acme", "--product", "forms", "--email", "a@example.com")
    assert "\x1b" not in result.stdout
    key = next(line.split()[1] for line in result.stdout.splitlines() if line.startswith("license_key"))
    suspended = acme.run("license", "suspend", key)
    assert suspended.stdout == ""
    assert "suspended" in suspended.stderr


def test_an_unknown_format_is_refused(shell: Shell) -> None:
    assert "json" in shell.fails("vendor", "list", "--format", "xml", exits=2)


def test_every_command_has_help(shell: Shell) -> None:
    top = shell.run("--help").stdout
    for name in ("serve", "vendor", "endpoint", "license", "check", "policy", "deliveries", "tickets", "trigger"):
        assert name in top
        assert shell.run(name, "--help").stdout.startswith("Usage:")
