"""The installation that a command runs in: is there one at all, and is it the one its secret key belongs to?"""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Engine, select
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from connector.runtime import Runtime
from connector.settings import BadSettings
from connector.storage import migrations
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


def said_of(fault: Exception, engine: Engine) -> str:
    """What to tell of a fault of the database: it is away, it is behind, or what it said itself."""
    try:
        state = migrations.state(engine)
    except Exception as away:
        return f"the database {why_away(away)}"
    if state != "current":
        return f"the database is {BEHIND[state]}"
    first = str(getattr(fault, "orig", fault)).splitlines()[0]
    if "locked" in first or "lock timeout" in first:
        return "the database is busy: another process writes to it and does not let go; try again"
    return f"the database: {first}"


def why_away(error: Exception) -> str:
    """Why the database does not answer, and what to look at; never its address with the password."""
    if not isinstance(error, OperationalError | InterfaceError | PoolTimeout):
        return f"cannot be read ({type(error).__name__}): is CONNECTOR_DATABASE_URL right?"
    lines = str(getattr(error, "orig", None) or error).splitlines()
    return f"is away ({lines[0].strip() if lines else type(error).__name__}): is it up, and is CONNECTOR_DATABASE_URL right?"


BEHIND = {
    "behind": "behind the code: run `connector migrate`",
    "empty": "without tables: run `connector migrate`; if there should be data, CONNECTOR_HOME or CONNECTOR_DATABASE_URL "
    "names another place",
    "ahead": "made by a newer version of the connector: install that version, or restore a backup that this one made",
}
