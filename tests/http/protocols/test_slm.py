"""Software License Manager over HTTP: what its PHP class and its sample plugin send and read, against a running server."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from typing import Any
from urllib.parse import quote_plus

import pytest

from tests.http.protocols.stockclients import ADA, NASTY, SPELLINGS, Sale
from tests.http.protocols.test_wcam import Library
from tests.http.server.test_database_away import no_connections
from tests.http.serving import Server
from tests.http.shops import Shop, session

SITE = "shop.example.com"
SHIPPED = "5a1f0c-secret-that-ships"
OWN = "9b2e1d-secret-of-the-shop"


class PhpClass:
    """GET with everything in the query, and the item reference encoded twice."""

    def __init__(self, sale: Sale, key: str, site: str = SITE, item: str = "Acme Forms") -> None:
        self.sale, self.key, self.site, self.item = sale, key, site, item

    def activate(self, **more: str) -> dict[str, Any]:
        return self.call("slm_activate", **self._place(), **more)

    def deactivate(self) -> dict[str, Any]:
        return self.call("slm_deactivate", **self._place())

    def status(self) -> str:
        """As the class works it out: by its own spelling among the registered domains."""
        details = self.call("slm_check")
        if details["result"] == "error":
            return "invalid"
        if details["status"] != "active":
            return str(details["status"])
        domains = [each["registered_domain"] for each in details["registered_domains"]]
        return "active" if self.site in domains else "unregistered"

    def call(self, action: str, **more: str) -> dict[str, Any]:
        query = {"slm_action": action, "secret_key": SHIPPED, "license_key": self.key} | more
        answer = self.sale.send("GET", "/", params=query)
        assert (answer.status_code, answer.headers["Content-Type"]) == (200, "application/json")
        return answer.json()  # type: ignore[no-any-return]

    def _place(self) -> dict[str, str]:
        return {"registered_domain": self.site, "item_reference": quote_plus(self.item)}


class SamplePlugin(PhpClass):
    """GET with the item reference encoded once."""

    def _place(self) -> dict[str, str]:
        return {"registered_domain": self.site, "item_reference": self.item}


@pytest.fixture
def sale(shop: Shop) -> Sale:
    return opened(shop)


def opened(shop: Shop) -> Sale:
    for scope, secret in (("verify", SHIPPED), ("manage", OWN)):
        words = ("--vendor", shop.slug, "--scope", scope, "--secret-file", "-")
        shop.shell.run("face", "secret", "add", "slm", *words, given=secret)
    return Sale.of(shop, "slm")


def test_a_domain_is_activated_once_and_again_is_a_success_with_the_dialects_code(sale: Sale) -> None:
    client = PhpClass(sale, sale.licence())
    assert client.status() == "pending"
    assert client.activate() == {"result": "success", "message": "License key activated"}
    again = client.activate()
    assert (again["result"], again["error_code"]) == ("success", 40)
    assert again["message"] == f"License key already in use on {SITE}"
    assert client.status() == "active"
    assert client.deactivate()["result"] == "success"
    assert (client.deactivate()["error_code"], client.status()) == (80, "unregistered")


def test_the_limit_and_again_at_the_limit(sale: Sale) -> None:
    key = sale.licence(site_limit=1)
    first = SamplePlugin(sale, key)
    first.activate()
    assert SamplePlugin(sale, key, "two.example.com").activate()["error_code"] == 50
    again = first.activate()
    assert (again["result"], again["error_code"]) == ("success", 110)


def test_every_spelling_of_a_domain_is_one_seat_and_finds_itself(sale: Sale) -> None:
    key = sale.licence(site_limit=1)
    for spelling in (SITE, f"www.{SITE}", f"{SITE.upper()}:8443"):
        client = PhpClass(sale, key, spelling)
        assert client.activate()["result"] == "success"
        assert client.status() == "active", spelling
        assert len(client.call("slm_check")["registered_domains"]) == 1
    PhpClass(sale, key, SITE).deactivate()
    for spelling in SPELLINGS:
        client = PhpClass(sale, key, spelling)
        assert (client.activate()["result"], client.status()) == ("success", "active"), spelling


def test_a_staging_copy_takes_no_seat_and_is_capped(sale: Sale) -> None:
    sale.shop.shell.run("product", "set", "forms", "--vendor", sale.shop.slug, "--exempt-sites", "1")
    key = sale.licence(site_limit=1)
    PhpClass(sale, key).activate()
    staging = PhpClass(sale, key, f"staging.{SITE}")
    assert (staging.activate()["message"], staging.status()) == ("License key activated", "active")
    assert PhpClass(sale, key, "staging.other.example.com").activate()["error_code"] == 50


def test_a_domain_migrates_within_its_own_licence_only(sale: Sale) -> None:
    key, other = sale.licence(), sale.licence()
    for each in (key, other):
        PhpClass(sale, each).activate()
    moved = PhpClass(sale, key, "new.example.com")
    assert moved.activate(migrate_from=SITE)["message"] == "Registered domain has been updated"
    domains = [each["registered_domain"] for each in moved.call("slm_check")["registered_domains"]]
    assert domains == ["new.example.com"]
    assert PhpClass(sale, other).status() == "active"
    assert moved.activate(migrate_from="nowhere.example.com")["error_code"] == 40


def test_an_ended_licence_says_so_and_frees_its_seat(sale: Sale) -> None:
    for end, code, status in ((sale.expire, 30, "expired"), (sale.refund, 20, "blocked")):
        client = PhpClass(sale, key := sale.licence())
        client.activate()
        end(key)
        assert (client.activate()["error_code"], client.status()) == (code, status)
        assert client.deactivate()["result"] == "success"
        assert client.call("slm_check")["registered_domains"] == []


def test_the_day_of_expiry_ends_a_licence_by_itself(sale: Sale) -> None:
    client = PhpClass(sale, sale.licence(expires_at=sale.shop.now - timedelta(days=1)))
    assert (client.activate()["error_code"], client.status()) == (30, "expired")


def test_ended_support_leaves_the_licence_active_and_is_said_beside(sale: Sale) -> None:
    client = PhpClass(sale, sale.licence(support_until=sale.shop.now - timedelta(days=1)))
    client.activate()
    assert (client.status(), client.call("slm_check")["support_status"]) == ("active", "expired")


def test_whose_key_and_for_what(sale: Sale) -> None:
    key, bundle = sale.licence(), sale.licence("suite")
    for item in ("Acme Shop", "Nothing we sell", "502"):
        assert PhpClass(sale, key, item=item).activate()["error_code"] == 60
        assert SamplePlugin(sale, key, item=item).activate()["error_code"] == 60
    for item in ("Acme Forms", "501", ""):
        assert PhpClass(sale, key, item=item).activate()["result"] == "success"
    assert PhpClass(sale, bundle).activate()["result"] == "success"
    other = opened(Shop(sale.shop.server))
    unknown = [PhpClass(other, each).activate() for each in (key, "NOPE", "é" * 200, "a\x00b", "k" * 9000, "")]
    assert unknown == [{"result": "error", "message": "Invalid license key", "error_code": 60}] * 6
    assert PhpClass(other, key).status() == "invalid"


def test_the_details_are_about_the_licence_and_not_about_its_holder(sale: Sale) -> None:
    expires = sale.shop.now + timedelta(days=100)
    client = PhpClass(sale, sale.licence(expires_at=expires, subscription_id="77"))
    client.activate()
    told = client.call("slm_check")
    assert (told["max_allowed_domains"], told["product_ref"]) == ("2", "501")
    assert date.fromisoformat(told["date_expiry"]) == expires.date()
    assert [told[name] for name in ("email", "first_name", "last_name", "company_name", "txn_id", "subscr_id")] == [
        ""
    ] * 6
    sale.shop.shell.run("face", "set", "slm", "--vendor", sale.shop.slug, "--show-holder")
    query = {"slm_action": "slm_check", "secret_key": SHIPPED, "license_key": client.key}
    body = session().get(f"{sale.base}/", params=query, timeout=60).json()
    assert (body["email"], body["first_name"], body["last_name"]) == (ADA.email, "Ada", "Example")


def test_the_shipped_secret_verifies_and_creates_nothing(sale: Sale) -> None:
    wanted = {
        "slm_action": "slm_create_new",
        "product_ref": "Acme Forms",
        "email": "b@example.com",
        "max_allowed_domains": "1",
    }
    before = len(sale.shop.licences())
    for secret in (SHIPPED, "", "wrong"):
        told = sale.send("POST", "/", data=wanted | {"secret_key": secret}).json()
        assert told["error_code"] == 100
    assert len(sale.shop.licences()) == before
    told = sale.send("POST", "/", data=wanted | {"secret_key": OWN, "date_expiry": "2099-01-31", "txn_id": "77"}).json()
    assert told["result"] == "success"
    client = PhpClass(sale, told["key"])
    assert client.activate()["result"] == "success"
    assert client.call("slm_check")["date_expiry"] == "2099-01-31"
    assert PhpClass(sale, told["key"], "two.example.com").activate()["error_code"] == 50
    for bad in (
        {"product_ref": "Nothing"},
        {"date_expiry": "soon"},
        {"license_key": told["key"]},
        {"max_allowed_domains": "-1"},
    ):
        assert sale.send("POST", "/", data=wanted | {"secret_key": OWN} | bad).json()["error_code"] == 10, bad


def test_a_wrong_secret_verifies_nothing(sale: Sale) -> None:
    client = PhpClass(sale, sale.licence())
    for action in ("slm_activate", "slm_deactivate", "slm_check"):
        for secret in ("", "wrong", SHIPPED.upper(), "é"):
            assert client.call(action, secret_key=secret, registered_domain=SITE)["error_code"] == 90
    assert client.status() == "pending"


def test_a_call_without_secret_or_action_is_not_in_this_protocol(sale: Sale) -> None:
    for query in ({"slm_action": "slm_check", "license_key": "x"}, {"secret_key": SHIPPED, "license_key": "x"}):
        assert session().get(f"{sale.base}/", params=query, timeout=60).status_code == 404


def test_the_form_is_read_like_the_query(sale: Sale) -> None:
    form = {
        "slm_action": "slm_activate",
        "secret_key": SHIPPED,
        "license_key": sale.licence(),
        "registered_domain": SITE,
    }
    assert sale.send("POST", "/any/folder/", data=form).json()["result"] == "success"


def test_a_domain_is_needed_for_a_seat(sale: Sale) -> None:
    for site in ("", "javascript:alert(1)", "//"):
        client = PhpClass(sale, sale.licence(), site)
        assert (client.activate()["error_code"], client.deactivate()["error_code"]) == (70, 70), site


def test_the_last_seat_goes_to_one_of_twenty(sale: Sale) -> None:
    key = sale.licence(site_limit=1)
    with ThreadPoolExecutor(20) as pool:
        told = list(pool.map(lambda number: PhpClass(sale, key, f"s{number}.example.com").activate(), range(20)))
    assert sorted(each["result"] for each in told) == ["error"] * 19 + ["success"]


def test_the_last_seat_goes_to_one_of_twenty_through_two_protocols_at_once(sale: Sale) -> None:
    key = sale.licence(site_limit=1)

    def take(number: int) -> bool:
        site = f"s{number}.example.com"
        if number % 2:
            return bool(PhpClass(sale, key, site).activate()["result"] == "success")
        return Library(sale, key, site, f"i{number}", "Acme Forms").activate()["success"] is True

    with ThreadPoolExecutor(20) as pool:
        assert sorted(pool.map(take, range(20))) == [False] * 19 + [True]


def test_nothing_that_is_sent_makes_a_server_error(sale: Sale) -> None:
    client = PhpClass(sale, sale.licence())
    usual = {"registered_domain": SITE}
    for text in NASTY:
        for name in ("slm_action", "secret_key", "license_key", "registered_domain", "item_reference", "migrate_from"):
            sale.send(
                "GET",
                "/",
                params={"slm_action": "slm_activate", "secret_key": SHIPPED, "license_key": client.key}
                | usual
                | {name: text},
            )
        for name in (
            "license_key",
            "email",
            "first_name",
            "txn_id",
            "max_allowed_domains",
            "date_expiry",
            "product_ref",
        ):
            form = {"slm_action": "slm_create_new", "secret_key": OWN, "product_ref": "501"} | {name: text}
            told = sale.send("POST", "/", data=form).json()
            assert "could not be looked up" not in told["message"], (name, text[:20])
    as_json = session().post(
        f"{sale.base}/", params={"secret_key": SHIPPED}, json={"slm_action": "slm_check"}, timeout=60
    )
    assert as_json.status_code == 404


@pytest.mark.postgres
def test_with_the_database_away_a_client_keeps_what_it_knows(own_postgresql: Server) -> None:
    sale = opened(Shop(own_postgresql))
    client, fresh = PhpClass(sale, sale.licence()), PhpClass(sale, sale.licence())
    client.activate()
    assert client.status() == "active"
    with no_connections(own_postgresql):
        assert (client.activate()["result"], client.status()) == ("success", "active")
        assert fresh.status() not in ("invalid", "expired", "blocked")
        assert "error_code" not in fresh.activate()
