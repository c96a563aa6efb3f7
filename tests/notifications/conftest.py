"""A vendor's own program on loopback, and a vendor who has it told, once on each database."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from tests.notifications.telling import Shop
from tests.servers.receiver import Receiver, receiving
from tests.support.stores import Store


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as made:
        yield made


@pytest.fixture
def shop(stores: Callable[..., Store], kind_of_database: str, receiver: Receiver) -> Shop:
    return Shop(stores(kind_of_database), receiver)
