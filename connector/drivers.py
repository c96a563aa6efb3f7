"""The short ways to the databases: sqlite3's own `execute`, and libpq's prepared statements.

On PostgreSQL, writes that return nothing wait for each other and travel together as one statement: at the latest with the
commit, and always before anything else is asked.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Hashable, Sequence
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from itertools import count
from typing import Any, Literal

import psycopg
from psycopg import pq
from psycopg.errors import error_from_result
from sqlalchemy import Boolean, Connection, DateTime, Integer, LargeBinary
from sqlalchemy.engine import Dialect
from sqlalchemy.exc import DBAPIError
from sqlalchemy.types import TypeDecorator, TypeEngine

from connector.prepared import Codec, Params, Rows, Text

_FINE = frozenset((pq.ExecStatus.TUPLES_OK, pq.ExecStatus.COMMAND_OK))
_IDLE = pq.TransactionStatus.IDLE
_BAD = pq.ConnStatus.BAD
_INSERT = re.compile(r"(INSERT INTO .*? VALUES )(\(.*\))(| ON CONFLICT .*)", re.DOTALL)
_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)  # PostgreSQL's
_FEW = 200
"""Parameters up to which a statement is worth preparing; more come from long lists, of which no two are as long."""

Waiting = tuple[tuple[Text, int], ...]
"""Writes and how many rows each of them has."""


class Sqlite3:
    """SQLite by the standard library's module."""

    paramstyle: Literal["qmark"] = "qmark"

    def __init__(self, tx: Connection) -> None:
        self._tx = tx
        self._raw: Any = tx.connection.dbapi_connection

    def encoder(self, kind: TypeEngine[Any], dialect: Dialect) -> Codec:
        return kind.dialect_impl(dialect).bind_processor(dialect)

    def decoder(self, kind: TypeEngine[Any], dialect: Dialect) -> Codec:
        return kind.dialect_impl(dialect).result_processor(dialect, None)

    def run(self, text: Text, params: Sequence[Params]) -> Rows:
        found: list[Any] = []
        try:
            for each in params:
                found += self._raw.execute(text.sql, text.values(each)).fetchall()
        except sqlite3.Error as fault:
            raise _wrapped(fault, text.sql, sqlite3.Error, self._tx) from fault
        return Rows(text.read(values) for values in found)

    def flush(self) -> None:
        """Nothing waits here."""

    def commit(self) -> None:
        """Left to SQLAlchemy."""


