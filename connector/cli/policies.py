"""policy: lint and show packs."""

from __future__ import annotations

import sys
from dataclasses import asdict
from typing import TextIO

import click

from connector import packs, sla_cases
from connector.cli.common import emit, format_option, pairs


@click.group()
def policy() -> None:
    """Support policies as packs."""


@policy.command("lint")
@click.argument("packs_or_files", nargs=-1)
@format_option
def lint(packs_or_files: tuple[str, ...], form: str) -> None:
    """Check packs and run their examples; exit 1 with the place and the cure of every fault. Absent = the shipped ones."""
    rows = []
    for each in packs_or_files or packs.shipped():
        problems = packs.lint(each)
        rows += [{"pack": each, "place": problem.place, "message": problem.message} for problem in problems]
        if not problems:
            click.echo(f"{each}: good", err=True)
    if rows or form == "json":
        emit(rows, form)
    sys.exit(1 if rows else 0)


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
        emit([asdict(each) for each in mismatches], form)
    click.echo(f"{len(rows)} rows, {len(mismatches)} otherwise than expected", err=True)
    sys.exit(1 if mismatches else 0)


COMMANDS: tuple[click.Command, ...] = (policy,)
