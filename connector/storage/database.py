"""Engines and transactions. SQLite runs in WAL with synchronous=FULL and takes the write lock at once (BEGIN IMMEDIATE)."""

from __future__ import annotations

import select
import sqlite3
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from functools import cache
from importlib import import_module
from threading import Lock
from time import monotonic
from typing import Any, TypeVar
from weakref import WeakKeyDictionary

from sqlalchemy import Connection, Engine, Table, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError, InvalidatePoolError, OperationalError

from connector.storage import journal

T = TypeVar("T")

PATIENCE = 2.0
"""Seconds a request waits for another program that writes to the SQLite file before it is told that it is locked."""

ROW_PATIENCE = 3.0
"""Seconds at least that a statement waits for a row or table that another session of PostgreSQL holds. More than a file is waited
for, since our own transactions queue for the rows of one licence."""

PREPARED = "prepared_statements"
"""`?prepared_statements=off` in the address of a PostgreSQL database: behind a pool that hands out another connection for each
transaction (pgbouncer before 1.21), a prepared statement is not there when it is needed."""


def make_engine(url: str, pool: int = 8, patience: float = PATIENCE) -> Engine:
    """An engine with the pragmas this project relies on; `pool`: connections kept, one for each request thread; patience:
    seconds to wait for another program that writes to the SQLite file, or (ROW_PATIENCE, if that is longer) holds a row.

    Errors never quote the parameters of a statement: they would carry personal data into the log.
    """
    engine = _engine(url, pool, patience)
    journal.attach(engine)
    return engine


def _engine(url: str, pool: int, patience: float) -> Engine:
    if url.startswith("sqlite"):
        engine = create_engine(
            url,
            hide_parameters=True,
            pool_size=pool,
            max_overflow=16,
            pool_timeout=5,
            connect_args={"timeout": patience},
        )
        event.listen(engine, "connect", _sqlite_connected)
        event.listen(engine, "begin", _sqlite_begin)
        return engine
    address = make_url(url)
    more: dict[str, Any] = {"connect_timeout": 3}
    if address.query.get(PREPARED) == "off":
        more["prepare_threshold"] = None
    address = address.difference_update_query([PREPARED])
    engine = create_engine(
        address, hide_parameters=True, pool_size=pool, max_overflow=8, pool_timeout=5, connect_args=more
    )
    event.listen(engine, "checkout", _refuse_cut)
    _bound_locks(engine, max(patience, ROW_PATIENCE), pooled="prepare_threshold" in more)
    return engine


def _bound_locks(engine: Engine, seconds: float, *, pooled: bool) -> None:
    """Let no statement wait longer for a lock (OperationalError, SQLSTATE 55P03), by default one waits for ever.

    pooled: another pool hands out another session for each transaction, so each transaction says it. No startup option: such
    pools refuse it.
    """
    words = f"lock_timeout = {round(seconds * 1000)}"

    def connected(connection: Any, _: Any) -> None:
        connection.execute(f"SET {words}")
        connection.commit()

    def begun(connection: Connection) -> None:
        if connection.get_execution_options().get("isolation_level") != "AUTOCOMMIT":
            connection.exec_driver_sql(f"SET LOCAL {words}")

    event.listen(engine, "begin" if pooled else "connect", begun if pooled else connected)


def _sqlite_connected(connection: Any, _: Any) -> None:
    connection.isolation_level = None  # we say BEGIN ourselves
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):  # busy_timeout: the driver's `timeout`
        connection.execute(f"PRAGMA {pragma}")


def _refuse_cut(connection: Any, _: Any, __: Any) -> None:
    """Have the pool connect anew where the server hung up meanwhile: a session at rest has nothing to read but its end.

    It costs no word with the server, as a ping would.
    """
    heard = select.poll()
    if not connection.closed:
        heard.register(connection.pgconn.socket, select.POLLIN)
    if connection.closed or heard.poll(0):
        raise InvalidatePoolError


def _sqlite_begin(connection: Connection) -> None:
    reading = connection.get_execution_options().get("reading")
    connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")


