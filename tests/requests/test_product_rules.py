"""One product's own rules on a real ledger: the term it is bought with, the sites that are supported, the clocks of its tickets."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from connector.domain.licensing.catalogue import Product
from connector.domain.licensing.events import Granted, Key, SiteActivated
from connector.storage.database import transaction
from connector.storage.tables import tickets
from connector.tickets.schedule import case_of, lock
from tests.requests.test_requests import ADA, KEY, ask, codes
from tests.support.stores import NOW, Store

OTHER = Key("AAAA-BBBB-CCCC-0002")
SETTINGS = {
    "product.forms.support_term.one_time": "24 months",
    "product.forms.severity.standard.clock": "always",
    "product.forms.severity.standard.respond": "2h",
    "product.forms.entitlement.sites_supported": 1,
    "product.club.entitlement.sites_supported": 1,
}


@pytest.fixture
def two(store: Store) -> Store:
    """A vendor with rules of its own for `forms`, and a customer with that and another product."""
    store.slug = "two"
    store.add_vendor("whmcs-modules", SETTINGS)
    for product in (Product("forms", "Acme Formulare", purchase="one_time"), Product("shop", purchase="one_time")):
        store.add_product(product)
    bought = NOW - timedelta(days=500)
    store.tell([Granted(KEY, "forms", bought, ADA, purchase="one_time", purchased_at=bought)])
    store.tell([Granted(OTHER, "shop", bought, ADA, purchase="one_time", purchased_at=bought)])
    return store


def test_a_product_is_supported_as_long_as_its_own_term_says(two: Store) -> None:
    """DUR-01"""
    assert ask(two, request_id="r1").decision["outcome"] == "accept"
    other = ask(two, request_id="r2", key=OTHER, product="shop")
    assert (other.decision["outcome"], codes(other)) == ("deny", ["support_expired"])
    assert other.decision["reasons"][0]["message"].startswith("Support for Shop ended on")


def test_the_clocks_of_a_ticket_are_those_of_its_product(two: Store) -> None:
    """HRS-02: also when they are looked at again."""
    answer = ask(two, request_id="r1")
    assert answer.ticket is not None
    due = NOW + timedelta(hours=2)
    assert answer.ticket["respond_by"] == due.isoformat().replace("+00:00", "Z")
    with transaction(two.runtime.engine) as tx:
        case = case_of(tx, two.runtime, lock(tx, answer.ticket["id"]))
        assert case.timed
        assert case.policy.severities["standard"].clock == "always"
        assert tx.execute(tickets.select()).one().respond_by == due


def test_elg_08_the_first_site_is_supported_and_the_others_run(two: Store) -> None:
    """ELG-08: an unlimited licence, of which one site is supported."""
    for minutes, site in enumerate(("one.example.com", "two.example.com")):
        two.tell([SiteActivated(KEY, site, as_of=NOW + timedelta(minutes=minutes))])
    outcomes: dict[str, Any] = {
        site: codes(ask(two, request_id=site, site=site))
        for site in ("one.example.com", "two.example.com", "staging.two.example.com")
    }
    assert outcomes == {
        "one.example.com": [],
        "two.example.com": ["site_not_supported"],
        "staging.two.example.com": [],
    }


def test_elg_08_a_site_that_shares_the_first_seat_is_supported_with_it(two: Store) -> None:
    """ELG-08, R12"""
    two.add_product(Product("club", site_unit="domain"))
    key = Key("AAAA-BBBB-CCCC-0003")
    two.tell([Granted(key, "club", NOW, ADA, purchase="one_time", purchased_at=NOW)])
    for minutes, site in enumerate(("one.example.com", "two.example.net", "shop.one.example.com")):
        two.tell([SiteActivated(key, site, as_of=NOW + timedelta(minutes=minutes))])
    asks = {"key": key, "product": "club"}
    assert codes(ask(two, request_id="r3", site="shop.one.example.com", **asks)) == []
    assert codes(ask(two, request_id="r4", site="wiki.one.example.com", **asks)) == []
    assert codes(ask(two, request_id="r5", site="two.example.net", **asks)) == ["site_not_supported"]
