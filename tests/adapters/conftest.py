"""What the tests of the adapters share."""

from collections.abc import Iterator

import pytest

from tests.adapters.helpdesks.stub import Answer, Stub


@pytest.fixture
def stub() -> Iterator[Stub]:
    """A running server that answers 200 to everything."""
    with Stub(lambda request: Answer(200, {"ok": True})).running() as running:
        yield running
