"""Rows into the tables, as fast as each database takes them."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from typing import Any

import psycopg
from sqlalchemy.engine import make_url

from bench.indexes import TABLES, without_indexes

BATCH = 2_000
Rows = Iterator[tuple[str, tuple[Any, ...]]]
"""(table, values)"""


def load(url: str, rows: Rows) -> None:
    """Write the rows of the TABLES; the indexes are made afterwards."""
    (_load_sqlite if url.startswith("sqlite") else _load_postgresql)(url, rows)


def _load_sqlite(url: str, rows: Rows) -> None:
    with sqlite3.connect(make_url(url).database or "") as connection:
        for pragma in ("synchronous=OFF", "cache_size=-1000000"):
            connection.execute(f"PRAGMA {pragma}")
        with without_indexes(connection):
            _in_batches(rows, lambda table, batch: _insert_many(connection, table, batch))
        connection.commit()
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()


def _insert_many(connection: sqlite3.Connection, table: str, batch: list[tuple[Any, ...]]) -> None:
    marks = ", ".join("?" * len(batch[0]))
    connection.executemany(f'INSERT INTO "{table}" VALUES ({marks})', batch)


def _load_postgresql(url: str, rows: Rows) -> None:
    plain = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(plain) as connection:
        connection.execute("SET synchronous_commit = off")
        connection.execute("SET maintenance_work_mem = '1GB'")
        with without_indexes(connection), connection.cursor() as cursor:
            _in_batches(rows, lambda table, batch: _copy(cursor, table, batch))
    with psycopg.connect(plain, autocommit=True) as connection:
        connection.execute("VACUUM ANALYZE")
        connection.execute("CHECKPOINT")


def _copy(cursor: psycopg.Cursor[Any], table: str, batch: list[tuple[Any, ...]]) -> None:
    with cursor.copy(f'COPY "{table}" FROM STDIN'.encode()) as copy:
        copy.write("".join("\t".join(map(_cell, row)) + "\n" for row in batch))


def _cell(value: Any) -> str:
    if isinstance(value, str):
        return value.replace("\\", "\\\\")
    if value is None:
        return "\\N"
    return "\\\\x" + value.hex() if isinstance(value, bytes) else str(value)


def _in_batches(rows: Rows, write: Callable[[str, list[tuple[Any, ...]]], None]) -> None:
    waiting: dict[str, list[tuple[Any, ...]]] = {table: [] for table in TABLES}
    for table, values in rows:
        waiting[table].append(values)
        if len(waiting[table]) == BATCH and table != "licences":
            _flush(waiting, write)
    _flush(waiting, write)


def _flush(waiting: dict[str, list[tuple[Any, ...]]], write: Callable[[str, list[tuple[Any, ...]]], None]) -> None:
    for table, batch in waiting.items():  # licences first: sites refer to them
        if batch:
            write(table, batch)
            batch.clear()
