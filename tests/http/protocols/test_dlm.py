"""Digital License Manager v1 over HTTP, asked as its Python and PHP clients ask (licence protocols, 5.2 and 8)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import quote

import pytest
import requests

from tests.http.protocols.stockclients import NASTY, SPELLINGS, Sale
from tests.http.server.test_database_away import no_connections
from tests.http.serving import Server
from tests.http.shops import Shop


@dataclass(frozen=True)
class Client:
    """HTTP Basic, GET for everything that software asks; a reply without `success` is an error."""

    sale: Sale
    pair: tuple[str, str]

    def get(self, endpoint: str, **query: str) -> Any:
        return self._send(endpoint, query).json()

    def send(self, act: str, **query: str) -> requests.Response:
        """The answer as it came."""
        return self._send(f"licenses/{act}", query)

    def _send(self, endpoint: str, query: dict[str, str]) -> requests.Response:
        agent = {"User-Agent": "Digital License Manager - Python Client v1.0.0"}
        return self.sale.send("GET", f"/wp-json/dlm/v1/{endpoint}", auth=self.pair, params=query, headers=agent)

    def find(self, key: str) -> Any:
        return self.get(f"licenses/{key}")

    def activate(self, key: str, label: str = "https://one.example.com", **query: str) -> Any:
        return self.get(f"licenses/activate/{key}", label=label, **query)

    def validate(self, token: str) -> Any:
        return self.get(f"licenses/validate/{token}")

    def deactivate(self, token: str) -> Any:
        return self.get(f"licenses/deactivate/{token}")

    def post(self, data: dict[str, str]) -> Any:
        """The PHP client says everything twice: in the query and, as multipart, in the body."""
        parts = {name: (None, value) for name, value in data.items()}
        path = "/wp-json/dlm/v1/licenses"
        return self.sale.send("POST", path, auth=self.pair, params=data, files=parts).json()


@pytest.fixture
def sale(shop: Shop) -> Sale:
    return Sale.of(shop, "dlm")


@pytest.fixture
def client(sale: Sale) -> Client:
    return Client(sale, ("ck_1", sale.secret("verify", "ck_1")))


def refusal(told: Any) -> tuple[str, int]:
    assert "success" not in told
    return told["code"], told["data"]["status"]


def test_a_place_is_activated_asked_about_and_freed_by_its_token(sale: Sale, client: Client) -> None:
    key = sale.licence()
    told = client.activate(key, label="site1.example.com", **{"meta[0]": "a", "meta[1]": "b"})["data"]
    token = told["token"]
    assert (told["label"], told["license"]["license_key"], told["license"]["times_activated"]) == (
        "site1.example.com",
        key,
        1,
    )
    assert client.activate(key, label="site1.example.com")["data"]["token"] == token
    asked = client.validate(token)["data"]
    assert (asked["label"], asked["license"]["is_expired"], asked["license"]["license_key"]) == (
        "site1.example.com",
        False,
        key,
    ), "the holder of a token gets the key back that it was activated with"
    freed = client.deactivate(token)["data"]
    assert (freed["label"], freed["license"]["times_activated"]) == ("site1.example.com", 0)
    assert freed["deactivated_at"] is not None
    assert refusal(client.deactivate(token)) == ("data_error", 404)
    assert client.validate(token)["data"]["deactivated_at"] == freed["deactivated_at"], "and is remembered"
    assert client.get(f"licenses/activate/{key}", token=token)["data"]["token"] == token, "and taken again by it"


def test_all_spellings_of_a_site_are_one_seat(sale: Sale, client: Client) -> None:
    key = sale.licence(site_limit=1)
    assert len({client.activate(key, site)["data"]["token"] for site in SPELLINGS}) == 1


def test_a_full_licence_says_so(sale: Sale, client: Client) -> None:
    key = sale.licence()
    for label in ("site1.example.com", "Office PC", "staging.site1.example.com"):
        assert client.activate(key, label)["success"]
    assert refusal(client.activate(key, "site3.example.com")) == ("license_activation_limit_reached", 404)
    assert client.find(key)["data"]["times_activated"] == 2, "the staging twin took no seat"


def test_software_that_does_not_say_where_it_runs_gets_a_token_each_time(sale: Sale, client: Client) -> None:
    key = sale.licence()
    tokens = {client.get(f"licenses/activate/{key}")["data"]["token"] for _ in range(2)}
    assert len(tokens) == 2
    assert refusal(client.get(f"licenses/activate/{key}"))[0] == "license_activation_limit_reached"


def test_an_expired_licence_is_refused_and_its_seat_can_be_freed(sale: Sale, client: Client) -> None:
    key = sale.licence(expires_at=sale.shop.now + timedelta(days=1))
    token = client.activate(key)["data"]["token"]
    sale.expire(key)
    assert refusal(client.activate(key)) == ("license_expired", 405)
    told = client.validate(token)
    assert ("success" in told, told["code"]) == (False, "license_expired")
    assert told["data"]["license"]["is_expired"] is True
    assert client.deactivate(token)["data"]["license"]["is_expired"] is True


def test_an_end_in_the_past_is_shown(sale: Sale, client: Client) -> None:
    told = client.find(sale.licence(expires_at=sale.shop.now - timedelta(days=1)))["data"]
    assert (told["is_expired"], told["status"]) == (True, 4)


def test_support_may_end_before_the_licence(sale: Sale, client: Client) -> None:
    key = sale.licence(support_until=sale.shop.now - timedelta(days=1))
    assert client.activate(key)["data"]["license"]["support_status"] == "expired"


def test_a_refunded_licence_is_disabled_and_can_be_freed(sale: Sale, client: Client) -> None:
    key = sale.licence()
    token = client.activate(key)["data"]["token"]
    sale.refund(key)
    for told in (client.find(key), client.activate(key), client.validate(token)):
        assert refusal(told) == ("license_disabled", 405)
    assert client.deactivate(token)["data"]["license"]["status"] == 5


def test_a_bound_credential_is_for_one_product_and_the_bundles_with_it(sale: Sale) -> None:
    bound = Client(sale, ("ck_1", sale.secret("verify", "ck_1", "forms")))
    assert refusal(bound.activate(sale.licence("shop"))) == ("data_error", 404)
    assert bound.activate(sale.licence("suite"))["data"]["license"]["product_id"] == 501


def test_unknown_keys_and_tokens_are_refused_alike(sale: Sale, client: Client) -> None:
    others = Sale.of(Shop(sale.shop.server), "dlm")
    key = others.licence()
    token = Client(others, ("ck_1", others.secret("verify", "ck_1"))).activate(key)["data"]["token"]
    for unknown in ("NOPE-0001", key, "K" * 10_000, "a%00b"):
        client.find(unknown)
        client.activate(unknown)
    keys = len({answer.text for answer in sale.seen})
    sale.seen.clear()
    for unknown in ("nope", token, "K" * 10_000, "a%00b"):
        client.validate(unknown)
        client.deactivate(unknown)
    assert (keys, len({answer.text for answer in sale.seen})) == (1, 1)


def test_hashed_keys_are_refused_with_advice(client: Client) -> None:
    assert "send the license key" in client.find("hashed-0a1b2c")["message"]


def test_a_shipped_credential_lists_nothing_makes_nothing_and_changes_nothing(sale: Sale, client: Client) -> None:
    key = sale.licence()
    assert refusal(client.get("licenses")) == ("permission_denied", 403)
    assert refusal(client.post({"license_key": "NEW-0001", "product_id": "501"})) == ("permission_denied", 403)
    for method in ("PUT", "DELETE"):
        told = sale.send(method, f"/wp-json/dlm/v1/licenses/{key}", auth=client.pair, json={"status": "sold"}).json()
        assert refusal(told) == ("permission_denied", 403)
    assert refusal(Client(sale, ("ck_1", "wrong")).find(key)) == ("authentication_error", 401)


def test_the_vendors_own_credential_makes_and_lists_licences(sale: Sale) -> None:
    own = Client(sale, ("ck_2", sale.secret("manage", "ck_2")))
    made = own.post({"license_key": "MADE-0001", "product_id": "501", "activations_limit": "1", "valid_for": "365"})
    assert (made["data"]["license_key"], made["data"]["activations_limit"]) == ("MADE-0001", 1)
    assert refusal(own.post({"license_key": "MADE-0001", "product_id": "501"})) == ("data_error", 404)
    for label in ("site1.example.com", "site2.example.com"):
        own.activate("MADE-0001", label)
    assert [each["license_key"] for each in own.get("licenses")["data"]] == ["MADE-0001"]
    assert own.get("licenses", page="2")["data"] == []


@pytest.mark.parametrize("word", NASTY)
def test_nothing_that_is_sent_is_a_fault_of_ours(sale: Sale, client: Client, word: str) -> None:
    key, path = sale.licence(), quote(word, safe="")
    client.activate(key, word, token=word)
    client.activate(key, word, **{"meta[]": word})
    for endpoint in (f"licenses/activate/{path}", f"licenses/validate/{path}", f"licenses/deactivate/{path}", "x"):
        client.get(endpoint, label=word)
    sale.send("GET", f"/wp-json/dlm/v1/licenses/{key}", headers={"Authorization": f"Basic {path}"})
    sale.send("POST", f"/wp-json/dlm/v1/licenses/activate/{key}", auth=client.pair, data=word.encode())


@pytest.mark.postgres
def test_without_a_database_tokens_keep_their_last_answer(own_postgresql: Server) -> None:
    sale = Sale.of(Shop(own_postgresql), "dlm")
    client = Client(sale, ("ck_1", sale.secret("verify", "ck_1")))
    key = sale.licence()
    told = client.activate(key)
    token = told["data"]["token"]
    known = client.validate(token)
    with no_connections(own_postgresql):
        assert client.validate(token) == known
        assert client.activate(key) == told
        unanswered = [client.send(f"activate/{key}", label="two.example.com"), client.send(f"deactivate/{token}")]
        assert [(answer.status_code, answer.headers["Content-Type"]) for answer in unanswered] == [
            (429, "text/plain; charset=UTF-8")
        ] * 2
        assert not any(answer.text.startswith("{") for answer in unanswered), "what is no JSON is nobody's verdict"
