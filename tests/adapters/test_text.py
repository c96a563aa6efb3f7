"""Customers' words on their way out (B5, D2, D3, D5)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.helpdesks.rt.text import mail_address, plain_line, plain_text

ANYTHING = st.text(st.characters(codec=None))


@given(ANYTHING)
def test_plain_text_can_be_stored_and_sent_by_anyone_b5(text: str) -> None:
    plain = plain_text(text)
    plain.encode()
    assert not set(plain) & {"\x00", "\r", "\x1b", "\x7f", "\u202e"}
    assert plain_text(plain) == plain


@given(st.text(st.sampled_from("aä表👍 <>&\n\t-"), max_size=50))
def test_plain_text_leaves_what_can_be_shown_as_it_was_d2(text: str) -> None:
    assert plain_text(text) == text


@given(ANYTHING, st.integers(0, 60))
def test_a_line_is_one_line_of_whole_characters_in_its_size_d3(text: str, size: int) -> None:
    line = plain_line(text, size)
    assert len(line.encode()) <= size
    assert len(line.splitlines()) <= 1
    assert plain_line(line, size) == line
    assert " ".join(plain_text(text).split()).startswith(line)


@pytest.mark.parametrize("address", ["kim@example.test", "k.i_m+x@mail.example.test", "o'neill@example.test"])
def test_an_address_is_an_address(address: str) -> None:
    assert mail_address(address) == address


NO_ADDRESSES = (
    "", "kim", "kim@localhost", "a@example.test,b@example.test", "a@example.test b@example.test", '"a b"@example.test',
    "Kim <kim@example.test>", "kim@example.test\nBcc: x@example.test", "kim@example.test\n", "jö@example.test",
    "kim@exämple.test", "@example.test", "a" * 65 + "@example.test", "a@" + "b." * 130 + "test",
)  # fmt: skip


@pytest.mark.parametrize("text", [None, *NO_ADDRESSES])
def test_whatever_is_not_one_plain_address_is_none_d3(text: str | None) -> None:
    assert mail_address(text) is None
