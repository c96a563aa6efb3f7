"""Fixtures of the WordPress plugin's tests: a connector that runs, and a shop that is connected to it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.http.serving import Server
from tests.http.shops import Shop
from tests.servers.databases import Databases
from tests.servers.wordpress import SLUG, WordPress
from tests.support.fixtures import migrated
from tests.wordpress.connected import TEST_SHOP, ConnectedShop
from tests.wordpress.standin import StandIn, standing_in

SECRET = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="


@pytest.fixture(scope="session")
def _connector(_databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    url = _databases.create("sqlite", prepare=migrated)
    server = Server(tmp_path_factory.mktemp("home"), url)
    yield server
    server.close()
    _databases.drop(url)


@pytest.fixture
def connector(_connector: Server) -> Server:
    """A connector that runs; tests stop it and start it again."""
    if not _connector.running:
        _connector.start()
    return _connector


@pytest.fixture
def shop(wordpress: WordPress, connector: Server) -> ConnectedShop:
    """A shop that sells licences, connected, with nothing sold yet."""
    wordpress.install(TEST_SHOP, "test-shop")
    wordpress.switch_on(SLUG, "test-shop")
    vendor = Shop(connector)
    hook = vendor.hook()
    made = ConnectedShop(wordpress, f"{connector.url}{hook.path}", hook.secret, vendor)
    made.connect()
    return made


@pytest.fixture
def stand_in() -> Iterator[StandIn]:
    """What answers in a connector's place."""
    with standing_in() as made:
        yield made


@pytest.fixture
def astray(wordpress: WordPress, stand_in: StandIn) -> ConnectedShop:
    """A shop that sells licences and is connected to what stands in for a connector."""
    wordpress.install(TEST_SHOP, "test-shop")
    wordpress.switch_on(SLUG, "test-shop")
    made = ConnectedShop(wordpress, stand_in.hook, SECRET)
    made.connect()
    return made
