"""Loading is several times faster without indexes and constraints: taken off before, put back after."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg

TABLES = ("licences", "sites", "events", "links")

_CONSTRAINTS = """
SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint
WHERE contype IN ('p', 'u', 'f') AND (conrelid::regclass::text = ANY(%(t)s) OR confrelid::regclass::text = ANY(%(t)s))
ORDER BY CASE contype WHEN 'f' THEN 0 WHEN 'u' THEN 1 ELSE 2 END, conname
"""
_INDEXES = """
SELECT indexname, indexdef FROM pg_indexes
WHERE tablename = ANY(%s) AND indexname NOT IN (SELECT conname FROM pg_constraint)
"""
_SQLITE = "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL AND tbl_name IN (?, ?, ?, ?)"


@contextmanager
def without_indexes(connection: psycopg.Connection[Any] | sqlite3.Connection) -> Iterator[None]:
    """Inside, the tables to be loaded have no indexes that can be done without."""
    if isinstance(connection, sqlite3.Connection):
        found = connection.execute(_SQLITE, TABLES).fetchall()
        for name, _ in found:
            connection.execute(f'DROP INDEX "{name}"')
        yield
        for _, sql in found:
            connection.execute(sql)
        return
    constraints = connection.execute(_CONSTRAINTS, {"t": list(TABLES)}).fetchall()
    indexes = connection.execute(_INDEXES, (list(TABLES),)).fetchall()
    for table, name, _ in constraints:
        connection.execute(f'ALTER TABLE {table} DROP CONSTRAINT "{name}"'.encode())
    for name, _ in indexes:
        connection.execute(f'DROP INDEX "{name}"'.encode())
    yield
    for table, name, definition in reversed(constraints):
        connection.execute(f'ALTER TABLE {table} ADD CONSTRAINT "{name}" {definition}'.encode())
    for _, definition in indexes:
        connection.execute(definition.encode())
