"""Alembic's entry: one connection, one transaction, batch mode where SQLite must rebuild a table."""

from __future__ import annotations

from alembic import context

from connector import tables_mail, tables_policy  # noqa: F401 - all tables share one metadata
from connector.db import make_engine
from connector.tables import metadata

url = context.config.get_main_option("sqlalchemy.url")
assert url is not None
engine = make_engine(url)
try:
    with engine.connect() as connection:
        context.configure(connection=connection, target_metadata=metadata, render_as_batch=True, compare_type=True)
        with context.begin_transaction():
            context.run_migrations()
        connection.commit()
finally:
    engine.dispose()
