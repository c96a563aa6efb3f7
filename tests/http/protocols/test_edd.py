"""Software that ships with EDD's clients, at a running connector: the scenarios of the protocol reference, section 8."""

from __future__ import annotations

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from urllib.parse import quote

import pytest

from tests.http.protocols.edd_site import ITEM, NAME, Site
from tests.http.server.test_database_away import no_connections
from tests.http.serving import Server
from tests.http.shops import ADA, Hook, Shop, session

KEY = "ACME-7K3F-2M9Q-0001"


@pytest.fixture
def hook(shop: Shop) -> Hook:
    shop.product("forms", "--name", NAME, "--face-id", f"edd={ITEM}")
    shop.product("charts", "--name", "Acme Charts", "--face-id", "edd=502")
    shop.product("suite", "--name", "Acme Suite", "--includes", "forms", "--includes", "charts")
    return shop.hook()


@pytest.fixture
def site(hook: Hook) -> Site:
    """A site with a key for two sites, not activated yet."""
    hook.grant(KEY, site_limit=2)
    return Site(hook.shop, KEY)


def test_a_site_takes_a_seat_checks_it_and_gives_it_back(site: Site) -> None:
    assert site.plugin("check_license")["license"] == "inactive"
    taken = site.plugin("activate_license")
    assert (taken["success"], taken["license"], taken["site_count"], taken["activations_left"]) == (True, "valid", 1, 1)
    assert (taken["item_id"], taken["item_name"], taken["expires"], taken["license_limit"]) == (
        501,
        NAME,
        "lifetime",
        2,
    )
    checked = site.sdk("check_license")
    assert (checked["success"], checked["license"]) == (True, "valid")
    assert site.plugin("activate_license") == taken, "again for the same site: the same answer and count"
    freed = site.sdk("deactivate_license")
    assert (freed["success"], freed["license"], freed["expires"]) == (True, "deactivated", "lifetime")
    assert site.plugin("deactivate_license")["license"] == "failed", "it is not there any more"


@pytest.mark.parametrize("of", ["plugin", "sdk"])
def test_both_clients_take_the_same_seat(site: Site, of: str) -> None:
    getattr(site, of)("activate_license")
    for spelling in (
        "http://www.shop.example.com/",
        "HTTPS://SHOP.Example.com",
        "https://shop.example.com:8443",
        "https://user:pw@shop.example.com.",
        "shop.example.com/?lang=en",
    ):
        same = replace(site, home=spelling)
        for ask in (same.plugin, same.sdk):
            assert ask("activate_license")["site_count"] == 1
            assert ask("check_license")["license"] == "valid", spelling


def test_idn_and_punycode_are_one_site(site: Site) -> None:
    for home in ("https://bücher.example.com", "https://xn--bcher-kva.example.com", "https://BÜCHER.example.com/"):
        assert replace(site, home=home).plugin("activate_license")["site_count"] == 1


def test_a_full_licence_says_so_and_another_site_is_not_active(site: Site) -> None:
    for number in range(2):
        replace(site, home=f"https://s{number}.example.com").plugin("activate_license")
    refused = site.plugin("activate_license")
    assert (refused["success"], refused["license"], refused["error"]) == (False, "invalid", "no_activations_left")
    assert (refused["max_sites"], refused["activations_left"]) == (2, 0)
    assert site.plugin("check_license")["license"] == "site_inactive"
    assert replace(site, home="https://s1.example.com").plugin("activate_license")["success"], "its own seat it keeps"


def test_a_staging_twin_needs_no_seat_up_to_the_cap(hook: Hook, site: Site) -> None:
    hook.shop.shell.run("product", "set", "forms", "--vendor", hook.shop.slug, "--exempt-sites", "2")
    site.plugin("activate_license")
    twins = [replace(site, home=f"https://staging{number}.shop.example.com") for number in range(4)]
    told = [twin.plugin("activate_license", environment="staging") for twin in twins]
    assert [each.get("is_local") for each in told] == [True, True, None, None]
    assert [each["site_count"] for each in told] == [1, 1, 2, 2]
    assert told[3]["error"] == "no_activations_left", "beyond the cap a twin counts like any site"
    liar = replace(site, home="https://www.devices.com", environment="staging")
    assert liar.plugin("activate_license")["error"] == "no_activations_left", "a word of the caller's exempts nothing"


