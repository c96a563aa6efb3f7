"""The TCP connections of this process, seen through its open files (Linux), whatever server accepted them."""

from __future__ import annotations

import os
import socket
import struct
from collections.abc import Iterator
from contextlib import suppress

_FILES = "/proc/self/fd"
_LAST = struct.Struct("@44xI4xI")
"""`struct tcp_info` of linux/tcp.h: tcpi_last_data_sent and tcpi_last_data_recv, milliseconds since then."""


def end_unanswered(seconds: float) -> int:
    """End, for reading, each connection that sent us something and got nothing for so many seconds; how many there were.

    What is idle between two requests was answered after it last sent, and stays; where both fell into the same tick of the
    kernel's clock it ends as well, as it would have soon. Elsewhere than on Linux nothing is ended.
    """
    ended = 0
    for connection in _open():
        with connection, suppress(OSError):
            connection.getpeername()  # not one that only listens
            info = connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, _LAST.size)
            sent, received = _LAST.unpack(info)
            if sent >= seconds * 1000 and received <= sent:
                connection.shutdown(socket.SHUT_RD)
                ended += 1
    return ended


def _open() -> Iterator[socket.socket]:
    names = os.listdir(_FILES) if os.path.isdir(_FILES) and hasattr(socket, "TCP_INFO") else []
    for name in names:
        try:
            copy = os.dup(int(name))
        except OSError:  # closed meanwhile
            continue
        try:
            found = socket.socket(fileno=copy)
        except OSError:  # no socket
            os.close(copy)
            continue
        yield found