@contextmanager
def transaction(engine: Engine) -> Iterator[Connection]:
    """One writing transaction; everything below takes `tx` and never commits. Raises OperationalError in a few seconds
    where another program keeps SQLite's file, or a row in PostgreSQL, locked."""
    with _turn(engine) as turns, ExitStack() as stack:
        with turns.beginning() if turns else nullcontext():
            tx = stack.enter_context(engine.begin())
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


def scrub(engine: Engine) -> bool:
    """Overwrite what was deleted or changed, which databases leave lying in their files; False where somebody is in the way."""
    if engine.dialect.name != "sqlite":
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as tx:
            tx.exec_driver_sql("VACUUM")
        return True
    connection = engine.raw_connection()
    try:
        cursor = connection.cursor()
        cursor.execute("VACUUM")
        cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        return (cursor.fetchone() or (1,))[0] == 0
    except sqlite3.OperationalError:
        return False
    finally:
        connection.close()


class Turns:
    """Whose turn it is to write to a SQLite file, handed on in order; how each turn began is told by `beginning`.

    SQLite has one writer and waits for it by sleeping, ever longer; with threads waiting here instead, none sleeps while the
    database is free. While another program holds the file, one tries and the others are told at once: they would only fill
    the places of those who read.
    """

    def __init__(self) -> None:
        self._mutex = Lock()
        self._taken = False
        self._waiting: deque[Lock] = deque()
        self._locked_at: float | None = None

    @property
    def waiting(self) -> int:
        """How many wait for their turn."""
        return len(self._waiting)

    @contextmanager
    def turn(self) -> Iterator[Turns]:
        """Wait for the turn, and hand it on. Raises OperationalError where another program holds the file."""
        arrived = monotonic()
        self._take()
        try:
            if self._locked_at is not None and arrived <= self._locked_at:
                raise _locked()  # somebody has tried in vain while this one waited
            yield self
        finally:
            self._hand_on()

    @contextmanager
    def beginning(self) -> Iterator[None]:
        """Around the statement that takes SQLite's own lock: remembers whether it could."""
        try:
            yield
        except OperationalError as error:
            self._locked_at = monotonic() if is_locked(error) else None
            raise
        self._locked_at = None

    def _take(self) -> None:
        with self._mutex:
            if not self._taken:
                self._taken = True
                return
            if self._locked_at is not None:
                raise _locked()
            mine = Lock()
            mine.acquire()
            self._waiting.append(mine)
        mine.acquire()  # until it is handed on

    def _hand_on(self) -> None:
        with self._mutex:
            if self._waiting:
                self._waiting.popleft().release()
            else:
                self._taken = False


def is_locked(error: OperationalError) -> bool:
    """Did another program hold SQLite's file?"""
    return "database is locked" in str(error.orig)


def _locked() -> OperationalError:
    return OperationalError("BEGIN IMMEDIATE", None, sqlite3.OperationalError("database is locked"))


_TURNS: WeakKeyDictionary[Engine, Turns] = WeakKeyDictionary()


def _turn(engine: Engine) -> AbstractContextManager[Turns | None]:
    return _TURNS.setdefault(engine, Turns()).turn() if engine.dialect.name == "sqlite" else nullcontext()


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
    return state in ("40001", "40P01")


def upsert(dialect: str, table: Table) -> Any:
    """An INSERT that may say ON CONFLICT, in the words of the database at hand; the other's are not imported, they take long."""
    return import_module(f"sqlalchemy.dialects.{dialect}").insert(table)


@cache
def _insert_once(dialect: str, table: Table) -> Any:
    column = next(iter(table.primary_key.columns))
    return upsert(dialect, table).on_conflict_do_nothing().returning(column)


@cache
def _insert_all_once(dialect: str, table: Table) -> Any:
    return upsert(dialect, table).on_conflict_do_nothing()


@cache
def _lock_or_make(dialect: str, table: Table, unique: tuple[str, ...], wanted: tuple[str, ...]) -> Any:
    fresh = upsert(dialect, table)
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