def test_an_expired_licence_is_told_apart_and_frees_its_seat(hook: Hook, site: Site) -> None:
    site.plugin("activate_license")
    hook.tell("license.renewed", {"license_key": KEY, "expires_at": hook.shop.ago(days=1)})
    checked = site.plugin("check_license")
    assert (checked["success"], checked["license"]) == (True, "expired")
    assert site.plugin("activate_license")["error"] == "expired"
    freed = site.plugin("deactivate_license")
    assert (freed["success"], freed["license"], type(freed["expires"])) == (True, "deactivated", int)
    assert site.plugin("check_license")["site_count"] == 0


def test_a_full_and_expired_licence_says_it_is_full(hook: Hook, site: Site) -> None:
    for number in range(2):
        replace(site, home=f"https://s{number}.example.com").plugin("activate_license")
    hook.tell("license.renewed", {"license_key": KEY, "expires_at": hook.shop.ago(days=1)})
    assert site.plugin("activate_license")["error"] == "no_activations_left"


def test_ended_support_leaves_the_licence_valid(hook: Hook) -> None:
    hook.grant(KEY, support_until=hook.shop.ago(days=3))
    site = Site(hook.shop, KEY)
    site.plugin("activate_license")
    checked = site.plugin("check_license")
    assert (checked["license"], checked["support_status"]) == ("valid", "expired")


def test_a_refund_disables_the_licence(hook: Hook, site: Site) -> None:
    site.plugin("activate_license")
    hook.tell("license.status_changed", {"license_key": KEY, "status": "refunded"})
    assert site.plugin("check_license")["license"] == "disabled"
    assert site.plugin("activate_license")["error"] == "disabled"
    assert site.plugin("deactivate_license")["license"] == "deactivated"


def test_a_key_for_another_product_is_refused_by_id_and_by_name(site: Site) -> None:
    other = replace(site, item="502")
    assert other.plugin("check_license")["license"] == "invalid_item_id"
    assert other.plugin("activate_license")["error"] == "invalid_item_id"
    named = {"item_id": "0", "item_name": "Acme%20Charts"}
    assert site.plugin("check_license", **named)["license"] == "item_name_mismatch"
    assert site.plugin("activate_license", **named)["error"] == "item_name_mismatch"
    nothing = site.plugin("activate_license", item_id="0", item_name="0")
    assert nothing["error"] == "item_name_mismatch", "leaving the product out is no way around the check"
    by_name = site.plugin("activate_license", item_id="0")
    assert (by_name["success"], by_name["item_id"], by_name["item_name"]) == (True, False, NAME)


def test_a_bundle_opens_what_it_includes(hook: Hook) -> None:
    hook.grant(KEY, product="suite")
    for item in (ITEM, "502"):
        site = Site(hook.shop, KEY, item=item)
        assert site.plugin("activate_license")["success"]
        assert site.sdk("check_license")["license"] == "valid"


def test_strangers_keys_are_told_nothing_and_all_the_same(hook: Hook, shops: Callable[..., Shop]) -> None:
    other = shops()
    other.product("forms", "--face-id", f"edd={ITEM}")
    other.hook().grant("OTHER-VENDORS-KEY-01")
    hook.grant("RETIRED-KEY-0000-0001")
    hook.shop.shell.run("license", "rotate", "RETIRED-KEY-0000-0001", "--overlap", "0 days", "--why", "it leaked")
    told = set()
    for key in ("OTHER-VENDORS-KEY-01", "RETIRED-KEY-0000-0001", "NOPE", "\x00", "k" * 10_000, "", "é"):
        site = Site(hook.shop, key)
        checked, taken = site.plugin("check_license"), site.plugin("activate_license")
        assert len(checked.pop("checksum")) == len(taken.pop("checksum")) == 32
        told.add(json.dumps([checked, taken], sort_keys=True))
        assert site.plugin("deactivate_license")["license"] == "failed"
    assert len(told) == 1, "whatever makes a key unknown"
    checked, taken = json.loads(told.pop())
    assert checked == {"success": False, "license": "invalid", "item_id": 501, "item_name": NAME}
    assert taken == {"success": False, "license": "invalid", "error": "missing", "item_id": 501, "item_name": NAME}


def test_the_holder_is_shown_only_where_the_vendor_lets_us(hook: Hook, site: Site) -> None:
    assert ADA["email"] not in json.dumps(site.plugin("activate_license"))
    assert site.plugin("check_license")["customer_email"] == ""
    hook.shop.shell.run("face", "set", "edd", "--vendor", hook.shop.slug, "--show-holder")
    assert site.plugin("check_license")["customer_email"] == ADA["email"]


