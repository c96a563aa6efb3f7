"""Restoring a backup: checked first, then everything in one transaction - the database is as it was, or as the backup is."""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Boolean, Connection, Integer, LargeBinary, Text, column, insert, select, table, text

from connector.operations.backup import BATCH, FORMAT, REVISIONS, VERSION, tables_of
from connector.runtime import Runtime
from connector.storage import migrations
from connector.storage.database import reading, transaction
from connector.storage.tables import UtcDateTime
from connector.tickets import outbox

_TYPES = {"bytes": LargeBinary, "time": UtcDateTime, "flag": Boolean, "number": Integer, "text": Text}


class NotRestored(Exception):
    """The backup cannot be restored here; nothing was changed, and the message says what to do."""


@dataclass(frozen=True)
class Backup:
    """A backup whose every line was read and fits its checksum."""

    file: Path
    head: dict[str, Any]
    rows: dict[str, int]


def head_of(file: Path) -> dict[str, Any]:
    """What the backup says of itself, before it is checked. Raises NotRestored for a file that is none."""
    try:
        first = next(_lines(file), b"")
        head = json.loads(first)
    except ValueError:
        head = None
    if not isinstance(head, dict) or head.get("format") != FORMAT:
        raise NotRestored(f"{file} is no backup made by `connector backup`")
    if head.get("version") != VERSION:
        raise NotRestored(
            f"{file} was made by a newer connector (format {head.get('version')}): restore it with that one"
        )
    return head


def checked(file: Path) -> Backup:
    """Read the whole file once. Raises NotRestored where a line is missing or differs from what was written."""
    head, digest, last = head_of(file), hashlib.sha256(), b""
    counts = dict.fromkeys(head["tables"], 0)
    for number, line in enumerate(_lines(file)):
        digest.update(last)
        if number > 1:
            _count(counts, last)
        last = line
    try:
        foot = json.loads(last)
    except ValueError:
        foot = None
    if not isinstance(foot, dict) or foot.get("sha256") != digest.hexdigest() or foot.get("rows") != counts:
        raise NotRestored(f"{file} is not whole (its checksum does not fit): take another backup")
    return Backup(file, head, counts)


def _count(counts: dict[str, int], line: bytes) -> None:
    name = line[2:].partition(b'"')[0].decode("utf-8", errors="replace")
    if name in counts:
        counts[name] += 1


def restore(runtime: Runtime, backup: Backup, *, force: bool) -> int:
    """Put the backup in the place of what is there, in one transaction; how many waiting tickets will be looked up first.

    An older schema is upgraded. force: also where there is data, which is gone then. Raises NotRestored.
    """
    head = backup.head
    if head["key"] != runtime.keyring.fingerprint:
        raise NotRestored(
            "the backup was made under another CONNECTOR_SECRET_KEY, without which no licence key is found and no secret "
            f"opened: set that key (or put it in {runtime.settings.home}/secret_key), then restore again"
        )
    if head["revision"] not in migrations.revisions():
        raise NotRestored(
            f"the backup is of a newer connector ({head['connector']}, schema {head['revision']}): install that version"
        )
    if not force and (there := _data_there(runtime)):
        raise NotRestored(
            f"the database holds data already ({there}): nothing was changed; --force puts the backup in its place"
        )
    with transaction(runtime.engine) as tx:
        _clear(tx)
        migrations.upgrade_within(tx, runtime.keyring, head["revision"])
        for name, rows in _rows_of(backup):
            tx.execute(insert(_target(name, head["tables"][name])), rows)
        migrations.upgrade_within(tx, runtime.keyring, "head")
        return outbox.doubt(tx)


def _data_there(runtime: Runtime) -> str | None:
    with reading(runtime.engine) as tx:
        for each in tables_of(tx):
            if tx.execute(select(each).limit(1)).first() is not None:
                return f"{each.name} is not empty"
    return None


def _clear(tx: Connection) -> None:
    for each in reversed(tables_of(tx)):
        each.drop(tx)
    tx.execute(text(f"DROP TABLE IF EXISTS {REVISIONS}"))


def _target(name: str, kinds: dict[str, str]) -> Any:
    return table(name, *(column(each, _TYPES[kind]()) for each, kind in kinds.items()))


def _rows_of(backup: Backup) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """Rows in batches, each of one table, as they are bound."""
    tables = backup.head["tables"]
    pending: list[dict[str, Any]] = []
    current = ""
    for line in _rows(backup.file, sum(backup.rows.values())):
        name, *values = json.loads(line)
        if pending and (name != current or len(pending) >= BATCH):
            yield current, pending
            pending = []
        current = name
        pending.append(
            {each: _read(value, kind) for (each, kind), value in zip(tables[name].items(), values, strict=True)}
        )
    if pending:
        yield current, pending


def _rows(file: Path, count: int) -> Iterable[bytes]:
    for number, line in enumerate(_lines(file)):
        if 0 < number <= count:
            yield line


def _read(value: Any, kind: str) -> Any:
    if value is None:
        return None
    if kind == "bytes":
        return base64.b64decode(value)
    return datetime.fromisoformat(value) if kind == "time" else value


def _lines(file: Path) -> Iterator[bytes]:
    try:
        with gzip.open(file, "rb") as packed:
            yield from packed
    except OSError as fault:
        raise NotRestored(f"{file} cannot be read ({fault.strerror or 'no gzip file'})") from None
    except (EOFError, zlib.error):
        raise NotRestored(f"{file} is not whole (it ends too early, or was changed): take another backup") from None
