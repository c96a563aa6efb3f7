"""License Manager for WooCommerce v2 over HTTP, asked as the SDK for it asks (licence protocols, 5.1 and 8)."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any
from urllib.parse import quote

import pytest

from tests.http.protocols.stockclients import NASTY, SPELLINGS, Sale
from tests.http.server.test_database_away import no_connections
from tests.http.serving import Server
from tests.http.shops import Shop

FORMS = 501


class Refused(Exception):
    def __init__(self, message: str, status: int) -> None:
        super().__init__(message)
        self.status = status


class Plugin:
    """A WordPress plugin with that SDK, on one site: what it sends, what it believes, and what it remembers."""

    def __init__(self, sale: Sale, site: str, secret: str, products: tuple[int, ...] = (FORMS,)) -> None:
        self.sale, self.site, self.secret, self.products = sale, site, secret, products
        self.is_valid: bool | None = None
        self.error = ""

    def call(self, endpoint: str, **query: str) -> Any:
        """GET with the pair in the query; anything but 200 and 201 is an error, told apart by the status in the body."""
        answer = self.sale.send(
            "GET",
            f"/wp-json/lmfwc/v2/{endpoint}",
            params={"consumer_key": "ck_1", "consumer_secret": self.secret} | query,
            headers={
                "Accept": "application/json",
                "Content-Type": "application/json; charset=UTF-8",
                "User-Agent": f"WordPress/6.8.1; {self.site}".encode(),
            },
        )
        body = answer.json()
        if answer.status_code in (200, 201):
            return body
        raise Refused(body["message"], 500 if body["code"] == "rest_no_route" else body["data"]["status"])

    def activate(self, key: str) -> Any:
        told = self.call(f"licenses/activate/{key}")
        assert told["success"]
        return told["data"]

    def deactivate(self, key: str) -> Any:
        return self.call(f"licenses/deactivate/{key}")["data"]

    def validate(self, key: str) -> bool | None:
        try:
            licence = self.call(f"licenses/{key}")["data"]
        except Refused as refused:
            if refused.status != 500:  # 500 keeps the last verdict
                self.is_valid, self.error = False, str(refused)
            return self.is_valid
        ended = licence["expiresAt"] is not None and licence["expiresAt"] < str(self.sale.shop.now)[:19]
        mine = any(type(licence["productId"]) is int and licence["productId"] == own for own in self.products)
        self.is_valid, self.error = (
            mine and not ended,
            "" if mine else "The license entered does not belong to this plugin",
        )
        return self.is_valid


@pytest.fixture
def sale(shop: Shop) -> Sale:
    return Sale.of(shop, "lmfwc")


@pytest.fixture
def secret(sale: Sale) -> str:
    return sale.secret("verify", "ck_1")


def plugin(sale: Sale, secret: str, site: str = "https://one.example.com") -> Plugin:
    return Plugin(sale, site, secret)


def test_a_site_is_activated_once_and_deactivated(sale: Sale, secret: str) -> None:
    key, one = sale.licence(), plugin(sale, secret)
    first, again = one.activate(key), one.activate(key)
    assert first["activationData"]["token"] == again["activationData"]["token"]
    assert (again["licenseKey"], again["timesActivated"], again["timesActivatedMax"], again["status"]) == (key, 1, 2, 3)
    assert one.validate(key) is True
    assert one.deactivate(key)["timesActivated"] == 0
    assert one.deactivate(key)["activationData"] == [], "what is wanted already is no error"


def test_all_spellings_of_a_site_are_one_seat(sale: Sale, secret: str) -> None:
    key = sale.licence(site_limit=1)
    own = plugin(sale, secret, "http://www.xn--gre-6ka8i.example.com:8080/").activate(key)
    told = [own] + [plugin(sale, secret).call(f"licenses/activate/{key}", label=each)["data"] for each in SPELLINGS]
    assert len({each["activationData"]["token"] for each in told}) == 1


def test_a_full_licence_refuses_with_a_status_that_software_takes_for_one(sale: Sale, secret: str) -> None:
    key = sale.licence(site_limit=1)
    plugin(sale, secret).activate(key)
    with pytest.raises(Refused, match="maximum activation count") as refused:
        plugin(sale, secret, "https://two.example.com").activate(key)
    assert refused.value.status == 404


def test_a_staging_twin_needs_no_seat(sale: Sale, secret: str) -> None:
    key = sale.licence(site_limit=1)
    plugin(sale, secret).activate(key)
    assert plugin(sale, secret, "https://staging.one.example.com").activate(key)["timesActivated"] == 1


def test_only_one_of_many_at_once_gets_the_last_seat(sale: Sale, secret: str) -> None:
    key = sale.licence(site_limit=1)

    def take(number: int) -> bool:
        try:
            return bool(plugin(sale, secret, f"https://s{number}.example.com").activate(key))
        except Refused:
            return False

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(take, range(8))) == 1


def test_machines_are_told_apart_by_their_label_or_get_a_seat_each(sale: Sale, secret: str) -> None:
    key = sale.licence(site_limit=3)
    machine = plugin(sale, secret, "none")

    def token(**query: str) -> str:
        return str(machine.call(f"licenses/activate/{key}", **query)["data"]["activationData"]["token"])

    assert token(label="Front desk") == token(label="Front desk") != token(label="Back desk")
    nameless = token()
    with pytest.raises(Refused, match="maximum"):
        token()
    machine.call(f"licenses/deactivate/{key}", token=nameless)
    assert token()


def test_a_seat_given_back_is_taken_again_by_its_token(sale: Sale, secret: str) -> None:
    key, one = sale.licence(), plugin(sale, secret)
    token = one.activate(key)["activationData"]["token"]
    one.deactivate(key)
    nowhere = plugin(sale, secret, "none")
    assert nowhere.call(f"licenses/activate/{key}", token=token)["data"]["timesActivated"] == 1
    with pytest.raises(Refused, match="Token"):
        nowhere.call(f"licenses/activate/{key}", token="0" * 36)


def test_a_deactivation_without_a_place_frees_the_only_one_and_never_all(sale: Sale, secret: str) -> None:
    key = sale.licence()
    tokens = [plugin(sale, secret, f"https://{n}.example.com").activate(key)["activationData"]["token"] for n in "ab"]
    nowhere = plugin(sale, secret, "none")
    with pytest.raises(Refused, match="send the token"):
        nowhere.deactivate(key)
    nowhere.call(f"licenses/deactivate/{key}", token=tokens[0])
    with pytest.raises(Refused, match="Token"):
        nowhere.call(f"licenses/deactivate/{key}", token=tokens[0])
    assert nowhere.deactivate(key)["timesActivated"] == 0


def test_a_site_that_has_no_seat_frees_nobody_elses(sale: Sale, secret: str) -> None:
    key = sale.licence()
    plugin(sale, secret).activate(key)
    assert plugin(sale, secret, "https://two.example.com").deactivate(key)["timesActivated"] == 1


def test_an_expired_licence_is_refused_everywhere_and_its_seat_can_be_freed(sale: Sale, secret: str) -> None:
    key, one = sale.licence(expires_at=sale.shop.now + timedelta(seconds=2)), plugin(sale, secret)
    one.activate(key)
    sale.expire(key)
    for endpoint in ("activate", "validate"):
        with pytest.raises(Refused, match="expired") as refused:
            one.call(f"licenses/{endpoint}/{key}")
        assert refused.value.status == 405
    assert one.validate(key) is False
    assert one.deactivate(key)["timesActivated"] == 0


def test_an_end_in_the_past_is_shown_as_a_date(sale: Sale, secret: str) -> None:
    key, one = sale.licence(expires_at=sale.shop.now - timedelta(days=1)), plugin(sale, secret)
    assert one.validate(key) is False
    assert one.call(f"licenses/{key}")["data"]["status"] == 4


def test_support_may_end_before_the_licence(sale: Sale, secret: str) -> None:
    key, one = sale.licence(support_until=sale.shop.now - timedelta(days=1)), plugin(sale, secret)
    assert one.validate(key) is True
    assert one.call(f"licenses/{key}")["data"]["support_status"] == "expired"


def test_a_refunded_licence_is_not_valid(sale: Sale, secret: str) -> None:
    key, one = sale.licence(), plugin(sale, secret)
    assert one.validate(key) is True
    sale.refund(key)
    assert one.validate(key) is False
    with pytest.raises(Refused, match="refunded"):
        one.activate(key)


def test_a_key_of_another_product_is_not_valid(sale: Sale, secret: str) -> None:
    bound, key = sale.secret("verify", "ck_1", "forms"), sale.licence("shop")
    unaware = plugin(sale, secret)
    assert unaware.validate(key) is False
    assert "does not belong" in unaware.error
    for act in ("activate/", "validate/", ""):
        with pytest.raises(Refused, match="another product"):
            plugin(sale, bound).call(f"licenses/{act}{key}")


def test_a_bundle_is_good_for_what_it_includes_where_the_credential_says_for_what(sale: Sale) -> None:
    one = plugin(sale, sale.secret("verify", "ck_1", "forms"))
    key = sale.licence("suite")
    assert one.activate(key)["productId"] == FORMS
    assert one.validate(key) is True


def test_unknown_keys_are_refused_alike(sale: Sale, secret: str) -> None:
    others = Sale.of(Shop(sale.shop.server), "lmfwc").licence()
    one = plugin(sale, secret)
    for act in ("activate/", "validate/", "deactivate/", ""):
        for key in ("NOPE-0001", others, "K" * 10_000, "a%00b"):
            with pytest.raises(Refused):
                one.call(f"licenses/{act}{key}")
    assert len({answer.text for answer in sale.seen}) == 1
    assert {answer.status_code for answer in sale.seen} == {404}


def test_a_key_alone_does_not_tell_where_else_the_software_runs(sale: Sale, secret: str) -> None:
    key = sale.licence()
    plugin(sale, secret, "https://secret-client.example.com").activate(key)
    one = plugin(sale, secret)
    own = one.activate(key)["activationData"]["token"]
    for endpoint in ("licenses/", "licenses/validate/"):
        one.call(f"{endpoint}{key}")
        assert "secret-client" not in sale.seen[-1].text
    tokens = [each["token"] for each in one.call(f"licenses/{key}")["data"]["activationData"]]
    assert sorted(tokens) == ["", own]


def test_a_shipped_credential_lists_nothing_makes_nothing_and_changes_nothing(sale: Sale, secret: str) -> None:
    key = sale.licence()
    pair = {"consumer_key": "ck_1", "consumer_secret": secret}
    codes = {}
    for method, path in (("GET", ""), ("POST", ""), ("PUT", f"/{key}"), ("DELETE", f"/{key}"), ("POST", f"/{key}")):
        body = {"license_key": "NEW-0001", "product_id": FORMS}
        answer = sale.send(method, f"/wp-json/lmfwc/v2/licenses{path}", params=pair, json=body)
        codes[method, bool(path)] = answer.json()["code"]
        assert (answer.status_code, answer.json()["data"]) == (403, {"status": 403})
    assert codes["GET", False] == "lmfwc_rest_cannot_view"
    assert codes["POST", False] == "lmfwc_rest_cannot_create"
    assert codes["PUT", True] == codes["DELETE", True] == "lmfwc_rest_cannot_edit"
    assert len(sale.shop.licences()) == 1


@pytest.mark.parametrize("pair", [{}, {"consumer_key": "ck_1"}, {"consumer_key": "ck_1", "consumer_secret": "wrong"}])
def test_without_a_good_credential_nothing_is_told(sale: Sale, secret: str, pair: dict[str, str]) -> None:
    answer = sale.send("GET", f"/wp-json/lmfwc/v2/licenses/{sale.licence()}", params=pair)
    assert (answer.status_code, answer.json()["code"]) == (401, "lmfwc_rest_authentication_error")


def test_the_vendors_own_credential_makes_and_lists_licences(sale: Sale) -> None:
    own = ("ck_2", sale.secret("manage", "ck_2"))
    terms = {"license_key": "MADE-0001", "product_id": FORMS, "times_activated_max": 5, "valid_for": 30}
    path = "/wp-json/lmfwc/v2/licenses"
    assert sale.send("GET", path, auth=own).json()["message"] == "No License Keys available"
    made = sale.send("POST", path, auth=own, json=terms).json()["data"]
    assert (made["licenseKey"], made["productId"], made["timesActivatedMax"]) == ("MADE-0001", FORMS, 5)
    assert made["expiresAt"][:10] == str((sale.shop.now + timedelta(days=30)).date())
    assert sale.send("POST", path, auth=own, json=terms).status_code == 404, "the key is taken"
    assert (
        sale.send("POST", path, auth=own, json=terms | {"license_key": "MADE-0002", "product_id": 1}).status_code == 404
    )
    listed = sale.send("GET", path, auth=own)
    assert [each["licenseKey"] for each in listed.json()["data"]] == ["MADE-0001"]
    assert listed.headers["X-WP-Total"] == "1"


def test_the_route_may_come_as_a_parameter(sale: Sale, secret: str) -> None:
    key = sale.licence()
    query = {"rest_route": f"/lmfwc/v2/licenses/{key}", "consumer_key": "ck_1", "consumer_secret": secret}
    assert sale.send("GET", "/", params=query).json()["data"]["licenseKey"] == key


@pytest.mark.parametrize("word", NASTY)
def test_nothing_that_is_sent_is_a_fault_of_ours(sale: Sale, secret: str, word: str) -> None:
    key, pair = sale.licence(), {"consumer_key": "ck_1", "consumer_secret": secret}
    for act in ("activate", "validate", "deactivate"):
        sale.send("GET", f"/wp-json/lmfwc/v2/licenses/{act}/{key}", params=pair | {"label": word, "token": word})
        sale.send("GET", f"/wp-json/lmfwc/v2/licenses/{act}/{quote(word, safe='')}", params=pair)
    for path in ("", f"/{quote(word, safe='')}", "/activate", "/activate/", f"/{key}/x"):
        sale.send("POST", f"/wp-json/lmfwc/v2/licenses{path}", params=pair | {"label": word}, data=word.encode())
    own = ("ck_2", sale.secret("manage", "ck_2"))
    for field in ("license_key", "product_id", "valid_for", "expires_at", "times_activated_max", "email"):
        terms = {"license_key": "MADE-0001", "product_id": str(FORMS)} | {field: word}
        sale.send("POST", "/wp-json/lmfwc/v2/licenses", auth=own, json=terms)
    sale.send("GET", "/wp-json/lmfwc/v2/licenses", auth=own, params={"page": word, "per_page": word})


@pytest.mark.postgres
def test_without_a_database_software_keeps_what_it_knows(own_postgresql: Server) -> None:
    sale = Sale.of(Shop(own_postgresql), "lmfwc")
    secret, key, unasked = sale.secret("verify", "ck_1"), sale.licence(), sale.licence()
    one, two = plugin(sale, secret), plugin(sale, secret, "https://two.example.com")
    one.activate(key)
    assert [one.validate(key), two.validate(unasked)] == [True, True]
    with no_connections(own_postgresql):
        for each in (one, two):
            assert [each.validate(key), each.validate(unasked)] == [True, True]
        with pytest.raises(Refused, match="later"):
            two.activate(key)
