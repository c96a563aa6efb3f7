"""Settings > Support Connector, by the requests of a browser."""

from __future__ import annotations

import html
import re

import pytest
import requests

from tests.servers.wordpress import WordPress
from tests.wordpress.connected import ConnectedShop

PAGE = "/wp-admin/options-general.php?page=support-connector"


def shown(wordpress: WordPress, session: requests.Session) -> str:
    """The page's text."""
    reply = session.get(wordpress.url + PAGE, timeout=60)
    assert reply.status_code == 200, reply.text[-500:]
    return reply.text


def submit(wordpress: WordPress, session: requests.Session, action: str, **fields: str) -> str:
    """Submits the first form of this action with its hidden fields; the page that follows."""
    page = shown(wordpress, session)
    forms = re.findall(r"<form.*?</form>", page, re.S)
    form = next(each for each in forms if f'value="{action}"' in each)
    hidden = dict(re.findall(r'<input type="hidden"[^>]*? name="([^"]+)" value="([^"]*)"', form))
    given = {name: html.unescape(value) for name, value in hidden.items()} | {"action": action} | fields
    reply = session.post(f"{wordpress.url}/wp-admin/admin-post.php", data=given, timeout=60)
    assert reply.status_code == 200, reply.text[-500:]
    return said(reply.text)


def said(page: str) -> str:
    """What the page says was done."""
    found = re.search(r'role="status"><p>(.*?)</p>', page, re.S)
    return html.unescape(found[1]) if found else ""


def test_it_connects_by_address_and_secret_and_sends_a_test(shop: ConnectedShop) -> None:
    shop.wordpress.run("delete_option(SupportConnector\\Connection::OPTION);")
    session = shop.wordpress.signed_in()
    assert "Not connected" in shown(shop.wordpress, session)
    assert submit(shop.wordpress, session, "support_connector_connect", url=shop.url, secret=shop.secret).startswith(
        "Connected: "
    )
    assert f"Connected to {shop.url}" in shown(shop.wordpress, session)
    assert submit(shop.wordpress, session, "support_connector_test").startswith("Connected: ")


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"url": "https://connector.example.com/hooks/ep_1", "secret": "ep_1"}, "This is the id of an endpoint"),
        ({"url": "https://connector.example.com/hooks/ep_1", "secret": "whsec_short"}, "A secret begins with whsec_"),
        (
            {"url": "https://connector.example.com/", "secret": "whsec_" + "A" * 44},
            "does not look like one of an endpoint",
        ),
        ({"url": "http://connector.example.com/hooks/ep_1", "secret": "whsec_" + "A" * 44}, "must begin with https://"),
        ({"code": "whsec_" + "A" * 44}, "This is not a connect code"),
    ],
)
def test_a_mistake_is_named_and_changes_nothing(shop: ConnectedShop, fields: dict[str, str], words: str) -> None:
    session = shop.wordpress.signed_in()
    assert words in submit(shop.wordpress, session, "support_connector_connect", **fields)
    assert shop.state()["state"] == "ready"


def test_a_row_is_sent_again(shop: ConnectedShop) -> None:
    shop.put("KEY-ONE-0001")
    shop.send()
    before = shop.vendor.rows()["deliveries"]
    session = shop.wordpress.signed_in()
    [row] = shop.rows()
    assert submit(shop.wordpress, session, "support_connector_again", row=str(row["id"])) == "1 sent."
    assert shop.vendor.rows()["deliveries"] == before + 2


def test_the_secret_is_never_shown(shop: ConnectedShop) -> None:
    assert shop.secret not in shown(shop.wordpress, shop.wordpress.signed_in())
    stored = shop.wordpress.database.sql("SELECT option_value FROM wp_options", "wordpress")
    assert not any(shop.secret[6:] in value for row in stored for value in row)


def test_scripts_in_what_is_shown_stay_text(shop: ConnectedShop) -> None:
    nasty = "<script>alert(1)</script>"
    shop.put("KEY-ONE-0001")
    shop.wordpress.run(
        "global $wpdb; $wpdb->query($wpdb->prepare("
        "'UPDATE wp_support_connector_outbox SET reason = %s, object = %s, result = %s, tried_at = 1', ...$arguments));",
        [nasty, nasty, "<b>x</b>"],
    )
    page = shown(shop.wordpress, shop.wordpress.signed_in())
    assert nasty not in page
    assert html.escape(nasty) in page


HANDLERS = ["connect", "test", "again", "now", "compare", "sources", "sync", "removal", "site"]


@pytest.mark.parametrize("user", ["administrator", "subscriber"])
def test_no_handler_acts_without_nonce_and_right(shop: ConnectedShop, user: str) -> None:
    shop.wordpress.run(
        "wp_insert_user(['user_login' => 'sub', 'user_pass' => 'a long password', 'role' => 'subscriber']);"
    )
    session = (
        shop.wordpress.signed_in() if user == "administrator" else shop.wordpress.signed_in("sub", "a long password")
    )
    for handler in HANDLERS:
        form = {"action": f"support_connector_{handler}", "_wpnonce": "0123456789", "choice": "copy", "whole": "1"}
        reply = session.post(f"{shop.wordpress.url}/wp-admin/admin-post.php", data=form, timeout=60)
        assert reply.status_code == 403, handler
    assert shop.state()["state"] == "ready"


def test_a_copied_site_sends_nothing_and_asks(shop: ConnectedShop) -> None:
    shop.put("KEY-ONE-0001")
    shop.wordpress.configure("define('WP_ENVIRONMENT_TYPE', 'staging');")
    assert shop.state()["state"] == "copied"
    assert shop.send() is None
    session = shop.wordpress.signed_in()
    assert "Is this a copy?" in shown(shop.wordpress, session)
    answer = submit(shop.wordpress, session, "support_connector_site", choice="copy")
    assert answer.startswith("This copy is disconnected")
    assert shop.rows() == []
    assert shop.state()["state"] == "none"


def test_a_shop_that_moved_goes_on(shop: ConnectedShop) -> None:
    shop.put("KEY-ONE-0001")
    shop.wordpress.configure("define('WP_ENVIRONMENT_TYPE', 'staging');")
    answer = submit(shop.wordpress, shop.wordpress.signed_in(), "support_connector_site", choice="moved")
    assert answer.startswith("The shop lives here now")
    assert shop.send() == 1
