"""A backup: everything in the database as of one instant, in a form that either kind of database can be restored from.

Gzipped lines of JSON: a head (schema revision, tables with the kind of each column, fingerprint of the secret key), one line
for each row, and a foot with the count of rows and the SHA-256 of all lines before it.
"""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any

from sqlalchemy import Boolean, Connection, DateTime, Engine, Integer, LargeBinary, MetaData, Table, select, text

from connector import __version__
from connector.runtime import Runtime
from connector.storage import codec
from connector.storage.database import reading

FORMAT = "support-connector-backup"
VERSION = 1
REVISIONS = "alembic_version"
BATCH = 500


@dataclass(frozen=True)
class Made:
    """What a backup holds: schema revision, rows of each table, bytes of the file."""

    revision: str
    rows: dict[str, int]
    size: int


def write(runtime: Runtime, file: Path, *, with_key: bool) -> Made:
    """Write everything as of now to a new file (mode 0600), while others read and write on. Raises FileExistsError.

    The file has its name only when it is whole and on disk: what is broken off leaves nothing behind.
    """
    if file.exists():
        raise FileExistsError(file)
    part = file.with_name(f"{file.name}.part")
    try:
        with open(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as out:
            with gzip.GzipFile("", "wb", 6, out, mtime=0) as packed, snapshot(runtime.engine) as tx:
                revision, rows = _write(runtime, tx, packed, with_key)
            out.flush()
            os.fsync(out.fileno())
        os.link(part, file)  # unlike a rename, it never takes the place of a file that came meanwhile
    finally:
        part.unlink(missing_ok=True)
    return Made(revision, rows, file.stat().st_size)


@contextmanager
def snapshot(engine: Engine) -> Iterator[Connection]:
    """Reading with one view of all tables until the end, whatever others commit meanwhile."""
    if engine.dialect.name == "sqlite":
        with reading(engine) as tx:
            yield tx
        return
    options: dict[str, Any] = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
    with engine.connect().execution_options(**options) as tx, tx.begin():
        yield tx


def tables_of(tx: Connection) -> list[Table]:
    """The tables that are there, in an order in which rows may be put in; without the mark of the revision."""
    there = MetaData()
    there.reflect(bind=tx)
    return [each for each in there.sorted_tables if each.name != REVISIONS]


def kind_of(column: Any) -> str:
    """How a column's values are written: bytes, time, flag, number or text."""
    kinds = ((LargeBinary, "bytes"), (DateTime, "time"), (Boolean, "flag"), (Integer, "number"))
    return next((kind for type_, kind in kinds if isinstance(column.type, type_)), "text")


class _Lines:
    """JSON lines into a file, counted into a digest."""

    def __init__(self, out: IO[bytes]) -> None:
        self._out = out
        self.digest = hashlib.sha256()

    def put(self, value: Any) -> None:
        line = json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"
        self.digest.update(line)
        self._out.write(line)


def _write(runtime: Runtime, tx: Connection, out: Any, with_key: bool) -> tuple[str, dict[str, int]]:
    lines = _Lines(out)
    revision = str(tx.execute(text(f"SELECT version_num FROM {REVISIONS}")).scalar_one())
    tables = tables_of(tx)
    head = {
        "format": FORMAT,
        "version": VERSION,
        "made_at": codec.rfc3339(runtime.clock()),
        "connector": __version__,
        "revision": revision,
        "key": runtime.keyring.fingerprint,
        "tables": {each.name: {column.name: kind_of(column) for column in each.columns} for each in tables},
    }
    lines.put(head | ({"secret_key": runtime.settings.secret_key} if with_key else {}))
    rows = {each.name: _write_table(tx, each, lines) for each in tables}
    lines.put({"rows": rows, "sha256": lines.digest.hexdigest()})
    return revision, rows


def _write_table(tx: Connection, table: Table, lines: _Lines) -> int:
    count = 0
    for row in tx.execute(select(table), execution_options={"yield_per": BATCH}):
        lines.put([table.name, *map(_plain, row)])
        count += 1
    return count


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return (value if value.tzinfo else value.replace(tzinfo=UTC)).astimezone(UTC).isoformat()
    if isinstance(value, bytes | memoryview):
        return base64.b64encode(value).decode("ascii")
    return value
