"""Software of the WooCommerce Software Add-on against a running server.

The client sends what hand-written ones are recorded to send: a GET with everything in the query, on a folder or none, with
`licence_key` or `license_key`; it looks at `activated`, `success` and `activations`, and may check the signature.
"""

from __future__ import annotations

import hashlib
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.http.server.test_database_away import no_connections
from tests.http.serving import Server
from tests.http.shops import Shop
from tests.personal import found_in

SECRET = "the product's secret"
ADA = "ada@example.com"
Reply = dict[str, Any]


@dataclass
class Client:
    """One copy of a plugin. agent: what it calls itself, as WordPress does."""

    url: str
    key: str
    email: str = ADA
    product: str = "SOFTWARE1"
    agent: str = "python"
    folder: str = "/woocommerce/"

    def ask(self, request: str, method: str = "GET", **more: str) -> Reply:
        sent = {"wc-api": "software-api", "request": request, "email": self.email, "product_id": self.product}
        words = sent | {"licence_key": self.key} | more
        kind = "params" if method == "GET" else "data"
        given: dict[str, Any] = {kind: words, "headers": {"User-Agent": self.agent}}
        answer = requests.request(method, self.url + self.folder, timeout=30, allow_redirects=False, **given)
        assert answer.status_code == 200, answer.text
        assert answer.headers["Content-Type"].startswith("application/json")
        return dict(answer.json())

    def activate(self, **more: str) -> Reply:
        return self.ask("activation", **more)

    def check(self) -> Reply:
        return self.ask("check")

    def free(self, **more: str) -> Reply:
        return self.ask("deactivation", **more)


def signature(reply: Reply, secret: str) -> str:
    words = {True: "true", False: "false"}
    plain = {name: value for name, value in reply.items() if name != "sig" and not isinstance(value, dict | list)}
    text = "&".join(f"{n}={words[v] if isinstance(v, bool) else v}" for n, v in plain.items())
    return hashlib.md5(f"secret={secret}&{text}".encode()).hexdigest()


class Store:
    """A vendor whose product is `SOFTWARE1` in its shipped software, for two copies."""

    def __init__(self, shop: Shop) -> None:
        self.shop = shop
        shop.product("forms", "--sites", "2", "--face-id", "software_addon=SOFTWARE1")
        shop.product("other", "--face-id", "software_addon=SOFTWARE2")
        shop.product("suite", "--sites", "2", "--includes", "forms", "--face-id", "software_addon=SUITE")

    @property
    def url(self) -> str:
        return f"{self.shop.server.url}/compat/{self.shop.slug}"

    def sold(self, product: str = "forms", *words: str) -> str:
        words = ("--product", product, "--email", ADA, "--name", "Ada Example", *words)
        return str(self.shop.shell.json("license", "issue", "--vendor", self.shop.slug, *words)["license_key"])

    def client(self, key: str, **more: Any) -> Client:
        return Client(self.url, key, **more)

    def secret(self, folder: Path, scope: str, *words: str) -> None:
        file = folder / scope
        file.write_text(SECRET)
        words = ("--scope", scope, "--secret-file", str(file), *words)
        self.shop.shell.run("face", "secret", "add", "software_addon", "--vendor", self.shop.slug, *words)


@pytest.fixture
def store(shop: Shop) -> Store:
    return Store(shop)


@pytest.fixture
def key(store: Store) -> str:
    return store.sold()


def code(reply: Reply) -> str:
    return str(reply.get("code", "ok"))


@pytest.mark.parametrize("folder", ["/", "/woocommerce/", "/a/shop/"])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_good_key_is_activated_once(store: Store, key: str, folder: str, method: str) -> None:
    client = store.client(key, folder=folder)
    for _ in range(2):
        found = client.ask("activation", method, instance="1700000000", platform="Mac OS X")
        assert (found["activated"], found["instance"]) == (True, "1700000000")
        assert found["message"] == "1 out of 2 activations remaining"
    checked = client.check()
    assert (checked["success"], checked["remaining"]) == (True, 1)
    [activation] = checked["activations"]
    assert (activation["instance"], activation["activation_platform"]) == ("1700000000", "Mac OS X")


def test_the_third_copy_of_two_is_refused(store: Store, key: str) -> None:
    client = store.client(key)
    found = [code(client.activate(instance=instance)) for instance in ("1", "2", "3", "1")]
    assert found == ["ok", "ok", "103", "ok"]


SPELLINGS = [
    "https://shop.example.com",
    "http://www.SHOP.example.com/",
    "https://shop.example.com:8443",
    "shop.example.com.",
]


@pytest.mark.parametrize("named_by", ["instance", "platform", "agent"])
def test_spellings_of_one_site_are_one_seat(store: Store, key: str, named_by: str) -> None:
    for site in SPELLINGS[:3] if named_by == "agent" else SPELLINGS:
        client = store.client(key, agent=f"WordPress/6.8; {site}" if named_by == "agent" else "python")
        words = {} if named_by == "agent" else {named_by: site}
        assert client.activate(**words)["message"] == "1 out of 2 activations remaining"


