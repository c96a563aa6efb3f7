"""Vendors' software in hostile hands: what it may cost us, what of it we remember, and that it is never a fault of ours."""

from __future__ import annotations

import gc
import random
import sys
import weakref
from datetime import timedelta
from typing import Any

import pytest

from connector.domain.licensing.events import Key, SiteActivated
from connector.domain.licensing.licence import Licence
from connector.domain.licensing.seats import Claim
from connector.licences import key_rotation, lookup, protocols
from connector.licences.rate_limits import gate_of
from connector.storage import codec
from connector.storage.database import transaction
from connector.vendors.vendor import named
from tests.support.software import KEY, Shop
from tests.support.stores import NOW, Store


@pytest.fixture
def shop(store: Store) -> Shop:
    return Shop(store)


# -- what is asked costs alike, and not ever more


def test_unknown_foreign_retired_and_ungranted_keys_cost_the_same_statements(shop: Shop) -> None:
    shop.sell()
    shop.sell("RETIRED-KEY-0000-0001")
    shop.store.tell([SiteActivated(Key("UNGRANTED-0000-0001"), "a.example.com", NOW)])
    with transaction(shop.store.runtime.engine) as tx:
        vendor = named(tx, shop.store.runtime, "acme")
        found = lookup.by_key(tx, vendor.id, shop.store.keyring.key_hash("RETIRED-KEY-0000-0001"))
        assert found is not None
        key_rotation.rotate(tx, shop.store.keyring, vendor.id, found.id, Key("FRESH-KEY-0000-0001"), NOW, NOW)
    keys = ("UNKNOWN-KEY-0000-0001", "RETIRED-KEY-0000-0001", "UNGRANTED-0000-0001", "x" * 200, KEY + "X")
    for act in ("validate", "activate", "deactivate"):
        costs = {len(shop.statements(lambda k=k, a=act: shop.code(a, k, site="a.example.com"))) for k in keys}  # type: ignore[misc]
        assert len(costs) == 1, act
    for action in ("check_license", "activate_license", "get_version"):
        costs = {len(shop.statements(lambda k=k, a=action: shop.edd(a, k, url="a.example.com"))) for k in keys}  # type: ignore[misc]
        assert len(costs) == 1, action


def test_a_known_key_costs_what_an_unknown_one_does(shop: Shop) -> None:
    shop.sell()
    cost = {
        len(shop.statements(lambda k=k: shop.code("validate", k, site="a.example.com")))  # type: ignore[misc]
        for k in (KEY, "UNKNOWN-KEY-0000-0001")
    }
    assert len(cost) == 1


def test_freeing_every_seat_is_one_act_however_many_there_are(shop: Shop) -> None:
    shop.sell(limit=None)
    shop.store.tell([SiteActivated(KEY, f"site{number}.example.com", NOW) for number in range(30)])
    reset = {"wc-api": "software-api", "request": "activation_reset", "email": "ada@example.com", "license_key": KEY}

    def call() -> None:
        shop.now += timedelta(seconds=1)
        assert shop.client.get("/compat/acme/", query_string=reset | {"product_id": "forms"}).json["reset"] is True

    assert len(shop.statements(call)) < 30
    assert shop.native("validate").json["sites"]["used"] == 0


# -- memory


def test_what_is_remembered_is_small_whatever_is_sent(shop: Shop) -> None:
    shop.sell()
    for number in range(20):
        shop.edd("check_license", url=f"https://{number}.example.com/" + "x" * 200_000)
    assert _size(gate_of(shop.store.runtime).memory) < 200_000


def test_what_is_remembered_of_a_big_licence_is_no_copy_of_it(shop: Shop) -> None:
    shop.sell(limit=None)
    sites = tuple(f"site{number}.example.com" for number in range(400))
    shop.sell(limit=None, sites=sites)
    for site in sites[:20]:
        assert shop.edd("check_license", url=site).json["license"] == "valid"
    assert _size(gate_of(shop.store.runtime).memory) < 20 * 100 * 400


def test_keys_that_nobody_has_drive_out_no_answer(shop: Shop) -> None:
    shop.edd("check_license", "NO-SUCH-KEY", url="https://one.example.com")
    shop.edd("get_version", "NO-SUCH-KEY", url="https://one.example.com")
    assert _kept(shop) == 0


def test_big_states_are_not_kept_by_the_thousand() -> None:
    """Each activation on a big licence makes another state of megabytes."""

    def state(turn: int) -> str:
        claims = tuple(Claim(f"site{number}.example.com", NOW) for number in range(400))
        return codec.dumps(Licence(product=f"p{turn}", claims=claims))

    first = weakref.ref(codec.loads(state(0), Licence))
    for turn in range(1, 40):
        codec.loads(state(turn), Licence)
    gc.collect()
    assert first() is None


def _kept(shop: Shop) -> int:
    return len(gate_of(shop.store.runtime).memory._kept)


def _size(value: Any, seen: set[int] | None = None) -> int:
    seen = set() if seen is None else seen
    if id(value) in seen or value is None:
        return 0
    seen.add(id(value))
    total = sys.getsizeof(value)
    if isinstance(value, dict):
        return total + sum(_size(each, seen) for pair in value.items() for each in pair)
    if isinstance(value, list | tuple | set | frozenset):
        return total + sum(_size(each, seen) for each in value)
    return total + (_size(vars(value), seen) if hasattr(value, "__dict__") and not callable(value) else 0)


