"""The strict JSON reader: what it takes it takes as json does; the rest is BadJson, never another error (B2-B5)."""

import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.formats.strict_json import BadJson, loads

NUMBERS = st.integers(-(10**18) + 1, 10**18 - 1) | st.floats(allow_nan=False, allow_infinity=False)
STORABLE = st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"]), max_size=20)
VALUES: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | NUMBERS | STORABLE,
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(STORABLE, inner, max_size=5),
    max_leaves=20,
)


def refusal(body: bytes | str, **limits: Any) -> tuple[str, str]:
    with pytest.raises(BadJson) as caught:
        loads(body.encode() if isinstance(body, str) else body, **limits)
    return caught.value.pointer, caught.value.message


@given(value=VALUES, ascii_only=st.booleans(), indent=st.none() | st.integers(0, 2))
def test_ordinary_json_reads_as_json_reads_it(value: Any, ascii_only: bool, indent: int | None) -> None:
    body = json.dumps(value, ensure_ascii=ascii_only, indent=indent).encode()
    assert loads(body, max_depth=100) == json.loads(body)


@given(body=st.binary(max_size=60) | st.text('[]{}":,\\u0dD8eE+-.tn1 ', max_size=60).map(str.encode))
def test_any_bytes_give_a_value_or_bad_json(body: bytes) -> None:
    try:
        value = loads(body)
    except BadJson as refused:
        refused.pointer.encode()
        return
    assert json.loads(body) == value
    json.dumps(value, ensure_ascii=False, allow_nan=False).encode()


REFUSED = [
    "NaN", "-Infinity", "1e999", "9" * 5_000, "-" + "9" * 19, "0." + "1" * 60, '{"a":1,"a":2}', '{"b":{"a":1,"a":2}}',
    r'"\ud800"', r'{"\udfff":1}', r'"\u0000"', "[" * 40 + "]" * 40,
]  # fmt: skip
BROKEN = ["", ",", "x", '"', '"\\', "{", "[1", ":", "}", "]", "\\", '{"c"', "\x01", "nul", "-", "1.", "\ufeff"]
PIECES = st.sampled_from([*REFUSED, *BROKEN, '{"a":', "[", ",", "]", "}", "1", '"t"', "true", " "])


@given(pieces=st.lists(PIECES, max_size=8))
def test_what_is_refused_and_then_breaks_off_is_bad_json_as_well(pieces: list[str]) -> None:
    """A refused value is looked for a second time to say where it is, and the text may go wrong behind it."""
    test_any_bytes_give_a_value_or_bad_json.hypothesis.inner_test("".join(pieces).encode())  # type: ignore[attr-defined]


@pytest.mark.parametrize("broken", BROKEN)
@pytest.mark.parametrize("refused", REFUSED)
def test_a_refused_value_before_a_fault_of_syntax_is_refused(refused: str, broken: str) -> None:
    assert refusal(f'{{"a":{refused}{broken}')[1]
    assert refusal(f"[{refused}, {broken}")[1]


# --- B5: encodings ---


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le", "cp037"])
def test_b5_only_plain_utf_8_is_read(encoding: str) -> None:
    assert refusal('{"name": "Zoë"}'.encode(encoding))[0] == ""


def test_b5_the_refusal_says_what_to_send_instead() -> None:
    assert refusal(b"\xef\xbb\xbf{}")[1] == "starts with a byte order mark; send plain UTF-8"
    assert "UTF-16" in refusal("{}".encode("utf-16-le"))[1]


