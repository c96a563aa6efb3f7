"""Keeps the server running: what dies is started again, ever later where it dies at once; only what never came up is given up."""

from __future__ import annotations

import mmap
import multiprocessing
from collections.abc import Callable
from contextlib import suppress
from time import monotonic
from typing import Any

from connector.observe import Log

FIRST_WAIT, LONGEST_WAIT = 1.0, 30.0
"""Seconds before the next start after a death."""
STEADY = 60.0
"""Seconds of life after which a death is a first one again."""

_came_up = mmap.mmap(-1, 1)  # shared with the processes that are forked from here
log = Log()


class NeverCameUp(Exception):
    """No serving process could be started."""


def came_up() -> None:
    """Said by a serving process once it can answer."""
    _came_up[0] = 1


def keep_serving(make_server: Callable[[], Any]) -> None:
    """Serve until we are told to stop; a server of granian's ends by itself where its processes die twice in a row.

    Raises NeverCameUp where none of them could ever answer: the log says why, and starting again would not help.
    """
    wait = FIRST_WAIT
    while True:
        server, begun = make_server(), monotonic()
        with suppress(SystemExit):  # how granian ends where nobody told it to
            server.serve()
        if server.interrupt_signal:
            return
        if not _came_up[0] and multiprocessing.get_start_method() == "fork":
            raise NeverCameUp("no serving process came up: the lines above say why")
        wait = FIRST_WAIT if monotonic() - begun > STEADY else min(wait * 2, LONGEST_WAIT)
        log.error("serve.died", again_in_seconds=wait)
        server.main_loop_interrupt.clear()
        server.main_loop_interrupt.wait(wait)
        if server.interrupt_signal:
            return
