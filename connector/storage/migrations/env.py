"""Alembic's entry: one connection, one transaction, batch mode where SQLite must rebuild a table."""

from __future__ import annotations

from alembic import context
from sqlalchemy import Connection

from connector.storage import tables_mail, tables_notify, tables_policy  # noqa: F401 - all tables share one metadata
from connector.storage.database import make_engine
from connector.storage.tables import metadata

PATIENCE = 30.0
"""Seconds a step waits for whoever uses a table that it changes."""


def run(connection: Connection) -> None:
    """Run what is asked for; inside a transaction that is open already, it is part of that one."""
    context.configure(connection=connection, target_metadata=metadata, render_as_batch=True, compare_type=True)
    with context.begin_transaction():
        context.run_migrations()


if (given := context.config.attributes.get("connection")) is not None:
    run(given)
else:
    url = context.config.get_main_option("sqlalchemy.url")
    assert url is not None
    engine = make_engine(url, patience=PATIENCE)
    try:
        with engine.connect() as connection:
            run(connection)
            connection.commit()
    finally:
        engine.dispose()
