"""Servers as a user starts them: `connector serve`, and the hello app under the same server with the same settings."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench import machine
from tests.servers import free_port, spawn

START_SECONDS = 30.0
CONNECTOR = str(Path(sys.executable).with_name("connector"))


@dataclass(frozen=True)
class Shape:
    """Processes and threads of a server; `pinned`: on the one core that the load generator does not use."""

    workers: int
    threads: int
    pinned: bool = True

    def __str__(self) -> str:
        return f"{self.workers}x{self.threads}{'' if self.pinned else ', both cores'}"


@dataclass(frozen=True)
class Serving:
    """A running server."""

    port: int
    pid: int

    def resident(self) -> float:
        """MiB of its largest process: the one that serves."""
        return max(map(machine.resident, (self.pid, *machine.children(self.pid))))


@contextmanager
def hello(shape: Shape, folder: Path) -> Iterator[Serving]:
    """The yardstick."""
    port = free_port()
    command = [sys.executable, "-m", "bench.hello", *map(str, (port, shape.workers, shape.threads))]
    with _running(command, os.environ, port, "/", shape, folder / "hello.log") as serving:
        yield serving


@contextmanager
def connector(environment: Mapping[str, str], shape: Shape, folder: Path) -> Iterator[Serving]:
    """`connector serve` with the settings of a store."""
    port = free_port()
    env = {
        **os.environ,
        **environment,
        "CONNECTOR_BIND": f"127.0.0.1:{port}",
        "CONNECTOR_WORKERS": str(shape.workers),
        "CONNECTOR_THREADS": str(shape.threads),
    }
    with _running([CONNECTOR, "serve"], env, port, "/healthz", shape, folder / "serve.log") as serving:
        yield serving


@contextmanager
def background(command: Sequence[str], environment: Mapping[str, str], log: Path) -> Iterator[int]:
    """A process that serves nothing, ended by SIGTERM afterwards; its pid."""
    with log.open("ab") as output:
        process = spawn(command, output, {**os.environ, **environment})
        try:
            yield process.pid
        finally:
            _end(process)


@contextmanager
def _running(
    command: Sequence[str], env: Mapping[str, str], port: int, path: str, shape: Shape, log: Path
) -> Iterator[Serving]:
    mine = os.sched_getaffinity(0)
    if shape.pinned:
        os.sched_setaffinity(0, machine.cores()[0])
    with log.open("ab") as output:
        try:
            process = spawn(command, output, env)
        finally:
            os.sched_setaffinity(0, mine)
        try:
            _wait_for(process, port, path, log)
            yield Serving(port, process.pid)
        finally:
            _end(process)


def _wait_for(process: subprocess.Popen[bytes], port: int, path: str, log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while True:
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=1).read()
            return
        except OSError:
            if process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"the server did not start:\n{log.read_text()[-4000:]}") from None
            time.sleep(0.05)


def _end(process: subprocess.Popen[bytes]) -> None:
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(20)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
