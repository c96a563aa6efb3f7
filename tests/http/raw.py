"""HTTP written by hand over a socket: headers exactly as given, and requests that no client library would send."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from http.client import HTTPResponse
from typing import Any


@dataclass(frozen=True)
class Reply:
    status: int
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)


def request(
    path: str, headers: Iterable[tuple[str, str | bytes]], body: bytes, method: str = "POST", host: bool = True
) -> bytes:
    """The bytes of a request; nothing is added but a Host and `Connection: close`."""
    lines = [("Host", "connector.example.test"), ("Connection", "close")] if host else []
    head = [f"{method} {path} HTTP/1.1".encode()]
    for name, value in [*lines, *headers]:
        head.append(name.encode() + b": " + (value if isinstance(value, bytes) else value.encode()))
    return b"\r\n".join([*head, b"", body])


def chunked(body: bytes, size: int = 60_000) -> bytes:
    """The body in chunks (RFC 9112 7.1)."""
    parts = [body[start : start + size] for start in range(0, len(body), size)]
    return b"".join(b"%x\r\n%b\r\n" % (len(part), part) for part in parts) + b"0\r\n\r\n"


def exchange(address: tuple[str, int], sent: bytes, *, method: str = "POST", hang_up: bool = False) -> Reply:
    """Send the bytes and read one reply; `hang_up` says that nothing more will be sent."""
    with socket.create_connection(address, timeout=30) as connection:
        connection.sendall(sent)
        if hang_up:
            connection.shutdown(socket.SHUT_WR)
        answer = HTTPResponse(connection, method=method)
        answer.begin()
        with answer:
            return Reply(answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read())
