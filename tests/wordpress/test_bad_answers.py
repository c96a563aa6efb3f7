"""Whatever answers in the connector's place: nothing is lost, the owner reads why, and one try is enough to know."""

from __future__ import annotations

import json
import time

import pytest

from connector.runtime import utc_now
from tests.wordpress.connected import ConnectedShop
from tests.wordpress.standin import JSON, TAKEN, Came, Reply, StandIn

PAGE = "<!doctype html><title>Please log in</title>"
HOUR = 3600


@pytest.mark.parametrize(
    ("reply", "words"),
    [
        (Reply(200, PAGE), "Something answered 200, but not the connector"),
        (Reply(200, "{}"), "Something answered 200, but not the connector"),
        (Reply(204, ""), "Something answered 204, but not the connector"),
        (Reply(301, PAGE, {"location": "/elsewhere"}), "The address answers with a redirect (301)"),
        (Reply(403, PAGE), "A firewall before the connector refuses"),
        (Reply(404, "{}", JSON), "The connector knows no such endpoint (404)"),
        (Reply(500, PAGE), "answered 500. It is tried again."),
        (Reply(503, "{}", {"retry-after": "120"}), "answered 503. It is tried again."),
    ],
    ids=lambda each: str(each.status) if isinstance(each, Reply) else "",
)
def test_an_answer_that_takes_nothing_loses_nothing(
    astray: ConnectedShop, stand_in: StandIn, reply: Reply, words: str
) -> None:
    stand_in.answer = lambda came: reply
    astray.put("KEY-ONE-0001")
    assert astray.send() == 0
    [row] = astray.rows()
    assert (row["state"], row["http"]) == ("waiting", reply.status)
    assert words in row["reason"]
    assert words in astray.state()["reason"]
    assert len(stand_in.came) == 1
    assert astray.send() is None
    stand_in.answer = lambda came: Reply(headers=JSON)
    astray.end_pause()
    assert astray.send() == 1
    assert stand_in.ids[1:] == [stand_in.ids[0], *stand_in.ids[2:]]


def test_a_wrong_secret_is_named_and_the_right_one_sends_what_waited(shop: ConnectedShop) -> None:
    shop.connect(shop.vendor.hook().secret)
    shop.put("KEY-ONE-0001")
    assert shop.send() == 0
    assert "the secret belongs to another endpoint" in shop.state()["reason"]
    shop.connect()
    assert shop.state()["reason"] == ""
    assert shop.send() == 1


def test_nobody_listening_costs_one_try_however_much_waits(astray: ConnectedShop, stand_in: StandIn) -> None:
    for number in range(3):
        astray.put(f"KEY-{number}")
    astray.url = "http://127.0.0.1:9/hooks/ep_1"
    astray.connect()
    assert astray.send() == 0
    assert [row["attempts"] for row in astray.rows()] == [1, 0, 0]


def test_a_connector_that_hangs_is_left_after_the_time_out(astray: ConnectedShop, stand_in: StandIn) -> None:
    ended: list[bool] = []

    def hang(came: Came) -> Reply:
        while not ended:
            time.sleep(0.01)
        return Reply()

    stand_in.answer = hang
    astray.put("KEY-ONE-0001")
    astray.put("KEY-TWO-0002")
    assert astray.send(30, 1) == 0
    ended.append(True)
    assert [row["attempts"] for row in astray.rows()] == [1, 0]
    assert "timed out" in astray.state()["reason"]


@pytest.mark.parametrize("off", [-HOUR, HOUR])
def test_a_clock_that_is_an_hour_off_is_allowed_for_and_named(
    astray: ConnectedShop, stand_in: StandIn, off: int
) -> None:
    def strict(came: Came) -> Reply:
        theirs = utc_now().timestamp() + off
        late = abs(theirs - int(came.headers["webhook-timestamp"])) > 300
        return Reply(401 if late else 200, "{}" if late else TAKEN, JSON, theirs)

    stand_in.answer = strict
    astray.put("KEY-ONE-0001")
    assert astray.send() == 1
    found = astray.wordpress.run("return (new SupportConnector\\Obstacles(SupportConnector\\Plugin::get()))->found();")
    assert any("The clock of this server is 60 minutes off" in words for words in found)


def test_a_row_that_is_refused_does_not_hold_up_the_others(astray: ConnectedShop, stand_in: StandIn) -> None:
    def picky(came: Came) -> Reply:
        return Reply(413, "{}", JSON) if b"KEY-ONE" in came.body else Reply(headers=JSON)

    stand_in.answer = picky
    for key in ("KEY-ONE-0001", "KEY-TWO-0002"):
        astray.put(key)
    assert astray.send() == 1
    assert [row["state"] for row in astray.rows()] == ["waiting", "sent"]
    assert astray.state()["reason"] == ""


def test_a_row_refused_for_a_week_while_others_get_through_is_set_aside(
    astray: ConnectedShop, stand_in: StandIn
) -> None:
    stand_in.answer = lambda came: Reply(413, "{}", JSON) if b"KEY-ONE" in came.body else Reply(headers=JSON)
    astray.put("KEY-ONE-0001")
    astray.put("KEY-TWO-0002")
    astray.send()
    astray.wordpress.run(
        "global $wpdb; $wpdb->query('UPDATE wp_support_connector_outbox SET next_at = 0,"
        " failed_at = failed_at - 604800 WHERE failed_at > 0');"
    )
    assert astray.send() == 0
    assert [row["state"] for row in astray.rows()] == ["set_aside", "sent"]


def test_a_quarantined_delivery_arrived_and_says_why(astray: ConnectedShop, stand_in: StandIn) -> None:
    body = {"delivery": "dlv_1", "result": "quarantined", "error": {"detail": "/data/license_key is missing"}}
    stand_in.answer = lambda came: Reply(200, json.dumps(body), JSON)
    astray.put("KEY-ONE-0001")
    assert astray.send() == 1
    [row] = astray.rows()
    assert (row["state"], row["result"], row["reason"]) == ("sent", "quarantined", "/data/license_key is missing")
