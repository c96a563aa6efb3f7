"""`connector serve` as it is shipped: a process of its own on a free loopback port, with a home and a database."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path

import requests

import wsgi
from connector import settings
from connector.runtime import Runtime
from tests.servers import free_port, spawn
from tests.support.stores import settings_for

CONNECTOR = Path(sys.executable).with_name("connector")
SECRET_KEY = "a secret key for tests, long enough to be taken"
START_SECONDS = 60.0


class Server:
    """A running connector; the test's own `runtime` looks into the same database with the same keys."""

    def __init__(self, home: Path, database_url: str, more: Mapping[str, str] | None = None) -> None:
        self.home = home
        self.database_url = database_url
        self.log_file = home / "serve.log"
        self._more = dict(more or {})
        self._process: subprocess.Popen[bytes] | None = None
        self._bind = f"127.0.0.1:{free_port()}"

    @property
    def url(self) -> str:
        return f"http://{self._bind}"

    @property
    def address(self) -> tuple[str, int]:
        host, _, port = self._bind.partition(":")
        return host, int(port)

    def processes(self) -> list[int]:
        """The ids of the serving process and its workers (Linux)."""
        assert self._process is not None
        pid = self._process.pid
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        return [pid, *map(int, children)]

    @property
    def sqlite(self) -> bool:
        return self.database_url.startswith("sqlite")

    @property
    def environment(self) -> dict[str, str]:
        """The environment of every `connector` command of this installation."""
        kept = {name: value for name, value in os.environ.items() if name not in settings.NAMES}
        own = {
            "CONNECTOR_HOME": str(self.home),
            "CONNECTOR_BIND": self._bind,
            "CONNECTOR_DATABASE_URL": self.database_url,
            "CONNECTOR_SECRET_KEY": SECRET_KEY,
            "CONNECTOR_LOG_FORMAT": "json",
        }
        return kept | own | self._more

    @cached_property
    def runtime(self) -> Runtime:
        """A runtime of the test's process over the same database and keys."""
        same = {"secret_key": SECRET_KEY, "bind": self._bind, "public_url": self.url}
        return wsgi.make_runtime(settings_for(self.database_url, self.home, **same))

    def start(self) -> Server:
        """Serve, and wait until it is ready. Raises RuntimeError with the log."""
        with self.log_file.open("ab") as log:
            self._process = spawn([str(CONNECTOR), "serve"], log, self.environment)
        deadline = time.monotonic() + START_SECONDS
        while not self.ready():
            if self._ended(within=0.05) or time.monotonic() > deadline:
                self.stop()
                raise RuntimeError(f"`connector serve` did not start:\n{self.log()}")
        return self

    def stop(self) -> None:
        """End the server in good order."""
        if self._process is not None:
            self._process.terminate()
            self._process.wait(30)
            self._process = None

    @property
    def running(self) -> bool:
        return self._process is not None

    def close(self) -> None:
        self.stop()
        if "runtime" in self.__dict__:
            self.runtime.engine.dispose()

    def ready(self) -> bool:
        try:
            return requests.get(f"{self.url}/readyz", timeout=10).status_code == 200
        except requests.ConnectionError:
            return False

    def log(self) -> str:
        """Everything the server and its workers wrote to standard output and standard error."""
        return self.log_file.read_text(errors="replace")

    def command(self, *words: str, environment: Mapping[str, str] | None = None) -> subprocess.CompletedProcess[str]:
        """Run a `connector` command of this installation in a process of its own."""
        env = self.environment if environment is None else environment
        return subprocess.run(
            [str(CONNECTOR), *words], env=env, capture_output=True, text=True, timeout=60, check=False
        )

    def wait(self, seconds: float) -> bool:
        """Let it run for so long; False, for it goes on. Raises RuntimeError with its log where it ended instead."""
        if self._ended(within=seconds):
            raise RuntimeError(f"`connector serve` ended:\n{self.log()}")
        return False

    def _ended(self, within: float) -> bool:
        assert self._process is not None
        try:
            self._process.wait(within)
        except subprocess.TimeoutExpired:
            return False
        return True
