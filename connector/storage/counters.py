"""Counts that /metrics shows, kept as rows: a scrape never counts a large table from its beginning."""

from __future__ import annotations

import json

from sqlalchemy import Connection

from connector.storage.database import upsert
from connector.storage.tables_policy import tallies


def bump(tx: Connection, name: str, labels: dict[str, str], count: int = 1) -> None:
    """Add to a count, in the transaction that makes it true."""
    insert = upsert(tx.dialect.name, tallies)
    added = insert.on_conflict_do_update(
        index_elements=["name", "labels"], set_={"count": tallies.c.count + insert.excluded.count}
    )
    tx.execute(added, {"name": name, "labels": json.dumps(labels, sort_keys=True), "count": count})
