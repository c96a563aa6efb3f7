"""A terminal over a migrated database of its own, once of each kind."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

import wsgi
from tests.cli.shell import Shell
from tests.conftest import FreshDatabaseUrl
from tests.servers.databases import Kind
from tests.support.fixtures import migrated
from tests.support.stores import settings_for


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def kind(request: pytest.FixtureRequest) -> Kind:
    found: Kind = request.param
    return found


@pytest.fixture
def shell(kind: Kind, fresh_database_url: FreshDatabaseUrl, tmp_path: Path) -> Iterator[Shell]:
    """A terminal of an installation without any vendor."""
    runtime = wsgi.make_runtime(settings_for(fresh_database_url(kind, prepare=migrated), tmp_path))
    yield Shell(runtime)
    runtime.engine.dispose()


@pytest.fixture
def acme(shell: Shell) -> Shell:
    """A terminal of an installation with the vendor `acme` and its product `forms`."""
    shell.run("vendor", "add", "acme", "--policy", "whmcs-modules")
    shell.run("product", "add", "forms", "--vendor", "acme", "--sku", "FORMS", "--sites", "3", "--purchase", "one_time")
    return shell
