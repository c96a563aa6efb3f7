"""Silent pages on a real ledger: seats that are freed, installs that wait for one, and people known by another name."""

from __future__ import annotations

from connector.domain.licensing.catalogue import Product
from connector.domain.licensing.events import (
    CustomerSeen,
    DelegateChanged,
    Granted,
    Person,
    SiteActivated,
    SiteDeactivated,
)
from tests.requests.test_requests import ADA, KEY, ask, codes
from tests.support.stores import NOW, Store

EVE = Person("9", "eve@example.com", "Eve")


def test_elg_08_a_seat_that_was_freed_lets_the_next_site_in(store: Store) -> None:
    """ELG-08"""
    store.tell([Granted(KEY, "forms", NOW, ADA, site_limit=1), SiteActivated(KEY, "one.example.com", as_of=NOW)])
    second = ask(store, request_id="r2", site="two.example.com")
    assert (second.decision["outcome"], codes(second)) == ("deny", ["site_limit"])
    store.tell([SiteDeactivated(KEY, "one.example.com", as_of=NOW)])
    assert ask(store, request_id="r2", site="two.example.com").decision["outcome"] == "accept"


def test_elg_08_an_install_that_waits_for_a_seat_is_beyond_the_limit(store: Store) -> None:
    """ELG-08, R12: counted by installs, which are known by their site only as well."""
    store.add_product(Product("forms", site_unit="install"))
    store.tell([Granted(KEY, "forms", NOW, ADA, site_limit=1)])
    for number, site in enumerate(("one.example.com", "two.example.com"), 1):
        store.tell([SiteActivated(KEY, f"install:{number}", at=site, as_of=NOW)])
    assert codes(ask(store, request_id="r1", site="one.example.com")) == []
    assert codes(ask(store, request_id="r2", site="two.example.com")) == ["site_limit"]


def test_elg_06_a_stranger_becomes_known_when_the_buyer_names_them(store: Store) -> None:
    """ELG-06, R6"""
    store.add_product(Product("forms", purchase="one_time", delegates=1))
    store.tell([Granted(KEY, "forms", NOW, ADA)])
    eve = {"requester": EVE, "requester_verified": True}
    assert codes(ask(store, request_id="r1", **eve)) == ["requester_differs"]
    store.tell([DelegateChanged(KEY, "eve@example.com", True, as_of=NOW)])
    assert codes(ask(store, request_id="r1", **eve)) == []


def test_elg_06_the_buyer_under_another_address_is_no_stranger(store: Store) -> None:
    """ELG-06"""
    store.tell([Granted(KEY, "forms", NOW, ADA)])
    other = {"requester": Person(email="ada@work.example.com"), "requester_verified": True}
    assert codes(ask(store, request_id="r1", **other)) == ["requester_differs"]
    store.tell([CustomerSeen(Person("7", "ada@work.example.com"), as_of=NOW)])
    assert codes(ask(store, request_id="r1", **other)) == []
