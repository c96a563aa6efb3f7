"""A file of licences as rows, one at a time: CSV with any delimiter, a JSON array, JSON lines, or an object around a list."""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, BinaryIO

from connector.importing import json_rows

DELIMITERS = ",;\t|^~"
_CHUNK = 1 << 20
_DEEPEST = 8
_QUOTED = re.compile('"[^"]*"')


@dataclass(frozen=True)
class Row:
    """One licence as the file has it: cells by `plain` column name. line: where it begins, from 1."""

    line: int
    cells: Mapping[str, Any]


@dataclass(frozen=True)
class Fault:
    """What is wrong with a row and what to do about it. key: the last four of its key, where it has one."""

    line: int
    column: str
    what: str
    cure: str
    key: str = ""


class BadFile(ValueError):
    """A file that cannot be read at all; the message says why and what to do."""


@lru_cache(maxsize=4096)
def plain(name: str) -> str:
    """A column's name as it is compared: `License Key`, `license_key` and `licenseKey` are one."""
    return "".join(sign for sign in name.casefold() if sign.isalnum() or sign == ".")


class Source:
    """A file, opened. size, position: bytes, for those who wait; columns: what a CSV file calls them (None in JSON)."""

    def __init__(self, path: Path) -> None:
        """Look through the file; raises BadFile before anything of it is used."""
        self.path = path
        self.size = path.stat().st_size
        self._file: BinaryIO | None = None
        _check_encoding(path)
        with path.open(encoding="utf-8-sig", newline="") as file:
            self._first = next((line for line in file if line.strip()), "")
        if not self._first:
            raise BadFile(f"{path.name} is empty: export the licences again")
        self.is_json = self._first.lstrip()[0] in "[{"
        self._dialect = None if self.is_json else _dialect(self._first)
        self.columns = None if self._dialect is None else self._header(self._dialect)

    @property
    def position(self) -> int:
        return self._file.tell() if self._file else 0

    def __iter__(self) -> Iterator[Row | Fault]:
        with self.path.open("rb") as self._file:
            text = io.TextIOWrapper(self._file, encoding="utf-8-sig", newline="")
            yield from self._json(text) if self._dialect is None else self._csv(text, self._dialect)
        self._file = None

    def _header(self, dialect: type[csv.Dialect]) -> dict[str, str]:
        with self.path.open(encoding="utf-8-sig", newline="") as file:
            try:
                names = next(line for line in csv.reader(file, dialect) if any(cell.strip() for cell in line))
            except csv.Error:
                raise BadFile(f"{self.path.name}: the first line cannot be read as names of columns") from None
        found = {plain(name) or f"#{place}": name.strip() for place, name in enumerate(names)}
        if len(found) != len(names):
            raise BadFile(f"{self.path.name}: two columns have one name: the first line must name each column once")
        return found

    def _csv(self, text: io.TextIOWrapper, dialect: type[csv.Dialect]) -> Iterator[Row | Fault]:
        assert self.columns is not None
        names = list(self.columns)
        reader, line, header = csv.reader(text, dialect), 1, True
        while True:
            try:
                cells = next(reader, None)
            except csv.Error:
                yield Fault(line, "", "this cannot be read as CSV", "close every quote, and keep cells below 128 kB")
                line = reader.line_num + 1
                continue
            if cells is None:
                return
            if any(cell.strip() for cell in cells):
                if not header and len(cells) != len(names):
                    what = f"{len(cells)} cells, where the first line names {len(names)} columns"
                    yield Fault(line, "", what, 'put texts with the delimiter in them between "quotes"')
                elif not header:
                    yield Row(line, dict(zip(names, cells, strict=True)))
                header = False
            line = reader.line_num + 1

    def _json(self, text: io.TextIOWrapper) -> Iterator[Row | Fault]:
        for line, value in json_rows.values(text, self._first):
            if isinstance(value, json_rows.Broken):
                yield Fault(line, "", value.what, value.cure)
            elif isinstance(value, dict):
                yield Row(line, dict(_members(value, "")))
            else:
                yield Fault(line, "", "this is no JSON object", "write one object for each licence")


def _members(value: Mapping[str, Any], before: str, depth: int = 1) -> Iterator[tuple[str, Any]]:
    """The members of an object by their path: {"a": {"b": 1}} is a.b; lists stay as they are, and what is deeper is left out."""
    for name, member in value.items():
        path = f"{before}{plain(name)}"
        if isinstance(member, dict) and depth < _DEEPEST:
            yield from _members(member, f"{path}.", depth + 1)
        elif not isinstance(member, dict):
            yield path, member


def _dialect(first: str) -> type[csv.Dialect]:
    """How the cells are set apart: by the sign that stands most often between the names (csv.Sniffer, shown the same line,
    prefers a comma within a name)."""
    between = _QUOTED.sub("", first)

    class Told(csv.excel):
        delimiter = max(DELIMITERS, key=between.count)

    return Told


def _check_encoding(path: Path) -> None:
    decoder, at = codecs.getincrementaldecoder("utf-8")(), 0
    with path.open("rb") as file:
        while True:
            chunk = file.read(_CHUNK)
            if at == 0 and chunk.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
                raise BadFile(f"{path.name} is UTF-16: save it as UTF-8 (in Excel: CSV UTF-8)")
            try:
                text = decoder.decode(chunk, final=not chunk)
            except UnicodeDecodeError as fault:
                place = f"about byte {at + fault.start + 1}"
                raise BadFile(f"{path.name} is not UTF-8 ({place}): save it as UTF-8 (in Excel: CSV UTF-8)") from None
            if "\x00" in text:
                raise BadFile(f"{path.name} has NUL characters in it: this is no text file, export it again")
            if not chunk:
                return
            at += len(chunk)