def test_a_staging_copy_takes_no_seat(store: Store, key: str) -> None:
    client = store.client(key)
    client.activate(instance="https://shop.example.com")
    found = client.activate(instance="https://staging.shop.example.com")
    assert found["message"] == "1 out of 2 activations remaining"


def test_every_activation_can_be_freed_by_the_instance_it_was_told(store: Store, key: str) -> None:
    """Made up by us, a number, an address, or a number that was sent with an address: clients send the instance alone."""
    client = store.client(key)
    for words in ({}, {"instance": "7"}, {"instance": SPELLINGS[1]}, {"instance": "8", "platform": SPELLINGS[0]}):
        instance = client.activate(**words)["instance"]
        assert client.check()["remaining"] == 1
        assert client.free(instance=instance)["reset"] is True
        assert client.check()["remaining"] == 2
    wordpress = store.client(key, agent="WordPress/6.8; https://blog.example.com")
    assert wordpress.activate()["instance"] == "https://blog.example.com"
    assert client.free(instance="https://blog.example.com")["reset"] is True


def test_an_activation_is_freed_by_its_id(store: Store, key: str) -> None:
    client = store.client(key)
    client.activate(instance="7")
    [activation] = client.check()["activations"]
    assert client.free(activation_id=activation["activation_id"])["reset"] is True
    assert client.check()["activations"] == []


def test_without_an_instance_all_are_freed(store: Store, key: str) -> None:
    client = store.client(key)
    for request in ("deactivation", "activation_reset"):
        client.activate(instance="1")
        client.activate(instance="2")
        assert client.ask(request)["reset"] is True
        assert client.check()["remaining"] == 2


def test_an_instance_nobody_has_is_invalid(store: Store, key: str) -> None:
    assert code(store.client(key).free(instance="7")) == "104"


def test_activations_within_one_second_are_different_ones(store: Store, key: str) -> None:
    """Software that says nothing of where it runs: each activation is another, as at the stock server."""
    client = store.client(key)
    first, second = client.activate(), client.activate()
    assert len({first["instance"], second["instance"]}) == 2
    assert code(client.activate()) == "103"
    assert client.free(instance=first["instance"])["reset"] is True
    assert [each["instance"] for each in client.check()["activations"]] == [second["instance"]]


@pytest.mark.parametrize("platform", ["plus-shop.example", "plus-shop.net", "https://plus-shop.net/wp", "OFFICE-PC-7"])
def test_the_platform_names_the_place(store: Store, key: str, platform: str) -> None:
    """Software that sends no instance says by it where it runs: again is the same place, and another one is another."""
    client = store.client(key)
    first, again = client.activate(platform=platform), client.activate(platform=platform)
    assert (first["instance"], first["message"]) == (again["instance"], again["message"])
    other = client.activate(platform=f"{platform}2" if platform.endswith("7") else "other-shop.net")
    assert other["instance"] != first["instance"]
    assert {each["activation_platform"] for each in client.check()["activations"]} >= {platform}
    assert client.free(instance=first["instance"])["reset"] is True


@pytest.mark.parametrize("platform", ["Windows 11", "WordPress/6.8", "ASP.NET", "Linux (x86_64)", "node.js"])
def test_a_kind_of_machine_names_no_place(store: Store, key: str, platform: str) -> None:
    """There may be any number of them: one seat for all would give the software away."""
    client = store.client(key)
    assert len({client.activate(platform=platform)["instance"] for _ in range(2)}) == 2
    assert code(client.activate(platform=platform)) == "103"


@pytest.mark.parametrize("request_", ["activation", "check", "deactivation", "activation_reset"])
def test_only_the_holder_is_answered(store: Store, key: str, request_: str) -> None:
    store.client(key).activate(instance="7")
    stranger = store.client(key, email="eve@example.test")
    unknown = store.client("NOPE-0001-0001-0001").ask(request_)
    for words in ({}, {"instance": "7"}):
        found = stranger.ask(request_, **words)
        assert found | {"timestamp": 0, "sig": ""} == unknown | {"timestamp": 0, "sig": ""}
    assert store.client(key).check()["remaining"] == 1, "nothing was freed or taken"
    assert code(store.client(key, email="ADA@Example.com").ask("check")) == "ok"


def test_another_product_or_vendor_is_an_unknown_key(store: Store, key: str, shops: Any) -> None:
    elsewhere = Store(shops()).sold()
    asked = [
        store.client(key, product="SOFTWARE2"),
        store.client(key, product="nothing"),
        store.client(elsewhere),
        store.client("k" * 10_000),
        store.client("a\x00b"),
    ]
    replies = [client.check() for client in asked]
    assert {code(reply) for reply in replies} == {"101"}
    store.client(key).activate(instance="7")
    assert code(store.client(key, product="SOFTWARE2").free()) == "101"
    assert store.client(key).check()["remaining"] == 1


