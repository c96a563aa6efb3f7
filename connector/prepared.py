"""The statements of the hot paths: written in SQLAlchemy Core, compiled once, run on the driver's own connection.

A `prepared(statement)` is a plain statement anywhere else. On a `Fast` connection (`db.transaction`, `db.reading`) it goes
the short way, past SQLAlchemy and psycopg, which take most of the time of a small statement.
"""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

from sqlalchemy import Connection
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeEngine

S = TypeVar("S")
Params = Mapping[str, Any]
Codec = Callable[[Any], Any] | None


@dataclass(frozen=True, eq=False)
class Text:
    """A statement in the words of one database.

    sql marks parameters as `%s` (PostgreSQL) or `?` (SQLite); `names` says which, in order; `constants` are our own.
    encode, decode: what a value needs on its way in and out; None = nothing. `row` is None where nothing comes back.
    """

    sql: str
    table: Any
    names: tuple[str, ...]
    constants: Params
    encode: tuple[Codec, ...]
    decode: tuple[Codec, ...]
    row: Callable[..., Any] | None

    def values(self, params: Params) -> list[Any]:
        """The parameters in the order of the marks."""
        full = {**self.constants, **params} if self.constants else params
        return [
            full[name] if code is None else code(full[name]) for name, code in zip(self.names, self.encode, strict=True)
        ]

    def read(self, values: Sequence[Any]) -> Any:
        """A row of what came back."""
        assert self.row is not None
        return self.row(
            *(
                value if code is None or value is None else code(value)
                for value, code in zip(values, self.decode, strict=True)
            )
        )


class Rows(list[Any]):
    """What came back: the part of SQLAlchemy's Result that the flows use."""

    def first(self) -> Any:
        return self[0] if self else None

    def one(self) -> Any:
        [row] = self
        return row

    def all(self) -> list[Any]:
        return self

    def scalars(self) -> list[Any]:
        return [row[0] for row in self]

    def scalar_one(self) -> Any:
        return self.one()[0]


class Driver(Protocol):
    """How one database is talked to, on one connection.

    encoder, decoder: the codecs of a type, as `Text` keeps them. run: a text, once for each set of parameters. flush: send
    what still waits for company.
    """

    paramstyle: Any

    def encoder(self, kind: TypeEngine[Any], dialect: Dialect) -> Codec: ...

    def decoder(self, kind: TypeEngine[Any], dialect: Dialect) -> Codec: ...

    def run(self, text: Text, params: Sequence[Params]) -> Rows: ...

    def flush(self) -> None: ...

    def commit(self) -> None: ...


_TEXTS: dict[Any, dict[tuple[str, ...], Text]] = {}


def prepared(statement: S) -> S:
    """Mark a statement that is a constant of its module; its parameters are bindparams, or the columns of an insert."""
    _TEXTS.setdefault(statement, {})
    return statement


class Fast(Connection):
    """A connection that knows the short way for prepared statements, and SQLAlchemy's for all others."""

    driver: Driver | None = None

    def execute(self, statement: Any, parameters: Any = None, **options: Any) -> Any:
        texts = _TEXTS.get(statement)
        if texts is None or self.driver is None:
            self.flush()
            return super().execute(statement, parameters, **options)
        params = parameters if isinstance(parameters, list) else [parameters or {}]
        key = (self.driver.paramstyle, *params[0])
        text = texts.get(key)
        if text is None:
            text = texts[key] = _compiled(statement, self.dialect, self.driver, tuple(params[0]))
        return self.driver.run(text, params)

    def exec_driver_sql(self, *words: Any, **options: Any) -> Any:
        self.flush()
        return super().exec_driver_sql(*words, **options)

    def flush(self) -> None:
        """Send the writes that wait for company."""
        if self.driver is not None:
            self.driver.flush()


def _compiled(statement: Any, dialect: Dialect, driver: Driver, keys: Sequence[str]) -> Text:
    """The statement in the words of a database, for parameters of these names."""
    own: Any = type(dialect)
    own = own(paramstyle=driver.paramstyle)
    words = statement.compile(dialect=own, column_keys=list(keys))
    names = tuple(words.positiontup)
    defaults = {column.key: column.default.arg for column in words.insert_prefetch}
    columns = list(getattr(statement, "exported_columns", ()))
    return Text(
        sql=str(words),
        table=getattr(statement, "table", None),
        names=names,
        constants={name: words.params[name] for name in names if name not in keys} | defaults,
        encode=tuple(driver.encoder(words.binds[name].type, own) for name in names),
        decode=tuple(driver.decoder(column.type, own) for column in columns),
        row=namedtuple("Row", [column.key for column in columns], rename=True) if columns else None,
    )
