"""Vendors' software in hostile hands: more seats than were paid for, other people's seats, memory and time of ours."""

from __future__ import annotations

import gc
import random
import sys
import weakref
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import jwt
import pytest
from sqlalchemy import event, insert

from adapters.faces import FACES
from connector import codec, facing, ids, key_rotation, lookup, tables
from connector.db import transaction
from connector.domain.catalogue import Product
from connector.domain.events import Granted, Key, Person, SiteActivated
from connector.domain.licence import Licence
from connector.domain.seats import Claim
from connector.gatekeeping import gate_of
from connector.vendors import named
from tests.flows.stores import NOW, Store
from wsgi import create_app

KEY = Key("AAAA-BBBB-CCCC-0001")
ADA = Person("7", "ada@example.com", "Ada")


class Shop:
    """A vendor whose software speaks every protocol, with a clock that goes on by a second with each call."""

    def __init__(self, store: Store, **limits: Any) -> None:
        self.store = store
        self.now = NOW
        settings = replace(store.runtime.settings, **limits)
        faces: Any = FACES
        store.runtime = replace(store.runtime, clock=lambda: self.now, faces=faces, settings=settings, memo={})
        self.client: Any = create_app(store.runtime).test_client()

    def sell(self, key: str = KEY, limit: int | None = 1, product: str = "forms", **terms: Any) -> None:
        self.store.tell([Granted(Key(key), product, NOW - timedelta(days=1), ADA, site_limit=limit, **terms)])

    def native(self, act: str, key: str = KEY, **body: Any) -> Any:
        self.now += timedelta(seconds=1)
        return self.client.post(f"/v1/licenses/{act}", json={"license_key": key} | body)

    def code(self, act: str, key: str = KEY, **body: Any) -> str:
        answer = self.native(act, key, **body)
        assert answer.status_code == 200, answer.text
        return str(answer.json["code"])

    def edd(self, action: str, key: str = KEY, **args: Any) -> Any:
        self.now += timedelta(seconds=1)
        given = {"edd_action": action, "license": key, "item_name": "forms"} | args
        return self.client.post("/compat/acme/", data=given)

    def secret(
        self, face: str, scope: str, secret: str, consumer: str | None = None, product: str | None = None
    ) -> None:
        with transaction(self.store.runtime.engine) as tx:
            row = {"id": ids.new_id("fsc", NOW), "vendor_id": named(tx, self.store.runtime, "acme").id, "face": face}
            sealed = self.store.keyring.seal(secret.encode())
            more = {"scope": scope, "consumer": consumer, "product": product, "sealed": sealed, "created_at": NOW}
            tx.execute(insert(tables.face_secrets).values(**row, **more))

    def statements(self, call: Callable[[], Any]) -> int:
        said: list[str] = []
        listen = (self.store.runtime.engine, "before_cursor_execute", lambda *told: said.append(told[2]))
        event.listen(*listen)
        call()
        event.remove(*listen)
        return len(said)


@pytest.fixture
def shop(store: Store) -> Shop:
    return Shop(store)


# -- more seats than were paid for


def test_an_install_without_a_site_is_no_seat_for_all_sites(shop: Shop) -> None:
    """Clones of one database share the install id; where sites count, an id activated alone covers its first site only."""
    shop.sell()
    assert shop.code("activate", install="a1b2") == "VALID"
    assert shop.code("activate", install="a1b2", site="one.example.com") == "VALID"
    assert shop.code("validate", install="a1b2", site="one.example.com") == "VALID"
    assert shop.code("activate", install="a1b2", site="two.example.com") == "SITE_LIMIT_REACHED"
    assert shop.code("validate", install="a1b2", site="two.example.com") == "SITE_LIMIT_REACHED"
    assert shop.native("validate").json["sites"]["used"] == 1


def test_an_install_that_was_never_given_a_site_says_nothing_about_one(shop: Shop) -> None:
    shop.sell()
    assert shop.code("activate", install="a1b2") == "VALID"
    assert shop.code("validate", install="a1b2") == "VALID"
    assert shop.code("validate", install="a1b2", site="two.example.com") != "VALID"


def test_only_a_place_that_holds_a_seat_can_give_it_up(shop: Shop) -> None:
    shop.sell()
    for site in ("real.example.com", "staging.real.example.com"):
        assert shop.code("activate", site=site) == "VALID"
    assert shop.code("activate", site="new.example.com", replace="staging.real.example.com") == "SITE_LIMIT_REACHED"
    told = shop.native("validate", site="staging.real.example.com").json["sites"]
    assert (told["used"], told["exempt"], told["this_site"]) == (1, 1, "exempt")


