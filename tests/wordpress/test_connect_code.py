"""Connecting by a one-time code: the plugin posts the claim once and keeps what it is given, sealed."""

from __future__ import annotations

import json

import pytest

from tests.wordpress.conftest import SECRET
from tests.wordpress.connected import ConnectedShop
from tests.wordpress.standin import JSON, Came, Reply, StandIn

BY_CODE = (
    "try { (new SupportConnector\\Connecting(SupportConnector\\Plugin::get()))->by_code($arguments); return ''; }"
    " catch (SupportConnector\\Misconnected $fault) { return $fault->getMessage(); }"
)
NOTIFY = "whsec_" + "B" * 43 + "="


def test_the_claim_is_exchanged_for_endpoint_and_secrets(astray: ConnectedShop, stand_in: StandIn) -> None:
    given = {"endpoint_url": f"{stand_in.url}/hooks/ep_2", "secret": SECRET, "notify_secret": NOTIFY, "vendor": "acme"}

    def claim(came: Came) -> Reply:
        return Reply(200, json.dumps(given), JSON) if came.path.startswith("/connect/") else Reply(headers=JSON)

    stand_in.answer = claim
    assert astray.wordpress.run(BY_CODE, f" {stand_in.url}/connect/clm_0123456789abcdef \n") == ""
    [came] = stand_in.came
    assert came.path == "/connect/clm_0123456789abcdef"
    told = came.told
    assert told["code"] == "clm_0123456789abcdef"
    assert told["site_url"] == f"{astray.wordpress.url}/"
    assert told["site_name"] == "Acme Shop"
    assert told["notify_url"].endswith("/support-connector/v1/news")
    kept = astray.wordpress.run(
        "$c = SupportConnector\\Plugin::get()->connection();"
        " return [$c->state(), $c->url(), $c->secret(), $c->notify_secret(), $c->vendor()];"
    )
    assert kept == ["ready", f"{stand_in.url}/hooks/ep_2", SECRET, NOTIFY, "acme"]


@pytest.mark.parametrize(
    ("reply", "words"),
    [
        (Reply(404, "{}", JSON), "it was used already, or it is over 15 minutes old"),
        (Reply(200, "<html>"), "Something answered 200, but not the connector"),
        (
            Reply(200, '{"endpoint_url": "https://x.example.com/hooks/ep_1", "secret": "no"}', JSON),
            "A secret begins with",
        ),
        (
            Reply(200, '{"endpoint_url": "http://x.example.com/hooks/ep_1", "secret": "no"}', JSON),
            "must begin with https",
        ),
        (Reply(429, "{}", JSON), "asks to slow down"),
    ],
    ids=["used", "html", "secret", "http", "429"],
)
def test_a_claim_that_fails_says_why_and_changes_nothing(
    astray: ConnectedShop, stand_in: StandIn, reply: Reply, words: str
) -> None:
    stand_in.answer = lambda came: reply
    assert words in astray.wordpress.run(BY_CODE, f"{stand_in.url}/connect/clm_0123456789abcdef")
    assert astray.wordpress.run("return SupportConnector\\Plugin::get()->connection()->url();") == stand_in.hook


def test_constants_win_over_settings(astray: ConnectedShop) -> None:
    astray.wordpress.configure("define('SUPPORT_CONNECTOR_URL', 'https://connector.example.com/hooks/ep_9');")
    assert astray.wordpress.run("return SupportConnector\\Plugin::get()->connection()->endpoint();") == "ep_9"


def test_a_secret_that_cannot_be_read_any_more_asks_for_a_connection_and_loses_no_row(astray: ConnectedShop) -> None:
    astray.put("KEY-ONE-0001")
    sealed = (
        "$kept = get_option('support_connector_connection'); $kept['secret'] = 'v1:' . base64_encode(random_bytes(80));"
    )
    astray.wordpress.run(sealed + "update_option('support_connector_connection', $kept);")
    assert astray.state()["state"] == "unreadable"
    assert astray.send() is None
    astray.connect()
    assert astray.send() == 1


def test_a_code_of_a_real_connector_connects_both_ways(shop: ConnectedShop) -> None:
    shop.wordpress.run("delete_option(SupportConnector\\Connection::OPTION);")
    words = ["endpoint", "add", "--vendor", shop.vendor.slug, "--host", "standard", "--connect", "--allow-private"]
    code = shop.vendor.shell.run(*words).stdout
    assert shop.wordpress.run(BY_CODE, code) == ""
    shop.put("KEY-ONE-0001")
    assert shop.send() == 1
    assert [each["key"][-4:] for each in shop.vendor.licences()] == ["0001"]
    [place] = shop.vendor.shell.json("notify", "list", "--vendor", shop.vendor.slug)
    shop.vendor.shell.run("notify", "test", place["id"])
    assert shop.wordpress.run("return SupportConnector\\Plugin::get()->news()->last_received();") > 0
    asked = "return SupportConnector\\Plugin::get()->api()->eligibility(['license_key' => 'KEY-ONE-0001']);"
    assert "outcome" in json.dumps(shop.wordpress.run(asked))
    assert "it was used already" in shop.wordpress.run(BY_CODE, code)
