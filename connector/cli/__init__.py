"""`connector ...`: data on standard output, messages on standard error; one group of commands a file.

Exit codes: 0 done (or accepted), 1 refused or failed, 2 wrong call or settings, 3 deny or redirect, 4 hold or ask, 5 unknown.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from importlib import import_module
from typing import Any

import click

from connector import __version__
from connector.cli.commands import COMMANDS


class Commands(Mapping[str, click.Command]):
    """Every command by its name; its module is imported when it is asked for, since importing them all takes a second."""

    def __getitem__(self, name: str) -> click.Command:
        row = COMMANDS[name]
        for each in row.joined:
            import_module(f"connector.cli.{each}")
        module, _, attribute = row.made.partition(":")
        made: click.Command = getattr(import_module(f"connector.cli.{module}"), attribute)
        return made

    def __iter__(self) -> Iterator[str]:
        return iter(COMMANDS)

    def __len__(self) -> int:
        return len(COMMANDS)


class _Cli(click.Group):
    """A group that turns known faults into one sentence and an exit code, never a traceback."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except (click.ClickException, click.exceptions.Exit, click.Abort):
            raise
        except Exception as fault:
            # Only now: the faults are known by their classes, and those live in modules that most commands do without.
            from connector.cli.faults import told_of

            told = told_of(fault, ctx)
            if told is None:
                raise
            click.echo(f"connector: {told}", err=True)
            sys.exit(2)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The list of commands, from the table alone."""
        lines = (click.Command(name, help=each.help, hidden=each.hidden) for name, each in COMMANDS.items())
        click.Group(commands=list(lines)).format_commands(ctx, formatter)


@click.group(
    cls=_Cli,
    commands=Commands(),
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110},
)
@click.version_option(__version__, prog_name="connector")
def cli() -> None:
    """The support connector: webhooks in, decisions made, tickets queued."""
