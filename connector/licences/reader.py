"""Reading the ledger for the rules: one statement for all that they looked for and that was not read, then they look again."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, replace
from typing import Any, TypeVar

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    Connection,
    Select,
    String,
    Text,
    and_,
    any_,
    bindparam,
    cast,
    func,
    literal_column,
    null,
    select,
    union_all,
)

from connector.domain.licensing.licence import Licence
from connector.domain.licensing.records import Filed, Found, KeyRecord, Records, Shelf
from connector.storage import codec
from connector.storage.tables import UtcDateTime, accounts, licences, links, sites

F = TypeVar("F", bound=Records)
T = TypeVar("T")

_ROUNDS = 16
"""Statements after which nothing more is read; a request takes three at the most (tests/requests/test_statements.py)."""

_COLUMNS = {"word": Text, "id": String, "name": Text, "ref": Text, "note": Text, "state": Text, "at": UtcDateTime}


@dataclass(frozen=True)
class Arm:
    """How one shelf is read: the rows that stand under some words, and what a row is.

    spelled: how a word is written in the database, where it is written otherwise there.
    """

    rows: Callable[[Words], Select[Any]]
    item: Callable[[Any], Any]
    spelled: Callable[[str], str] = str


def columns(**known: Any) -> list[Any]:
    """The columns that all arms have, with nothing in those that this one does not know."""
    return [known.get(name, cast(null(), kind)).label(name) for name, kind in _COLUMNS.items()]


class Reader:
    """Reads shelves of a file, each by its arm. Statements are made once for each set of shelves, however many words there are."""

    def __init__(self, arms: Mapping[str, Arm]) -> None:
        self.arms = dict(arms)
        self._statements: dict[tuple[str, ...], Any] = {}

    def follow(
        self, tx: Connection, vendor_id: str, file: F, ask: Callable[[F], T], **spelled: Callable[[str], str]
    ) -> T:
        """What `ask` makes of the file, once that is read as far as `ask` looks. spelled: by shelf, as in `Arm`."""
        for _ in range(_ROUNDS):
            answer = ask(file)
            unread = {name: sorted(shelf.unread) for name, shelf in _shelves(file).items() if shelf.unread}
            if not unread:
                return answer
            file = self._read(tx, vendor_id, file, unread, spelled)
        return ask(file)

    def _read(
        self,
        tx: Connection,
        vendor_id: str,
        file: F,
        unread: Mapping[str, list[str]],
        spelled: Mapping[str, Callable[[str], str]],
    ) -> F:
        said = {name: _by_spelling(words, spelled.get(name, self.arms[name].spelled)) for name, words in unread.items()}
        found: dict[str, dict[str, list[Any]]] = {name: defaultdict(list) for name in unread}
        for row in tx.execute(self.statement(tx.dialect.name, tuple(unread)), _parameters(tx, vendor_id, said)):
            item = self.arms[row.shelf].item(row)
            for word in said[row.shelf].get(row.word, [row.word]):
                found[row.shelf][word].append(item)
        shelves = _shelves(file)
        more = {
            name: shelves[name].with_(
                dict.fromkeys(words, ()) | {word: tuple(each) for word, each in found[name].items()}
            )
            for name, words in unread.items()
        }
        return replace(file, **more)

    def statement(self, dialect: str, shelves: tuple[str, ...]) -> Any:
        """One statement that reads these shelves, an arm for each; its parameters: `v`, and the words of each shelf by its name."""
        key = (dialect, *shelves)
        made = self._statements.get(key)
        if made is None:
            rows = [(name, self.arms[name].rows(Words(dialect, name))) for name in shelves]
            arms = [each.add_columns(literal_column(f"'{name}'").label("shelf")) for name, each in rows]
            made = self._statements[key] = union_all(*arms)
        return made


def _shelves(file: Records) -> dict[str, Shelf[Any]]:
    return {each.name: getattr(file, each.name) for each in fields(file)}


def _by_spelling(words: list[str], spelled: Callable[[str], str]) -> dict[str, list[str]]:
    found = defaultdict(list)
    for word in words:
        found[spelled(word)].append(word)
    return found


@dataclass(frozen=True)
class Words:
    """The words of a shelf in a statement: one parameter, so that their number makes no other statement.

    Written so that both databases go from each word by an index to its rows, and never over a table.
    """

    dialect: str
    shelf: str

    def listed(self) -> Select[Any]:
        """The words as rows, in a column `link`."""
        if self.dialect == "postgresql":
            return select(func.unnest(self._array).label("link"))
        return select(func.json_each(self._text).table_valued("value").c.value.label("link"))

    def have(self, column: ColumnElement[Any]) -> ColumnElement[bool]:
        """Is the column one of these words?"""
        return column == any_(self._array) if self.dialect == "postgresql" else column.in_(self.listed())

    def among(self, column: ColumnElement[Any], rows: Select[Any]) -> ColumnElement[bool]:
        """Is the column one of what these rows, read beforehand, have?"""
        return column == any_(func.array(rows.scalar_subquery())) if self.dialect == "postgresql" else column.in_(rows)

    @property
    def _array(self) -> ColumnElement[Any]:
        return bindparam(self.shelf, type_=ARRAY(Text))

    @property
    def _text(self) -> ColumnElement[Any]:
        return bindparam(self.shelf, type_=Text)


def _parameters(tx: Connection, vendor_id: str, said: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    lists = {name: list(words) for name, words in said.items()}
    if tx.dialect.name == "postgresql":
        return {"v": vendor_id, **lists}
    return {"v": vendor_id, **{name: json.dumps(words) for name, words in lists.items()}}


# -- the ledger's shelves

OF_VENDOR = bindparam("v", type_=String)
_same = licences.alias("same")
"""The licence whose further key a key is."""

_CUSTOMER = ("cus", "cut")
"""Ids of customers' records lie between these in the alphabet of any language."""


