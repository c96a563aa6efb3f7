"""What people type and paste means the same at every door: no sign that came along is part of a key or a number."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.domain.typed import key, line, number, same_key, same_number, ticket_number, without_marks, words

KEY = "ABCD-EFGH-1234-5678"
EVERY_SPACE = [chr(each) for each in range(0x110000) if chr(each).isspace()]
INVISIBLE = [
    *("\u00ad", "\u034f", "\u061c", "\u115f", "\u180e", "\u200b", "\u200c", "\u200d", "\u200e", "\u200f", "\u202a"),
    *("\u202e", "\u2060", "\u2064", "\u2066", "\u2069", "\u2800", "\u3164", "\ufe0f", "\ufeff", "\ufffc", "\U000e0041"),
    *("\x00", "\x07", "\x08", "\x7f", "\x80", "\x9f", "\ud83d", "\udc00", "\x1b[31m", "\x1b[0m"),
]
ESCAPE = {"\x1b"}
came_along = st.sampled_from([*EVERY_SPACE, *INVISIBLE])
around = st.sampled_from([*EVERY_SPACE, *INVISIBLE, *"\"'`<>()[]{}.,;:!?*•«»‹›“”„‚‘’"])
issued = st.from_regex(r"[A-Za-z0-9]{1,8}(?:[-_][A-Za-z0-9]{1,8}){0,4}", fullmatch=True)


@given(issued, st.data())
def test_signs_that_came_along_are_no_part_of_a_key(text: str, data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(text)))
    within = "".join(data.draw(st.lists(came_along, max_size=3)))
    before, after = ("".join(data.draw(st.lists(around, max_size=4))) for _ in range(2))
    assert same_key(before + text[:place] + within + text[place:] + after) == text.lower()


@pytest.mark.parametrize(
    "spelling",
    [
        *(f"“{KEY}”", f"<{KEY}>", f"[{KEY}].", f"({KEY}),", f"**{KEY}**", f"`{KEY}`", f"„{KEY}“!"),
        *(
            f"License key: {KEY}",
            f"key:{KEY}",
            f"Licence-Key = {KEY}",
            f"Lizenzschlüssel: {KEY}",
            f"purchase code:{KEY}",
        ),
        *(f"Your license key: “{KEY}”.", KEY.lower(), KEY.replace("-", "–"), KEY.replace("-", " - "), f"{KEY}\r\n"),
        *("ＡＢＣＤ－ＥＦＧＨ－１２３４－５６７８", "ABCD-EFGH-\n1234-5678", "ABCD\u00a0-EFGH-1234-56\u00ad78"),
    ],
)
def test_a_key_as_people_paste_it_is_the_key(spelling: str) -> None:
    assert same_key(spelling) == KEY.lower()


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("“My Key 12”.", "My Key 12"),
        ("abc=", "abc="),
        ("_abc-", "_abc-"),
        ("a:b", "a:b"),
        ("\ufeff", ""),
        ("***", ""),
        ("x" * 5_000 + " .", "x" * 5_000 + " ."),
    ],
)
def test_what_may_be_part_of_a_key_stays(text: str, read: str) -> None:
    assert key(text) == read


def test_a_key_of_nothing_but_signs_is_told_from_others() -> None:
    assert len({same_key("****"), same_key("...."), same_key("")}) == 3


@given(st.text(max_size=60))
def test_what_is_read_once_is_read_the_same_way_again(text: str) -> None:
    assert key(key(text)) == key(text)
    assert same_key(key(text) or text) == same_key(text)
    assert without_marks(without_marks(text)) == without_marks(text)
    assert number(number(text)) == number(text)


@given(issued, issued)
def test_different_keys_stay_different(one: str, other: str) -> None:
    assert (same_key(one) == same_key(other)) == (one.lower() == other.lower())


@pytest.mark.parametrize(
    ("spelling", "read"),
    [
        *(
            ("#1001", "1001"),
            ("Order #1001", "1001"),
            ("order no. 1001", "1001"),
            ("№ 1001", "1001"),
            ("1001.", "1001"),
        ),
        *(("Bestellung Nr. 1001", "1001"), ("[#1001]", "1001"), ("Order: 1001", "1001"), ("order#1001", "1001")),
        *(("WC–1001", "wc-1001"), ("inv-2026-001", "inv-2026-001"), ("INV 7", "inv7"), ("no-1001", "no-1001")),
        *(("1001\u200b", "1001"), ("１００１", "1001"), ("\u00a01001\u2003", "1001"), ("noel1", "noel1"), ("#", "#")),
    ],
)
def test_a_number_as_people_quote_it_is_the_number(spelling: str, read: str) -> None:
    assert same_number(spelling) == read


@pytest.mark.parametrize(
    "text",
    [
        *("SC-7F3K-2M9Q", "sc-7f3k-2m9q", "[SC-7F3K-2M9Q]", "Re: [#SC-7F3K-2M9Q] It broke", "#SC-7F3K-2M9Q."),
        *(
            "SC–7F3K–2M9Q",
            "SC‑7F3K‑2M9Q",
            "SC 7F3K 2M9Q",
            "sc7f3k2m9q",
            "SC-7F3K-\r\n 2M9Q",
            "SC-\u200b7F3K-2M9Q\u00a0",
        ),
        *(
            "Ticket: SC-7F3K-2M9Q",
            "AW: AW: [SC-7F3K-2M9Q]",
            "“SC-7F3K-2M9Q”",
            "ＳＣ－７Ｆ３Ｋ－２Ｍ９Ｑ",
            "<sc-7f3k-2m9q@desk>",
        ),
    ],
)
def test_a_ticket_number_is_found_in_what_mail_clients_put_round_it(text: str) -> None:
    assert ticket_number(text) == "SC-7F3K-2M9Q"


@pytest.mark.parametrize(
    "text", ["", "SC-7F3K", "XSC-7F3K-2M9Q", "SC-7F3K-2M9QQ", "SC_7F3K_2M9Q", "7F3K-2M9Q", "\ud800"]
)
def test_what_is_no_ticket_number_is_none(text: str) -> None:
    assert ticket_number(text) is None


@given(st.text(st.characters(codec=None), max_size=60))
def test_words_can_be_kept_and_nothing_that_shows_is_lost(text: str) -> None:
    kept = words(text)
    kept.encode()
    assert not any(unicodedata.category(sign) == "Cc" and sign not in "\n\t\r\x85" for sign in kept)
    shown = [sign for sign in text if unicodedata.category(sign)[0] in "LNPSM" and sign != "\ufffd"]
    if not ESCAPE & set(text):
        assert [sign for sign in kept if unicodedata.category(sign)[0] in "LNPSM" and sign != "\ufffd"] == shown
    assert "\n" not in line(text)


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("a\x00b", "ab"),
        ("\x1b[31mred\x1b[0m", "red"),
        ("cut \ud83d here", "cut \ufffd here"),
        ("family 👩‍👩‍👧", "family 👩‍👩‍👧"),
        ("\x1b]0;title\x07text", "text"),
        (" two\r\nlines ", "two\nlines"),
    ],
)
def test_words_lose_only_what_no_one_typed(text: str, kept: str) -> None:
    assert words(text) == kept


def test_a_joiner_stays_where_a_script_needs_it() -> None:
    assert without_marks("نامه\u200cای") == "نامه\u200cای"
    assert without_marks("क्\u200dष") == "क्\u200dष"
    assert without_marks("sh\u200cop") == "shop"
