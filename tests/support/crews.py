"""`connector worker` as it is shipped, to kill."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path


@dataclass
class Crew:
    """`connector worker` on a store's database and a Valkey; killed with everything it started."""

    environ: dict[str, str]
    home: str
    running: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def start(self) -> None:
        command = [sys.executable, "-m", "wsgi", "worker", "--processes", "2"]
        self.running.append(subprocess.Popen(command, env=self.environ, start_new_session=True))

    def kill(self) -> None:
        """All at one instant: who is stopped starts nobody anew. (What RQ calls its processes hides their environment.)"""
        for process in self.running:
            for pid in stopped(process.pid) if process.poll() is None else ():
                os.kill(pid, signal.SIGKILL)
            process.wait()

    def work_until(self, enough: Callable[[], bool], tries: int = 300) -> None:
        """Let it work until `enough`, so many tenths of a second at most."""
        for _ in range(tries):
            if enough():
                return
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.running[-1].wait(0.1)


def stopped(pid: int) -> list[int]:
    """Stops a process, then those below it; the process and all of them."""
    try:
        os.kill(pid, signal.SIGSTOP)
        below = [file.read_text() for file in Path(f"/proc/{pid}/task").glob("*/children")]
    except OSError:
        return []
    return [pid, *(each for child in " ".join(below).split() for each in stopped(int(child)))]