class Libpq:
    """PostgreSQL by libpq: each statement is prepared once on a connection, values come back in binary."""

    paramstyle: Literal["format"] = "format"

    def __init__(self, tx: Connection) -> None:
        self._tx = tx
        self._begins = not tx.get_execution_options().get("reading")
        self._pgconn: Any = tx.connection.dbapi_connection.pgconn  # type: ignore[union-attr]
        self._names: dict[Hashable, bytes] = tx.info.setdefault("prepared", {})
        self._waiting: list[tuple[Text, Sequence[Params]]] = []

    def encoder(self, kind: TypeEngine[Any], dialect: Dialect) -> Codec:
        return None  # by the value's own type: `_wire`

    def decoder(self, kind: TypeEngine[Any], dialect: Dialect) -> Codec:
        plain = kind.impl_instance if isinstance(kind, TypeDecorator) else kind
        return next((codec for base, codec in _BINARY if isinstance(plain, base)), bytes.decode)

    def run(self, text: Text, params: Sequence[Params]) -> Rows:
        if text.row is None:
            self._wait(text, params)
            return Rows()
        self.flush()
        [only] = params
        result = self._send(((text, 1),), text.values(only))
        columns = range(len(text.decode))
        return Rows(text.read([result.get_value(row, column) for column in columns]) for row in range(result.ntuples))

    def flush(self) -> None:
        if self._waiting:
            waiting, self._waiting = self._waiting, []
            values = [value for text, params in waiting for each in params for value in text.values(each)]
            self._send(tuple((text, len(params)) for text, params in waiting), values)

    def commit(self) -> None:
        """Send what waits and end the transaction; SQLAlchemy's own commit then finds nothing left to do."""
        self.flush()
        if self._pgconn.transaction_status != _IDLE:
            self._checked(self._pgconn.exec_(b"COMMIT"), b"COMMIT")

    def _wait(self, text: Text, params: Sequence[Params]) -> None:
        if any(other.table is text.table for other, _ in self._waiting):  # one statement writes a table once
            self.flush()
        self._waiting.append((text, params))

    def _send(self, what: Waiting, values: Sequence[Any]) -> Any:
        if self._begins and self._pgconn.transaction_status == _IDLE:
            self._checked(self._pgconn.exec_(b"BEGIN"), b"BEGIN")
        sql = _together(what)
        data, formats = zip(*map(_wire, values), strict=True) if values else ((), ())
        if len(values) > _FEW:
            return self._checked(self._pgconn.exec_params(sql, data, None, formats, 1), sql)
        name = self._names.get(what)
        if name is None:
            name = b"hot%d" % len(self._names)
            self._checked(self._pgconn.prepare(name, sql), sql)
            self._names[what] = name
        return self._checked(self._pgconn.exec_prepared(name, data, formats, 1), sql)

    def _checked(self, result: Any, sql: bytes) -> Any:
        if result.status in _FINE:
            return result
        fault = error_from_result(result)
        lost = self._pgconn.status == _BAD
        if lost:  # the others of the pool are as old: none of them is handed out again
            self._tx.invalidate()
            self._tx.engine.dispose()
            fault = psycopg.OperationalError(str(fault))
        raise _wrapped(fault, sql.decode(), psycopg.Error, self._tx, lost=lost)


@lru_cache(maxsize=1024)
def _together(what: Waiting) -> bytes:
    """One statement out of several writes, its parameters numbered."""
    *others, last = [_rows(text.sql, rows) for text, rows in what]
    parts = [f"w{place} AS ({sql})" for place, sql in enumerate(others)]
    whole = f"WITH {', '.join(parts)} {last}" if parts else last
    numbers = count(1)
    return re.sub("%s|%%", lambda sign: f"${next(numbers)}" if sign[0] == "%s" else "%", whole).encode()


def _rows(sql: str, rows: int) -> str:
    """An insert of several rows."""
    if rows == 1:
        return sql
    insert = _INSERT.fullmatch(sql)
    assert insert, f"only inserts take lists of rows: {sql}"
    return insert[1] + ", ".join([insert[2]] * rows) + insert[3]


def _wire(value: Any) -> tuple[bytes | None, int]:
    """(bytes, 1 for binary) of a parameter; text goes in binary, too, since libpq would cut it at a NUL and say nothing."""
    if type(value) is bytes or value is None:
        return value, 1
    if isinstance(value, str):
        return value.encode(), 1
    if isinstance(value, bool):
        return (b"t" if value else b"f"), 0
    if isinstance(value, datetime):
        if value.tzinfo is None:
            raise ValueError(f"{value!r} has no time zone: hand down aware datetimes")
        return value.isoformat().encode(), 0
    return str(value).encode(), 0


def _instant(data: bytes) -> datetime:
    return _EPOCH + timedelta(microseconds=int.from_bytes(data, "big", signed=True))


def _integer(data: bytes) -> int:
    return int.from_bytes(data, "big", signed=True)


_BINARY: Sequence[tuple[type[TypeEngine[Any]], Codec]] = (
    (Boolean, lambda data: data == b"\x01"),
    (DateTime, _instant),
    (Integer, _integer),
    (LargeBinary, None),
)


def _wrapped(fault: Any, sql: str, kind: type[Exception], tx: Connection, *, lost: bool = False) -> BaseException:
    """The driver's error as SQLAlchemy's, without the parameters."""
    error: BaseException = DBAPIError.instance(
        sql, None, fault, kind, hide_parameters=True, connection_invalidated=lost, dialect=tx.dialect
    )
    return error
