"""ELG-08: people name the page they are on; a page of a site that has a seat is that site."""

import pytest

from connector.domain.licensing.sites import seat_above
from tests.domain.policy.building import CRMJETTY, JETPACK, WHMCS, asked, facts, judge, said, standing

SEATS = ("a.example.com", "b.example.com/shop", "B.example.com/shop/eu")


@pytest.mark.parametrize(
    ("named", "seat"),
    [
        ("a.example.com", "a.example.com"),
        ("a.example.com/contact", "a.example.com"),
        ("A.example.com/blog/2026/hello", "a.example.com"),
        ("b.example.com/Shop/cart", "b.example.com/shop"),
        ("b.example.com/shop/eu/cart", "B.example.com/shop/eu"),
        ("b.example.com", None),
        ("b.example.com/shopping", None),
        ("a.example.com.example.org", None),
        ("x.a.example.com/contact", None),
        ("", None),
    ],
)
def test_the_nearest_seat_above_counts_and_no_other(named: str, seat: str | None) -> None:
    assert seat_above(named, SEATS) == seat


@pytest.mark.parametrize("pack", [JETPACK, WHMCS, CRMJETTY])
@pytest.mark.parametrize(
    ("named", "taken"),
    [
        ("one.example.com/contact", True),
        ("two.example.com/contact", False),
        ("one.example.com/second/cart", False),
        ("one.example.com/secondary", True),
    ],
)
def test_elg_08_a_full_licence_takes_a_page_of_its_site_but_no_other_installation(
    pack: str, named: str, taken: bool
) -> None:
    full = standing(site_limit=1, seated=("one.example.com",), over_limit=("one.example.com/second",))
    assert ("site_limit" in said(judge(pack, facts(asked(site=named), full)))[1]) is not taken
