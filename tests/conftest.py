"""What all tests share: databases and servers of their own, hypothesis profiles, and plain words on what was skipped.

Fixtures: `database_url` (the test runs twice, on an empty SQLite and on an empty PostgreSQL database),
`fresh_database_url` (a function, for tests that need more), `redis_url` (an empty Valkey), `own_valkey` (one to kill
and to stall), `rt` (Request Tracker 5), `wordpress` (WordPress on MariaDB). A test that uses one carries the marker of
the server it needs.
"""

import os
import tempfile
from collections import Counter
from collections.abc import Generator, Iterator
from functools import cache
from pathlib import Path
from typing import Protocol

import hypothesis
import pytest
import redis

from tests.servers import everything_required, make_run_folder, remove_run_folder, run_folder
from tests.servers.databases import Databases, Kind, Prepare
from tests.servers.postgres import PostgreSQL, open_postgresql
from tests.servers.rt import RequestTracker, start_request_tracker
from tests.servers.valkey import Valkey, given_redis_url, start_valkey
from tests.servers.wordpress import SLUG, WordPress, start_wordpress
from tests.support.fixtures import crew, kind_of_database, mail_server, post, quick, store, stores, watch  # noqa: F401 (for all rooms)

MARKER_OF_FIXTURE = {
    "redis_url": "redis",
    "own_valkey": "redis",
    "rt": "rt",
    "wordpress": "wordpress",
    "_databases": "database",
}

hypothesis.settings.register_profile("default", deadline=None, max_examples=100, print_blob=True)
hypothesis.settings.register_profile("long", parent=hypothesis.settings.get_profile("default"), max_examples=2_000)
hypothesis.settings.register_profile("quick", parent=hypothesis.settings.get_profile("default"), max_examples=10)
hypothesis.settings.load_profile("default")


class FreshDatabaseUrl(Protocol):
    """`fresh_database_url("sqlite")`, or `fresh_database_url("postgresql", prepare=migrate)` for a copy of a database
    on which `prepare(url)` ran once."""

    def __call__(self, kind: Kind, prepare: Prepare | None = None) -> str: ...


# --- servers and databases ---


@pytest.fixture(scope="session")
def worker() -> int:
    """The number of this worker, 0 where there is but one."""
    return int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))


@pytest.fixture(scope="session")
def _databases(worker: int) -> Iterator[Databases]:
    opened: list[PostgreSQL] = []

    @cache
    def postgresql() -> PostgreSQL:
        opened.append(open_postgresql(run_folder()))
        return opened[0]

    folder = run_folder() / f"sqlite-{worker}"
    folder.mkdir()
    databases = Databases(folder, postgresql)
    yield databases
    databases.close()
    for server in opened:
        server.close()


@pytest.fixture
def fresh_database_url(_databases: Databases, request: pytest.FixtureRequest) -> Iterator[FreshDatabaseUrl]:
    """A function that makes databases for this test; they are dropped after it."""
    made = []

    def fresh(kind: Kind, prepare: Prepare | None = None) -> str:
        if kind == "postgresql" and not request.node.get_closest_marker("postgres"):
            pytest.fail("a test that asks for PostgreSQL carries @pytest.mark.postgres", pytrace=False)
        made.append(_databases.create(kind, prepare))
        return made[-1]

    yield fresh
    for url in made:
        _databases.drop(url)


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def database_url(request: pytest.FixtureRequest, fresh_database_url: FreshDatabaseUrl) -> str:
    """The SQLAlchemy URL of an empty database of this test's own, once of each kind."""
    return fresh_database_url(request.param)


@pytest.fixture(scope="session")
def _redis_url(worker: int) -> Iterator[str]:
    given = given_redis_url(worker)
    if given:
        yield given
        return
    server = start_valkey(Path(tempfile.mkdtemp(prefix="valkey-", dir=run_folder())))
    yield server.url
    server.stop()


@pytest.fixture
def redis_url(_redis_url: str) -> str:
    """The URL of an empty Redis or Valkey database. Tests that harm the server take `own_valkey`."""
    with redis.Redis.from_url(_redis_url) as client:
        client.flushdb()
    return _redis_url


@pytest.fixture
def own_valkey() -> Iterator[Valkey]:
    """A running Valkey of this test's own, to kill, start again or stall."""
    server = start_valkey(Path(tempfile.mkdtemp(prefix="valkey-", dir=run_folder())))
    yield server
    server.kill()


@pytest.fixture(scope="session")
def rt(worker: int) -> Iterator[RequestTracker]:
    """A running Request Tracker 5; `rt.reset()` makes it as new."""
    tracker = start_request_tracker(run_folder() / f"rt-{worker}")
    yield tracker
    tracker.stop()


@pytest.fixture(scope="session")
def _wordpress(worker: int) -> Iterator[WordPress]:
    server = start_wordpress(run_folder() / f"wp-{worker}")
    yield server
    server.stop()


@pytest.fixture
def wordpress(_wordpress: WordPress) -> Iterator[WordPress]:
    """A running WordPress as new, with our plugin installed and activated; the test fails where PHP complained of it."""
    _wordpress.reset()
    _wordpress.install()
    _wordpress.switch_on(SLUG)
    yield _wordpress
    assert _wordpress.complaints() == []


# --- the run: its folder, its markers, and what it skipped ---


def pytest_configure(config: pytest.Config) -> None:
    """Makes the folder of the run, once for all workers."""
    if not hasattr(config, "workerinput"):
        make_run_folder()


def pytest_unconfigure(config: pytest.Config) -> None:
    """Removes the folder of the run."""
    if not hasattr(config, "workerinput"):
        remove_run_folder()


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Marks tests by the servers they use; those on Request Tracker or on WordPress run in one worker, with one server.

    Those on WordPress come first: they take minutes, in which the other workers do the rest.
    """
    for item in items:
        for fixture, marker in MARKER_OF_FIXTURE.items():
            if fixture in getattr(item, "fixturenames", ()):
                item.add_marker(marker)
        for marker in ("rt", "wordpress"):
            if item.get_closest_marker(marker):
                item.add_marker(pytest.mark.xdist_group(marker))
    items.sort(key=lambda item: item.get_closest_marker("wordpress") is None)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Refuses skipped tests where everything is required."""
    report = yield
    _refuse_skip(report)
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """Refuses skipped modules where everything is required."""
    report = yield
    _refuse_skip(report)
    return report


def _refuse_skip(report: pytest.TestReport | pytest.CollectReport) -> None:
    if everything_required() and report.skipped and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"CONNECTOR_TEST_REQUIRE=all allows no skipping, but: {_reason(report)}"


def _reason(report: pytest.TestReport | pytest.CollectReport) -> str:
    reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
    return reason.removeprefix("Skipped: ")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Says plainly what was skipped and why."""
    skipped = Counter(_reason(report) for report in terminalreporter.stats.get("skipped", []))
    terminalreporter.section("not tested" if skipped else "nothing was skipped")
    for reason, count in skipped.most_common():
        terminalreporter.line(f"{count} skipped: {reason}")
