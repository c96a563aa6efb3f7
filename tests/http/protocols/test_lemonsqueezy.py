"""Lemon Squeezy's licence API over HTTP: its own client from npm, and forms as its documents show them (6.1 and 8)."""

from __future__ import annotations

import json
import shutil
import subprocess
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest

from tests.http.protocols.stockclients import NASTY, SPELLINGS, Sale
from tests.http.server.test_database_away import no_connections
from tests.http.serving import Server
from tests.http.shops import Shop
from tests.paths import ROOT
from tests.servers import missing

FOLDER = ROOT / "tests" / "http" / "lemonsqueezy"
JSON_API = "application/vnd.api+json"


@dataclass(frozen=True)
class Client:
    """What the stock client sends, without Node: flat JSON under the media type of JSON:API."""

    sale: Sale

    def ask(self, act: str, **body: Any) -> Any:
        headers = {"Accept": JSON_API, "Content-Type": JSON_API}
        return self.sale.send("POST", f"/v1/licenses/{act}", data=json.dumps(body), headers=headers)

    def form(self, act: str, **body: str) -> Any:
        """As the documents show it with curl."""
        answer = self.sale.send("POST", f"/v1/licenses/{act}", data=body, headers={"Accept": "application/json"})
        return answer.json()

    def activate(self, key: str, name: str) -> Any:
        return self.ask("activate", license_key=key, instance_name=name).json()

    def validate(self, key: str, **more: Any) -> Any:
        return self.ask("validate", license_key=key, **more).json()

    def deactivate(self, key: str, **more: str) -> Any:
        return self.ask("deactivate", license_key=key, **more).json()


@pytest.fixture
def sale(shop: Shop) -> Sale:
    return Sale.of(shop, "lemonsqueezy")


@pytest.fixture
def client(sale: Sale) -> Client:
    return Client(sale)


def stock(sale: Sale, act: str, *args: str) -> Any:
    """One call of the client as published; skips where Node or the package is not here."""
    if shutil.which("node") is None:
        missing("Node", "Debian has it as `nodejs`, with `npm`.")
    if not (FOLDER / "node_modules" / "@lemonsqueezy").is_dir():
        missing("Lemon Squeezy's client", "Get it with `npm ci --prefix tests/http/lemonsqueezy`.")
    wanted = json.dumps({"act": act, "args": args})
    command = ["node", str(FOLDER / "ask.js"), sale.base]
    ended = subprocess.run(command, input=wanted, capture_output=True, text=True, timeout=60, check=False)
    assert ended.returncode == 0, ended.stderr
    return json.loads(ended.stdout)


def test_the_stock_client_is_understood(sale: Sale) -> None:
    key = sale.licence(site_limit=1)
    done = stock(sale, "activateLicense", key, "https://one.example.com")
    assert (done["statusCode"], done["error"], done["data"]["activated"]) == (200, None, True)
    instance = done["data"]["instance"]
    checked = stock(sale, "validateLicense", key, instance["id"])["data"]
    assert (checked["valid"], checked["instance"], checked["meta"]["product_id"]) == (True, instance, 501)
    assert stock(sale, "validateLicense", key)["data"]["instance"] is None
    full = stock(sale, "activateLicense", key, "https://two.example.com")
    assert (full["statusCode"], full["error"]["cause"]) == (400, "This license key has reached the activation limit.")
    assert stock(sale, "deactivateLicense", key, instance["id"])["data"]["deactivated"] is True
    gone = stock(sale, "validateLicense", key, instance["id"])
    assert (gone["statusCode"], gone["data"]["valid"]) == (404, False)
    unknown = stock(sale, "validateLicense", "NOPE-0001")
    assert (unknown["statusCode"], unknown["error"]["cause"]) == (404, "license_key not found.")


def test_the_same_name_is_the_same_instance(sale: Sale, client: Client) -> None:
    key = sale.licence()
    for name in ("https://one.example.com", "Desk 2"):
        first, again = client.activate(key, name), client.form("activate", license_key=key, instance_name=name)
        assert first["instance"] == again["instance"]
        assert first["instance"]["name"] == name
    assert again["license_key"]["activation_usage"] == 2
    assert client.activate(key, "Desk 3")["error"] == "This license key has reached the activation limit."


def test_all_spellings_of_a_site_are_one_instance(sale: Sale, client: Client) -> None:
    key = sale.licence(site_limit=1)
    assert len({client.activate(key, site)["instance"]["id"] for site in SPELLINGS}) == 1


def test_a_staging_site_needs_no_seat_and_a_computer_called_local_does(sale: Sale, client: Client) -> None:
    key = sale.licence(site_limit=1)
    for name, used in (("https://staging.one.example.com", 0), ("Adas-MacBook.local", 1)):
        assert client.activate(key, name)["license_key"]["activation_usage"] == used
    assert client.activate(key, "Bens-MacBook.local")["activated"] is False


