"""The database's history, run by Alembic: `upgrade(url)` brings an empty or older database to today's schema."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, inspect, text

from connector.storage.database import reading
from connector.storage.keyring import Keyring


def config(url: str) -> Config:
    """Alembic's configuration without an ini file."""
    made = Config()
    made.set_main_option("script_location", str(Path(__file__).parent))
    made.set_main_option("sqlalchemy.url", url.replace("%", "%%"))
    return made


def upgrade(url: str, keyring: Keyring | None = None, revision: str = "head") -> None:
    """Bring the database to the newest revision; doing it again changes nothing.

    keyring: what keys are hashed and sealed with; only an older database that holds licences needs it.
    """
    made = config(url)
    made.attributes["keyring"] = keyring
    command.upgrade(made, revision)


def upgrade_within(tx: Connection, keyring: Keyring, revision: str) -> None:
    """Bring the database to a revision inside the caller's transaction: both databases take changes of the schema back, too."""
    made = config("sqlite://")
    made.attributes |= {"connection": tx, "keyring": keyring}
    command.upgrade(made, revision)


def revisions() -> set[str]:
    """Every revision that this code knows."""
    return {each.revision for each in ScriptDirectory.from_config(config("sqlite://")).walk_revisions()}


def state(engine: Engine) -> str:
    """How the database stands to the code: `current`, `behind`, `empty` (no tables of ours) or `ahead` (made by newer code).

    Raises what the driver raises where the database is away: that says nothing about its schema.
    """
    scripts = ScriptDirectory.from_config(config("sqlite://"))
    with reading(engine) as tx:
        if not inspect(tx).has_table("alembic_version"):
            return "empty"
        found = tx.execute(text("SELECT version_num FROM alembic_version")).scalar()
    if found == scripts.get_current_head():
        return "current"
    return "behind" if found in revisions() else "ahead"


def pending(engine: Engine) -> bool:
    """Is the database behind the code? Raises where it is away."""
    return state(engine) != "current"
