"""The connector's news: signed, each once, kept for My Account, and told to other plugins."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
import requests
from standardwebhooks import Webhook

from connector.runtime import utc_now
from tests.wordpress.conftest import SECRET
from tests.wordpress.connected import ConnectedShop

NOTIFY = "whsec_" + "B" * 43 + "="
NEWS = {
    "type": "ticket.updated",
    "occurred_at": "2026-11-21T12:00:00Z",
    "data": {
        "ticket": "SC-7F3K-2M9Q",
        "request_id": "form-1",
        "state": "solved",
        "subject": "<script>alert(1)</script>",
    },
}
LISTENER = """<?php
add_action('support_connector_ticket_updated', function ($data, $id) {
    update_option('heard', (array) get_option('heard', []) + [$id => $data['ticket']]);
}, 10, 2);
"""


@pytest.fixture
def told(astray: ConnectedShop) -> ConnectedShop:
    """A shop that takes news, with a plugin that listens."""
    listeners = astray.wordpress.site / "wp-content" / "mu-plugins"
    listeners.mkdir()
    (listeners / "listener.php").write_text(LISTENER)
    astray.wordpress.run(
        "SupportConnector\\Plugin::get()->connection()->save(['notify_secret' => $arguments]);", NOTIFY
    )
    return astray


def post(
    shop: ConnectedShop,
    told: Any = NEWS,
    id: str = "msg_1",
    secret: str = NOTIFY,
    late: timedelta = timedelta(),
    **change: str,
) -> requests.Response:
    """Posts a notification as the connector does, `late` after it was signed."""
    body = told if isinstance(told, str) else json.dumps(told)
    now = utc_now() - late
    signature = Webhook(secret).sign(id, now, body)
    headers = {"webhook-id": id, "webhook-timestamp": str(int(now.timestamp())), "webhook-signature": signature}
    headers |= {"content-type": "application/json"} | {name.replace("_", "-"): value for name, value in change.items()}
    return requests.post(
        f"{shop.wordpress.url}/wp-json/support-connector/v1/news", data=body, headers=headers, timeout=60
    )


def heard(shop: ConnectedShop) -> Any:
    return shop.wordpress.run("return get_option('heard', []);")


def kept(shop: ConnectedShop, column: str, value: str) -> Any:
    return shop.wordpress.run("return SupportConnector\\Plugin::get()->news()->of(...$arguments);", [column, value])


def test_news_is_kept_and_told_once(told: ConnectedShop) -> None:
    first, again = post(told), post(told)
    assert (first.status_code, first.json()) == (200, {"received": True, "used": True})
    assert (again.status_code, again.json()) == (200, {"received": True, "used": False})
    assert first.headers["cache-control"] == "no-store"
    assert heard(told) == {"msg_1": "SC-7F3K-2M9Q"}
    for column, value in (("ticket", "SC-7F3K-2M9Q"), ("request_id", "form-1")):
        [news] = kept(told, column, value)
        assert (news["type"], news["data"]) == ("ticket.updated", NEWS["data"])


def test_what_is_not_signed_by_our_secret_within_five_minutes_is_refused(told: ConnectedShop) -> None:
    refused = [
        post(told, secret=SECRET),
        post(told, late=timedelta(seconds=320)),
        post(told, late=timedelta(seconds=-320)),
        post(told, webhook_id="msg_2"),
        post(told, webhook_timestamp="now"),
        post(told, webhook_signature=""),
        post(told, webhook_signature="v1,"),
    ]
    assert [each.status_code for each in refused] == [401] * len(refused)
    told.wordpress.run("SupportConnector\\Plugin::get()->connection()->save(['notify_secret' => '']);")
    assert post(told).status_code == 401
    assert heard(told) == []


def test_odd_but_signed_bodies_are_taken_and_change_nothing(told: ConnectedShop) -> None:
    for number, body in enumerate(["", "[]", "null", '{"type": 1, "data": {}}', '{"type": "a"}']):
        reply = post(told, body, f"msg_{number}")
        assert (reply.status_code, reply.json()["used"]) == (200, False)
    assert post(told, "<html>", "msg_8").status_code == 400  # WordPress itself refuses what is no JSON
    assert post(told, json.dumps({"type": "a", "data": {"b": "x" * 300_000}}), "msg_9").status_code == 413


def test_a_listener_that_fails_does_not_fail_the_delivery(told: ConnectedShop) -> None:
    (told.wordpress.site / "wp-content" / "mu-plugins" / "listener.php").write_text(
        "<?php add_action('support_connector_ticket_updated', function () { throw new Exception('no'); });"
    )
    assert post(told).status_code == 200


def test_a_key_is_sealed_where_it_is_kept(told: ConnectedShop) -> None:
    key = "MADE-HERE-0001-ABCD"
    post(told, {"type": "license.issued", "data": {"license_key": key, "order_id": "1001"}})
    [news] = kept(told, "order_id", "1001")
    assert news["data"]["license_key"] == key
    stored = told.wordpress.database.sql("SELECT data FROM wp_support_connector_news", "wordpress")
    assert key not in stored[0][0]


def test_a_person_is_exported_and_erased(told: ConnectedShop) -> None:
    post(told, {"type": "ticket.closed", "data": {"ticket": "SC-1", "requester": {"email": "ada@example.com"}}})
    privacy = "$privacy = new SupportConnector\\Privacy(SupportConnector\\Plugin::get()); return $privacy->"
    assert len(told.wordpress.run(privacy + "export('ada@example.com');")["data"]) == 1
    assert told.wordpress.run(privacy + "erase('ada@example.com');")["items_removed"] is True
    assert told.wordpress.run(privacy + "export('ada@example.com');")["data"] == []
    assert kept(told, "ticket", "SC-1") == []
