"""Files of any form and cells of any content: what is read, what is refused and with which words."""

from __future__ import annotations

import json
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.licences.importing import cells
from connector.licences.importing.cells import BadCell
from connector.licences.importing.entries import BadRow, Reader
from connector.licences.importing.profiles import FIELDS, PROFILES
from connector.licences.importing.rows import BadFile, Row, Source
from connector.storage import codec
from tests.licences.test_import_reading import AS_OF, GOODS, day, read
from tests.support.stores import NOW

# --- files ---


def saved(folder: Path, content: bytes | str) -> Path:
    path = folder / "keys.csv"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


CSV = (
    "key{0}product{0}e-mail\r\nAAAA-0001{0}acme-forms{0}a@example.com\r\n\r\nAAAA-0002{0}acme-forms{0}b@example.com\r\n"
)


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
def test_any_delimiter_with_or_without_a_byte_order_mark(tmp_path: Path, delimiter: str, mark: bytes) -> None:
    found, faults = read("standard", saved(tmp_path, mark + CSV.format(delimiter).encode()))
    assert ([(entry.line, entry.key) for entry in found.values()], faults) == ([(2, "AAAA-0001"), (4, "AAAA-0002")], [])


def test_columns_without_a_name_are_left_alone_and_names_may_be_of_any_script(tmp_path: Path) -> None:
    path = saved(tmp_path, "密钥,产品,,\nAAAA-0001,acme-forms,1,2\n")
    found, _ = read("standard", path, key=["密钥"], product=["产品"])
    assert found["0001"].product == "acme-forms"


@pytest.mark.parametrize(
    "header",
    [
        '"license key";"product";"a, b"',
        "license key\tproduct\tnotes: a, b",
        '"license key","product","a; b | c"',
        "license key|product|a b",
    ],
)
def test_the_names_tell_the_delimiter(tmp_path: Path, header: str) -> None:
    mark = next(sign for sign in ";\t|," if f'"product"{sign}' in header or f"product{sign}" in header)
    path = saved(tmp_path, f"{header}\nAAAA-0001{mark}acme-forms{mark}\n")
    assert list(read("standard", path)[0]) == ["0001"]


def test_a_file_may_be_of_keys_alone(tmp_path: Path) -> None:
    source = Source(saved(tmp_path, "License key\nAAAA-0001\nAAAA-0002\n"))
    assert [row.cells for row in source if isinstance(row, Row)] == [
        {"licensekey": "AAAA-0001"},
        {"licensekey": "AAAA-0002"},
    ]


