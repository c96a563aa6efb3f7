"""Seats over the native API: exempt sites and their cap, counting units, moves and their limit, who asks (R10-R12, ELG-08)."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete

from connector.domain.licensing.catalogue import Product
from connector.domain.licensing.events import DelegateChanged, Granted, Key, Person
from connector.storage import ids, tables
from connector.storage.database import transaction
from tests.personal import found_in
from tests.support.stores import NOW, Store
from wsgi import create_app

KEY = Key("AAAA-BBBB-CCCC-0001")
ADA = Person("7", "ada@example.com", "Ada")


class Software:
    """A vendor's software at the native API, with a clock of its own."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.now = NOW
        store.runtime = replace(store.runtime, clock=lambda: self.now)
        self.client: FlaskClient = create_app(store.runtime).test_client()

    def product(self, **terms: Any) -> None:
        """The product record, as it is from now on."""
        mine = tables.products.c.slug == "forms"
        with transaction(self.store.runtime.engine) as tx:
            tx.execute(delete(tables.products).where(mine))
        self.store.add_product(Product(slug="forms", **terms))

    def licence(self, limit: int | None, **terms: Any) -> None:
        self.store.tell([Granted(KEY, "forms", NOW - timedelta(days=1), ADA, site_limit=limit, **terms)])

    def call(self, act: str, status: int = 200, **body: Any) -> Any:
        self.now += timedelta(seconds=1)
        answer = self.client.post(f"/v1/licenses/{act}", json={"license_key": KEY} | body)
        assert answer.status_code == status, answer.text
        return answer.json

    def codes(self, act: str, *sites: str, **body: Any) -> list[str]:
        return [self.call(act, site=site, **body)["code"] for site in sites]


@pytest.fixture
def software(store: Store) -> Software:
    return Software(store)


def seats(told: Any) -> tuple[int, int, str]:
    return told["sites"]["used"], told["sites"]["exempt"], told["sites"]["this_site"]


def test_r11_staging_and_local_sites_take_no_seat_up_to_a_cap(software: Software) -> None:
    software.product(exempt_limit=2)
    software.licence(1)
    assert seats(software.call("activate", site="shop.example.com")) == (1, 0, "active")
    assert seats(software.call("activate", site="staging.shop.example.com")) == (1, 1, "exempt")
    told = software.call("activate", site="http://localhost:8080/shop")
    assert seats(told) == (1, 2, "exempt")
    assert told["sites"]["exempt_why"] == "local_name"
    assert software.codes("activate", "shop.ddev.site", "uat.example.com") == ["SITE_LIMIT_REACHED"] * 2
    software.call("deactivate", site="staging.shop.example.com")
    assert software.codes("activate", "shop.ddev.site") == ["VALID"]


def test_r11_an_exempt_site_is_not_valid_before_it_is_recorded(software: Software) -> None:
    software.licence(1)
    told = software.call("validate", site="staging.example.com")
    assert (told["code"], told["sites"]["this_site"]) == ("SITE_NOT_ACTIVATED", "exempt")


@pytest.mark.parametrize("site", ["devices.com", "www.contest.com", "latest.example.com", "my.local-shop.com"])
def test_r11_words_inside_a_name_exempt_nothing(software: Software, site: str) -> None:
    software.licence(1)
    assert seats(software.call("activate", site=site)) == (1, 0, "active")


def test_r11_a_site_that_calls_itself_staging_counts_unless_the_vendor_believes_it(software: Software) -> None:
    software.licence(1)
    assert seats(software.call("activate", site="shop.example.com", environment="staging")) == (1, 0, "active")
    software.product(believes_environment=True)
    assert seats(software.call("validate", site="shop.example.com")) == (0, 1, "exempt")


def test_r11_a_vendors_own_suffix_counts_from_the_next_look(software: Software) -> None:
    software.licence(1)
    assert software.codes("activate", "a.preview.acme.example.com", "b.preview.acme.example.com") == [
        "VALID",
        "SITE_LIMIT_REACHED",
    ]
    software.product(exempt_suffixes=("preview.acme.example.com",))
    assert software.codes("activate", "b.preview.acme.example.com") == ["VALID"]
    assert seats(software.call("validate", site="a.preview.acme.example.com")) == (0, 2, "exempt")


@pytest.mark.parametrize(
    ("unit", "used"), [("site", 4), ("host", 3), ("domain", 2)], ids=["each folder", "a host", "a domain"]
)
def test_r12_a_seat_covers_what_the_product_counts(software: Software, unit: str, used: int) -> None:
    software.product(site_unit=unit)
    software.licence(None)
    sites = ["example.com", "example.com/blog", "de.example.com", "other.example.org"]
    assert software.codes("activate", *sites) == ["VALID"] * 4
    assert software.call("validate", site=sites[0])["sites"]["used"] == used


def test_r12_sub_sites_share_the_seat_of_a_full_licence(software: Software) -> None:
    software.product(site_unit="domain")
    software.licence(1)
    assert software.codes("activate", "example.com", "en.example.com", "other.example.org") == [
        "VALID",
        "VALID",
        "SITE_LIMIT_REACHED",
    ]


