"""Bodies on their way: beyond the cap the next is refused, and as soon as one has come there is room again (B8)."""

from __future__ import annotations

import io
import threading

import pytest

from connector.serving.request_bodies import Bodies, Crowded


class Held(io.RawIOBase):
    """A body whose sender sends nothing until the test lets him."""

    def __init__(self) -> None:
        self.asked, self.sent = threading.Event(), threading.Event()

    def read(self, size: int = -1) -> bytes:
        self.asked.set()
        assert self.sent.wait(60)
        return b"{}"


def test_a_body_beyond_the_cap_is_refused_until_one_has_come() -> None:
    bodies, slow = Bodies(most=1), Held()
    reader = threading.Thread(target=bodies.read, args=(slow, 2))
    reader.start()
    assert slow.asked.wait(60)
    with pytest.raises(Crowded):
        bodies.read(io.BytesIO(b"{}"), 2)
    slow.sent.set()
    reader.join(60)
    assert bodies.read(io.BytesIO(b"{}"), 2) == b"{}"


def test_a_reader_that_fails_gives_its_place_back() -> None:
    bodies = Bodies(most=1)
    with pytest.raises(AttributeError):
        bodies.read(None, 2)  # type: ignore[arg-type]
    assert bodies.read(io.BytesIO(b"{}"), 2) == b"{}"
