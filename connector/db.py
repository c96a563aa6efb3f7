"""Engines and transactions. SQLite runs in WAL with synchronous=FULL and takes the write lock at once (BEGIN IMMEDIATE)."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from functools import cache
from threading import Lock
from typing import Any, TypeVar
from weakref import WeakKeyDictionary

from sqlalchemy import Connection, Engine, Table, create_engine, event
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import DBAPIError, OperationalError

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
    with _turn(engine), engine.begin() as tx:
        yield tx


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """Reading without a write lock: one consistent view on SQLite, what is committed by each statement on PostgreSQL.

    PostgreSQL is spared BEGIN and ROLLBACK; psycopg also forgets its prepared statements with every rollback.
    """
    sqlite = engine.dialect.name == "sqlite"
    options: dict[str, Any] = {"reading": True} if sqlite else {"isolation_level": "AUTOCOMMIT"}
    with engine.connect().execution_options(**options) as tx:
        yield tx


class Turns:
    """A lock that is handed on in order: first come, first served. SQLite has one writer and waits for it by sleeping,
    ever longer; with threads waiting here instead, none sleeps while the database is free, and none waits for ever."""

    def __init__(self) -> None:
        self._mutex = Lock()
        self._taken = False
        self._waiting: deque[Lock] = deque()

    @property
    def waiting(self) -> int:
        """How many wait for their turn."""
        return len(self._waiting)

    def __enter__(self) -> None:
        with self._mutex:
            if not self._taken:
                self._taken = True
                return
            mine = Lock()
            mine.acquire()
            self._waiting.append(mine)
        mine.acquire()  # until it is handed on

    def __exit__(self, *_: object) -> None:
        with self._mutex:
            if self._waiting:
                self._waiting.popleft().release()
            else:
                self._taken = False


_TURNS: WeakKeyDictionary[Engine, Turns] = WeakKeyDictionary()


def _turn(engine: Engine) -> AbstractContextManager[None]:
    return _TURNS.setdefault(engine, Turns()) if engine.dialect.name == "sqlite" else nullcontext()


def retrying(work: Callable[[], T], tries: int = 4) -> T:
    """Run a whole transaction again when the database broke a deadlock or a write conflict in our disfavour."""
    for attempt in range(tries):
        try:
            return work()
        except OperationalError as error:
            if attempt + 1 == tries or not _conflict(error):
                raise
    raise AssertionError("unreachable")


def reading_again(work: Callable[[], T]) -> T:
    """Run a whole reading again when its pooled connection turned out to be cut: the database may have come back since."""
    try:
        return work()
    except DBAPIError as error:
        if not error.connection_invalidated:
            raise
        return work()


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
