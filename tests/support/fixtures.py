"""Stores on both databases, migrated once for each worker and copied for each test."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from connector import observe
from connector.runtime import build
from connector.storage import migrations
from tests.servers.mail import MailServer, serving
from tests.support.crews import Crew
from tests.support.posts import Post
from tests.support.stores import Store, settings_for
from tests.support.watches import NEW_YORK, Watch, watch_of

observe.install(settings_for("sqlite://"))


def migrated(url: str) -> None:
    """Prepare a template database."""
    migrations.upgrade(url)


@pytest.fixture
def stores(fresh_database_url: Any) -> Iterator[Callable[..., Store]]:
    """A function that makes a store on a fresh database of the given kind."""
    made: list[Store] = []

    def make(kind: str, policy: str = "whmcs-modules", settings: dict[str, Any] | None = None) -> Store:
        store = Store(build(settings_for(fresh_database_url(kind, prepare=migrated)), hosts={}, helpdesks={}))
        store.add_vendor(policy, settings)
        made.append(store)
        return store

    yield make
    for store in made:
        store.close()


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def store(request: pytest.FixtureRequest, stores: Callable[..., Store]) -> Store:
    """A store of the vendor `acme`, once on each database."""
    return stores(request.param)


@pytest.fixture
def watch(stores: Callable[..., Store], kind_of_database: str) -> Watch:
    """An office in which clocks fire, once on each database."""
    return watch_of(stores(kind_of_database, "tiered-sla", NEW_YORK))


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def kind_of_database(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def mail_server() -> Iterator[MailServer]:
    """A mail server on loopback."""
    with serving(MailServer()) as server:
        yield server


@pytest.fixture
def post(stores: Callable[..., Store], kind_of_database: str, mail_server: MailServer) -> Post:
    """An office that mails its customers, once on each database."""
    return Post(stores(kind_of_database, "tiered-sla", NEW_YORK), mail_server)


@pytest.fixture
def quick(stores: Callable[..., Store]) -> Watch:
    """The same on SQLite alone, where the database makes no difference."""
    return watch_of(stores("sqlite", "tiered-sla", NEW_YORK))


@pytest.fixture
def crew(store: Store, redis_url: str, tmp_path: Path) -> Iterator[Crew]:
    made = settings_for(store.runtime.settings.database_url)
    environ = os.environ | {
        "CONNECTOR_HOME": str(tmp_path),
        "CONNECTOR_DATABASE_URL": made.database_url,
        "CONNECTOR_SECRET_KEY": made.secret_key,
        "CONNECTOR_REDIS_URL": redis_url,
    }
    found = Crew(environ, str(tmp_path))
    yield found
    found.kill()
