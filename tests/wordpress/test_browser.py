"""The owner and a customer, each in a real browser: what they see is what happened at the connector."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.http.serving import Server
from tests.http.shops import Shop
from tests.servers.chromium import chromium
from tests.servers.wordpress import SLUG, WordPress
from tests.wordpress.connected import TEST_SHOP, ConnectedShop
from tests.wordpress.selling import SellingShop
from tests.wordpress.support_form import PASSWORD, form_page, new_customer
from tests.wordpress.walking import SETTINGS, WIDE, pack, picture, reload_until, sign_in

KEYS = ["KEY-ONE-0001", "KEY-TWO-0002", "KEY-THREE-0003", "KEY-FOUR-0004"]


@pytest.fixture(scope="module")
def _chromium() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


@pytest.fixture
def page(_chromium: Browser) -> Iterator[Page]:
    """An empty browser window of somebody who was never here; the test fails where a script of the plugin did."""
    context = _chromium.new_context(viewport=WIDE, reduced_motion="reduce")
    context.set_default_timeout(30_000)
    faults: list[str] = []
    window = context.new_page()
    window.on("pageerror", lambda fault: faults.append(fault.stack or fault.message))
    yield window
    context.close()
    assert [fault for fault in faults if SLUG in fault] == []


@pytest.fixture
def owner(page: Page, wordpress: WordPress) -> Page:
    """The owner of the shop, signed in at wp-admin."""
    wordpress.configure("define('WP_HTTP_BLOCK_EXTERNAL', true); define('WP_ACCESSIBLE_HOSTS', '127.0.0.1');")
    sign_in(page, wordpress)
    return page


@pytest.fixture
def without_plugin(wordpress: WordPress) -> WordPress:
    """A shop that never had our plugin."""
    shutil.rmtree(wordpress.plugins / SLUG)
    wordpress.install(TEST_SHOP, "test-shop")
    wordpress.switch_on("test-shop")
    return wordpress


def connect_code(vendor: Shop) -> str:
    """What `connector endpoint add --connect` prints for a shop on this machine."""
    words = ("endpoint", "add", "--vendor", vendor.slug, "--host", "standard", "--connect", "--allow-private")
    return vendor.shell.run(*words).stdout.strip()


def test_the_owner_uploads_activates_and_connects(
    without_plugin: WordPress, owner: Page, connector: Server, tmp_path: Path
) -> None:
    wordpress = without_plugin
    vendor = Shop(connector)
    owner.goto(f"{wordpress.url}/wp-admin/plugin-install.php?tab=upload")
    owner.set_input_files("#pluginzip", pack(tmp_path / f"{SLUG}.zip"))
    picture(owner, "upload")
    owner.click("#install-plugin-submit")
    expect(owner.get_by_text("Plugin installed successfully.")).to_be_visible()
    owner.get_by_role("link", name="Activate Plugin").click()
    expect(owner.locator(f"tr[data-slug={SLUG}].active")).to_be_visible()
    picture(owner, "activated")
    owner.locator(f"tr[data-slug={SLUG}]").get_by_role("link", name="Settings").click()
    expect(owner.get_by_text("Not connected.")).to_be_visible()
    picture(owner, "not-connected")
    owner.get_by_label("Connect code").fill(connect_code(vendor))
    owner.get_by_role("button", name="Connect", exact=True).click()
    expect(owner.get_by_role("status").first).to_contain_text("Connected: ")
    owner.get_by_role("button", name="Send a test").click()
    expect(owner.get_by_role("status").first).to_contain_text(re.compile(r"the connector answered.*dlv_\w+"))
    picture(owner, "connected", ours=True)


def test_the_whole_shop_goes_out_under_a_bar_and_site_health_says_so(owner: Page, shop: ConnectedShop) -> None:
    put(shop, KEYS, 2031, say=False)
    owner.goto(shop.wordpress.url + SETTINGS)
    owner.get_by_role("button", name="Send everything now").click()
    expect(owner.locator("#sc-progress")).to_be_visible()
    shop.wordpress.run("do_action('support_connector_send');")
    expect(owner.locator("#sc-progress-words")).to_have_text("4 records were sent.", timeout=30_000)
    assert {each["key"] for each in shop.vendor.licences()} == {f"…{key[-4:]}" for key in KEYS}
    owner.goto(f"{shop.wordpress.url}/wp-admin/site-health.php")
    owner.get_by_role("button", name="Passed tests").click()
    owner.get_by_role("button", name="Your shop and the support connector talk to each other").click()
    told = owner.get_by_text("The last delivery was taken")
    expect(told).to_be_visible()
    told.scroll_into_view_if_needed()


def test_three_renewals_and_a_refund_wait_for_the_connector_and_arrive_once_and_in_order(
    owner: Page, shop: ConnectedShop, connector: Server
) -> None:
    put(shop, KEYS, 2030)
    shop.send()
    before = len(told(shop))
    connector.stop()
    put(shop, KEYS[:3], 2031)
    shop.put(KEYS[3], 2030, "refunded")
    owner.goto(shop.wordpress.url + SETTINGS)
    owner.get_by_role("button", name="Send what waits now").click()
    expect(owner.get_by_text("The connector has not taken anything for")).to_be_visible()
    expect(owner.get_by_text("4 wait, 0 were set aside.")).to_be_visible()
    picture(owner, "away", ours=True)
    connector.start()
    owner.get_by_role("button", name="Send what waits now").click()
    expect(owner.get_by_role("status").first).to_have_text("4 sent.")
    expect(owner.get_by_text("0 wait, 0 were set aside.")).to_be_visible()
    stand = {each["key"][-4:]: (each["status"], each["expires_at"][:4]) for each in shop.vendor.licences()}
    assert stand.pop("0004")[0] == "refunded"
    assert stand == dict.fromkeys(("0001", "0002", "0003"), ("active", "2031"))
    assert told(shop)[before:] == [key for key in KEYS for _ in ("license.granted", "license.status_changed")]


def test_refused_renewed_and_sent_again_a_request_becomes_a_ticket_that_its_customer_sees(
    page: Page, shop: ConnectedShop
) -> None:
    by_code(shop)
    renew = "https://shop.example.com/renew"
    shop.vendor.shell.run("vendor", "set-policy", shop.vendor.slug, "whmcs-modules", "--set", f"links.renew={renew}")
    shop.put(KEYS[0], 2020)
    shop.send()
    form = form_page(shop.wordpress)
    account = form_page(shop.wordpress, "[support_connector_account]", "My Account")
    new_customer(shop.wordpress)
    sign_in(page, shop.wordpress, "ada", PASSWORD)
    page.goto(form)
    picture(page, "form", ours=True)
    page.get_by_label("Licence key").fill(KEYS[0])
    page.get_by_label("What kind of request is it?").select_option("how_to_feature")
    page.get_by_label("In a few words").fill("How do I export a form?")
    page.get_by_label("Your question or trouble").fill("I cannot find the button.")
    page.get_by_role("button", name="Send", exact=True).click()
    result = page.locator("#support-connector-result")
    expect(result).to_contain_text("Your request is not covered yet")
    expect(result).to_contain_text("this one is expired")
    expect(result.get_by_role("link", name="Renew support")).to_have_attribute("href", renew)
    picture(page, "refused", ours=True)
    shop.put(KEYS[0], 2035)
    shop.send()
    expect(page.get_by_label("Your question or trouble")).to_have_value("I cannot find the button.")
    page.get_by_role("button", name="Send", exact=True).click()
    expect(result).to_contain_text(re.compile(r"You will have a first answer by \w+day, \d+ \w+ \d{4}, \d\d:\d\d"))
    number = re.search(r"SC-\w{4}-\w{4}", result.inner_text())
    assert number is not None
    picture(page, "ticket", ours=True)
    page.goto(account)
    expect(page.get_by_text(f"Ticket {number[0]}: received")).to_be_visible()
    picture(page, "account", ours=True)
    shop.vendor.shell.run("tickets", "resolve", number[0])
    solved = page.get_by_text(f"Ticket {number[0]}: solved")
    expect(page.get_by_role("heading", name="How do I export a form?")).to_be_visible()
    reload_until(page, solved)
    assert shop.vendor.rows()["tickets"] == 1


def told(shop: ConnectedShop) -> list[str]:
    """The key of each event that arrived, oldest first."""
    bodies = SellingShop(shop.wordpress, shop.url, shop.secret, shop.vendor).told()
    return [body["data"]["license_key"] for body in bodies if body["type"] != "ping"]


def put(shop: ConnectedShop, keys: list[str], year: int, say: bool = True) -> None:
    """Puts licences into the shop, or renews them."""
    for_each = "foreach ($arguments[0] as $key) { TestShop\\put($key, $arguments[1], 'active', $arguments[2]); }"
    shop.wordpress.run(for_each, [keys, year, say])


def by_code(shop: ConnectedShop) -> None:
    """Connects the shop by a code, so that news come back to it."""
    php = "(new SupportConnector\\Connecting(SupportConnector\\Plugin::get()))->by_code($arguments);"
    shop.wordpress.run(php, connect_code(shop.vendor))
