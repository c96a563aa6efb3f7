"""E-mail addresses out of URLs that were built by hand: a `+` that became a space, and what was encoded twice."""

from __future__ import annotations

from urllib.parse import quote, quote_plus, unquote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.domain.addresses import as_sent

ADDRESSES = st.from_regex(r"[a-z0-9][a-z0-9._+-]{0,19}@[a-z0-9-]{1,10}\.example", fullmatch=True)


@given(ADDRESSES)
def test_however_software_encodes_an_address_it_is_the_same_one(address: str) -> None:
    by_hand = [
        address,
        quote(address),
        quote_plus(quote_plus(address)),
        quote(quote(quote(address))),
        quote(address, safe="@"),
    ]
    arrived = [unquote_plus(each) for each in by_hand]
    assert {as_sent(each) for each in arrived} == {address}


@pytest.mark.parametrize("text", ["100%@shop.example", "a%zz@shop.example", "no address", "", "+@shop.example"])
def test_what_is_no_escape_stays_as_it_came(text: str) -> None:
    assert as_sent(text) == text


@given(st.text(max_size=60))
def test_any_text_can_be_read(text: str) -> None:
    as_sent(text)
