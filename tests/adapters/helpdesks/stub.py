"""A local HTTP server that plays a helpdesk, and goes wrong in the ways real ones were seen to go wrong."""

import contextlib
import json
import ssl
import threading
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

SENT_AT_MOST = 1 << 30


@dataclass(frozen=True)
class Request:
    """A request as the stub got it: path and query decoded, header names in lower case."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)


@dataclass(frozen=True)
class Answer:
    """What the stub answers; `body` other than bytes goes as JSON."""

    status: int = 200
    body: Any = b""
    headers: Mapping[str, str] = field(default_factory=dict)


Play = Callable[[Request], Answer]
Fault = Callable[["_Handler", Request, Play], None]


class Stub:
    """`url`; `requests` so far; `sent`, the bytes of answers; `go_wrong(*faults)` spoils the next calls, one each."""

    def __init__(self, play: Play, certificate: str | None = None) -> None:
        self.play = play
        self.requests: list[Request] = []
        self.sent = 0
        self.faults: deque[Fault] = deque()
        self.closing = threading.Event()
        self._server = _Server(("127.0.0.1", 0), _Handler)
        self._server.stub = self
        if certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate)
            self._server.socket = context.wrap_socket(
                self._server.socket, server_side=True, do_handshake_on_connect=False
            )
        self.port = self._server.server_address[1]
        self.url = f"http://127.0.0.1:{self.port}"

    def go_wrong(self, *faults: Fault) -> None:
        self.faults.extend(faults)

    @contextlib.contextmanager
    def running(self) -> Iterator["Stub"]:
        thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield self
        finally:
            self.closing.set()
            self._server.shutdown()
            thread.join()
            self._server.server_close()


# --- faults: each gets the connection, the request, and the helpdesk to commit the work or not ---


def answering(status: int, body: Any = b"", **headers: str) -> Fault:
    """Answers so without having done anything. Underscores in header names stand for dashes."""

    def fault(handler: "_Handler", request: Request, play: Play) -> None:
        handler.answer(Answer(status, body, {name.replace("_", "-"): value for name, value in headers.items()}))

    return fault


def after_the_work(status: int, body: Any = b"") -> Fault:
    """Does the work, then answers so (django-helpdesk answered 500 after its commit)."""

    def fault(handler: "_Handler", request: Request, play: Play) -> None:
        play(request)
        handler.answer(Answer(status, body))

    return fault


def hanging_up(handler: "_Handler", request: Request, play: Play) -> None:
    """Does the work and closes the connection without a word."""
    play(request)


def hanging_up_at_once(handler: "_Handler", request: Request, play: Play) -> None:
    """Closes the connection with nothing done."""


def silent(handler: "_Handler", request: Request, play: Play) -> None:
    """Does the work and says nothing until the client has gone."""
    play(request)
    handler.wait_for_end()


def dripping_headers(handler: "_Handler", request: Request, play: Play) -> None:
    """Does the work and sends a header that never ends, a byte now and then."""
    play(request)
    handler.drip(b"HTTP/1.1 200 OK\r\nX-Slow: ")


def dripping_body(handler: "_Handler", request: Request, play: Play) -> None:
    """Does the work and sends a body that never ends, a byte now and then."""
    play(request)
    handler.drip(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n")


def whole_but_open(handler: "_Handler", request: Request, play: Play) -> None:
    """Sends a body that reads as whole, gives no length and never closes."""
    handler.push(b'HTTP/1.1 200 OK\r\n\r\n{"id": "1"}')
    handler.wait_for_end()


def cut_short(handler: "_Handler", request: Request, play: Play) -> None:
    """Announces more than it sends."""
    handler.push(b'HTTP/1.1 200 OK\r\nContent-Length: 400\r\n\r\n{"id": "1"}')


def flooding(handler: "_Handler", request: Request, play: Play) -> None:
    """Does the work and answers with a gigabyte."""
    play(request)
    block = b" " * 65_536
    handler.push(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % SENT_AT_MOST)
    for _ in range(SENT_AT_MOST // len(block)):
        handler.push(block)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    stub: Stub

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Clients that go away are what the tests are about."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def do_GET(self) -> None:
        stub = self.server.stub
        parts = urlsplit(self.path)
        request = Request(
            method=self.command,
            path=unquote(parts.path),
            query=dict(parse_qsl(parts.query)),
            headers={name.lower(): value for name, value in self.headers.items()},
            body=self.rfile.read(int(self.headers.get("Content-Length") or 0)),
        )
        stub.requests.append(request)
        self.close_connection = True
        if stub.faults:
            stub.faults.popleft()(self, request, stub.play)
        else:
            self.answer(stub.play(request))

    do_POST = do_PUT = do_DELETE = do_GET  # noqa: N815 - the names http.server asks for

    def answer(self, answer: Answer) -> None:
        body = answer.body if isinstance(answer.body, bytes) else json.dumps(answer.body).encode()
        self.send_response_only(answer.status)
        for name, value in {"Content-Length": str(len(body)), **answer.headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.push(body)

    def push(self, data: bytes) -> None:
        self.wfile.write(data)
        self.server.stub.sent += len(data)

    def drip(self, start: bytes) -> None:
        self.push(start)
        while not self.server.stub.closing.wait(0.01):
            self.push(b"x")

    def wait_for_end(self) -> None:
        self.rfile.read(1)
