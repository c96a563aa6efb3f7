"""The database's history, run by Alembic: `upgrade(url)` brings an empty or older database to today's schema."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, text


def config(url: str) -> Config:
    """Alembic's configuration without an ini file."""
    made = Config()
    made.set_main_option("script_location", str(Path(__file__).parent))
    made.set_main_option("sqlalchemy.url", url.replace("%", "%%"))
    return made


def upgrade(url: str) -> None:
    """Bring the database to the newest revision; doing it again changes nothing."""
    command.upgrade(config(url), "head")


def pending(engine: Engine) -> bool:
    """Is the database behind the code?"""
    head = ScriptDirectory.from_config(config("sqlite://")).get_current_head()
    try:
        with engine.connect() as tx:
            return tx.execute(text("SELECT version_num FROM alembic_version")).scalar() != head
    except Exception:
        return True