def test_a_quoted_cell_may_have_line_ends_in_it(tmp_path: Path) -> None:
    text = 'key,product,sites\nAAAA-0001,acme-forms,"one.example.com\ntwo.example.com"\nAAAA-0002,acme-forms,\n'
    found, _ = read("standard", saved(tmp_path, text))
    assert [entry.line for entry in found.values()] == [2, 4]
    assert len(found["0001"].sites) == 2


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"key,product\nAAAA-0001,acme-forms\x81\n", "neither UTF-8 nor Windows-1252 .about byte 33"),
        ("key,product\nAAAA-0001,acme-forms\n".encode("utf-16") + b"\x00", "not whole"),
        ("key,näme\n".encode() + b"x" * (1 << 20) + b"\xc3", "UTF-8 with a fault in it .about byte 1048588"),
        (b"key,product\nAAAA\x00-0001,acme-forms\n", "NUL"),
        (b"", "empty"),
        (b"\n \n", "empty"),
        (b"key,key,product\nAAAA-0001,b,acme-forms\n", "one name"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_before_anything(tmp_path: Path, content: bytes, told: str) -> None:
    with pytest.raises(BadFile, match=told):
        Source(saved(tmp_path, content))


def test_a_cell_without_end_costs_its_rows_and_no_others(tmp_path: Path) -> None:
    rows = [f"AAAA-{number:04},acme-forms,x" for number in range(9_000)]
    rows[10] = 'AAAA-0010,acme-forms,"x'
    found, faults = read("standard", saved(tmp_path, "\n".join(["key,product,plan", *rows])))
    assert faults[0].line == 12
    assert "quote" in faults[0].cure
    assert {"0000", "0009", "8999"} <= set(found)


ROWS = [{"key": f"AAAA-{number:04}", "product": "acme-forms", "plan": "x" * 200} for number in range(2_000)]


@pytest.mark.parametrize(
    "text",
    [
        json.dumps(ROWS),
        json.dumps(ROWS, indent=2),
        "\n".join(map(json.dumps, ROWS)),
        json.dumps({"success": True, "data": ROWS}),
        json.dumps({"licenses": ROWS}, indent=1),
        "\ufeff" + json.dumps(ROWS),
    ],
    ids=["array", "array on lines", "lines", "wrapped", "wrapped on lines", "byte order mark"],
)
def test_json_of_any_form_is_read(tmp_path: Path, text: str) -> None:
    found, faults = read("standard", saved(tmp_path, text))
    assert (len(found), faults) == (2_000, [])


@pytest.mark.parametrize(
    ("text", "read_before", "line"),
    [
        ('[{"key": "AAAA-0001", "product": "acme-forms"},\n {"key": AAAA}, {"key": "AAAA-0003"}]', 1, 2),
        ('[{"key": "AAAA-0001", "product": "acme-forms"},\n {"key": "AAAA-0002"', 1, 2),
        ('[{"key": "AAAA-0001", "product": "acme-forms"}\n', 1, 2),
        ('[{"key": "AAAA-0001", "product": NaN}]', 0, 1),
        ('{"key": "AAAA-0001", "product": "acme-forms"}\n{"key"\n{"key": "AAAA-0003", "product": "acme-forms"}', 2, 2),
        ('{"key": "AAAA-0001",\n "product"', 0, 1),
        ("[" * 5_000, 0, 1),
        ('[{"key": ' + "9" * 5_000 + "}]", 0, 1),
        ("[" + '{"key":' * 500 + "1" + "}" * 500 + "]", 0, 1),
        ('[{"key": "AAAA-0001", "product": "acme-forms"}, 7, [8], null]', 1, 1),
    ],
)
def test_json_is_read_as_far_as_it_is_json(tmp_path: Path, text: str, read_before: int, line: int) -> None:
    found, faults = read("standard", saved(tmp_path, text))
    assert len(found) == read_before
    assert faults[0].line == line


# --- cells ---


@pytest.mark.parametrize("text", [*sorted(cells.NEVER), None, 0, False])
def test_what_peers_write_for_never_is_no_date(text: Any) -> None:
    assert cells.instant(text, "UTC") is None


@pytest.mark.parametrize(
    ("text", "starts", "ends"),
    [
        ("2027-03-01", day(2027, 3, 1), day(2027, 3, 2)),
        ("2027-03-01 23:59:59", *[day(2027, 3, 1, 23, 59, 59)] * 2),
        ("2027-03-01T23:59:59Z", *[day(2027, 3, 1, 23, 59, 59)] * 2),
        ("2027-03-01T23:59:59+11:00", *[day(2027, 3, 1, 12, 59, 59)] * 2),
        ("1803945599", *[day(2027, 3, 1, 23, 59, 59)] * 2),
        (1803945599, *[day(2027, 3, 1, 23, 59, 59)] * 2),
        ("1803945599000", *[day(2027, 3, 1, 23, 59, 59)] * 2),
    ],
)
def test_the_peers_forms_of_dates(text: Any, starts: datetime, ends: datetime) -> None:
    assert (cells.instant(text, "UTC"), cells.instant(text, "UTC", ends=True)) == (starts, ends)


@pytest.mark.parametrize(
    "text", ["01/03/2027", "2027-02-30", "20270301", "soon", "9999-12-31", "1066-10-14", "1", [1], "٢٠٢٧-٠٣-٠١"]
)
def test_what_could_be_meant_otherwise_is_no_date(text: Any) -> None:
    with pytest.raises(BadCell):
        cells.instant(text, "UTC", ends=True)


@pytest.mark.parametrize(
    "key",
    ["", " ", "abc", "x" * 256, "x" * 10_000, None, True, 1.5, ["AAAA"]],
)
def test_what_is_no_key(key: Any) -> None:
    with pytest.raises(BadCell):
        cells.key(key)


@pytest.mark.parametrize("pasted", ["\u202eAAAA-BBBB", "AAAA-\u200bBBBB", " AAAA-BBBB\u00a0", "AAAA-BB\ufeffBB\x00"])
def test_what_came_along_by_copy_and_paste_is_no_part_of_a_key(pasted: str) -> None:
    assert cells.key(pasted) == "AAAA-BBBB"


COLUMNS = [name for names in FIELDS.values() for name in names]
SCALARS = st.text() | st.integers() | st.none() | st.booleans()
LISTS = st.lists(st.text() | st.dictionaries(st.text(), st.text()))


@given(found=st.dictionaries(st.sampled_from(COLUMNS), SCALARS | LISTS), peer=st.sampled_from(sorted(PROFILES)))
def test_whatever_stands_in_a_row_it_is_a_licence_or_faults(found: dict[str, Any], peer: str) -> None:
    reader = Reader.of(peer, "UTC", {}, None, as_of=AS_OF, now=NOW)
    with suppress(BadRow):
        entry = reader.read(Row(2, found), GOODS)
        assert codec.dumps(entry.terms).encode()
        assert all(site.site.isprintable() and codec.dumps(site).encode() for site in entry.sites)
