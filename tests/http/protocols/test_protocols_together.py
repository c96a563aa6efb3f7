"""All licence protocols at one ledger: the same seat, the same limit, and the same answer to nonsense."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import pytest
import requests

from tests.http.shops import Shop, session

ADA = "ada@example.com"


@dataclass(frozen=True)
class LicenceProtocol:
    """How a protocol activates a site, and how it says that it is activated."""

    path: str
    call: Callable[[str, str], dict[str, Any]]
    is_active: Callable[[requests.Response], bool]


def _query(**args: str) -> dict[str, Any]:
    return {"params": args}


def _says(name: str, *values: Any) -> Callable[[requests.Response], bool]:
    return lambda reply: reply.json().get(name) in values


PROTOCOLS = {
    "native": LicenceProtocol(
        "/v1/licenses/activate",
        lambda key, site: {"json": {"license_key": key, "site": site}},
        _says("code", "VALID"),
    ),
    "edd": LicenceProtocol(
        "/compat/{shop}/",
        lambda key, site: {
            "data": {"edd_action": "activate_license", "license": key, "item_name": "forms", "url": f"https://{site}"}
        },
        _says("license", "valid"),
    ),
    "wcam": LicenceProtocol(
        "/compat/{shop}/",
        lambda key, site: _query(
            **{"wc-api": "wc-am-api", "wc_am_action": "activate", "api_key": key, "product_id": "501"},
            instance=f"i{abs(hash(site)) % 10**10:010}",
            object=site,
        ),
        _says("activated", True),
    ),
    "software_addon": LicenceProtocol(
        "/compat/{shop}/",
        lambda key, site: _query(
            **{"wc-api": "software-api", "request": "activation", "email": ADA, "license_key": key},
            product_id="forms",
            instance=site,
            platform=site,
        ),
        _says("activated", True),
    ),
    "slm": LicenceProtocol(
        "/compat/{shop}/",
        lambda key, site: _query(
            slm_action="slm_activate", secret_key="a shipped secret", license_key=key, registered_domain=site
        ),
        _says("result", "success"),
    ),
    "whmcs": LicenceProtocol(
        "/compat/{shop}/modules/servers/licensing/verify.php",
        lambda key, site: {"data": {"licensekey": key, "domain": site, "ip": "203.0.113.7", "dir": "/home/a"}},
        lambda reply: "<status>Active</status>" in reply.text,
    ),
    "lemonsqueezy": LicenceProtocol(
        "/compat/{shop}/v1/licenses/activate",
        lambda key, site: {"data": {"license_key": key, "instance_name": site}},
        _says("activated", True),
    ),
    "lmfwc": LicenceProtocol(
        "/compat/{shop}/wp-json/lmfwc/v2/licenses/activate/{key}",
        lambda key, site: _query(consumer_key="ck_1", consumer_secret="a shipped secret", label=site),
        lambda reply: reply.status_code == 200 and "errors" not in reply.json()["data"],
    ),
    "dlm": LicenceProtocol(
        "/compat/{shop}/wp-json/dlm/v1/licenses/activate/{key}",
        lambda key, site: _query(consumer_key="ck_1", consumer_secret="a shipped secret", label=site),
        lambda reply: reply.status_code == 200 and "token" in reply.json()["data"],
    ),
}
GETS = ("wcam", "software_addon", "slm", "lmfwc", "dlm")


@pytest.fixture
def store(shop: Shop) -> Shop:
    """A shop whose software speaks every protocol."""
    shop.product("forms", "--product-id", "501", "--sites", "1", "--exempt-sites", "0", "--allow-conflict", "ip")
    for name in ("slm", "lmfwc", "dlm"):
        consumer = ["--consumer", "ck_1"] if name != "slm" else []
        words = ["face", "secret", "add", name, "--vendor", shop.slug, "--scope", "verify", *consumer]
        shop.shell.run(*words, "--secret-file", "-", given="a shipped secret\n")
    return shop


@pytest.fixture
def key() -> str:
    """A key of this test's own: natively the key alone finds its vendor."""
    return f"AAAA-{uuid.uuid4().hex[:12].upper()}-0001"


def grant(shop: Shop, key: str, sites: int = 1) -> None:
    words = ["--vendor", shop.slug, "--product", "forms", "--email", ADA, "--sites", str(sites), "--key-file", "-"]
    shop.shell.run("license", "issue", *words, given=f"{key}\n")


def send(shop: Shop, name: str, key: str, site: str) -> requests.Response:
    protocol = PROTOCOLS[name]
    path = protocol.path.format(shop=shop.slug, key=requests.utils.quote(key, safe=""))  # type: ignore[attr-defined]
    method = "GET" if name in GETS else "POST"
    return session().request(
        method, shop.server.url + path, timeout=60, allow_redirects=False, **protocol.call(key, site)
    )


def seats(shop: Shop, key: str) -> Any:
    return shop.shell.json("license", "show", key, "--vendor", shop.slug)["sites"]


@pytest.mark.parametrize("name", PROTOCOLS)
def test_a_seat_taken_in_one_protocol_is_the_same_seat_in_every_other(store: Shop, key: str, name: str) -> None:
    grant(store, key)
    assert PROTOCOLS[name].is_active(send(store, name, key, "shop.example.com"))
    for other, protocol in PROTOCOLS.items():
        assert protocol.is_active(send(store, other, key, "shop.example.com")), other
        assert not protocol.is_active(send(store, other, key, "second.example.com")), other
    assert seats(store, key) == {"limit": 1, "used": 1, "active": ["shop.example.com"], "exempt": [], "over_limit": []}