def test_r12_installs_are_counted_by_their_id(software: Software) -> None:
    software.product(site_unit="install")
    software.licence(1)
    assert software.call("activate", site="shop.example.com", install="a1b2")["code"] == "VALID"
    assert software.call("activate", site="moved.example.com", install="a1b2")["code"] == "VALID"
    assert software.call("activate", site="shop.example.com", install="c3d4")["code"] == "SITE_LIMIT_REACHED"
    assert software.call("deactivate", install="a1b2")["sites"]["used"] == 0


def test_a_full_licence_moves_to_a_new_site_in_one_step(software: Software) -> None:
    software.licence(1)
    software.codes("activate", "old.example.com")
    assert software.codes("activate", "new.example.com", replace="gone.example.com") == ["SITE_LIMIT_REACHED"]
    assert software.codes("activate", "new.example.com", replace="https://OLD.example.com/") == ["VALID"]
    assert software.codes("validate", "old.example.com", "new.example.com") == ["SITE_LIMIT_REACHED", "VALID"]


def test_r10_moves_are_limited_by_the_year(software: Software) -> None:
    software.product(move_limit=1)
    software.licence(1)
    software.codes("activate", "one.example.com")
    assert software.codes("activate", "two.example.com", replace="one.example.com") == ["VALID"]
    assert software.codes("activate", "three.example.com", replace="two.example.com") == ["ACTIVATIONS_EXHAUSTED"]
    assert software.codes("validate", "two.example.com") == ["VALID"]
    software.now += timedelta(days=366)
    assert software.codes("activate", "three.example.com", replace="two.example.com") == ["VALID"]


def test_r10_freeing_and_taking_is_a_move_too_but_coming_back_is_none(software: Software) -> None:
    software.product(move_limit=1)
    software.licence(2)
    software.codes("activate", "one.example.com")
    for _ in range(3):
        software.codes("deactivate", "one.example.com")
        assert software.codes("activate", "one.example.com") == ["VALID"]
    assert software.codes("activate", "two.example.com") == ["VALID"]  # a seat nobody had before
    software.codes("deactivate", "two.example.com")
    assert software.codes("activate", "three.example.com") == ["VALID"]
    software.codes("deactivate", "three.example.com")
    assert software.codes("activate", "four.example.com", "three.example.com") == ["ACTIVATIONS_EXHAUSTED", "VALID"]


@pytest.mark.parametrize(
    ("email", "asker"), [("ADA@example.com", "holder"), ("bob@example.com", "delegate"), ("eve@example.com", "other")]
)
def test_elg_06_software_may_ask_whether_somebody_is_the_holder(software: Software, email: str, asker: str) -> None:
    software.licence(1)
    software.store.tell([DelegateChanged(KEY, "bob@example.com", True, NOW)])
    told = software.call("validate", email=email)
    assert told["owner"] == {"asker": asker}
    assert found_in(str(told), "ada@example.com") == []


def test_a_bundle_is_good_for_what_it_includes(software: Software) -> None:
    software.product(includes=("crm",))
    software.store.add_product(Product(slug="crm"))
    software.licence(1)
    assert [software.call("validate", product=slug)["code"] for slug in ("forms", "crm", "other")] == [
        "VALID",
        "VALID",
        "PRODUCT_MISMATCH",
    ]


@pytest.mark.parametrize(
    ("member", "value"),
    [("site", "javascript:alert(1)"), ("site", "//"), ("site", "a." * 5000), ("replace", "//"), ("install", "")],
)
def test_what_names_no_place_is_refused_with_its_pointer(software: Software, member: str, value: str) -> None:
    software.licence(1)
    told = software.call("activate", 422, **{"site": "shop.example.com", member: value})
    assert told["errors"][0]["pointer"] == f"/{member}"


SPELLINGS = ["{}", "https://{}/", "http://www.{}:8080/wp-admin/", "{}.", "HTTPS://{}/index.php?x=1#y"]
ACTS = st.tuples(
    st.sampled_from(["activate", "deactivate"]),
    st.sampled_from(["one.example.com", "two.example.com", "xn--mller-kva.example.com", "staging.example.com"]),
    st.sampled_from(SPELLINGS),
)


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(ACTS, max_size=12), st.integers(0, 3))
def test_elg_08_any_sequence_in_any_spelling_keeps_used_within_the_limit(
    software: Software, acts: list[tuple[str, str, str]], limit: int
) -> None:
    """used <= limit, and used = distinct counted sites that were let in and not freed."""
    key = Key(f"PROP-{ids.random_key()}")
    software.store.tell([Granted(key, "forms", NOW - timedelta(days=1), ADA, site_limit=limit)])
    let_in: set[str] = set()
    told = software.call("validate", license_key=key)
    for act, site, spelling in acts:
        told = software.call(act, license_key=key, site=spelling.format(site))
        if act == "deactivate":
            let_in.discard(site)
        elif told["code"] == "VALID":
            let_in.add(site)
        assert told["sites"]["used"] <= limit
        assert told["sites"]["used"] == len(let_in - {"staging.example.com"})
        assert told["sites"]["exempt"] == len(let_in & {"staging.example.com"})
    assert isinstance(software.now, datetime)


def test_r10_installs_move_as_sites_do(software: Software) -> None:
    software.product(site_unit="install", move_limit=1)
    software.licence(1)
    for install in ("a1", "b2"):
        assert software.call("activate", install=install)["code"] == "VALID"
        software.call("deactivate", install=install)
    assert software.call("activate", install="c3")["code"] == "ACTIVATIONS_EXHAUSTED"
    assert software.call("activate", install="b2")["code"] == "VALID"
