"""The machine: which core does what, how much memory a process holds, how busy others keep us."""

from __future__ import annotations

import os
import time
from pathlib import Path


def cores() -> tuple[set[int], set[int]]:
    """(for the server measured, for the load generator and PostgreSQL); the same where there is only one."""
    usable = sorted(os.sched_getaffinity(0))
    return {usable[0]}, set(usable[1:]) or {usable[0]}


def resident(pid: int) -> float:
    """Resident memory of one process, in MiB."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    return 0.0


def children(pid: int) -> list[int]:
    """The processes that `pid` started itself."""
    found = []
    for each in Path(f"/proc/{pid}/task").iterdir():
        found += [int(word) for word in (each / "children").read_text().split()]
    return found


def wait_until_quiet(seconds: float = 20.0, idle: float = 0.9) -> bool:
    """Wait until the cores are idle, at most so long; False when they never were."""
    deadline = time.monotonic() + seconds
    while _idle_share() < idle:
        if time.monotonic() > deadline:
            return False
    return True


def _idle_share(span: float = 0.3) -> float:
    before = _ticks()
    time.sleep(span)
    after = _ticks()
    return (after[0] - before[0]) / max(1, after[1] - before[1])


def _ticks() -> tuple[int, int]:
    """(idle, all) clock ticks of all cores since the start of the machine."""
    ticks = [int(word) for word in Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:9]]
    return ticks[3] + ticks[4], sum(ticks)
