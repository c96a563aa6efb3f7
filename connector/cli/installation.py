"""The installation that a command runs in: is there one at all, and is it the one its secret key belongs to?"""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import select

from connector.runtime import Runtime
from connector.settings import BadSettings
from connector.storage.database import reading
from connector.storage.tables import endpoints


def check_key(app: Runtime) -> None:
    """Raise Unsealable where the database was written with another secret key: every licence would look unknown, and be
    refused."""
    with reading(app.engine) as tx:
        sealed = tx.execute(select(endpoints.c.secrets).limit(1)).scalar()
    if sealed is not None:
        app.keyring.unseal_secrets(sealed)


def database_file(app: Runtime) -> Path | None:
    """The file of an SQLite database; None where the database is none."""
    name = app.engine.url.database
    return Path(name) if app.settings.sqlite and name else None


def must_exist(app: Runtime) -> None:
    """Raise BadSettings where there is no database file: SQLite would make an empty one, and whoever forgot CONNECTOR_HOME
    would be shown an installation without anything in it."""
    file = database_file(app)
    if file is not None and not file.exists():
        came = app.settings.origin.get("CONNECTOR_HOME", "default")
        raise BadSettings(
            f"there is no database at {file}: CONNECTOR_HOME is {app.settings.home} (from: {came}). Set it to the folder of "
            "your installation, or run `connector migrate` to make a new one there"
        )
