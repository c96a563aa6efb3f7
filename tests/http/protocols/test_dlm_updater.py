"""The vendor's own WordPress updater of Digital License Manager, from the key to the update and back (licence protocols, 5.2)."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
import requests

from tests.http.protocols.dlm_updater import Updater
from tests.http.protocols.stockclients import Sale
from tests.http.protocols.test_updates import released
from tests.http.shops import Shop, session


@pytest.fixture
def sale(shop: Shop) -> Sale:
    sale = Sale.of(shop, "dlm")
    shop.product("gallery", "--name", "Gallery", "--sites", "1", "--face-id", "dlm=503", "--face-id", "dlm_software=7")
    return sale


@pytest.fixture
def site(sale: Sale) -> Updater:
    return Updater(sale, ("ck_1", sale.secret("verify", "ck_1", "gallery")))


@pytest.fixture
def key(sale: Sale) -> str:
    return sale.licence("gallery", site_limit=1)


def test_a_site_is_activated_checked_given_back_and_taken_again(site: Updater, key: str) -> None:
    assert site.show().action == "activate"
    assert site.press(key) == ""
    form = site.show()
    assert (form.key, form.action, form.expired) == (key, "deactivate", False)
    assert site.press() == "", "the form has the key, so its button works"
    form = site.show()
    assert (form.key, form.action, form.removable) == (key, "reactivate", True)
    assert site.press() == ""
    assert site.show().action == "deactivate"


def test_a_seat_that_was_given_back_is_free_for_another_site(sale: Sale, site: Updater, key: str) -> None:
    other = Updater(sale, site.pair, site="https://two.example.com")
    site.press(key)
    assert other.press(key) == "License Key reached maximum activation count."
    site.press()
    assert other.press(key) == ""
    assert site.show().action == "reactivate"
    assert site.press() == "License Key reached maximum activation count."
    assert other.show().action == "deactivate"


def test_a_place_given_back_by_support_is_offered_again(sale: Sale, site: Updater, key: str) -> None:
    site.press(key)
    sale.shop.shell.run("license", "free", key, "one.example.com", "--why", "asked for")
    assert site.show().action == "reactivate"


def test_an_expired_licence_offers_its_renewal_and_can_be_removed(sale: Sale, site: Updater) -> None:
    key = sale.licence("gallery", site_limit=1, expires_at=sale.shop.now + timedelta(days=1))
    site.press(key)
    sale.expire(key)
    form = site.show()
    assert (form.key, form.expired, form.removable) == (key, True, True)
    site.remove()
    assert sale.shop.shell.json("license", "show", key)["sites"]["used"] == 0


def test_a_disabled_licence_is_not_called_valid(sale: Sale, site: Updater, key: str) -> None:
    site.press(key)
    sale.refund(key)
    assert site.show().expired is True


def test_a_replaced_key_is_no_way_to_the_new_one(sale: Sale, site: Updater, key: str) -> None:
    """Who activated with the key that leaked learns nothing of the key that replaced it."""
    site.press(key)
    rotated = sale.shop.shell.json("license", "rotate", key, "--why", "it leaked", "--overlap", "0 days")
    new = str(rotated["license_key"])
    assert site.show().key == key
    assert all(new not in answer.text for answer in sale.seen)


def test_whoever_activated_with_the_new_key_gets_that_back(sale: Sale, site: Updater, key: str) -> None:
    new = str(
        sale.shop.shell.json("license", "rotate", key, "--why", "it leaked", "--overlap", "0 days")["license_key"]
    )
    site.press(new)
    assert site.show().key == new


def test_an_update_is_offered_fetched_and_ends_with_the_licence(
    sale: Sale, site: Updater, key: str, tmp_path: Path
) -> None:
    assert site.update() is None, "no release is known yet"
    file = released(sale.shop, tmp_path, "2.0.0", slug="gallery")
    without = site.update()
    assert without is not None
    assert "package" not in without
    assert "licence key" in without["notice"]
    site.press(key)
    found = site.update()
    assert found is not None
    got = session().get(found["package"], timeout=30)
    assert (got.status_code, got.content) == (200, file)
    assert site.details()["sections"]["changelog"] == ""
    site.version = "2.0.0"
    assert site.update() is None, "it has that one"
    site.version = "1.0.0"
    site.press()
    gone = site.update()
    assert gone is not None
    assert "package" not in gone, "a site that gave its seat back is told of it, and gets no package"
    site.press()
    sale.refund(key)
    assert "package" not in (site.update() or {})


@pytest.mark.parametrize("channel", ["rc", "beta", "alpha"])
def test_channels_before_stable_are_the_beta_channel(
    sale: Sale, site: Updater, key: str, tmp_path: Path, channel: str
) -> None:
    released(sale.shop, tmp_path, "2.0.0", slug="gallery")
    released(sale.shop, tmp_path, "2.1.0", "--channel", "beta", slug="gallery")
    site.press(key)
    stable, early = site.update(), site.update(channel)
    assert stable is not None
    assert early is not None
    assert (stable["new_version"], early["new_version"]) == ("2.0.0", "2.1.0")


def test_a_token_of_another_product_opens_no_package(sale: Sale, site: Updater, tmp_path: Path) -> None:
    released(sale.shop, tmp_path, "2.0.0", slug="gallery")
    forms = Updater(sale, ("ck_9", sale.secret("verify", "ck_9")), id="501")
    forms.press(sale.licence("forms"))
    site.token = forms.token
    told = site.update()
    assert told is not None
    assert "package" not in told


def test_software_nobody_sells_is_404(site: Updater) -> None:
    site.id = "99"
    site.update()
    answer: requests.Response = site.sale.seen[-1]
    assert (answer.status_code, answer.json()["code"]) == (404, "data_error")