@pytest.mark.parametrize(
    "raw",
    [
        b"\xff", b"\xc3", b"\xc0\x80", b"\xe0\x80\x80", b"\xed\xa0\x80", b"\xf4\x90\x80\x80",
        b"\xf8\x88\x80\x80\x80", b"\x80", b"\xe9",
    ],
)  # fmt: skip
def test_b5_bytes_that_are_no_utf_8_are_refused(raw: bytes) -> None:
    assert "UTF-8 from byte 6" in refusal(b'{"a":"' + raw + b'"}')[1]


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        (r'{"a": ["\ud800"]}', "/a/0"),
        (r'{"a": "x\udfffy"}', "/a"),
        (r'{"a": "\ude00\ud83d"}', "/a"),
        (r'{"a": "\ud83d\ud83d\ude00"}', "/a"),
        (r'{"a": "\u0000"}', "/a"),
        (r'"\u0000"', ""),
        (r'{"a": {"b\u0000": 1}}', r"/a/b\u0000"),
        (r'{"a\ud800": 1}', r"/a\ud800"),
    ],
)
def test_b5_what_no_database_stores_is_refused_with_its_place(body: str, pointer: str) -> None:
    assert refusal(body) == (pointer, "text with NUL or half a surrogate pair; send whole Unicode characters")


@pytest.mark.parametrize("text", ["\x00", "\x01", "\n", "\t", "\x1f"])
def test_b5_control_characters_must_be_escaped(text: str) -> None:
    assert refusal(f'{{"a": "{text}"}}')[0] == ""


def test_b5_whole_pairs_and_escaped_backslashes_are_fine() -> None:
    assert loads(rb'["\ud83d\ude00", "\\u0000", "\\ud800", "caf\u00e9 \/ 1"]') == [
        "😀",
        r"\u0000",
        r"\ud800",
        "café / 1",
    ]


# --- B3: duplicate keys ---


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ('{"status":"a","status":"b"}', "/status"),
        ('{"data":{"x":1,"license":{"key":"a","key":"a"}}}', "/data/license/key"),
        ('[0,{"a":1},{"a":1,"b":2,"a":3}]', "/2/a"),
        (r'{"a":1,"\u0061":2}', "/a"),
        ('{"":1,"":2}', "/"),
        ('{"a/b~c":1,"a/b~c":2}', "/a~1b~0c"),
        ('{"x":-123456789012345678,"y":0.5,"a":1,"a":2}', "/a"),
    ],
)
def test_b3_a_key_given_twice_is_refused_with_its_place(body: str, pointer: str) -> None:
    assert refusal(body) == (pointer, "a key given twice; send it once")


def test_b3_the_same_key_in_different_objects_is_no_duplicate() -> None:
    assert loads(b'[{"a":1},{"a":{"a":2}}]') == [{"a": 1}, {"a": {"a": 2}}]


# --- B4: numbers ---


@pytest.mark.parametrize(
    ("number", "value"),
    [
        ("0", 0), ("-0", 0), ("-1", -1), ("999999999999999999", 10**18 - 1), ("-999999999999999999", 1 - 10**18),
        ("1.5", 1.5), ("1e2", 100.0), ("1E+2", 100.0), ("-0.0", 0.0), ("1e-999", 0.0), ("49.90", 49.9),
        ("0.10000000000000001", 0.1), ("1.7976931348623157e308", 1.7976931348623157e308),
    ],
)  # fmt: skip
def test_b4_ordinary_numbers_are_read(number: str, value: float) -> None:
    assert loads(f"[{number}]".encode()) == [value]


def test_b4_a_price_sent_as_a_number_keeps_what_the_sender_wrote() -> None:
    for price in ("49.9", "0.1", "1234567.89", "19.99"):
        assert Decimal(str(loads(price.encode()))) == Decimal(price)


@pytest.mark.parametrize(
    "number",
    [
        "NaN", "Infinity", "-Infinity", "1e999", "-1e999", "1E400", "1" + "0" * 309 + ".0",
        "1000000000000000000", "-1000000000000000000", "9" * 5000, "0." + "1" * 5000, "1" * 39 + ".5",
    ],
)  # fmt: skip
def test_b4_numbers_out_of_range_are_refused_with_their_place(number: str) -> None:
    pointer, message = refusal(f'{{"a":[1,{{"n":{number}}}]}}')
    assert pointer == "/a/1/n"
    assert "number" in message or "integer" in message


