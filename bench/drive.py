"""The load generator, a process of its own: keep-alive connections, requests written out beforehand, one epoll loop.

`python -m bench.drive` reads a pickled Job on standard input and writes a pickled Outcome to standard output.
"""

from __future__ import annotations

import os
import pickle
import re
import select
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import cycle, islice

from bench import machine

CONNECTIONS = 16
LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
END = b"\r\n\r\n"


@dataclass(frozen=True)
class Job:
    """Requests as raw bytes for `port`; `again`: begin anew after the last. `expect` must be part of a right answer."""

    port: int
    requests: Sequence[bytes]
    seconds: float
    again: bool = False
    expect: bytes = b""
    connections: int = CONNECTIONS


@dataclass
class Outcome:
    """Answers (all, and those not 200 or without `expect`), seconds taken, seconds for each answer, our own CPU share."""

    answers: int = 0
    wrong: int = 0
    seconds: float = 0.0
    latencies: list[float] = field(default_factory=list)
    busy: float = 0.0
    first_wrong: bytes = b""

    @property
    def rate(self) -> float:
        return self.answers / self.seconds if self.seconds else 0.0


def drive(job: Job) -> Outcome:
    """Run a job in a process of its own, on the load generator's core."""
    command = [sys.executable, "-m", "bench.drive"]
    done = subprocess.run(command, input=pickle.dumps(job), stdout=subprocess.PIPE, check=True)
    outcome: Outcome = pickle.loads(done.stdout)
    return outcome


def run(job: Job) -> Outcome:
    """Send until the time is over or the requests are used up; every request sent is waited for."""
    outcome = Outcome()
    work = iter(cycle(job.requests)) if job.again else iter(job.requests)
    started = time.perf_counter()
    with select.epoll() as poll:
        lines = [_Line(job.port, poll) for _ in range(job.connections)]
        open_lines = {line.number: line for line in lines}
        for line, request in zip(lines, islice(work, len(lines)), strict=False):
            line.send(request)
        waiting = sum(line.waiting for line in lines)
        while waiting:
            for number, _ in poll.poll(10):
                line = open_lines[number]
                answer = line.receive()
                if answer is None:
                    continue
                now = time.perf_counter()
                outcome.latencies.append(now - line.sent)
                _judge(outcome, answer, job.expect)
                if not _send_next(line, work, now - started < job.seconds):
                    waiting -= 1
        for line in lines:
            line.close()
    outcome.seconds = time.perf_counter() - started
    outcome.answers = len(outcome.latencies)
    return outcome


def _send_next(line: _Line, work: Iterator[bytes], more: bool) -> bool:
    request = next(work, None) if more else None
    if request is None:
        return False
    line.send(request)
    return True


def _judge(outcome: Outcome, answer: bytes, expect: bytes) -> None:
    if answer[9:12] != b"200" or expect not in answer:
        outcome.wrong += 1
        outcome.first_wrong = outcome.first_wrong or answer[:2000]


class _Line:
    """One keep-alive connection with at most one request on its way."""

    def __init__(self, port: int, poll: select.epoll) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port))
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.number = self._socket.fileno()
        self.waiting = False
        self.sent = 0.0
        self._got = b""
        poll.register(self.number, select.EPOLLIN)

    def send(self, request: bytes) -> None:
        self.waiting = True
        self._got = b""
        self.sent = time.perf_counter()
        self._socket.sendall(request)

    def receive(self) -> bytes | None:
        """The whole answer, or None while a part is missing."""
        data = self._socket.recv(262_144)
        if not data:
            raise ConnectionError("the server closed a connection")
        self._got += data
        head = self._got.find(END)
        length = LENGTH.search(self._got, 0, head) if head >= 0 else None
        if head < 0 or len(self._got) < head + len(END) + int(length[1] if length else 0):
            return None
        return self._got

    def close(self) -> None:
        self._socket.close()


def main() -> None:
    os.sched_setaffinity(0, machine.cores()[1])
    job: Job = pickle.load(sys.stdin.buffer)
    before = time.process_time()
    outcome = run(job)
    outcome.busy = (time.process_time() - before) / outcome.seconds
    pickle.dump(outcome, sys.stdout.buffer)


if __name__ == "__main__":
    # Unpickled under the name that the sender knows, not as __main__.
    from bench import drive as module

    module.main()
