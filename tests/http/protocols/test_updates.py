"""A plugin updates itself through EDD's updater: from looking for a version to the bytes of its zip file, and to the day when
its updates have ended."""

from __future__ import annotations

import io
import json
import zipfile
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import requests

from tests.http.protocols.edd_site import ITEM, NAME, Site
from tests.http.shops import Hook, Shop, session

KEY = "ACME-7K3F-2M9Q-0001"
CHANGES = "<h4>2.4.1</h4><p>Größere Dateien.</p>"


def zipped(text: str) -> bytes:
    """A plugin as a zip file."""
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as file:
        made = zipfile.ZipInfo(
            "acme-forms/acme-forms.php", date_time=(2026, 11, 30, 12, 0, 0)
        )  # else two of them differ
        file.writestr(made, f"<?php // {text}")
    return held.getvalue()


def released(shop: Shop, folder: Path, version: str, *words: str, slug: str = "forms") -> bytes:
    """Make a version known, with a file of its own."""
    file = folder / f"{slug}-{version}.zip"
    file.write_bytes(zipped(version))
    shop.shell.run("release", "add", slug, version, "--vendor", shop.slug, "--package", str(file), *words)
    file.unlink()  # the connector has a copy of its own
    return zipped(version)


@pytest.fixture
def hook(shop: Shop) -> Hook:
    shop.product("forms", "--name", NAME, "--face-id", f"edd={ITEM}")
    shop.product("charts", "--name", "Acme Charts", "--face-id", "edd=502")
    return shop.hook()


@pytest.fixture
def site(hook: Hook) -> Site:
    """A site that is active on a licence with updates."""
    hook.grant(KEY, site_limit=2)
    site = Site(hook.shop, KEY)
    assert site.plugin("activate_license")["success"]
    return site


def fetch(url: str, allow_redirects: bool = True) -> requests.Response:
    return session().get(url, timeout=30, allow_redirects=allow_redirects)


def test_an_update_from_first_look_to_the_day_updates_end(site: Site, hook: Hook, tmp_path: Path) -> None:
    (tmp_path / "changes.html").write_text(CHANGES)
    more = ["--changelog-file", str(tmp_path / "changes.html"), "--requires", "6.4", "--requires-php", "8.1"]
    file = released(
        hook.shop, tmp_path, "2.4.1", *more, "--tested", "6.8", "--icon", "1x=https://acme.example.com/i.png"
    )
    found = site.updater()
    assert (found["new_version"], found["stable_version"], found["slug"]) == ("2.4.1", "2.4.1", "acme-forms")
    assert (found["requires"], found["requires_php"], found["tested"]) == ("6.4", "8.1", "6.8")
    assert found["sections"] == {"description": "", "changelog": CHANGES}
    assert found["icons"] == {"1x": "https://acme.example.com/i.png"}
    assert found["package"] == found["download_link"]
    assert "msg" not in found
    assert KEY not in found["package"]

    got = fetch(found["package"])
    assert (got.status_code, got.content, got.headers["Content-Type"]) == (200, file, "application/zip")
    assert "forms-2.4.1.zip" in got.headers["Content-Disposition"]
    assert "no-store" in got.headers["Cache-Control"]

    hook.tell("license.renewed", {"license_key": KEY, "updates_until": hook.shop.ago(days=2)})
    after = site.updater()
    assert (after["new_version"], after["package"], after["download_link"]) == ("2.4.1", "", "")
    assert after["msg"].startswith(f"Updates for {NAME} ended on ")
    assert "Renew your licence to get version 2.4.1" in after["upgrade_notice"]
    assert after["sections"]["changelog"].endswith(CHANGES)
    assert "Updates for Acme Forms &amp; Fields ended" in after["sections"]["changelog"]
    assert site.plugin("check_license")["license"] == "valid", "the licence itself goes on"

    refused = fetch(found["package"])
    assert (refused.status_code, refused.headers["Content-Type"].split(";")[0]) == (403, "text/plain")
    assert refused.text.startswith(f"Updates for {NAME} ended on ")

    hook.tell("license.renewed", {"license_key": KEY, "updates_until": hook.shop.ago(days=-30)})
    assert fetch(site.updater()["package"]).content == file


def test_version_data_is_for_all_and_the_package_is_not(site: Site, hook: Hook, tmp_path: Path) -> None:
    released(hook.shop, tmp_path, "2.0")
    for stranger, why in (
        (replace(site, key=""), "Enter your licence key"),
        (replace(site, key="NOPE"), "No licence with this key"),
        (replace(site, home="https://new.example.com"), "Activate "),
    ):
        for found in (stranger.updater(), stranger.sdk("get_version", version="1.0", slug="acme-forms")):
            assert (found["new_version"], found["package"]) == ("2.0", "")
            assert found["msg"].startswith(why)
    other = replace(site, item="502").updater()
    assert (other["new_version"], other["package"], other["sections"]) == ("", "", {})
    assert "not valid for" in other["msg"]
    assert replace(site, item="0").updater()["msg"] == "No item provided"


