"""Request bodies as they arrive: a deadline for each, and a cap on how many may arrive at once.

A threaded WSGI server reads a body in the thread of its request, which blocks for as long as the sender likes. Nothing can
end that reading but the end of the connection: so the connection of a body that is overdue is ended, for reading only,
which lets the reading come back and the request be answered.
"""

from __future__ import annotations

import threading
import time
from typing import IO

from connector.observe import Log
from connector.serving import connections

SECONDS = 20.0
"""How long a body may take."""
MOST = 256
"""Bodies that may be on their way at once."""
PATIENCE = 0.25
"""Seconds to wait for room among them; a body that came with its headers makes room at once."""

log = Log()


class TooSlow(Exception):
    """The body did not come within its time."""


class Crowded(Exception):
    """Too many bodies are on their way, each slowly."""


class Bodies:
    """The bodies that are being read in this process; the first one starts a thread that looks after them."""

    def __init__(self, seconds: float = SECONDS, most: int = MOST) -> None:
        self._seconds = seconds
        self._room = threading.Semaphore(most)
        self._since: dict[int, float] = {}
        self._watch = threading.Thread(target=self._end_overdue, name="bodies", daemon=True)
        self._mutex = threading.Lock()

    def read(self, stream: IO[bytes], size: int) -> bytes:
        """Up to `size` bytes, fewer where the sender ended before. Raises TooSlow and Crowded."""
        if not self._room.acquire(timeout=PATIENCE):
            raise Crowded
        me, since = threading.get_ident(), time.monotonic()
        self._since[me] = since
        try:
            if not self._watch.is_alive():
                self._start()
            data = stream.read(size)
        finally:
            del self._since[me]
            self._room.release()
        if len(data) < size and time.monotonic() - since >= self._seconds:
            raise TooSlow
        return data

    def overdue(self) -> int:
        """How many bodies have taken longer than they may."""
        before = time.monotonic() - self._seconds
        return sum(since <= before for since in list(self._since.values()))

    def _start(self) -> None:
        with self._mutex:
            if self._watch.ident is None:
                self._watch.start()

    def _end_overdue(self) -> None:
        while True:
            time.sleep(1)
            if overdue := self.overdue():
                ended = connections.end_unanswered(self._seconds)
                log.warning("bodies.overdue", count=overdue, ended=ended)
