"""WooCommerce API Manager over HTTP: what its PHP library 2.12 sends and reads, against a running server."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest

from tests.http.protocols.stockclients import NASTY, PERSONAL, SPELLINGS, Sale
from tests.http.server.test_database_away import no_connections
from tests.http.serving import Server
from tests.http.shops import Shop

SITE = "shop.example.com"


class Library:
    """Sends as the library does: POST, everything in the query, nothing in the body; and reads the reply as it does."""

    def __init__(
        self, sale: Sale, key: str, site: str = SITE, instance: str = "f3a9c2b1e0d4", product: str = "501"
    ) -> None:
        self.sale = sale
        self.args = {
            "api_key": key,
            "product_id": product,
            "product_parent_id": "",
            "instance": instance,
            "object": site,
        }
        self.option = "Deactivated"

    def call(self, action: str, *leave_out: str, **more: str) -> dict[str, Any]:
        answer = self.raw(action, *leave_out, **more)
        assert answer.headers["Content-Type"] == "application/json; charset=UTF-8"
        return answer.json()  # type: ignore[no-any-return]

    def raw(self, action: str, *leave_out: str, **more: str) -> Any:
        asked = {name: value for name, value in self.args.items() if name not in leave_out}
        query = {"wc-api": "wc-am-api", "wc_am_action": action} | asked | more
        answer = self.sale.send("POST", "/", params=query)
        assert answer.status_code == 200, "any other status is no answer"
        return answer

    def activate(self) -> dict[str, Any]:
        told = self.call("activate", software_version="2.3.0")
        if told["success"] is True and told["activated"] is True:
            assert isinstance(told["message"], str)
            self.option = "Activated"
        elif "error_code" in told.get("data", {}):
            self.option = "Deactivated"
        return told

    def deactivate(self) -> dict[str, Any]:
        told = self.call("deactivate")
        if told["success"] is True and told["deactivated"] is True:
            assert isinstance(told["activations_remaining"], str)
            self.option = "Deactivated"
        return told

    def is_active(self) -> bool:
        told = self.call("status")
        data = told.get("data", {})
        assert (told.get("status_check") == "active") == bool(data.get("activated"))
        return bool(data.get("activated"))

    def package(self, version: str = "2.3.0", *leave_out: str) -> dict[str, Any]:
        told = self.call("update", *leave_out, slug="forms", plugin_name="forms/forms.php", version=version)
        found: dict[str, Any] = told["data"]["package"]
        assert {"id", "slug", "plugin", "new_version", "url", "tested", "package", "upgrade_notice"} <= set(found)
        return found


@pytest.fixture
def sale(shop: Shop) -> Sale:
    return Sale.of(shop, "wcam")


def error_of(told: dict[str, Any]) -> str:
    """The sentence of an error, which is the same in both places."""
    assert (told["success"], told["code"], told["data"]["error_code"]) == (False, "100", "100")
    assert told["error"] == told["data"]["error"]
    return str(told["error"])


def test_a_site_is_activated_once_and_again_is_a_success(sale: Sale) -> None:
    library = Library(sale, sale.licence())
    assert not library.is_active()
    first, again = library.activate(), library.activate()
    assert first == again
    assert (first["message"], library.option) == ("1 out of 2 activations remaining", "Activated")
    assert first["data"]["total_activations"] == 1
    assert library.is_active()
    assert library.deactivate()["activations_remaining"] == "2 out of 2 activations remaining"
    assert error_of(library.deactivate()) == "The API Key could not be deactivated."


def test_the_limit_is_said_in_the_dialects_words(sale: Sale) -> None:
    key = sale.licence(site_limit=1)
    Library(sale, key).activate()
    second = Library(sale, key, "two.example.com", "aaaaaaaaaaaa")
    assert error_of(second.activate()) == "Cannot activate API Key. No API resources available."
    assert second.option == "Deactivated"
    assert second.call("status")["data"]["activations_remaining"] == 0


def test_every_spelling_of_a_site_is_one_seat(sale: Sale) -> None:
    key = sale.licence(site_limit=1)
    for number, site in enumerate((*SPELLINGS, *(site.removeprefix("https://") for site in SPELLINGS))):
        told = Library(sale, key, site, f"instance-{number}").activate()
        assert told["data"]["total_activations"] == 1, site


def test_a_staging_copy_takes_no_seat_and_is_capped(sale: Sale) -> None:
    sale.shop.shell.run("product", "set", "forms", "--vendor", sale.shop.slug, "--exempt-sites", "1")
    key = sale.licence(site_limit=1)
    Library(sale, key).activate()
    assert Library(sale, key, "staging.shop.example.com").activate()["data"]["total_activations"] == 1
    assert error_of(Library(sale, key, "staging.other.example.com").activate())


def test_status_and_deactivation_by_the_instance_alone_find_the_place(sale: Sale) -> None:
    library = Library(sale, sale.licence())
    library.activate()
    assert library.call("status", "object")["status_check"] == "active"
    assert library.call("status", object="//")["status_check"] == "active"
    assert library.call("status", "object", instance="another")["status_check"] == "inactive"
    assert library.call("deactivate", "object")["deactivated"] is True
    assert not library.is_active()


def test_an_activation_without_a_readable_site_is_one_seat_by_its_instance(sale: Sale) -> None:
    library = Library(sale, sale.licence(), "javascript:alert(1)")
    assert library.activate()["data"]["total_activations"] == 1
    library.args["object"] = SITE
    assert library.activate()["data"]["total_activations"] == 1
    assert library.is_active()


def test_an_ended_licence_is_refused_and_frees_its_seat(sale: Sale) -> None:
    key = sale.licence()
    library = Library(sale, key)
    library.activate()
    sale.expire(key)
    assert error_of(library.activate()).startswith("No API resources exist.")
    assert library.call("status")["data"]["reason"] == "EXPIRED"
    assert library.deactivate()["data"]["total_activations"] == 0
    refunded = sale.licence()
    sale.refund(refunded)
    assert error_of(Library(sale, refunded).activate()).startswith("No API resources exist.")


def test_ended_support_leaves_the_licence_valid_and_is_said_beside(sale: Sale) -> None:
    library = Library(sale, sale.licence(support_until=sale.shop.now - timedelta(days=1)))
    told = library.activate()
    assert (told["activated"], told["data"]["support_status"]) == (True, "expired")


def test_whose_key_and_for_what(sale: Sale) -> None:
    key, bundle = sale.licence(), sale.licence("suite")
    assert error_of(Library(sale, key, product="502").activate()).startswith("No API resources exist.")
    assert Library(sale, key, product="Acme Forms!").activate()["activated"] is True
    assert Library(sale, bundle).activate()["activated"] is True
    other = Sale.of(Shop(sale.shop.server), "wcam")
    unknown = [Library(other, each).activate() for each in (key, "NOPE", "é" * 200, "a\x00b", "k" * 9000)]
    assert {json.dumps(each) for each in unknown} == {json.dumps(unknown[0])}
    assert error_of(unknown[0]) == "A customer account does not exist for this API Key."


def test_product_list_and_verify(sale: Sale) -> None:
    library = Library(sale, sale.licence())
    sold = {"product_title": "Acme Forms", "product_id": 501, "order_id": 9001}
    assert library.call("product_list", "product_id", "object")["data"]["product_list"] == {
        "non_wc_subs_resources": [sold]
    }
    subscribed = Library(sale, sale.licence(subscription_id="77"))
    listed = subscribed.call("product_list")["data"]["product_list"]
    assert listed == {"wc_subs_resources": [sold | {"sub_id": 77}]}
    told = library.call("verify_api_key_is_active", "product_id", "instance", "object")
    assert told == {"success": True, "api_call_execution_time": "0 seconds"}
    assert error_of(library.call("verify_api_key_is_active", api_key="NOPE"))


def test_old_clients_by_get_and_by_post(sale: Sale) -> None:
    old = {
        "licence_key": sale.licence(),
        "software_id": "501",
        "instance": "1",
        "platform": SITE,
        "email": "x@example.com",
    }
    names = ({"params": {"wc-api": "am-software-api", "request": act} | old} for act in ("activation", "status"))
    answers = [sale.send("GET", "/woocommerce/", **each).json() for each in names]
    assert (answers[0]["activated"], answers[1]["status_check"]) == (True, "active")
    gone = sale.send("POST", "/", params={"wc-api": "wc-am-api"}, data={"request": "deactivation"} | old).json()
    assert gone["deactivated"] is True


def test_an_update_carries_its_package_only_for_an_active_place(sale: Sale) -> None:
    key = sale.licence(updates_until=sale.shop.now + timedelta(days=5))
    words = ("--vendor", sale.shop.slug, "--package-url", "https://vendor.example.com/forms.zip", "--tested", "6.8")
    library = Library(sale, key)
    assert library.package()["new_version"] == "2.3.0", "nothing is released yet: nothing newer"
    sale.shop.shell.run("release", "add", "forms", "2.4.0", *words)
    assert (library.package()["new_version"], library.package()["package"]) == ("2.4.0", "")
    library.activate()
    found = library.package()
    assert (found["id"], found["slug"], found["plugin"]) == ("forms-501", "forms", "forms/forms.php")
    assert found["package"].startswith("http")
    assert library.package("2.3.0", "api_key")["package"] == ""
    assert library.package("2.3.0", "instance", "object")["package"] == ""
    sale.expire(key)
    assert (library.package()["package"], "enew" in library.package()["upgrade_notice"]) == ("", True)
    unknown = library.call("update", plugin_name="x/x.php", product_id="777")
    assert error_of(unknown) == "The product ID 777 could not be found in this store."


def test_view_details_is_an_object_that_php_can_read(sale: Sale) -> None:
    library = Library(sale, sale.licence())
    nothing = library.raw("plugininformation", plugin_name="forms/forms.php", version="1")
    assert nothing.text == "N;"
    words = ("--vendor", sale.shop.slug, "--package-url", "https://vendor.example.com/forms.zip")
    sale.shop.shell.run("release", "add", "forms", "2.4.0", *words)
    told = library.raw("plugininformation", plugin_name="forms/forms.php", version="1").text
    assert told.startswith('O:8:"stdClass":')
    assert 's:8:"sections";a:' in told
    check = library.raw("pluginupdatecheck", plugin_name="forms/forms.php", version="1").text
    assert 's:11:"new_version";s:5:"2.4.0"' in check
    info = library.call("information", plugin_name="forms/forms.php")["data"]["info"]
    assert (info["version"], info["slug"], "changelog" in info["sections"]) == ("2.4.0", "forms", True)


def test_the_last_seat_goes_to_one_of_twenty(sale: Sale) -> None:
    key = sale.licence(site_limit=1)

    def take(number: int) -> bool:
        return Library(sale, key, f"s{number}.example.com", f"i{number}").activate()["success"] is True

    with ThreadPoolExecutor(20) as pool:
        assert sorted(pool.map(take, range(20))) == [False] * 19 + [True]


def test_nothing_that_is_sent_makes_a_server_error(sale: Sale) -> None:
    key = sale.licence()
    for name in ("wc_am_action", "api_key", "product_id", "instance", "object", "version"):
        for text in NASTY:
            for action in ("activate", "update"):
                Library(sale, key).raw(action, **({name: text} | ({"plugin_name": text} if name == "version" else {})))
    repeated = [("wc-api", "wc-am-api"), ("wc_am_action", "status"), ("api_key", "x"), ("api_key", key)]
    sale.send("GET", "/", params=repeated)
    sale.send("POST", "/", params={"wc-api": "wc-am-api"}, json={"wc_am_action": "status"})


def test_the_holder_is_shown_to_nobody(sale: Sale) -> None:
    library = Library(sale, sale.licence())
    for action in (
        "activate",
        "status",
        "product_list",
        "verify_api_key_is_active",
        "update",
        "information",
        "deactivate",
    ):
        assert not any(word in library.raw(action, plugin_name="forms/forms.php").text for word in PERSONAL)


@pytest.mark.postgres
def test_with_the_database_away_the_library_keeps_what_it_knows(own_postgresql: Server) -> None:
    sale = Sale.of(Shop(own_postgresql), "wcam")
    library = Library(sale, sale.licence())
    library.activate()
    fresh = Library(sale, sale.licence(), "two.example.com", "bbbbbbbbbbbb")
    fresh.option = "Activated"
    with no_connections(own_postgresql):
        library.activate()
        assert library.option == "Activated"
        told = fresh.activate()
        assert (told["success"], "data" in told, fresh.option) == (False, False, "Activated")
        assert library.raw("plugininformation", plugin_name="forms/forms.php").text == "N;"
