"""policy: list, lint and show packs."""

from __future__ import annotations

import sys
from dataclasses import asdict
from typing import Any, TextIO

import click

from connector.cli.common import emit, format_option, pairs
from connector.vendors.policies import packs, sla_cases
from connector.vendors.policies.lint import Problem


@click.group()
def policy() -> None:
    """Support policies as packs."""


@policy.command("list")
@format_option
def list_packs(form: str) -> None:
    """The packs that come with the connector; `connector vendor list` shows who uses which."""
    shown = (packs.source(each) for each in packs.shipped())
    names = ("version", "effective_from", "title", "source")
    emit([{"pack": each["id"]} | {name: str(each[name]) for name in names} | _asks(each) for each in shown], form)


@policy.command("lint")
@click.argument("packs_or_files", nargs=-1)
@click.option("--set", "settings", multiple=True, metavar="KEY=VALUE", help="A vendor's own settings on top.")
@format_option
def lint(packs_or_files: tuple[str, ...], settings: tuple[str, ...], form: str) -> None:
    """Check packs and run their examples; exit 1 with where every fault is and how to cure it. Absent = the shipped ones.

    What is no fault, and yet may be overlooked, is listed as a warning: a zone that may be meant otherwise, and every
    remedy that has no address, with the setting that gives it one.
    """
    rows, faulty = [], False
    for each in packs_or_files or packs.shipped():
        problems, overlooked = _looked_at(each, pairs(settings, "--set"))
        faulty = faulty or bool(problems)
        rows += [_problem(each, "fault", problem) for problem in problems]
        rows += [_problem(each, "warning", problem) for problem in overlooked]
        if not problems:
            click.echo(f"{each}: good", err=True)
    if rows or form == "json":
        emit(rows, form, faults=True)
    sys.exit(1 if faulty else 0)


@policy.command("show")
@click.argument("pack")
@click.option("--set", "settings", multiple=True, metavar="KEY=VALUE")
@click.option("--source", is_flag=True, help="The pack file itself.")
@format_option
def show(pack: str, settings: tuple[str, ...], source: bool, form: str) -> None:
    """A pack as it takes effect."""
    if source:
        click.echo(packs.read(pack), nl=False)
        return
    chosen = pairs(settings, "--set")
    emit({"ref": packs.load(pack, chosen).ref} | packs.effective(pack, chosen), form)


@policy.command("cases")
@click.argument("file", type=click.File("r", encoding="utf-8-sig"))
@format_option
def cases(file: TextIO, form: str) -> None:
    """Run worked SLA instants (CSV: policy,priority,created_at_utc,clock,expected_due_utc,note); exit 1 on any mismatch."""
    try:
        rows = sla_cases.read(file)
    except sla_cases.BadCase as error:
        raise click.UsageError(f"{file.name}: {error}") from None
    if not rows:
        raise click.UsageError(f"{file.name}: no rows under the header")
    mismatches = sla_cases.run(rows)
    if mismatches or form == "json":
        emit([asdict(each) for each in mismatches], form, faults=True)
    click.echo(f"{len(rows)} rows, {len(mismatches)} otherwise than expected", err=True)
    sys.exit(1 if mismatches else 0)


def _problem(pack: str, weight: str, problem: Problem) -> dict[str, str]:
    return {"pack": pack, "weight": weight, "place": problem.place, "message": problem.message}


def _looked_at(pack: str, settings: dict[str, Any]) -> tuple[list[Problem], list[Problem]]:
    """Faults, and what could be overlooked; a zone that the pack leaves to each vendor is no reason not to look."""
    if problems := packs.lint(pack):
        return problems, []
    left_open = {key: "UTC" for key in packs.source(pack).get("requires", ()) if key == "calendar.timezone"}
    try:
        return [], packs.advice(packs.load(pack, left_open | settings))
    except packs.PackError as error:
        return error.problems, []


def _asks(pack: dict[str, Any]) -> dict[str, str]:
    return {"settings_required": ", ".join(pack.get("requires", ()))}
