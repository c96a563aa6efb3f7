"""Engines and transactions. SQLite runs in WAL with synchronous=FULL and takes the write lock at once (BEGIN IMMEDIATE)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine, Insert, Table, create_engine, event
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import OperationalError

T = TypeVar("T")


def make_engine(url: str, pool: int = 8) -> Engine:
    """An engine with the pragmas this project relies on; `pool`: connections kept, one for each request thread."""
    if url.startswith("sqlite"):
        engine = create_engine(url, pool_size=pool, max_overflow=16, connect_args={"timeout": 30.0})
        event.listen(engine, "connect", _sqlite_connected)
        event.listen(engine, "begin", _sqlite_begin)
        return engine
    return create_engine(url, pool_size=pool, max_overflow=8, pool_timeout=5, connect_args={"connect_timeout": 3})


def _sqlite_connected(connection: Any, _: Any) -> None:
    connection.isolation_level = None  # we say BEGIN ourselves
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "busy_timeout=30000"):
        connection.execute(f"PRAGMA {pragma}")


def _sqlite_begin(connection: Connection) -> None:
    reading = connection.get_execution_options().get("reading")
    connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")


@contextmanager
def transaction(engine: Engine) -> Iterator[Connection]:
    """One writing transaction; everything below takes `tx` and never commits."""
    with engine.begin() as tx:
        yield tx


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """One reading transaction: a consistent view that takes no write lock."""
    with engine.connect().execution_options(reading=True) as tx:
        yield tx


def retrying(work: Callable[[], T], tries: int = 4) -> T:
    """Run a whole transaction again when the database broke a deadlock or a write conflict in our disfavour."""
    for attempt in range(tries):
        try:
            return work()
        except OperationalError as error:
            if attempt + 1 == tries or not _conflict(error):
                raise
    raise AssertionError("unreachable")


def _conflict(error: OperationalError) -> bool:
    state = getattr(error.orig, "sqlstate", None)
    return state in ("40001", "40P01") or "database is locked" in str(error.orig)


def upsert(tx: Connection, table: Table) -> Any:
    """An INSERT of this database's dialect, which knows ON CONFLICT."""
    return (postgresql if tx.dialect.name == "postgresql" else sqlite).insert(table)


def insert_once(tx: Connection, table: Table, values: dict[str, Any]) -> bool:
    """Insert unless the row is there; True when it was new (RETURNING, since psycopg's row count says -1)."""
    statement: Insert = upsert(tx, table).values(values).on_conflict_do_nothing()
    column = next(iter(table.primary_key.columns))
    return tx.execute(statement.returning(column)).first() is not None
