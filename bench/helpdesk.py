"""A helpdesk that answers at once: the tests' Request Tracker behind a small HTTP server.

`python -m bench.helpdesk` prints its port and serves until it is ended.
"""

from __future__ import annotations

import asyncio
import json
import re
from urllib.parse import parse_qsl, unquote, urlsplit

from tests.adapters.helpdesks.fakes import FakeRequestTracker
from tests.adapters.helpdesks.stub import Request

LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)


async def _converse(desk: FakeRequestTracker, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while True:
            head = await reader.readuntil(b"\r\n\r\n")
            length = LENGTH.search(head)
            body = await reader.readexactly(int(length[1])) if length else b""
            answer = desk.play(_request(head.decode("latin-1"), body))
            text = answer.body if isinstance(answer.body, bytes) else json.dumps(answer.body).encode()
            writer.write(b"HTTP/1.1 %d OK\r\nContent-Length: %d\r\n\r\n%s" % (answer.status, len(text), text))
            await writer.drain()
    except (asyncio.IncompleteReadError, ConnectionError):
        writer.close()


def _request(head: str, body: bytes) -> Request:
    first, *lines = head.strip().split("\r\n")
    method, target, _ = first.split(" ")
    parts = urlsplit(target)
    headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}
    return Request(method, unquote(parts.path), dict(parse_qsl(parts.query)), headers, body)


async def main() -> None:
    """Serve."""
    desk = FakeRequestTracker()
    server = await asyncio.start_server(lambda reader, writer: _converse(desk, reader, writer), "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main())