def test_a_sub_site_does_not_give_up_the_seat_it_shares(shop: Shop) -> None:
    shop.store.add_product(Product("forms", site_unit="domain"))
    shop.sell()
    for site in ("example.com", "en.example.com"):
        assert shop.code("activate", site=site) == "VALID"
    assert shop.code("activate", site="other.example.org", replace="en.example.com") == "SITE_LIMIT_REACHED"
    assert shop.code("validate", site="en.example.com") == "VALID"


@pytest.mark.parametrize(
    ("unit", "shown"), [("domain", ("one.wordpress.com", "two.wordpress.com")), ("domain", ("a.me.uk", "b.me.uk"))]
)
def test_r12_neighbours_under_a_shared_name_are_not_one_domain(shop: Shop, unit: str, shown: tuple[str, str]) -> None:
    shop.store.add_product(Product("forms", site_unit=unit))
    shop.sell()
    assert shop.code("activate", site=shown[0]) == "VALID"
    assert shop.code("activate", site=shown[1]) == "SITE_LIMIT_REACHED"


def test_r10_a_bound_place_is_not_freed_to_be_bound_elsewhere_as_often_as_one_likes(shop: Shop) -> None:
    """Through another protocol, that is: where everybody sends one domain, the directory tells the places apart."""
    shop.store.add_product(Product("forms", move_limit=1))
    shop.sell()
    verify = "/compat/acme/modules/servers/licensing/verify.php"

    def check(directory: str) -> bool:
        shop.now += timedelta(seconds=1)
        given = {"licensekey": KEY, "domain": "www.example.com", "ip": "localhost", "dir": directory}
        return "<status>Active</status>" in shop.client.post(verify, data=given).text

    assert check("A" * 32)
    for turn, server in enumerate(("B" * 32, "C" * 32)):
        assert not check(server)
        assert shop.code("deactivate", site="www.example.com") == "SITE_NOT_ACTIVATED"
        assert check(server) is (turn == 0)


def test_asking_without_end_does_not_keep_an_ended_licence_alive(store: Store) -> None:
    """A refusal for asking too often may repeat the last answer no longer than that one said it is good for."""
    shop = Shop(store, rate_key=3)
    shop.sell(expires_at=NOW + timedelta(hours=2))
    shop.edd("activate_license", url="https://one.example.com")
    check = {"url": "https://one.example.com"}
    assert shop.edd("check_license", **check).json["license"] == "valid"
    for _ in range(9):
        found = shop.edd("check_license", **check)
    assert found.json["license"] == "valid"  # still from memory
    shop.now = NOW + timedelta(hours=3)
    for _ in range(9):
        shop.now -= timedelta(seconds=1)  # through another door, so that nothing is remembered
        shop.native("validate")
    found = shop.edd("check_license", **check)
    assert found.json.get("license") != "valid"


def test_nobody_frees_or_reads_a_place_by_a_name_that_can_be_guessed(shop: Shop) -> None:
    """A token alone is enough at Digital License Manager: it must be one of ours, or its peer's, never the caller's own word."""
    shop.sell()
    shop.secret("dlm", "verify", "shipped with the software", consumer="ck_1")
    given = {"license_key": KEY, "instance_name": "Front desk"}
    assert shop.client.post("/compat/acme/v1/licenses/activate", data=given).json["activated"] is True
    assert shop.code("activate", site="one.example.com", install="wc_am_0001") == "SITE_LIMIT_REACHED"
    shipped = {"consumer_key": "ck_1", "consumer_secret": "shipped with the software"}
    for act in ("validate", "deactivate"):
        told = shop.client.get(f"/compat/acme/wp-json/dlm/v1/licenses/{act}/Front%20desk", query_string=shipped)
        assert told.status_code == 404, act
    assert shop.native("validate").json["sites"]["used"] == 1


# -- seats are given back, and taken again, for certain


def test_a_seat_is_given_back_although_a_host_with_a_fast_clock_told_of_it(shop: Shop) -> None:
    shop.sell()
    ahead = NOW + timedelta(hours=1)
    shop.store.tell([SiteActivated(KEY, "old.example.com", ahead)])
    assert shop.native("deactivate", site="old.example.com").json["sites"]["used"] == 0
    assert shop.code("activate", site="new.example.com") == "VALID"


