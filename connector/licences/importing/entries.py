"""A row as a licence: the key, its product, and what the row says of terms, sites, support and status - or what is wrong."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, TypeVar

from connector.domain.licensing.catalogue import Catalogue, Product, slug_of
from connector.domain.licensing.events import Key, Person, SiteActivated
from connector.domain.licensing.seats import SeatRules
from connector.licences.importing import addons, cells, places
from connector.licences.importing.cells import BadCell
from connector.licences.importing.profiles import FIELDS, PROFILES, columns_of
from connector.licences.importing.rows import Fault, Row, plain
from connector.storage.keyring import last4

T = TypeVar("T")

MAX_SLUG = 100
_SLUG = re.compile(r"[a-z0-9][a-z0-9._-]*")
_PURCHASES = dict.fromkeys(("one time", "one_time", "onetime", "one-time", "free", "free account"), "one_time") | (
    dict.fromkeys(("monthly", "quarterly", "semi-annually", "annually", "biennially", "triennially"), "recurring")
    | dict.fromkeys(("recurring", "subscription", "yearly", "annual"), "recurring")
)
_FLAGS = (("refunded", "refunded"), ("revoked", "revoked"), ("disabled", "suspended"))


@dataclass(frozen=True)
class Entry:
    """What a row says of one licence. terms: members of `Granted` that the row speaks of, and no others.

    as_of: when that was so; dated: the row says so itself. sites: each with its own date or as_of.
    status: None where the row has no word for it.
    """

    line: int
    key: Key
    product: str
    as_of: datetime
    dated: bool = False
    terms: Mapping[str, Any] = field(default_factory=dict)
    sites: tuple[SiteActivated, ...] = ()
    renewed_at: datetime | None = None
    support_until: datetime | None = None
    status: str | None = None


class BadRow(ValueError):
    """A row that cannot be used, with everything that is wrong with it."""

    def __init__(self, faults: list[Fault]) -> None:
        super().__init__(f"{len(faults)} faults")
        self.faults = faults


@dataclass(frozen=True)
class Reader:
    """How the rows of one file are read. columns: field -> the columns that may hold it; names: how the file spells them.

    product: the slug that all rows are of; as_of: the time of rows that tell none; zone: of times without an offset; days: of
    days without a time, which are the vendor's.
    """

    peer: str
    zone: str
    days: str
    as_of: datetime
    now: datetime
    product: str | None = None
    columns: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    names: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(
        cls, peer: str, zone: str, maps: Mapping[str, list[str]], names: Mapping[str, str] | None, **more: Any
    ) -> Reader:
        """maps: field -> columns named by hand, in place of the profile's own."""
        profile = PROFILES[peer]
        columns = {
            name: tuple(map(plain, maps[name])) if name in maps else columns_of(profile, name) for name in FIELDS
        }
        if names is not None:
            columns = {name: tuple(column for column in found if column in names) for name, found in columns.items()}
        return cls(
            peer=peer, zone="UTC" if profile.utc else zone, days=zone, columns=columns, names=names or {}, **more
        )

    def read(self, row: Row, goods: Catalogue) -> Entry:
        """The licence of a row; raises BadRow."""
        asked = _Asked(self, row)
        entry = asked.entry(goods)
        if asked.faults or entry is None:
            raise BadRow(asked.faults)
        return entry