def test_a_bundle_is_good_for_what_is_in_it(store: Store) -> None:
    key = store.sold("suite")
    assert store.client(key).activate(instance="7")["activated"] is True
    assert code(store.client(key, product="SOFTWARE2").check()) == "101"


def test_an_ended_licence_says_so_and_frees_its_seats(store: Store, key: str) -> None:
    shell, vendor = store.shop.shell, store.shop.slug
    client = store.client(key)
    client.activate(instance="7")
    shell.run("license", "suspend", key, "--vendor", vendor)
    assert (code(client.check()), code(client.activate(instance="7"))) == ("102", "102")
    assert client.free(instance="7")["reset"] is True
    assert code(store.client(store.sold("forms", "--expires-at", "2024-03-01")).check()) == "106"
    hook = store.shop.hook()
    for status, expected in (("refunded", "102"), ("revoked", "107")):
        held = f"{status.upper()}-0001-0001"
        hook.grant(held)
        hook.tell("license.status_changed", {"license_key": held, "status": status})
        assert code(store.client(held).check()) == expected


def test_support_ends_apart_from_the_licence(store: Store) -> None:
    found = store.client(store.sold("forms", "--support-until", "2024-03-01")).check()
    assert found["success"] is True
    assert found["support"]["support_expires"] == "2024-03-02T05:00:00Z"
    assert found["support"]["support_status"] == "expired"


def test_replies_are_signed_with_the_products_secret(store: Store, key: str, tmp_path: Path) -> None:
    assert (found := store.client(key).activate(instance="7"))["sig"] == signature(found, "null")
    store.secret(tmp_path, "sign", "--product", "forms")
    client = store.client(key)
    for reply in (client.activate(instance="7"), client.check(), client.free(instance="7")):
        assert reply["sig"] == signature(reply, SECRET)


def test_a_key_is_made_with_the_vendors_own_secret_only(store: Store, key: str, tmp_path: Path) -> None:
    store.secret(tmp_path, "manage", "--product", "forms")
    client = store.client("-")
    wanted = {"activations": "5", "order_id": "77"}
    made = client.ask("generate_key", secret_key=SECRET, **wanted)
    assert set(made) == {"key", "key_id"}
    assert store.client(made["key"]).activate(instance="7")["message"] == "4 out of 5 activations remaining"
    assert code(client.ask("generate_key", secret_key="guess", **wanted)) == "105"
    assert code(client.ask("generate_key", **wanted)) == "105"
    other = store.client("-", product="SOFTWARE2").ask("generate_key", secret_key=SECRET, **wanted)
    assert code(other) == "105", "the secret of one product makes no keys of another"


def test_nobody_is_named(store: Store, key: str) -> None:
    client = store.client(key)
    text = str([client.activate(instance="7"), client.check(), client.free(instance="7")])
    assert found_in(text, ADA, "Ada Example") == []


def test_one_of_twenty_takes_the_last_seat(store: Store, key: str) -> None:
    store.client(key).activate(instance="first")
    with ThreadPoolExecutor(20) as pool:
        found = list(pool.map(lambda number: code(store.client(key).activate(instance=f"n{number}")), range(20)))
    assert sorted(found) == ["103"] * 19 + ["ok"]


def test_nothing_that_is_sent_is_a_fault_of_ours(store: Store, key: str) -> None:
    client = store.client(key)
    replies = [
        client.ask("activation", instance="a." * 2000, platform="\x00"),
        client.ask("activation", instance="javascript:alert(1)"),
        client.ask("activation", instance="//", platform="//"),
        client.ask("deactivation", instance="\x00", activation_id="é" * 300),
        client.ask("check", email="ada@@example.com"),
        client.ask("nothing"),
    ]
    assert all("sig" in reply for reply in replies)
    url = f"{store.url}/?wc-api=software-api"
    answers = [
        requests.post(url, json={"request": "check"}, timeout=30),
        requests.get(f"{url}&request=check&request=activation&email[]=a", timeout=30),
        requests.post(url, data=b"\xff\xfe%zz", timeout=30),
    ]
    assert [answer.status_code for answer in answers] == [200] * 3


@pytest.mark.postgres
def test_with_our_database_away_nothing_is_called_invalid(own_postgresql: Server) -> None:
    store = Store(Shop(own_postgresql))
    key = store.sold()
    store.client(key).activate(instance="7")
    with no_connections(own_postgresql):
        for reply in (store.client("NEVER-SEEN-0001").check(), store.client(key).free(instance="7")):
            assert (code(reply), "activated" in reply, "success" in reply) == ("100", False, False)
    asked_again = (store.client(key).check().get("remaining") for _ in range(20))
    assert next(left for left in asked_again if left is not None) == 1, "nothing was freed"