def test_what_software_says_of_its_place_is_cut_before_it_is_kept(shop: Shop) -> None:
    shop.sell()
    shop.edd("activate_license", url="https://one.example.com", environment="x" * 200_000)
    with transaction(shop.store.runtime.engine) as tx:
        vendor = named(tx, shop.store.runtime, "acme")
        found = lookup.by_key(tx, vendor.id, shop.store.keyring.key_hash(KEY))
    assert found is not None
    assert len(found.licence.claims[0].environment or "") <= 40


def test_a_site_longer_than_any_is_no_site_and_no_fault_of_ours(shop: Shop) -> None:
    """Letters outside ASCII in a path grow ninefold: more than an index takes."""
    shop.sell()
    letters = random.Random(7)
    path = "".join(chr(letters.randrange(0x4E00, 0x9FFF)) for _ in range(1900))
    assert shop.native("activate", site=f"example.com/{path}").status_code == 422
    assert shop.edd("activate_license", url=f"https://example.com/{path}").json["license"] == "invalid"


def test_an_address_of_ipv6_is_the_network_a_customer_gets(store: Store) -> None:
    """Whoever has one IPv6 address has 2^64 of them."""
    shop = Shop(store, rate_misses=3)
    statuses = [
        shop.client.post(
            "/v1/licenses/validate",
            json={"license_key": f"GUESS-{number}"},
            environ_base={"REMOTE_ADDR": f"2a00:1450:4001:80b::{number + 1:x}"},
        ).status_code
        for number in range(6)
    ]
    assert statuses[-1] == 429


# -- never a fault of ours


@pytest.mark.parametrize("fault", [RuntimeError("a bug"), ValueError("a state nobody can read")])
def test_a_bug_of_ours_is_no_invalid_licence(shop: Shop, monkeypatch: pytest.MonkeyPatch, fault: Exception) -> None:
    shop.sell()
    check = {"licensekey": KEY, "domain": "one.example.com", "ip": "203.0.113.7", "dir": "/srv"}
    verify = "/compat/acme/modules/servers/licensing/verify.php"
    assert "<status>Active</status>" in shop.client.post(verify, data=check).text
    shop.edd("activate_license", "OTHER-KEY")

    def broken(*_: Any, **__: Any) -> Any:
        raise fault

    monkeypatch.setattr(protocols, "ask", broken)
    assert "<status>Active</status>" in shop.client.post(verify, data=check).text
    other = shop.client.post(verify, data=check | {"licensekey": "NEVER-ASKED"})
    assert (other.status_code, other.text) == (429, "")
    told = shop.edd("check_license", url="https://two.example.com").json
    assert (told["success"], "license" in told) == (False, False)


def test_a_list_shows_licences_whose_first_key_has_retired(shop: Shop) -> None:
    shop.sell()
    shop.secret("lmfwc", "manage", "the back end's own secret", consumer="ck_1")
    with transaction(shop.store.runtime.engine) as tx:
        vendor = named(tx, shop.store.runtime, "acme")
        found = lookup.by_key(tx, vendor.id, shop.store.keyring.key_hash(KEY))
        assert found is not None
        key_rotation.rotate(tx, shop.store.keyring, vendor.id, found.id, Key("FRESH-KEY-0000-0001"), NOW, NOW)
    given = {"consumer_key": "ck_1", "consumer_secret": "the back end's own secret"}
    told = shop.client.get("/compat/acme/wp-json/lmfwc/v2/licenses", query_string=given).json
    assert [each["licenseKey"] for each in told["data"]] == ["FRESH-KEY-0000-0001"]


@pytest.mark.parametrize("scope", ["verify", "manage"])
def test_an_empty_secret_opens_nothing(shop: Shop, scope: str) -> None:
    shop.sell()
    shop.secret("slm", scope, "")
    for action in ("slm_check", "slm_create_new"):
        given = {"slm_action": action, "secret_key": "", "license_key": KEY, "item_reference": "forms"}
        assert shop.client.get("/compat/acme/", query_string=given).json["error_code"] in (90, 100)


def test_no_spelling_of_the_address_is_redirected(shop: Shop) -> None:
    """WordPress and curl lose a form on the way; two slashes come of a store address with one at its end."""
    shop.sell()
    shop.secret("lmfwc", "verify", "shipped", consumer="ck_1")
    given = {"consumer_key": "ck_1", "consumer_secret": "shipped"}
    for path in ("acme//", "acme//edd-sl-api", "acme///", "acme"):
        told = shop.client.post(f"/compat/{path}", data={"edd_action": "check_license", "license": KEY})
        assert told.status_code == 200, path
    for path in ("acme//wp-json/lmfwc/v2/licenses", "acme/shop//wp-json/lmfwc/v2/licenses"):
        assert shop.client.get(f"/compat/{path}/{KEY}", query_string=given).status_code == 200, path
    verify = "/compat/acme//modules/servers/licensing/verify.php"
    assert shop.client.post(verify, data={"licensekey": KEY}).status_code == 200
