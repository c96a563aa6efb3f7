"""Senders that never come to an end hold nothing up but themselves (B8): health is answered, good deliveries are taken."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager

import pytest
import requests

from connector.serving.request_bodies import MOST
from tests.http.serving import Server
from tests.http.shops import Shop, event

HELD = (17, 64)
"""More than there are places for work; four times as many."""


def held(address: tuple[str, int], path: str, framing: bytes) -> socket.socket:
    """A connection with the headers of a request and the first byte of its body."""
    connection = socket.create_connection(address, timeout=60)
    head = f"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n".encode()
    connection.sendall(head + framing)
    return connection


@contextmanager
def dribbling(address: tuple[str, int], count: int, path: str, framing: bytes) -> Iterator[list[socket.socket]]:
    with ExitStack() as stack:
        yield [stack.enter_context(held(address, path, framing)) for _ in range(count)]


def answers(server: Server, path: str) -> int:
    return requests.get(server.url + path, timeout=60, headers={"Connection": "close"}).status_code


FRAMINGS = {"a length": b"Content-Length: 1000\r\n\r\n{", "chunks": b"Transfer-Encoding: chunked\r\n\r\n1\r\n{\r\n"}


@pytest.mark.parametrize("count", HELD)
@pytest.mark.parametrize("framing", FRAMINGS.values(), ids=FRAMINGS.keys())
def test_bodies_that_never_end_stop_neither_health_nor_good_deliveries(
    own_server: Server, count: int, framing: bytes
) -> None:
    hook = Shop(own_server).hook()
    with dribbling(own_server.address, count, hook.path, framing) as held_open:
        assert answers(own_server, "/healthz") == 200
        assert answers(own_server, "/readyz") == 200
        assert hook.tell("ping", {})["result"] == "ignored"
        assert len(held_open) == count
    assert hook.tell("ping", {})["result"] == "ignored"


def test_more_than_may_be_on_their_way_are_sent_away_and_health_still_answers(own_server: Server) -> None:
    """The others are told to come again, also a good one, until those that hold the places are gone."""
    hook = Shop(own_server).hook()
    with dribbling(own_server.address, MOST + 100, hook.path, FRAMINGS["a length"]) as connections:
        assert answers(own_server, "/healthz") == 200
        last = connections[-1].recv(65_536)
        # 408 where this machine took so long to open them all that the first had run out of time and left their places.
        assert last.startswith((b"HTTP/1.1 503 ", b"HTTP/1.1 408 "))
        assert answers(own_server, "/readyz") == 200
        body = event("ping", {})
        assert hook.post(body, hook.signed(body) | {"Connection": "close"}).status_code in (200, 503)
    assert eventually(lambda: hook.post(body, hook.signed(body) | {"Connection": "close"}).status_code == 200)


def eventually(true: Callable[[], bool]) -> bool:
    """Does it become true within a hundred tries?"""
    return any(true() for _ in range(100))


@pytest.mark.parametrize("path", ["/v1/licenses/validate", "/v1/support/requests", "/compat/acme/", "/t/x/rating"])
def test_it_is_the_same_on_every_route(own_server: Server, path: str) -> None:
    with dribbling(own_server.address, 64, path, FRAMINGS["a length"]):
        assert answers(own_server, "/healthz") == 200
        assert Shop(own_server).hook().tell("ping", {})["result"] == "ignored"


def test_headers_that_never_end_stop_nobody(own_server: Server) -> None:
    with ExitStack() as stack:
        for _ in range(300):
            stack.enter_context(socket.create_connection(own_server.address, timeout=60)).sendall(b"POST /hooks")
        assert answers(own_server, "/healthz") == 200
        assert Shop(own_server).hook().tell("ping", {})["result"] == "ignored"


@pytest.mark.slow
@pytest.mark.parametrize("framing", FRAMINGS.values(), ids=FRAMINGS.keys())
def test_a_body_that_does_not_come_in_its_time_is_408_and_the_connection_ends(
    own_server: Server, framing: bytes
) -> None:
    with dribbling(own_server.address, 1, "/v1/licenses/validate", framing) as [connection]:
        told = b"".join(iter(lambda: connection.recv(65_536), b""))
    assert told.startswith(b"HTTP/1.1 408 ")
    assert b"Retry-After: " in told or b"retry-after: " in told
    assert b"request_timeout" in told
