"""Vendors' software in hostile hands: more seats than were paid for, other people's seats - and what honest hands need."""

from __future__ import annotations

from datetime import timedelta

import jwt
import pytest

from connector.domain.licensing.catalogue import Product
from connector.domain.licensing.events import SiteActivated
from tests.support.software import KEY, Shop
from tests.support.stores import NOW, Store


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
    assert "FROM events" not in "".join(shop.statements(lambda: shop.code("activate", site="two.example.com")))
    assert shop.now < late


def test_r10_a_seat_nobody_had_is_no_move_however_many_staging_copies_there_are(shop: Shop) -> None:
    shop.store.add_product(Product("forms", move_limit=0))
    shop.sell(limit=3)
    for site in ("one.example.com", "staging.one.example.com", "localhost"):
        assert shop.code("activate", site=site) == "VALID"
    shop.code("deactivate", site="one.example.com")
    assert shop.code("activate", site="two.example.com") == "VALID"
    assert shop.code("activate", site="three.example.com") == "VALID"
    assert shop.code("activate", site="four.example.com") == "ACTIVATIONS_EXHAUSTED"


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
