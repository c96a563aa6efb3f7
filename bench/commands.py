"""`python -m bench.commands`: CPU seconds of a `connector` command from its start to its end, most of which are imports."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import tempfile
from collections.abc import Sequence

KEY = "DEMO-ACTIVE-0001-ABCD"
"""A licence of the demonstration store, which a decision accepts."""
YARDSTICK = "Python, importing SQLAlchemy alone"
COMMANDS = {
    "connector --help": ("--help",),
    "connector check": ("check", KEY),
    "connector license show": ("license", "show", KEY),
}


def main() -> None:
    """Print the seconds of each."""
    for name, spent in seconds().items():
        print(f"{name}: {spent:.2f} s of CPU")


def seconds(rounds: int = 5) -> dict[str, float]:
    """CPU seconds (user and system) of each command in the demonstration store, the cheapest of so many interleaved rounds."""
    with tempfile.TemporaryDirectory() as home:
        environment = os.environ | {"CONNECTOR_HOME": home, "CONNECTOR_DATABASE_URL": f"sqlite:///{home}/connector.db"}
        calls = {YARDSTICK: ("-c", "import sqlalchemy")} | {
            name: ("-m", "wsgi", *each) for name, each in COMMANDS.items()
        }
        for words in (("migrate",), ("demo", "load")):
            _spent(("-m", "wsgi", *words), environment)
        found = [{name: _spent(words, environment) for name, words in calls.items()} for _ in range(rounds)]
    return {name: min(each[name] for each in found) for name in calls}


def _spent(words: Sequence[str], environment: dict[str, str]) -> float:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, *words], env=environment, check=True, capture_output=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


if __name__ == "__main__":
    main()