def _under_key(words: Words) -> Select[Any]:
    table = licences.outerjoin(_same, _same.c.id == licences.c.same_as)
    known = columns(
        word=licences.c.key_hash,
        id=func.coalesce(licences.c.same_as, licences.c.id),
        name=licences.c.key_last4,
        state=func.coalesce(_same.c.state, licences.c.state),
        at=licences.c.retires_at,
    )
    return select(*known).select_from(table).where(licences.c.vendor_id == OF_VENDOR, words.have(licences.c.key_hash))


def _under_id(words: Words) -> Select[Any]:
    table = licences.outerjoin(_same, _same.c.id == licences.c.same_as)
    known = columns(
        word=licences.c.id,
        id=func.coalesce(licences.c.same_as, licences.c.id),
        name=func.coalesce(_same.c.key_last4, licences.c.key_last4),
        state=func.coalesce(_same.c.state, licences.c.state),
    )
    return select(*known).select_from(table).where(licences.c.vendor_id == OF_VENDOR, words.have(licences.c.id))


def _under_link(words: Words) -> Select[Any]:
    table = links.join(licences, licences.c.id == links.c.target)
    known = columns(word=links.c.link, id=licences.c.id, name=licences.c.key_last4, state=licences.c.state)
    return select(*known).select_from(table).where(links.c.vendor_id == OF_VENDOR, words.have(links.c.link))


def _at_site(words: Words) -> Select[Any]:
    table = sites.join(licences, licences.c.id == sites.c.license_id)
    known = columns(word=sites.c.at, id=licences.c.id, name=licences.c.key_last4, state=licences.c.state)
    return select(*known).select_from(table).where(sites.c.vendor_id == OF_VENDOR, words.have(sites.c.at))


def _accounts(words: Words) -> Select[Any]:
    """Accounts under these links, and under every other name of the customers that carry one (a merged customer has many)."""
    names = words.listed().cte("names", recursive=True)
    one, other = links.alias("one"), links.alias("other")
    named = and_(one.c.vendor_id == OF_VENDOR, one.c.link == names.c.link, one.c.target.between(*_CUSTOMER))
    table = names.join(one, named).join(other, other.c.target == one.c.target)
    names = names.union(select(other.c.link).select_from(table))
    linked = words.among(links.c.link, select(names.c.link))
    known = columns(word=links.c.link, name=accounts.c.kind, ref=accounts.c.ref, state=accounts.c.state)
    table = links.join(accounts, accounts.c.id == links.c.target)
    return select(*known).select_from(table).where(links.c.vendor_id == OF_VENDOR, linked)


def _found(row: Any) -> Found:
    return Found(row.id, row.name, codec.loads(row.state, Licence))


def _filed(row: Any) -> Filed:
    return Filed(row.name, row.ref, codec.loads(row.state, codec.ACCOUNTS[row.name]))


ARMS: Mapping[str, Arm] = {
    "keys": Arm(_under_key, lambda row: KeyRecord(_found(row), row.at)),
    "ids": Arm(_under_id, _found),
    "licences": Arm(_under_link, _found),
    "accounts": Arm(_accounts, _filed),
    "sites": Arm(_at_site, _found),
}
LEDGER = Reader(ARMS)
