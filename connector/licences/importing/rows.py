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

from connector.licences.importing import json_rows

DELIMITERS = ",;\t|^~"
_CHUNK = 1 << 20
_DEEPEST = 8
_QUOTED = re.compile('"[^"]*"')
_SEPARATOR = re.compile('"?sep=(.)"?', re.IGNORECASE)
"""The line by which Excel is told the delimiter; it stands before the names."""
_BY_MARK = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_WINDOWS = "cp1252"
"""What spreadsheets save as in western Europe and America where nothing else is asked for; Latin-1 with more signs."""


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
    """A file, opened. size, position: bytes, for those who wait; columns: what a CSV file calls them (None in JSON);
    encoding: what its bytes turned out to be."""

    def __init__(self, path: Path) -> None:
        """Look through the file; raises BadFile before anything of it is used."""
        self.path = path
        self.size = path.stat().st_size
        self._file: BinaryIO | None = None
        self.encoding = _encoding_of(path)
        with path.open(encoding=self.encoding, newline="") as file:
            self._first = next((line for line in file if line.strip()), "")
            told = _SEPARATOR.fullmatch(self._first.strip())
            self._skipped = told is not None
            if told:
                self._first = next((line for line in file if line.strip()), "")
        if not self._first:
            raise BadFile(f"{path.name} is empty: export the licences again")
        self.is_json = self._first.lstrip()[0] in "[{"
        self._dialect = None if self.is_json else _dialect(self._first, told[1] if told else None)
        self.columns = None if self._dialect is None else self._header(self._dialect)

    @property
    def position(self) -> int:
        return self._file.tell() if self._file else 0

    def __iter__(self) -> Iterator[Row | Fault]:
        with self.path.open("rb") as self._file:
            text = io.TextIOWrapper(self._file, encoding=self.encoding, newline="")
            yield from self._json(text) if self._dialect is None else self._csv(text, self._dialect)
        self._file = None

    def _header(self, dialect: type[csv.Dialect]) -> dict[str, str]:
        with self.path.open(encoding=self.encoding, newline="") as file:
            try:
                lines = (line for line in csv.reader(file, dialect) if any(cell.strip() for cell in line))
                if self._skipped:
                    next(lines)
                names = next(lines)
            except csv.Error:
                raise BadFile(f"{self.path.name}: the first line cannot be read as names of columns") from None
        found = {plain(name) or f"#{place}": name.strip() for place, name in enumerate(names)}
        if len(found) != len(names):
            raise BadFile(f"{self.path.name}: two columns have one name: the first line must name each column once")
        return found

    def _csv(self, text: io.TextIOWrapper, dialect: type[csv.Dialect]) -> Iterator[Row | Fault]:
        assert self.columns is not None
        names, before = list(self.columns), 2 if self._skipped else 1
        reader, line = csv.reader(text, dialect), 1
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
                if not before and len(cells) != len(names):
                    what = f"{len(cells)} cells, where the first line names {len(names)} columns"
                    yield Fault(line, "", what, 'put texts with the delimiter in them between "quotes"')
                elif not before:
                    yield Row(line, dict(zip(names, cells, strict=True)))
                before = max(before - 1, 0)
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


def _dialect(first: str, told: str | None) -> type[csv.Dialect]:
    """How the cells are set apart: as the file says, or by the sign that stands most often between the names (csv.Sniffer,
    shown the same line, prefers a comma within a name)."""
    between = _QUOTED.sub("", first)

    class Told(csv.excel):
        delimiter = told or max(DELIMITERS, key=between.count)

    return Told


def _encoding_of(path: Path) -> str:
    """UTF-8, UTF-16 where its mark says so, else Windows-1252; raises BadFile for what is no text in either."""
    with path.open("rb") as file:
        start = file.read(4)
    named = next((name for mark, name in _BY_MARK if start.startswith(mark)), None)
    try:
        return _decoded(path, named or "utf-8")
    except UnicodeDecodeError as fault:
        place = f"about byte {fault.start + 1}"
    if named == "utf-16":
        raise BadFile(f"{path.name} is not whole ({place}): export it again")
    try:
        return _decoded(path, _WINDOWS)
    except UnicodeDecodeError:
        advice = "save it as UTF-8 (in Excel: CSV UTF-8)"
        raise BadFile(f"{path.name} is neither UTF-8 nor Windows-1252 ({place}): {advice}") from None


def _decoded(path: Path, encoding: str) -> str:
    """The encoding, if all of the file can be read by it; raises UnicodeDecodeError with the place in the file, BadFile where
    it reads as this encoding up to a fault."""
    decoder, at, plain_so_far = codecs.getincrementaldecoder(encoding)(), 0, True
    with path.open("rb") as file:
        while True:
            chunk = file.read(_CHUNK)
            try:
                text = decoder.decode(chunk, final=not chunk)
            except UnicodeDecodeError as fault:
                at += fault.start
                if encoding == "utf-8" and not (plain_so_far and fault.object[: fault.start].isascii()):
                    raise BadFile(
                        f"{path.name} is UTF-8 with a fault in it (about byte {at + 1}): export it again"
                    ) from None
                raise UnicodeDecodeError(encoding, b"", at, at + 1, fault.reason) from None
            plain_so_far = plain_so_far and text.isascii()
            if "\x00" in text:
                raise BadFile(f"{path.name} has NUL characters in it: this is no text file, export it again")
            if not chunk:
                return encoding
            at += len(chunk)
