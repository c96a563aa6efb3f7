"""`connector` commands run in this process over a given runtime: what a terminal would show, and the exit code."""

from __future__ import annotations

import json
from typing import Any

from click.testing import CliRunner, Result

from connector.cli import cli
from connector.runtime import Runtime


class Shell:
    """A terminal of one installation."""

    def __init__(self, runtime: Runtime) -> None:
        self.runtime = runtime

    def run(self, *words: str, given: str | None = None, exits: int = 0) -> Result:
        """Run a command that should end with this exit code."""
        result = CliRunner().invoke(cli, list(words), input=given, obj=self.runtime)
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        assert result.exit_code == exits, f"{words}: exit {result.exit_code}\n{result.stdout}{result.stderr}"
        return result

    def json(self, *words: str, given: str | None = None, exits: int = 0) -> Any:
        """What a command prints with `--format json`."""
        return json.loads(self.run(*words, "--format", "json", given=given, exits=exits).stdout)

    def fails(self, *words: str, exits: int) -> str:
        """What a command that is refused says on standard error; nothing is on standard output."""
        result = self.run(*words, exits=exits)
        assert result.stdout == ""
        return result.stderr