@pytest.mark.parametrize("pair", [("native", "edd"), ("slm", "lemonsqueezy"), ("wcam", "whmcs"), ("lmfwc", "dlm")])
def test_elg_09_twenty_at_once_through_two_protocols_and_one_seat(store: Shop, key: str, pair: tuple[str, str]) -> None:
    for turn in range(3):
        mine = f"{key}-{turn}"
        grant(store, mine)
        calls = [(pair[number % 2], f"site{number}.example.com") for number in range(20)]
        with ThreadPoolExecutor(20) as pool:
            waiting = [(name, pool.submit(send, store, name, mine, site)) for name, site in calls]
        assert [PROTOCOLS[name].is_active(reply.result()) for name, reply in waiting].count(True) == 1
        assert seats(store, mine)["used"] == 1


BAD_KEYS = ["x" * 10_000, "A\x00B", "' OR 2=2 --", "no-such-key-at-all", "ключ", "😀" * 50, "%", "a/b", "..", " "]
BAD_SITES = [
    "javascript:alert(1)",
    "//",
    ".".join(["a"] * 5000),
    "shоp.example.com",  # a Cyrillic o: a homograph, and a site of its own
    "",
    "http://[::1",
    "a\x00b",
    "shop.example.com/%zz",
    "-.-",
]


@pytest.mark.parametrize("name", PROTOCOLS)
def test_nonsense_is_never_a_fault_of_ours_and_takes_no_seat(store: Shop, key: str, name: str) -> None:
    grant(store, key)
    for bad in BAD_KEYS:
        reply = send(store, name, bad, "shop.example.com")
        assert reply.status_code < 500, (bad, reply.text)
        assert reply.status_code >= 400 or not PROTOCOLS[name].is_active(reply), (bad, reply.text)
    assert seats(store, key)["used"] == 0
    for site in BAD_SITES:
        reply = send(store, name, key, site)
        assert reply.status_code < 500, (site, reply.text)
    assert seats(store, key)["used"] <= 1


@pytest.mark.parametrize("name", [name for name in PROTOCOLS if name != "native"])
def test_every_reply_is_kept_by_nobody_on_the_way_and_names_nobody(store: Shop, key: str, name: str) -> None:
    grant(store, key)
    for asked in (key, "NO-SUCH-KEY"):
        reply = send(store, name, asked, "shop.example.com")
        assert "no-store" in reply.headers["Cache-Control"]
        assert "set-cookie" not in reply.headers
        assert ADA not in reply.text


@pytest.mark.parametrize(
    "name", [name for name in PROTOCOLS if name != "native"]
)  # there the key finds its vendor by itself
def test_a_key_of_another_vendor_and_no_key_at_all_are_told_alike(store: Shop, key: str, name: str) -> None:
    other = Shop(store.server)
    other.product("forms", "--product-id", "501")
    grant(other, key)
    told = [
        send(store, name, asked, "shop.example.com").text.replace(asked, "KEY")
        for asked in (key, "NOBO-DYS-AT-ALL-KEY-1234")
    ]
    cleaned = [_timeless(text) for text in told]
    assert cleaned[0] == cleaned[1]


def _timeless(text: str) -> str:
    """Without what differs from second to second."""
    try:
        told = json.loads(text)
    except ValueError:
        return text
    for name in ("timestamp", "sig", "api_call_execution_time", "checksum"):
        told.pop(name, None)
    return json.dumps(told, sort_keys=True)


def test_a_secret_of_one_product_opens_no_other_whatever_the_call_names(store: Shop, key: str) -> None:
    store.product("crm")
    words = ["face", "secret", "add", "slm", "--vendor", store.slug, "--scope", "verify", "--product", "crm"]
    store.shell.run(*words, "--secret-file", "-", given="the crm's secret\n")
    grant(store, key)
    for reference in ("forms", "crm", ""):
        args = {
            "slm_action": "slm_check",
            "secret_key": "the crm's secret",
            "license_key": key,
            "item_reference": reference,
        }
        told = session().get(f"{store.server.url}/compat/{store.slug}/", params=args, timeout=60).json()
        assert told["result"] == "error", reference


def test_a_secret_of_one_product_frees_no_seat_of_another_and_lists_its_own(store: Shop, key: str) -> None:
    store.product("crm")
    for scope, secret in (("verify", "the crm's secret"), ("manage", "the crm's own")):
        words = ["face", "secret", "add", "lmfwc", "--vendor", store.slug, "--scope", scope, "--product", "crm"]
        store.shell.run(*words, "--consumer", scope, "--secret-file", "-", given=f"{secret}\n")
    grant(store, key)
    send(store, "lmfwc", key, "shop.example.com")
    base = f"{store.server.url}/compat/{store.slug}/wp-json/lmfwc/v2/licenses"
    args = {"consumer_key": "verify", "consumer_secret": "the crm's secret"}
    assert session().get(f"{base}/deactivate/{key}", params=args, timeout=60).status_code >= 400
    assert seats(store, key)["used"] == 1
    args = {"consumer_key": "manage", "consumer_secret": "the crm's own"}
    assert key not in session().get(base, params=args, timeout=60).text


def test_a_protocol_that_was_never_shipped_can_be_closed_and_opened(store: Shop, key: str) -> None:
    grant(store, key)
    told = store.shell.json("face", "set", "edd", "--vendor", store.slug, "--off")
    assert told == {"face": "edd", "on": False, "shows_holder": False}
    assert send(store, "edd", key, "shop.example.com").status_code == 404
    assert PROTOCOLS["lemonsqueezy"].is_active(send(store, "lemonsqueezy", key, "shop.example.com"))
    store.shell.run("face", "set", "edd", "--vendor", store.slug, "--on")
    assert PROTOCOLS["edd"].is_active(send(store, "edd", key, "shop.example.com"))
