"""Serving processes that die: they come again, however quickly they die; what never comes up is told and given up."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable

import pytest

from connector.serving import supervisor
from tests.http.serving import Server
from tests.http.shops import Shop

TRIES = 600


def eventually(server: Server, true: Callable[[], bool]) -> bool:
    """Does it become true within a minute? Looks ten times a second, while the server lives."""
    return any(true() or (server._ended(within=0.1) and False) for _ in range(TRIES))


@pytest.mark.slow
def test_two_quick_deaths_do_not_end_the_service(own_server: Server) -> None:
    hook = Shop(own_server).hook()
    for _ in range(3):
        dead = own_server.processes()[1:]
        for pid in dead:
            os.kill(pid, signal.SIGKILL)
        assert eventually(own_server, lambda dead=dead: bool(set(own_server.processes()[1:]) - set(dead)))  # type: ignore[misc]
    assert eventually(own_server, own_server.ready)
    assert hook.tell("ping", {})["result"] == "ignored"


class Fake:
    """A server that ends by itself, or is told to stop."""

    def __init__(self, told: bool) -> None:
        self.interrupt_signal = told
        self.main_loop_interrupt = self
        self.waited: list[float] = []

    def serve(self) -> None:
        if not self.interrupt_signal:
            sys.exit(1)

    def clear(self) -> None:
        """Nothing to clear."""

    def wait(self, seconds: float) -> None:
        self.waited.append(seconds)


def test_what_never_came_up_is_given_up_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(supervisor, "_came_up", bytearray(1))
    with pytest.raises(supervisor.NeverCameUp, match="the lines above say why"):
        supervisor.keep_serving(lambda: Fake(told=False))


def test_what_came_up_once_is_started_again_and_again_ever_later(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(supervisor, "_came_up", bytearray(b"\x01"))
    servers = [Fake(told=False) for _ in range(8)] + [Fake(told=True)]
    rest = iter(servers)
    supervisor.keep_serving(lambda: next(rest))
    assert [wait for each in servers for wait in each.waited] == [2.0, 4.0, 8.0, 16.0, 30.0, 30.0, 30.0, 30.0]
