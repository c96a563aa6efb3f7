"""What every command shares: the runtime, the output formats, reading `name=value` words."""

from __future__ import annotations

import csv
import getpass
import json
import re
import sys
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, TypeVar

import click

from connector import observe, settings
from connector.cli import installation
from connector.domain import typed
from connector.domain.calendar import days
from connector.domain.licensing import mailbox
from connector.domain.licensing.events import Key
from connector.runtime import Runtime
from connector.vendors.policies.lint import Problem

F = TypeVar("F", bound=Callable[..., Any])

format_option = click.option(
    "--format", "form", type=click.Choice(["table", "json", "csv"]), default="table", show_default=True
)


def limit_option(default: int) -> Callable[[F], F]:
    """`--limit`: how many rows a list shows at most."""
    return click.option("--limit", type=click.IntRange(1, 100_000), default=default, show_default=True)


def runtime_of(ctx: click.Context, *, new: bool = False, anywhere: bool = False) -> Runtime:
    """The runtime, built on first use from the environment's settings.

    new: the command makes an installation where there is none. anywhere: it has something to say without one. All others
    are refused there (BadSettings): most likely CONNECTOR_HOME was forgotten.
    """
    root = ctx.find_root()
    if not isinstance(root.obj, Runtime):
        made: Runtime = root.obj(settings.load(make_key=new))
        observe.install_late(made.settings)
        if not new and not anywhere:
            installation.must_exist(made)
        root.obj = made
    found: Runtime = root.obj
    return found


def emit(data: Mapping[str, Any] | Sequence[Mapping[str, Any]], form: str, *, faults: bool = False) -> None:
    """Print one record or a list of them; lists are arrays in JSON, rows in tables and CSV. Of an empty list standard error
    says where was looked, unless it is a list of faults."""
    if not data and not isinstance(data, Mapping) and not faults:
        _say_where()
    if form == "json":
        click.echo(json.dumps(data, indent=2, ensure_ascii=False))
        return
    rows = [data] if isinstance(data, Mapping) else list(data)
    if not rows:
        return
    columns = list(dict.fromkeys(name for row in rows for name in row))
    cells = [[_cell(row.get(name)) for name in columns] for row in rows]
    if form == "csv":
        writer = csv.writer(sys.stdout, lineterminator="\n")
        writer.writerows([columns, *([_harmless(cell) for cell in row] for row in cells)])
    elif isinstance(data, Mapping):
        width = max((len(name) for name in columns), default=0)
        for name, cell in zip(columns, cells[0], strict=True):
            click.echo(f"{name:<{width}}  {cell}")
    else:
        widths = [max(len(cell) for cell in column) for column in zip(columns, *cells, strict=True)]
        for row in [columns, *cells]:
            click.echo("  ".join(f"{cell:<{width}}" for cell, width in zip(row, widths, strict=True)).rstrip())


def more_follow(rows: Sequence[Mapping[str, Any]], more: bool, name: str) -> None:
    """Say on standard error how to see the next page, where there is one: after the `name` of the last row."""
    if more and rows:
        click.echo(f"more: --after {rows[-1][name]}", err=True)


def warn(problems: Sequence[Problem]) -> None:
    """Say on stderr what was done as asked, and yet may have been overlooked."""
    for each in problems:
        click.echo(f"warning: {each}", err=True)


def pairs(words: Sequence[str], what: str) -> dict[str, Any]:
    """`a.b=c` words as a mapping; values that are JSON (true, 3, [..]) are read as such."""
    found: dict[str, Any] = {}
    for word in words:
        name, equals, value = word.partition("=")
        if not equals or not name:
            raise click.UsageError(f"{what} wants name=value, not {word!r}")
        try:
            found[name] = json.loads(value)
        except ValueError:
            found[name] = value
    return found


def secret_from(path: str | None, prompt: str) -> str:
    """A secret from a file, or from standard input for `-`: never from the command line, where others can read it."""
    if path is None:
        raise click.UsageError(f"{prompt}: give a file, or - for standard input")
    try:
        with click.open_file(path) as file:
            return str(file.read()).strip()
    except (OSError, UnicodeDecodeError) as fault:
        raise click.UsageError(f"{prompt}: {path} cannot be read ({type(fault).__name__}): name a text file") from None


def ending(text: str | None, option: str, zone: str) -> datetime | None:
    """The instant (UTC) at which something ends: a day is inside it, in the vendor's zone. Raises UsageError with the cure."""
    if text is None:
        return None
    try:
        found = days.instant(text.strip(), zone, ends=True)
    except ValueError:
        raise click.UsageError(f"{option} wants a day such as 2027-03-01, or RFC 3339, not {text!r}") from None
    if not 1990 <= found.year <= 2200:
        raise click.UsageError(
            f"{option}: the year {found.year} cannot be meant: leave the date out for never, else give 1990 to 2200"
        )
    return found


def address_from(email: str, option: str) -> str:
    """An e-mail address in lower case; raises click.UsageError for what is none."""
    address = mailbox.address(email)
    if address is None:
        raise click.UsageError(f"{option}: {email!r} is no e-mail address")
    return address


def slug_from(word: str, what: str, most: int) -> str:
    """A short name of ours, as it stands in addresses and commands; raises click.UsageError with the rule."""
    if not _SLUG.fullmatch(word) or len(word) > most:
        raise click.UsageError(
            f"{what} is a short name of lower-case letters, digits and hyphens (such as acme-forms), at most {most} signs"
        )
    return word


_SLUG = re.compile(r"[a-z0-9]+(?:-+[a-z0-9]+)*")


def aware(when: datetime | None) -> datetime | None:
    """The date with a zone, UTC where none was said; raises click.UsageError for a year that cannot be meant."""
    if when is not None and not 1990 <= when.year <= 2200:
        raise click.UsageError(
            f"the year {when.year} cannot be meant: leave the date out for never, else give 1990 to 2200"
        )
    return when.replace(tzinfo=UTC) if when and when.tzinfo is None else when


def key_from(path: str, option: str) -> Key:
    """A licence key of the vendor's own from a file; raises click.UsageError for one that software could not send."""
    told = secret_from(path, option)
    key = typed.key(told)
    if typed.words(told) != told or not 8 <= len(key) <= 255 or not key.isprintable() or len(key.split()) != 1:
        raise click.UsageError(f"{option}: there must be one key of 8 to 255 characters, on one line")
    return Key(key)


def actor() -> str:
    """Who is at the command line, for the log."""
    try:
        return f"cli:{getpass.getuser()}"
    except (KeyError, OSError):
        return "cli"


def _say_where() -> None:
    context = click.get_current_context(silent=True)
    app = context.find_root().obj if context else None
    if isinstance(app, Runtime):
        click.echo(f"no rows; looked in {app.engine.url.render_as_string()}", err=True)


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False)
    return str(value)


def _harmless(cell: str) -> str:
    # A spreadsheet would run a cell that begins like a formula.
    return "'" + cell if cell[:1] in ("=", "+", "-", "@", "\t") else cell