def test_without_a_url_the_site_is_taken_from_the_user_agent(site: Site) -> None:
    assert site.plugin("activate_license", url="")["success"]
    assert site.plugin("check_license")["license"] == "valid"
    store = f"{site.store}?edd_action=activate_license&license={KEY}&item_id={ITEM}"
    assert session().get(store, timeout=30).json()["error"] == "missing_url"


def test_a_post_with_an_empty_body_and_any_path_will_do(site: Site) -> None:
    told = f"edd_action=activate_license&license={KEY}&item_id={ITEM}&url={quote(site.home, safe='')}"
    answer = session().post(f"{site.store}edd-sl-api/?{told}", timeout=30)
    assert answer.json()["license"] == "valid"


def test_one_of_twenty_gets_the_last_seat(hook: Hook) -> None:
    hook.grant(KEY, site_limit=1)
    sites = [Site(hook.shop, KEY, f"https://s{number}.example.com") for number in range(20)]
    with ThreadPoolExecutor(20) as pool:
        told = list(pool.map(lambda site: site.plugin("activate_license"), sites))
    assert [each.get("error") for each in told].count("no_activations_left") == 19
    assert sum(each["success"] for each in told) == 1


BAD_URLS = [
    "javascript:alert(1)",
    "//",
    "a." * 5000,
    "\x00",
    "http://[",
    "аррӏе.example.com:99999",
    "https://",
    "%00",
    " ",
]


@pytest.mark.parametrize("url", BAD_URLS, ids=lambda url: url[:12])
def test_a_site_that_is_none_gets_an_answer_and_no_seat(site: Site, url: str) -> None:
    bad = replace(site, home=url)
    store = bad.store
    for action in ("check_license", "activate_license", "deactivate_license", "get_version"):
        told = {"edd_action": action, "license": KEY, "item_id": ITEM, "url": url}
        for answer in (session().post(store, data=told, timeout=30), session().get(store, params=told, timeout=30)):
            # A long address the server itself refuses (414) never reaches us; a form is always answered.
            assert answer.status_code in ((200,) if answer.request.method == "POST" else (200, 400, 414, 431)), (
                answer.text
            )
    assert site.plugin("check_license")["site_count"] == 0 or "аррӏе" in url


@pytest.mark.parametrize(
    "told",
    [
        {"edd_action": "check_license"},
        {"edd_action": ""},
        {"edd_action": "x" * 9000},
        {"edd_action": ["check_license", "activate_license"], "license": [KEY, "x"], "item_id": ["1", "2"]},
        {"edd_action": "check_license", "license[]": KEY, "item_id": "9" * 400, "url[0]": "x"},
        {"edd_action": "get_version", "products": ""},
        {"edd_action": "get_version", "products[a]": "b", "products[][x]": "y"},
        {"edd_action": "get_version"} | {f"products[p{number}][item_id]": ITEM for number in range(300)},
    ],
    ids=range(8),
)
def test_a_call_that_makes_no_sense_is_answered(site: Site, told: dict[str, str]) -> None:
    assert isinstance(site.post(told), dict) if all(isinstance(value, str) for value in told.values()) else True
    assert session().post(site.store, data=told, timeout=30).status_code == 200
    assert session().post(site.store, json=told, timeout=30).status_code in (200, 404), "JSON is no form"


@pytest.mark.postgres
def test_with_the_database_away_the_last_verdict_stands(own_postgresql: Server) -> None:
    shop = Shop(own_postgresql)
    shop.product("forms", "--name", NAME, "--face-id", f"edd={ITEM}")
    shop.hook().grant(KEY)
    site = Site(shop, KEY)
    site.plugin("activate_license")
    before = site.plugin("check_license")
    with no_connections(own_postgresql):
        assert site.plugin("check_license") == before
        unknown = replace(site, home="https://new.example.com")
        told = unknown.plugin("check_license")
        assert (told["success"], told.get("license"), told["error"]) == (False, None, "unavailable")
        assert "license" not in unknown.plugin("activate_license")
        assert site.plugin("deactivate_license")["license"] == "failed"
        version = site.updater()
        assert (version["new_version"], version["package"], version["sections"]) == ("", "", {})
    assert site.plugin("check_license")["license"] == "valid"
