"""license import: keys sold with another system, with their sites, owners and dates."""

from __future__ import annotations

import csv
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import click

from connector.cli.common import actor, emit, format_option, runtime_of
from connector.cli.licences import license_group
from connector.licences.importing.cells import BadCell, instant
from connector.licences.importing.entries import MAX_SLUG, Reader
from connector.licences.importing.flow import Import
from connector.licences.importing.gaps import WHOLE_FILE
from connector.licences.importing.profiles import FIELDS, PROFILES
from connector.licences.importing.rows import BadFile, Fault, Source, plain
from connector.storage.database import reading
from connector.vendors.vendor import named

SHOWN = 20
"""Faults told on the terminal; --report has them all."""


@license_group.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--vendor", "slug", required=True)
@click.option(
    "--from",
    "peer",
    type=click.Choice(list(PROFILES)),
    default="standard",
    show_default=True,
    help="Whose export it is.",
)
@click.option(
    "--map",
    "maps",
    multiple=True,
    metavar="COLUMN=FIELD",
    help="What a column means; docs/importing.md has the fields.",
)
@click.option("--product", help="The slug of the product that every key in the file is of.")
@click.option("--as-of", help="When the export was made; absent = the file's own time.")
@click.option("--dry-run", "dry", is_flag=True, help="Say what would happen, and write nothing.")
@click.option(
    "--report",
    type=click.Path(dir_okay=False, writable=True, path_type=Path),
    help="Write the faults to this file (CSV).",
)
@format_option
@click.pass_context
def import_file(
    ctx: click.Context,
    /,
    file: Path,
    slug: str,
    peer: str,
    maps: tuple[str, ...],
    product: str | None,
    as_of: str | None,
    dry: bool,
    report: Path | None,
    form: str,
) -> None:
    """Import existing keys from a CSV or JSON file; may be stopped and run again, and adds nothing twice."""
    app = runtime_of(ctx)
    if product is not None and not 0 < len(product.strip()) <= MAX_SLUG:
        raise click.UsageError(f"--product is a product's slug, at most {MAX_SLUG} characters")
    source = _source(file)
    now = app.clock()
    with reading(app.engine) as tx:
        zone = named(tx, app, slug).policy.zone
    fields = _fields(maps, source)
    made = _as_of(as_of, zone, now) or min(datetime.fromtimestamp(int(file.stat().st_mtime), UTC), now)
    reader = Reader.of(peer, zone, fields, source.columns, as_of=made, now=now, product=product and product.strip())
    if source.columns is not None and not any(column in source.columns for column in reader.columns["key"]):
        raise click.UsageError(
            "no column holds the keys: the first line must name the columns; say whose export it is (--from), "
            "or which column it is (--map COLUMN=key)"
        )
    with _faults(report) as tell:
        flow = Import(app, slug, reader, now, dry, tell)
        stopped = _run(flow, source)
        notes = [*_encoding(source), *flow.gaps.told(slug, dry=dry)]
        for note in notes:
            tell(note)
    flow.record(actor(), file.name)
    if flow.tally.faulty > SHOWN and report is None:
        click.echo(f"... and more: --report FILE lists all {flow.tally.faulty}", err=True)
    told = {"notes": [f"{note.what}: {note.cure}" for note in notes]} if form == "json" else {}
    emit({"dry_run": dry, **vars(flow.tally)} | told, form)
    if stopped:
        click.echo("stopped: what is told above is done, the same command goes on from there", err=True)
    sys.exit(1 if stopped or flow.tally.faulty else 0)


def _encoding(source: Source) -> Iterator[Fault]:
    """A note on a file that is not UTF-8: its letters were guessed."""
    if source.encoding == "cp1252":
        yield Fault(
            WHOLE_FILE,
            "",
            f"{source.path.name} is not UTF-8 and was read as Windows-1252",
            "if names look wrong, save it as UTF-8 (in Excel: CSV UTF-8) and import it again",
        )


def _source(file: Path) -> Source:
    try:
        return Source(file)
    except BadFile as fault:
        raise click.UsageError(str(fault)) from None


def _run(flow: Import, source: Source) -> bool:
    """Import it all; True where somebody stopped it."""
    shows = sys.stderr.isatty()
    try:
        for tally in flow.run(source):
            if shows:
                share = 100 * source.position // max(source.size, 1)
                click.echo(f"\r{share:3} %  {tally.rows:,} rows, {tally.faulty:,} faulty", err=True, nl=False)
    except KeyboardInterrupt:
        return True
    finally:
        if shows:
            click.echo("", err=True)
    return False


def _fields(maps: tuple[str, ...], source: Source) -> dict[str, list[str]]:
    """field -> columns; a column may serve several fields."""
    found: dict[str, list[str]] = {}
    for pair in maps:
        column, equals, name = pair.rpartition("=")
        if not equals or name not in FIELDS or not plain(column):
            raise click.UsageError(f"--map wants COLUMN=FIELD, and fields are: {', '.join(FIELDS)}")
        if source.columns is not None and plain(column) not in source.columns:
            raise click.UsageError(f"--map: the file's first line names no column {column!r}")
        found.setdefault(name, []).append(column)
    return found


def _as_of(text: str | None, zone: str, now: datetime) -> datetime | None:
    if text is None:
        return None
    try:
        found = instant(text, zone)
    except BadCell as bad:
        raise click.UsageError(f"--as-of: {bad.what}; {bad.cure}") from None
    if found is None or found > now:
        raise click.UsageError("--as-of: the export was made at some time up to now")
    return found


@contextmanager
def _faults(report: Path | None) -> Iterator[Callable[[Fault], None]]:
    """What to do with a fault: the first ones go to the terminal, all of them to the report."""
    told = 0
    try:
        file = report.open("w", encoding="utf-8", newline="") if report else None
    except OSError as fault:
        raise click.UsageError(f"--report: {report} cannot be written ({type(fault).__name__})") from None
    writer = csv.writer(file, lineterminator="\n") if file else None
    if writer:
        writer.writerow(["line", "column", "key", "what", "cure"])

    def tell(fault: Fault) -> None:
        nonlocal told
        is_note = fault.line == WHOLE_FILE
        told += not is_note
        if writer:
            column = fault.column.lstrip("=+-@\t")  # a spreadsheet would run a cell that begins like a formula
            writer.writerow([fault.line or "", column, fault.key, fault.what, fault.cure])
        if is_note or told <= SHOWN:
            line = "note" if is_note else f"line {fault.line}"
            where = ", ".join(filter(None, (line, "" if is_note else fault.column, fault.key)))
            over = "\r" if sys.stderr.isatty() else ""  # the line of progress
            click.echo(f"{over}{where}: {fault.what}: {fault.cure}", err=True)

    try:
        yield tell
    finally:
        if file:
            file.close()