def test_an_instance_may_be_freed_by_its_name(sale: Sale, client: Client) -> None:
    key = sale.licence()
    client.activate(key, "Desk 2")
    assert client.validate(key, instance_name="Desk 2")["valid"] is True
    assert client.deactivate(key, instance_name="Desk 2")["deactivated"] is True
    assert client.deactivate(key, instance_name="Desk 2")["error"] == "license_key_instance not found."
    assert client.validate(key)["license_key"]["status"] == "inactive"


def test_only_one_of_many_at_once_gets_the_last_seat(sale: Sale, client: Client) -> None:
    key = sale.licence(site_limit=1)
    with ThreadPoolExecutor(8) as pool:
        done = list(pool.map(lambda n: client.activate(key, f"Desk {n}")["activated"], range(8)))
    assert sum(done) == 1


def test_an_expired_licence_is_not_valid_and_its_seat_can_be_freed(sale: Sale, client: Client) -> None:
    key = sale.licence()
    instance = client.activate(key, "Desk 2")["instance"]["id"]
    sale.expire(key)
    told = client.validate(key, instance_id=instance)
    assert (told["valid"], told["error"], told["license_key"]["status"]) == (
        False,
        "This license key has expired.",
        "expired",
    )
    assert client.deactivate(key, instance_id=instance)["deactivated"] is True


def test_support_may_end_before_the_licence(sale: Sale, client: Client) -> None:
    told = client.validate(sale.licence(support_until=sale.shop.now - timedelta(days=1)))
    assert (told["valid"], told["meta"]["support_status"]) == (True, "expired")


def test_a_refunded_licence_is_disabled(sale: Sale, client: Client) -> None:
    key = sale.licence()
    sale.refund(key)
    for answer in (client.ask("validate", license_key=key), client.ask("activate", license_key=key, instance_name="a")):
        assert (answer.status_code, answer.json()["license_key"]["status"]) == (400, "disabled")


def test_the_product_is_told_and_compared_where_it_is_sent(sale: Sale, client: Client) -> None:
    key = sale.licence("shop")
    assert client.validate(key)["meta"]["product_id"] == 502
    assert client.validate(key, product_id=502)["valid"] is True
    assert client.validate(key, product_id=501)["error"] == "This license key is for another product."
    assert client.validate(sale.licence("suite"), product_id=501)["meta"]["product_id"] == 501


def test_ids_of_store_and_variant_can_be_registered(sale: Sale, client: Client) -> None:
    ids = ("--face-id", "lemonsqueezy_store=12", "--face-id", "lemonsqueezy_variant=7")
    sale.shop.shell.run("product", "set", "forms", "--vendor", sale.shop.slug, *ids)
    meta = client.validate(sale.licence())["meta"]
    assert (meta["store_id"], meta["variant_id"], meta["product_name"]) == (12, 7, "Acme Forms")


def test_unknown_keys_are_refused_alike(sale: Sale, client: Client) -> None:
    others = Sale.of(Shop(sale.shop.server), "lemonsqueezy").licence()
    for key in ("NOPE-0001", others, "K" * 10_000):
        answer = client.ask("validate", license_key=key)
        assert (answer.status_code, answer.json()) == (404, {"valid": False, "error": "license_key not found."})


@pytest.mark.parametrize(
    ("act", "body", "field"),
    [
        ("activate", {"instance_name": "a"}, "license key"),
        ("activate", {"license_key": "K-1"}, "instance name"),
        ("deactivate", {"license_key": "K-1"}, "instance id"),
        ("validate", {}, "license key"),
    ],
)
def test_a_missing_field_is_named(client: Client, act: str, body: dict[str, str], field: str) -> None:
    answer = client.ask(act, **body)
    assert (answer.status_code, answer.json()["error"]) == (422, f"The {field} field is required.")


@pytest.mark.parametrize("word", NASTY)
def test_nothing_that_is_sent_is_a_fault_of_ours(sale: Sale, client: Client, word: str) -> None:
    key = sale.licence()
    for act in ("activate", "validate", "deactivate"):
        client.form(act, license_key=word, instance_name=word, instance_id=word, product_id=word)
        client.ask(act, license_key=key, instance_name=word, product_id=word)
        client.ask(act, license_key=[word], instance_name={"a": word})
        sale.send("POST", f"/v1/licenses/{act}", data=word.encode(), headers={"Content-Type": "application/json"})
        sale.send("GET", f"/v1/licenses/{act}", params={"license_key": word})


@pytest.mark.postgres
def test_without_a_database_instances_keep_their_last_answer(own_postgresql: Server) -> None:
    sale = Sale.of(Shop(own_postgresql), "lemonsqueezy")
    client, key = Client(sale), sale.licence()
    instance = client.activate(key, "Desk 2")["instance"]["id"]
    known = client.validate(key, instance_id=instance)
    with no_connections(own_postgresql):
        assert client.validate(key, instance_id=instance) == known
        assert client.activate(key, "Desk 2")["instance"]["id"] == instance
        answer = client.ask("validate", license_key=key)
        assert (answer.status_code, "valid" in answer.json()) == (429, False)
        assert "deactivated" not in client.deactivate(key, instance_id=instance)