class _Asked:
    """One row, and what was found wrong with it so far."""

    def __init__(self, reader: Reader, row: Row) -> None:
        self.reader = reader
        self.row = row
        self.profile = PROFILES[reader.peer]
        self.faults: list[Fault] = []
        self.key: Key | None = None

    def entry(self, goods: Catalogue) -> Entry | None:
        self.key = self._read("key", cells.key)
        changed = self._read("changed_at", self._past)
        as_of = changed or self.reader.as_of
        product = self._product(goods)
        terms = self._terms()
        sites = self._sites(goods.seat_rules(product), as_of)
        bought = self._read("addons", lambda value: addons.read(value, self.reader.zone, as_of)) or addons.NONE
        support = self._read("support_until", self._end) or bought.support_until
        if bought.updates_until and "updates_until" not in terms:
            terms["updates_until"] = bought.updates_until
        renewed = self._read("renewed_at", self._past)
        status = self._status()
        if self.key is None or product is None:
            return None
        return Entry(
            self.row.line, self.key, product, as_of, changed is not None, terms, sites, renewed, support, status
        )

    # -- terms

    def _terms(self) -> dict[str, Any]:
        read: dict[str, Callable[[Any], Any]] = {
            "expires_at": self._end,
            "updates_until": self._end,
            "purchased_at": self._past,
            "plan": _word,
            "purchase": lambda value: cells.word_of(value, _PURCHASES, "kind of purchase"),
            "order_id": cells.number,
            "subscription_id": cells.number,
        }
        terms = {name: self._read(name, reader) for name, reader in read.items() if self._says(name)}
        for name in ("updates_until", "purchased_at", "plan", "purchase", "order_id", "subscription_id"):
            if terms.get(name) is None:
                terms.pop(name, None)
        if self._says("site_limit") and (self.cell("site_limit") is not None or "" in self.profile.unlimited):
            terms["site_limit"] = self._read("site_limit", lambda value: cells.limit(value, self.profile.unlimited))
        if number := self._read("order_number", cells.number):
            terms.setdefault("order_id", number)  # orders are found by either
        if holder := self._holder():
            terms["holder"] = holder
        return terms

    def _holder(self) -> Person | None:
        names = [self._read(name, cells.words) for name in ("first_name", "last_name")]
        name = self._read("name", cells.words) or " ".join(filter(None, names))
        person = Person(self._read("customer_id", cells.number), self._read("email", cells.email), name or None)
        return None if person.id is None and person.email is None else person

    def _status(self) -> str | None:
        told = [ours for name, ours in _FLAGS if self._read(name, cells.flag)]
        word = self._read("status", lambda value: cells.word_of(value, self.profile.status, "status"))
        return told[0] if told else word

    def _product(self, goods: Catalogue) -> str | None:
        if self.reader.product:
            return self.reader.product
        said = self._try("product", self._product_words) or []
        known = goods.match(ref for word in said for ref in _refs(self.reader.peer, word))
        if isinstance(known, Product):
            return known.slug
        slug = self._read("product_slug", cells.words) or (said[0] if said and self.reader.peer == "standard" else None)
        if slug and len(slug) <= MAX_SLUG and _SLUG.fullmatch(slug):
            return slug
        number = next((f" {word}" for word in said if word.isdecimal() and len(word) < 10), "")
        what = f"no product of this vendor goes by what stands here{number}" if said else "the row names no product"
        cure = "give the product that id, SKU or name (`connector product set`), or say --product SLUG"
        self._blame("product", BadCell(what, cure))
        return None

    def _product_words(self) -> list[str]:
        there = [self.row.cells[name] for name in self.reader.columns["product"] if name in self.row.cells]
        return [word for value in there if (word := cells.words(value))]

    def _sites(self, rules: SeatRules, as_of: datetime) -> tuple[SiteActivated, ...]:
        if not self._says("sites"):
            return ()
        key = self.key or Key("")
        found = self._try("sites", lambda: places.of_row(self.cell, self.profile, rules, self._past, key, as_of))
        return found or ()

    # -- cells

    def cell(self, name: str) -> Any:
        """The first cell of a field that is not blank."""
        for column in self.reader.columns[name]:
            value = self.row.cells.get(column)
            if value not in (None, "", [], {}) and not (isinstance(value, str) and value.isspace()):
                return value
        return None

    def _says(self, name: str) -> bool:
        return any(column in self.row.cells for column in self.reader.columns[name])

    def _read(self, name: str, read: Callable[[Any], T]) -> T | None:
        if not self.reader.columns[name] and name != "key":
            return None
        return self._try(name, lambda: read(self.cell(name)))

    def _try(self, name: str, read: Callable[[], T]) -> T | None:
        try:
            return read()
        except BadCell as bad:
            self._blame(name, bad)
            return None

    def _blame(self, name: str, bad: BadCell) -> None:
        there = [column for column in self.reader.columns[name] if column in self.row.cells]
        column = self.reader.names.get(there[0], there[0]) if there else name
        self.faults.append(Fault(self.row.line, column, bad.what, bad.cure, masked(self.key)))

    def _past(self, value: Any) -> datetime | None:
        found = cells.instant(value, self._zone(value))
        if found is not None and found > self.reader.now + timedelta(days=1):
            raise BadCell("this lies in the future", "write when it happened")
        return found

    def _end(self, value: Any) -> datetime | None:
        return cells.instant(value, self._zone(value), ends=True)

    def _zone(self, value: Any) -> str:
        return (
            self.reader.days if isinstance(value, str) and len(value.strip()) == len("2027-03-01") else self.reader.zone
        )


def _refs(peer: str, word: str) -> list[str]:
    """The catalogue's refs that a word may stand for."""
    if word == "0":
        return []
    found = [f"{peer}:{word}", f"sku:{word}", f"slug:{word}", f"name:{slug_of(word)}", *([word] if ":" in word else [])]
    return [*found, f"variation:{word}", f"product:{word}"] if word.isdecimal() else found


def masked(key: Key | None) -> str:
    """What may be shown of a row's key."""
    return f"…{last4(key).removeprefix('…')}" if key else ""


def _word(value: Any) -> str | None:
    return cells.words(value) or None
