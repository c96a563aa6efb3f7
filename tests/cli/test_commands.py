"""Commands are imported when they are asked for: the table says what modules bring, and a command loads what it needs, no more."""

from __future__ import annotations

import pkgutil
import subprocess
import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import click
import pytest

from connector import cli as package
from connector.cli import cli
from connector.cli.commands import COMMANDS

LOADED = "import sys, atexit; atexit.register(lambda: print(*sorted(sys.modules), file=sys.stderr)); import wsgi; wsgi.main()"
LATE = {"flask", "werkzeug", "jwt", "requests", "redis", "rq", "alembic", "prometheus_client", "apispec", "granian"}
"""What takes long to import and most commands do without; an aim of CPU time would not be a test (see `make bench`)."""


def within(command: click.Command) -> Iterator[click.Command]:
    """A command and all below it."""
    yield command
    if isinstance(command, click.Group):
        for each in command.commands.values():
            yield from within(each)


def loaded(home: Path, *words: str) -> set[str]:
    """The modules that a command of a new process has imported when it ends."""
    environment = {"CONNECTOR_HOME": str(home), "PATH": ""}
    done = subprocess.run(
        [sys.executable, "-c", LOADED, *words], env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode in (0, 5), done.stderr
    return set(done.stderr.splitlines()[-1].split())


@pytest.mark.parametrize("name", COMMANDS)
def test_the_table_says_what_the_module_brings(name: str) -> None:
    command, row = cli.commands[name], COMMANDS[name]
    assert (command.name, command.get_short_help_str(1000), command.hidden) == (name, row.help, row.hidden)


def test_the_table_forgets_no_command_of_any_module() -> None:
    known = {id(each) for name in COMMANDS for each in within(cli.commands[name])}
    modules = [import_module(f"connector.cli.{each.name}") for each in pkgutil.iter_modules(package.__path__)]
    made = {
        (each.name, id(each)) for module in modules for each in vars(module).values() if isinstance(each, click.Command)
    }
    assert [name for name, one in made if one not in known] == []


@pytest.mark.parametrize("name", [name for name, row in COMMANDS.items() if row.joined])
def test_a_group_is_whole_when_it_is_the_first_that_is_asked_for(name: str, tmp_path: Path) -> None:
    said = subprocess.run(
        [sys.executable, "-m", "wsgi", name, "--help"], capture_output=True, text=True, check=True, env={"PATH": ""}
    ).stdout
    group = cli.commands[name]
    assert isinstance(group, click.Group)
    assert [each for each in group.commands if f"\n  {each} " not in said] == []


def test_help_shows_every_command_and_imports_none(tmp_path: Path) -> None:
    modules = loaded(tmp_path, "--help")
    assert {each for each in modules if each.startswith("connector")} == {
        "connector",
        "connector.cli",
        "connector.cli.commands",
    }
    assert not modules & (LATE | {"sqlalchemy", "structlog", "marshmallow"})
    assert list(tmp_path.iterdir()) == []


def test_a_check_imports_neither_servers_nor_adapters(tmp_path: Path) -> None:
    loaded(tmp_path, "migrate")
    loaded(tmp_path, "vendor", "add", "acme", "--policy", "whmcs-modules")
    modules = loaded(tmp_path, "check", "nobody@example.com")
    assert "connector.cli.eligibility" in modules
    assert {each for each in modules if each.split(".")[0] in LATE | {"adapters", "webhooks"}} == set()
    assert "sqlalchemy.dialects.postgresql" not in modules
