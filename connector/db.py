"""Engines and transactions. SQLite runs in WAL with synchronous=FULL and takes the write lock at once (BEGIN IMMEDIATE)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine, Table, create_engine, event
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import OperationalError

T = TypeVar("T")


def make_engine(url: str, pool: int = 8) -> Engine:
    """An engine with the pragmas this project relies on; `pool`: connections kept, one for each request thread.

    Errors never quote the parameters of a statement: they would carry personal data into the log.
    """
    if url.startswith("sqlite"):
        engine = create_engine(
            url, hide_parameters=True, pool_size=pool, max_overflow=16, connect_args={"timeout": 30.0}
        )
        event.listen(engine, "connect", _sqlite_connected)
        event.listen(engine, "begin", _sqlite_begin)
        return engine
    return create_engine(
        url, hide_parameters=True, pool_size=pool, max_overflow=8, pool_timeout=5, connect_args={"connect_timeout": 3}
    )


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


@cache
def _dialect_insert(dialect: str, table: Table) -> Any:
    return (postgresql if dialect == "postgresql" else sqlite).insert(table)


@cache
def _insert_once(dialect: str, table: Table) -> Any:
    column = next(iter(table.primary_key.columns))
    return _dialect_insert(dialect, table).on_conflict_do_nothing().returning(column)


@cache
def _insert_all_once(dialect: str, table: Table) -> Any:
    return _dialect_insert(dialect, table).on_conflict_do_nothing()


@cache
def _lock_or_make(dialect: str, table: Table, unique: tuple[str, ...], wanted: tuple[str, ...]) -> Any:
    fresh = _dialect_insert(dialect, table)
    again = fresh.on_conflict_do_update(index_elements=list(unique), set_={"version": table.c.version + 1})
    return again.returning(*(table.c[name] for name in wanted))


def insert_once(tx: Connection, table: Table, values: dict[str, Any]) -> bool:
    """Insert unless the row is there; True when it was new (RETURNING, since psycopg's row count says -1)."""
    return tx.execute(_insert_once(tx.dialect.name, table), values).first() is not None


def insert_all_once(tx: Connection, table: Table, rows: list[dict[str, Any]]) -> None:
    """Insert those rows that are not there yet."""
    tx.execute(_insert_all_once(tx.dialect.name, table), rows)


def lock_or_make(
    tx: Connection, table: Table, values: dict[str, Any], unique: tuple[str, ...], wanted: tuple[str, ...]
) -> Any:
    """Take the row that `unique` columns name, making it from `values` where there is none; its `wanted` columns.

    One statement makes and locks (a row lock on PostgreSQL, the write lock on SQLite); `version` counts the visits.
    """
    return tx.execute(_lock_or_make(tx.dialect.name, table, unique, wanted), values | {"version": 0}).one()
