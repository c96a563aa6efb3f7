"""The outbox: one row for an object however often it changes, no change lost, order kept, never two runs at once."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import requests

from tests.wordpress.connected import ConnectedShop
from tests.wordpress.standin import JSON, Came, Reply, StandIn

OUTBOX = "wp_support_connector_outbox"


def sql(shop: ConnectedShop, statement: str) -> Any:
    return shop.wordpress.database.sql(statement, "wordpress")


def test_twenty_edits_in_a_second_are_one_row_and_one_delivery(astray: ConnectedShop, stand_in: StandIn) -> None:
    astray.wordpress.run("for ($year = 2030; $year < 2050; $year++) { TestShop\\put('KEY-ONE-0001', $year); }")
    [row] = astray.rows()
    assert row["version"] == 2
    assert astray.send() == 1
    assert [each.told["type"] for each in stand_in.came] == ["license.granted", "license.status_changed"]
    assert stand_in.came[0].told["data"]["expires_at"] == "2049-06-01T00:00:00Z"


def test_a_change_while_the_row_is_sent_is_sent_as_well(astray: ConnectedShop, stand_in: StandIn) -> None:
    astray.put("KEY-ONE-0001", 2030)

    def meanwhile(came: Came) -> Reply:
        stand_in.answer = lambda came: Reply(headers=JSON)
        astray.put("KEY-ONE-0001", 2031)
        return Reply(headers=JSON)

    stand_in.answer = meanwhile
    astray.send()
    assert [each.told["data"].get("expires_at", "")[:4] for each in stand_in.came] == ["2030", "", "2031", ""]
    assert [row["state"] for row in astray.rows()] == ["sent"]


def test_a_retry_keeps_its_id_and_a_change_gets_another(astray: ConnectedShop, stand_in: StandIn) -> None:
    stand_in.answer = lambda came: Reply(503, "{}", JSON)
    astray.put("KEY-ONE-0001", 2030)
    for _ in range(2):
        astray.send()
        astray.end_pause()
    astray.put("KEY-ONE-0001", 2031)
    astray.send()
    astray.end_pause()
    astray.put("KEY-ONE-0001", 2030)
    astray.send()
    first, second, third, fourth = stand_in.ids
    assert first == second
    assert len({first, third, fourth}) == 3


def test_what_reads_as_it_was_sent_is_not_sent_again(astray: ConnectedShop, stand_in: StandIn) -> None:
    astray.put("KEY-ONE-0001")
    astray.send()
    came = len(stand_in.came)
    astray.put("KEY-ONE-0001")
    assert astray.send() == 1
    assert len(stand_in.came) == came
    assert astray.rows()[-1]["result"] == "unchanged"


def test_the_order_of_one_subject_is_kept(astray: ConnectedShop, stand_in: StandIn) -> None:
    for key in ("KEY-ONE-0001", "KEY-TWO-0002", "KEY-THREE-0003"):
        astray.put(key, say=False)
    php = (
        "foreach ($arguments as [$object, $subject]) {"
        " SupportConnector\\Plugin::get()->outbox()->put('test_licences', $object, $subject); }"
    )
    astray.wordpress.run(php, [["1", "one"], ["2", "one"], ["3", "another"]])
    stand_in.answer = lambda came: Reply(413, "{}", JSON) if b"KEY-ONE" in came.body else Reply(headers=JSON)
    assert astray.send() == 1
    assert [row["state"] for row in astray.rows()] == ["waiting", "waiting", "sent"]
    stand_in.answer = lambda came: Reply(headers=JSON)
    astray.end_pause()
    assert astray.send() == 2


def test_two_runs_never_overlap(astray: ConnectedShop, stand_in: StandIn) -> None:
    for number in range(6):
        astray.put(f"KEY-{number}")

    def slow(came: Came) -> Reply:
        time.sleep(0.1)
        return Reply(headers=JSON)

    stand_in.answer = slow
    with ThreadPoolExecutor(4) as pool:
        sent = list(pool.map(lambda _: astray.send(), range(4)))
    while astray.send():
        pass
    assert len(stand_in.ids) == len(set(stand_in.ids)) == 12
    assert [row["attempts"] for row in astray.rows()] == [1] * 6
    assert sum(each or 0 for each in sent) <= 6


def test_whoever_dies_while_sending_loses_the_lock_in_time(astray: ConnectedShop, stand_in: StandIn) -> None:
    astray.put("KEY-ONE-0001")
    astray.wordpress.run("(new SupportConnector\\Lock('sending'))->take();")
    assert astray.send() is None
    sql(astray, "UPDATE wp_options SET option_value = '1:gone' WHERE option_name = 'support_connector_lock_sending'")
    assert astray.send() == 1


def test_ten_thousand_rows_go_in_order_in_bounded_runs(astray: ConnectedShop, stand_in: StandIn) -> None:
    astray.put("KEY-ONE-0001", say=False)
    astray.wordpress.run("SupportConnector\\Schema::make();")
    sql(
        astray,
        f"INSERT INTO wp_test_licences SELECT seq, CONCAT('KEY-', seq), 2030, 'active', 1 FROM seq_2_to_10000;"
        f"INSERT INTO {OUTBOX} (waiting_key, source, object, subject, token, changed_at) SELECT CONCAT('test_licences:', seq),"
        f" 'test_licences', seq, CONCAT('test_licences:', seq), 'token', UNIX_TIMESTAMP() FROM seq_1_to_10000;",
    )
    sent = astray.send(2)
    assert sent
    keys = [each.told["data"]["license_key"] for each in stand_in.came[::2]]
    assert keys[:5] == ["KEY-ONE-0001", "KEY-2", "KEY-3", "KEY-4", "KEY-5"]
    assert astray.state()["counts"] == {"sent": sent, "waiting": 10_000 - sent}
    page = astray.wordpress.signed_in().get(
        f"{astray.wordpress.url}/wp-admin/options-general.php?page=support-connector", timeout=60
    )
    assert f"{10_000 - sent} wait" in page.text


def test_a_missing_table_is_made_again(astray: ConnectedShop, stand_in: StandIn) -> None:
    sql(astray, f"DROP TABLE IF EXISTS {OUTBOX}, wp_support_connector_memory")
    astray.put("KEY-ONE-0001")
    assert astray.send() == 1


def test_a_database_that_refuses_the_outbox_breaks_nothing_and_loses_nothing(
    astray: ConnectedShop, stand_in: StandIn
) -> None:
    sql(astray, f"DROP TABLE IF EXISTS {OUTBOX}; CREATE VIEW {OUTBOX} AS SELECT 1 AS one")
    astray.put("KEY-ONE-0001")
    assert requests.get(astray.wordpress.url, timeout=60).status_code == 200
    health = astray.wordpress.run("return (new SupportConnector\\SiteHealth(SupportConnector\\Plugin::get()))->test();")
    assert health["status"] == "critical"
    sql(astray, f"DROP VIEW {OUTBOX}")
    astray.wordpress.run("do_action('support_connector_send');")
    assert [each.told["data"]["license_key"] for each in stand_in.came] == ["KEY-ONE-0001"] * 2


def test_cron_sends(astray: ConnectedShop, stand_in: StandIn) -> None:
    astray.put("KEY-ONE-0001")
    astray.wordpress.run(
        "wp_clear_scheduled_hook('support_connector_send');"
        "wp_schedule_event(time() - 1, 'support_connector_minute', 'support_connector_send');"
    )
    astray.wordpress.cron()
    assert len(stand_in.came) == 2


def test_a_run_of_action_scheduler_sends(astray: ConnectedShop, stand_in: StandIn) -> None:
    astray.put("KEY-ONE-0001")
    astray.wordpress.run("do_action('action_scheduler_run_queue', 'Async Request');")
    assert [row["state"] for row in astray.rows()] == ["sent"]


def test_where_nothing_runs_a_visitor_sends_what_is_late(astray: ConnectedShop, stand_in: StandIn) -> None:
    astray.put("KEY-ONE-0001")
    requests.get(astray.wordpress.url, timeout=60)
    assert stand_in.came == []
    sql(astray, f"UPDATE {OUTBOX} SET changed_at = changed_at - 601")
    astray.wordpress.run("delete_transient('support_connector_looked');")
    requests.get(astray.wordpress.url, timeout=60)
    assert [row["state"] for row in astray.rows()] == ["sent"]