def test_elg_09_a_call_that_waited_for_the_lock_comes_after_what_it_waited_for(shop: Shop) -> None:
    """The time of an act is that of the lock, so that a crowd at one licence never makes its history be read again."""
    shop.sell(limit=None)
    assert shop.code("activate", site="one.example.com") == "VALID"
    late, shop.now = shop.now, shop.now - timedelta(minutes=1)
    assert "FROM events" not in "".join(_said(shop, lambda: shop.code("activate", site="two.example.com")))
    assert shop.now < late


def _said(shop: Shop, call: Callable[[], Any]) -> list[str]:
    said: list[str] = []
    listen = (shop.store.runtime.engine, "before_cursor_execute", lambda *told: said.append(told[2]))
    event.listen(*listen)
    call()
    event.remove(*listen)
    return said


def test_r10_a_seat_nobody_had_is_no_move_however_many_staging_copies_there_are(shop: Shop) -> None:
    shop.store.add_product(Product("forms", move_limit=0))
    shop.sell(limit=3)
    for site in ("one.example.com", "staging.one.example.com", "localhost"):
        assert shop.code("activate", site=site) == "VALID"
    shop.code("deactivate", site="one.example.com")
    assert shop.code("activate", site="two.example.com") == "VALID"
    assert shop.code("activate", site="three.example.com") == "VALID"
    assert shop.code("activate", site="four.example.com") == "ACTIVATIONS_EXHAUSTED"


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
        costs = {shop.statements(lambda k=k, a=act: shop.code(a, k, site="a.example.com")) for k in keys}  # type: ignore[misc]
        assert len(costs) == 1, act
    for action in ("check_license", "activate_license", "get_version"):
        costs = {shop.statements(lambda k=k, a=action: shop.edd(a, k, url="a.example.com")) for k in keys}  # type: ignore[misc]
        assert len(costs) == 1, action


def test_a_known_key_costs_what_an_unknown_one_does(shop: Shop) -> None:
    shop.sell()
    cost = {
        shop.statements(lambda k=k: shop.code("validate", k, site="a.example.com"))  # type: ignore[misc]
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

    assert shop.statements(call) < 30
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

    monkeypatch.setattr(facing, "ask", broken)
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


# -- honest customers


def test_a_bundles_token_is_for_the_product_that_asked(shop: Shop) -> None:
    shop.store.add_product(Product("bundle", includes=("crm",)))
    shop.store.add_product(Product("crm"))
    shop.sell(product="bundle")
    shop.code("activate", site="one.example.com")
    told = shop.native("token", site="one.example.com", product="crm").json
    assert jwt.decode(told["token"], options={"verify_signature": False})["aud"] == "crm"
    told = shop.native("token", site="one.example.com").json
    assert jwt.decode(told["token"], options={"verify_signature": False})["aud"] == "bundle"


def test_a_product_with_a_name_in_any_script_is_known_by_it(shop: Shop) -> None:
    shop.store.add_product(Product("forms", name="Формы Про"))
    shop.sell()
    for name in ("Формы Про", "формы-про"):
        told = shop.edd("activate_license", url="one.example.com", item_name=name).json
        assert told["license"] == "valid", name
    told = shop.edd("check_license", url="one.example.com", item_name="Таблицы").json
    assert told["license"] == "item_name_mismatch"


def test_two_products_of_one_name_are_each_good_for_it(shop: Shop) -> None:
    """Sold by the year and for ever, say; the id still tells them apart."""
    shop.store.add_product(Product("forms-annual", name="Acme Forms", refs=("edd:501",)))
    shop.store.add_product(Product("forms-lifetime", name="Acme Forms", refs=("edd:502",)))
    for product in ("forms-annual", "forms-lifetime"):
        shop.sell(f"KEY-OF-{product}", product=product)
        told = shop.edd("activate_license", f"KEY-OF-{product}", url="one.example.com", item_name="Acme Forms").json
        assert told["license"] == "valid"
    told = shop.edd("check_license", "KEY-OF-forms-annual", url="one.example.com", item_id="502").json
    assert told["license"] == "invalid_item_id"


def test_an_install_that_moved_gets_a_token_for_where_it_is(shop: Shop) -> None:
    shop.store.add_product(Product("forms", site_unit="install"))
    shop.sell()
    assert shop.code("activate", site="old.example.com", install="a1b2") == "VALID"
    assert shop.code("activate", site="new.example.com", install="a1b2") == "VALID"
    token = shop.native("token", site="new.example.com", install="a1b2").json["token"]
    assert jwt.decode(token, options={"verify_signature": False})["site"] == "new.example.com"
    assert isinstance(shop.now, datetime)
