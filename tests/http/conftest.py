"""Running connectors: one on each kind of database for all tests of a worker, fresh ones for tests that harm theirs."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from tests.http.serving import Server
from tests.http.shops import Hook, Shop
from tests.servers.databases import Databases, Kind
from tests.support.fixtures import migrated

KINDS = ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)]


@pytest.fixture(scope="session")
def _serve(_databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., Server]]:
    served: list[Server] = []

    def serve(kind: Kind, **more: str) -> Server:
        url = _databases.create(kind, prepare=migrated)
        served.append(Server(tmp_path_factory.mktemp("home"), url, more))
        return served[-1].start()

    yield serve
    for each in served:
        each.close()
        _databases.drop(each.database_url)


@pytest.fixture(scope="session")
def _servers() -> dict[str, Server]:
    return {}


@pytest.fixture(params=KINDS)
def server(request: pytest.FixtureRequest, _servers: dict[str, Server], _serve: Callable[..., Server]) -> Server:
    """A connector that serves from a database of this kind; the tests share it, each with a shop of its own."""
    kind = request.param
    if kind not in _servers:
        _servers[kind] = _serve(kind)
    return _servers[kind]


@pytest.fixture(params=KINDS)
def own_server(request: pytest.FixtureRequest, _serve: Callable[..., Server]) -> Iterator[Server]:
    """A connector of this test's own, to harm."""
    server = _serve(request.param)
    yield server
    server.stop()


@pytest.fixture
def own_postgresql(_serve: Callable[..., Server]) -> Iterator[Server]:
    """A connector of this test's own on PostgreSQL, to harm."""
    server = _serve("postgresql")
    yield server
    server.stop()


@pytest.fixture
def own_sqlite(_serve: Callable[..., Server]) -> Iterator[Server]:
    """A connector of this test's own on SQLite, to harm."""
    server = _serve("sqlite")
    yield server
    server.stop()


@pytest.fixture
def metered_server(_serve: Callable[..., Server]) -> Iterator[Server]:
    """A connector with a token for its metrics."""
    server = _serve("sqlite", CONNECTOR_METRICS_TOKEN="a token for metrics")
    yield server
    server.stop()


@pytest.fixture
def shops(server: Server) -> Callable[..., Shop]:
    """A function that opens a shop under a policy."""
    return lambda policy="whmcs-modules": Shop(server, policy)


@pytest.fixture
def shop(server: Server) -> Shop:
    """A vendor under the policy `whmcs-modules`."""
    return Shop(server)


@pytest.fixture
def hook(shop: Shop) -> Hook:
    """The shop's endpoint for the standard host, and its product `forms` that issues keys for three sites."""
    shop.product("forms", "--sku", "FORMS", "--sites", "3")
    return shop.hook()