def test_a_batch_is_answered_product_by_product(site: Site, hook: Hook, tmp_path: Path) -> None:
    released(hook.shop, tmp_path, "2.0")
    released(hook.shop, tmp_path, "7.0", slug="charts")
    hook.grant("CHARTS-0000-0001", product="charts")
    replace(site, key="CHARTS-0000-0001", item="502").plugin("activate_license")
    told = {"edd_action": "get_version"}
    for slug, key, item in (
        ("acme-forms", KEY, ITEM),
        ("acme-charts", "CHARTS-0000-0001", "502"),
        ("lost", KEY, "999"),
    ):
        for name, value in (("license", key), ("item_id", item), ("slug", slug), ("url", site.home)):
            told[f"products[{slug}][{name}]"] = value
    found = site.post(told)
    assert list(found) == ["acme-forms", "acme-charts", "lost"]
    assert [each["new_version"] for each in found.values()] == ["2.0", "7.0", ""]
    assert [bool(each["package"]) for each in found.values()] == [True, True, False]


def test_betas_are_for_those_who_ask_for_them(site: Site, hook: Hook, tmp_path: Path) -> None:
    released(hook.shop, tmp_path, "2.0")
    beta = released(hook.shop, tmp_path, "2.1-beta1", "--channel", "beta")
    assert site.updater()["new_version"] == "2.0"
    found = site.updater(beta="1")
    assert (found["new_version"], found["stable_version"]) == ("2.1-beta1", "2.0")
    assert fetch(found["package"]).content == beta
    released(hook.shop, tmp_path, "2.1")
    assert site.updater(beta="1")["new_version"] == "2.1"


@pytest.mark.parametrize(
    ("has", "needs"), [({"php_version": "7.4.33"}, "PHP 8.1"), ({"wp_version": "6.3.5"}, "WordPress 6.4")]
)
def test_a_site_too_old_for_it_is_told_its_own_version(
    site: Site, hook: Hook, tmp_path: Path, has: dict[str, str], needs: str
) -> None:
    released(hook.shop, tmp_path, "2.0", "--requires", "6.4", "--requires-php", "8.1")
    found = site.updater(**has)
    assert (found["new_version"], found["stable_version"]) == ("1.0.0", "2.0")
    assert f"Version 2.0 needs {needs}" in found["msg"]


def test_a_package_of_the_vendors_own_is_a_redirect(site: Site, hook: Hook) -> None:
    address = "https://files.acme.example.com/forms-2.0.zip?x=1"
    hook.shop.shell.run("release", "add", "forms", "2.0", "--vendor", hook.shop.slug, "--package-url", address)
    found = site.updater()
    assert "acme.example.com" not in json.dumps(found)
    sent = fetch(found["package"], allow_redirects=False)
    assert (sent.status_code, sent.headers["Location"]) == (302, address)
    assert "no-store" in sent.headers["Cache-Control"]


def test_a_withdrawn_version_is_neither_offered_nor_handed_out(site: Site, hook: Hook, tmp_path: Path) -> None:
    released(hook.shop, tmp_path, "2.0")
    link = site.updater()["package"]
    hook.shop.shell.run("release", "withdraw", "forms", "2.0", "--vendor", hook.shop.slug)
    assert (site.updater()["new_version"], site.updater()["package"]) == ("", "")
    assert fetch(link).status_code == 403


def test_a_file_that_is_gone_is_said_so(site: Site, hook: Hook, tmp_path: Path) -> None:
    released(hook.shop, tmp_path, "9.9-gone")
    link = site.updater()["package"]
    listed = hook.shop.shell.json("release", "list", "--vendor", hook.shop.slug)
    digest = listed[0]["package"].removeprefix("sha256:")
    (hook.shop.server.home / "packages" / f"{digest}.zip").unlink()
    assert fetch(link).status_code == 404


def test_links_that_nobody_made_open_nothing(site: Site, hook: Hook, tmp_path: Path) -> None:
    released(hook.shop, tmp_path, "2.0")
    link = site.updater()["package"]
    base = f"{hook.shop.server.url}/packages"
    token = urlsplit(link).path.split("/")[2]
    for bad in (token[:-3] + "AAA", "x", "..%2f..%2fsecret_key", "eyJhbGciOiJub25lIn0.e30.", "k" * 5000):
        assert fetch(f"{base}/{bad}/forms-2.0.zip").status_code in (403, 404), bad
    assert fetch(f"{base}/{token}/any-name.zip").status_code == 200, "the name is for people"
