"""A database of its own for every test that asks, of either kind."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Literal

from sqlalchemy.engine import make_url

from tests.servers.postgres import PostgreSQL

Kind = Literal["sqlite", "postgresql"]
Prepare = Callable[[str], object]


class Databases:
    """Makes databases, empty or already prepared (migrated, say).

    A database is prepared once per worker and `prepare` function; the tests get copies. So hand in a function of a
    module, not a lambda.
    """

    def __init__(self, folder: Path, postgresql: Callable[[], PostgreSQL]) -> None:
        self._folder = folder
        self._postgresql = postgresql
        self._prepared: dict[tuple[Kind, Prepare], str] = {}
        self._count = 0

    def create(self, kind: Kind, prepare: Prepare | None = None) -> str:
        """The SQLAlchemy URL of a new database."""
        template = self._template(kind, prepare) if prepare else None
        if kind == "postgresql":
            return self._postgresql().create_database(template)
        self._count += 1
        path = self._folder / f"{self._count}.sqlite3"
        if template:
            _copy_sqlite(make_url(template).database or "", path)
        return f"sqlite:///{path}"

    def drop(self, url: str) -> None:
        """Drops a database that `create` made."""
        if url.startswith("postgresql"):
            self._postgresql().drop_database(url)
        else:
            path = Path(make_url(url).database or "")
            for file in path.parent.glob(f"{path.name}*"):
                file.unlink()

    def close(self) -> None:
        """Drops what copies were made from."""
        for url in self._prepared.values():
            self.drop(url)

    def _template(self, kind: Kind, prepare: Prepare) -> str:
        if (kind, prepare) not in self._prepared:
            url = self.create(kind)
            prepare(url)
            self._prepared[kind, prepare] = url
        return self._prepared[kind, prepare]


def _copy_sqlite(source: str, target: Path) -> None:
    with closing(sqlite3.connect(source)) as old, closing(sqlite3.connect(target)) as new:
        old.backup(new)
