"""What a label, a machine's name or a user agent says about where software runs."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.protocol_parts.sites import Place, place_of

WORDPRESS = "WordPress/6.8.1; https://shop.example.com"


@pytest.mark.parametrize(
    "label",
    [
        "shop.example.com",
        "https://www.shop.example.com/blog/",
        "http://localhost:8080",
        "https://site.local",
        "größe.example.com",
        "203.0.113.7:80/x.html".replace("203.0.113.7", "shop.example.com"),
    ],
)
def test_an_address_or_a_public_name_is_a_site(label: str) -> None:
    assert place_of(label) == Place(site=label, label=label)


@pytest.mark.parametrize(
    "label",
    [
        "Desk 2",
        "laptop",
        "Adas-MacBook.local",
        "nas.lan",
        "ada@example.com",
        "192.168.1.5",
        "5f1c0d2e-8b1a-4c53-9d0e-7a5f0c3b2a10",
        "javascript:alert(1)",
        "//",
        "ftp://shop.example.com",
        "a." * 5000,
    ],
)
def test_any_other_name_is_an_install_and_takes_a_seat(label: str) -> None:
    assert place_of(label) == Place(install=label, label=label)


def test_a_wordpress_site_says_itself_where_it_is() -> None:
    assert place_of(None, WORDPRESS) == Place(site="https://shop.example.com")
    assert place_of("", "wordpress/5.0;https://a.example.com/de") == Place(site="https://a.example.com/de")


@pytest.mark.parametrize(
    "agent", ["", "curl/8", "WordPress/6.8", "WordPress/6.8; javascript:1", "WordPress/6.8; https://"]
)
def test_other_agents_say_nothing(agent: str) -> None:
    assert not place_of(None, agent).said


def test_a_label_counts_more_than_the_site_that_sends_it() -> None:
    assert place_of("other.example.com", WORDPRESS).site == "other.example.com"
    desks = {place_of(label, WORDPRESS).install for label in ("Desk 1", "Desk 2", "Desk 1")}
    assert len(desks) == 2, "a shop that activates its customers' machines takes a seat for each"


def test_equal_labels_on_two_sites_are_two_places() -> None:
    agents = ("WordPress/6.8; https://a.example.com", "WordPress/6.8; https://b.example.com")
    assert len({place_of("My blog", agent) for agent in agents}) == 2


def test_a_wordpress_site_may_call_itself_local() -> None:
    assert place_of("site.test", "WordPress/6.8; https://site.test").site == "site.test"


@given(st.text(), st.text() | st.text().map("WordPress/6; https://{}".format))
def test_no_text_is_too_odd(label: str, agent: str) -> None:
    assert place_of(label, agent).label == (label or None)
