"""Which sites one seat covers where a product counts domains: all below a name that somebody registered (R10)."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.domain.licensing.seats import Claim, SeatRules, seats
from connector.domain.licensing.sites import canonical, is_anybodys, is_exempt, registered_name
from connector.formats.hostnames import canonical_site, encode_host, public_suffix

SINCE = datetime(2026, 1, 1, tzinfo=UTC)
DOMAINS = SeatRules(unit="domain")


def used(*sites: str) -> int:
    return seats([Claim(canonical_site(site), SINCE) for site in sites], None, DOMAINS).used


@pytest.mark.parametrize(
    "suffix",
    [
        *("com", "de", "co.uk", "com.au", "kiev.ua", "lviv.ua", "msk.ru", "in.th", "tokyo.jp", "gob.mx"),
        *(
            "github.io",
            "myshopify.com",
            "blogspot.com",
            "pages.dev",
            "uk.com",
            "s3.amazonaws.com",
        ),
        *("wordpress.com", "squarespace.com", "рф", "中国"),
    ],
)
def test_strangers_below_one_suffix_share_no_seat_and_one_owner_shares_his(suffix: str) -> None:
    """Country codes with regions, hosters and builders alike: whoever has a name there has only that."""
    assert used(f"shop-a.{suffix}", f"shop-b.{suffix}") == 2
    assert used(f"acme.{suffix}", f"www.acme.{suffix}", f"blog.acme.{suffix}/wp", f"a.b.acme.{suffix}") == 1
    assert is_anybodys(canonical_site(suffix) if "." in suffix else encode_host(suffix))
    assert not is_anybodys(canonical_site(f"acme.{suffix}"))


@pytest.mark.parametrize(
    ("host", "name"),
    [
        ("a.b.example.co.uk", "example.co.uk"),
        ("shop.city.kawasaki.jp", "city.kawasaki.jp"),  # an exception of the list
        ("a.b.ck", "a.b.ck"),
        ("a.b.example", "b.example"),  # a suffix that nobody lists is one label
        ("localhost", "localhost"),
        ("192.0.2.7", "192.0.2.7"),
        ("[2001:db8::7]", "[2001:db8::7]"),
        ("b.shop.wpengine.com", "shop.wpengine.com"),  # temporary addresses of hosters: ours to list
        ("github.io", "github.io"),
        ("co.uk", "co.uk"),
    ],
)
def test_the_registered_name_of_a_host(host: str, name: str) -> None:
    assert registered_name(host) == name


def test_a_name_registered_as_staging_is_somebodys_own() -> None:
    assert is_exempt("staging.kiev.ua") is None
    assert is_exempt("staging.shop.kiev.ua") == "staging_label"
    assert is_exempt("staging.github.io") is None


@given(
    st.from_regex(r"([a-z0-9][a-z0-9-]{0,8}\.){0,4}(com|co\.uk|kiev\.ua|github\.io|example|xn--p1ai)", fullmatch=True)
)
def test_the_registered_name_is_its_own_and_of_all_below_it(host: str) -> None:
    if any(label.endswith("-") for label in host.split(".")):
        return
    name = registered_name(canonical(host, encode_host))
    assert registered_name(name) == name
    assert host.removeprefix("www.").endswith(name)
    assert registered_name(f"more.{name}") == (name if not is_anybodys(name) else f"more.{name}")


def test_the_list_is_in_the_wheel() -> None:
    """No network is asked: the data stands beside the library's code."""
    assert public_suffix("shop.example.co.uk") == "co.uk"