@pytest.mark.parametrize(
    "number",
    [
        "+1", "01", "-01", ".5", "1.", "1e", "1e+", "0x10", "1_000", "--1", "-", "nan", "inf", "INF", "١٢", "１", "1,5",
        "1 2", "²", "-NaN",
    ],
)  # fmt: skip
def test_b4_what_json_does_not_call_a_number_is_refused(number: str) -> None:
    assert "not JSON" in refusal(f'{{"n":{number}}}')[1]


# --- B2, B13: depth and size ---


@pytest.mark.parametrize(("start", "end"), [("[", "]"), ('{"a":', "}"), ('[{"]":', "}]"), ('[{"a\\"}}":', "}]")])
def test_b2_nesting_stops_at_the_limit(start: str, end: str) -> None:
    step = start.count("[") + start.count("{")
    fits = 32 // step
    assert loads((start * fits + "1" + end * fits).encode())
    for levels in (fits + 1, 1_000, 200_000):
        body = start * levels + "1" + end * levels
        assert refusal(body, max_keys=10**9) == ("", "nested deeper than 32 levels")
        assert refusal(start * levels, max_keys=10**9) == ("", "nested deeper than 32 levels")


def test_b2_brackets_in_text_are_not_nesting() -> None:
    assert loads(json.dumps(["[" * 100, "}]{" * 50, '"' * 40 + "[" * 40, "\\" * 41 + "[" * 40]).encode())
    assert loads(json.dumps([[n] for n in range(500)]).encode())
    assert loads(("[[]," + "[" * 31 + "]" * 32).encode())
    assert refusal("[[]," + "[" * 32 + "]" * 33) == ("", "nested deeper than 32 levels")
    assert refusal('["]]]]",' + "[" * 32) == ("", "nested deeper than 32 levels")


@pytest.mark.parametrize("limit", [1_000, 100_000, 10**9])
def test_b2_a_generous_limit_still_ends_in_bad_json(limit: int) -> None:
    assert refusal("[" * 100_000 + '{"a":1,"a":2}' + "]" * 100_000, max_depth=limit)[0] == ""


def test_b13_the_number_of_keys_is_capped_over_the_whole_body() -> None:
    fits = {f"k{n}": {"a:b": "c:d"} for n in range(500)}
    assert loads(json.dumps(fits).encode()) == fits
    assert refusal(json.dumps(fits | {"one more": 1})) == ("", "has 1001 keys; at most 1000 are taken")
    assert loads(json.dumps([":" * 5_000]).encode()) == [":" * 5_000]
    assert refusal('{"a":1,"b":2}', max_keys=1)[1] == "has 2 keys; at most 1 are taken"


@pytest.mark.parametrize("piece", ['"\\', '\\"', '"', "\\\\", '\\"[', '"\\u', '"\\"'])
@pytest.mark.parametrize("start", ['"', "", '["a'])
def test_b13_hostile_strings_are_read_once(start: str, piece: str) -> None:
    """Unfinished strings and escapes by the hundred thousand: starting over at each quote would never end."""
    assert refusal("[" * 33 + start + piece * 300_000)[0] == ""


# --- syntax ---


@pytest.mark.parametrize(
    "body",
    [
        "", " ", "{", '{"a"}', '{"a":1,}', "[1,]", "{'a':1}", '{"a":1}{}', "[1] x", "nul", "True", '"a', "// c\n1",
        '{"a":undefined}', "webhook_id=7",
    ],
)  # fmt: skip
def test_what_is_not_json_is_refused_with_line_and_column(body: str) -> None:
    pointer, message = refusal(body)
    assert pointer == ""
    assert message.startswith("not JSON: ")
    assert "line 1, column" in message or "line 2, column" in message


def test_refusals_never_quote_values() -> None:
    body = '{"password":"hunter2","n":NaN}'
    assert "hunter2" not in str(refusal(body))
    assert "hunter2" not in str(refusal('{"password":"hunter2"'))


def test_pointers_are_short_and_storable() -> None:
    key = "k" * 10_000
    assert len(refusal(f'{{"{key}":1,"{key}":2}}')[0]) == 200
