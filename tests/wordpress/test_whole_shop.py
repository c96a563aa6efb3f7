"""Sending the whole shop, comparing it, WP-CLI, and networks of sites."""

from __future__ import annotations

from typing import Any

from tests.wordpress.connected import ConnectedShop
from tests.wordpress.standin import JSON, Came, Reply, StandIn

PROGRESS = "return SupportConnector\\Plugin::get()->sync()->progress();"
SEND = "do_action('support_connector_send');"
CLI = """
define('WP_CLI', true);
final class WP_CLI {
    public static array $said = [];
    public static function line($words) { self::$said[] = $words; }
    public static function success($words) { self::$said[] = 'Success: ' . $words; }
    public static function warning($words) { self::$said[] = 'Warning: ' . $words; }
    public static function error($words) { self::$said[] = 'Error: ' . $words; throw new RuntimeException('halt'); }
    public static function halt($code) { throw new RuntimeException('halt'); }
}
try { (new SupportConnector\\Cli(SupportConnector\\Plugin::get()))->{$arguments[0]}($arguments[1], $arguments[2]); }
catch (RuntimeException $halted) {}
return WP_CLI::$said;
"""


def fill(shop: ConnectedShop, count: int) -> None:
    """So many licences of which no hook ever said anything."""
    shop.put("KEY-1", say=False)
    shop.wordpress.database.sql(
        f"INSERT INTO wp_test_licences SELECT seq, CONCAT('KEY-', seq), 2030, 'active', 1 FROM seq_2_to_{count}",
        "wordpress",
    )


def keys(stand_in: StandIn) -> list[str]:
    """The key of each grant, as they came."""
    return [each.told["data"]["license_key"] for each in stand_in.came if each.told["type"] == "license.granted"]


def test_the_whole_shop_is_sent_in_the_background(astray: ConnectedShop, stand_in: StandIn) -> None:
    fill(astray, 230)
    assert astray.wordpress.run(PROGRESS)["state"] == "never"
    astray.wordpress.run("SupportConnector\\Plugin::get()->sync()->start();")
    progress = astray.wordpress.run(PROGRESS)
    assert (progress["state"], progress["done"], progress["total"]) == ("running", 0, 230)
    astray.wordpress.run(SEND)
    progress = astray.wordpress.run(PROGRESS)
    assert (progress["state"], progress["done"], progress["total"]) == ("finished", 230, 230)
    assert keys(stand_in) == [f"KEY-{number}" for number in range(1, 231)]


def test_an_outage_in_the_middle_loses_nothing_and_repeats_nothing(astray: ConnectedShop, stand_in: StandIn) -> None:
    fill(astray, 130)

    def stops(came: Came) -> Reply:
        return Reply(503, "{}", JSON) if len(stand_in.came) > 60 else Reply(headers=JSON)

    stand_in.answer = stops
    astray.wordpress.run("SupportConnector\\Plugin::get()->sync()->start();")
    astray.wordpress.run(SEND)
    assert astray.wordpress.run(PROGRESS)["state"] == "running"
    stand_in.answer = lambda came: Reply(headers=JSON)
    astray.end_pause()
    astray.wordpress.run(SEND)
    assert astray.wordpress.run(PROGRESS)["state"] == "finished"
    assert sorted(set(keys(stand_in))) == sorted(f"KEY-{number}" for number in range(1, 131))
    assert len(set(stand_in.ids)) == 260


def test_one_broken_row_does_not_hold_up_the_rest(astray: ConnectedShop, stand_in: StandIn) -> None:
    fill(astray, 30)
    astray.wordpress.run(
        "update_option('test_shop_broken', '7'); SupportConnector\\Plugin::get()->sync()->start();" + SEND
    )
    assert len(keys(stand_in)) == 29
    [row] = [row for row in astray.rows() if row["state"] == "waiting"]
    assert (row["object"], row["reason"].split(" (")[0]) == ("7", "the row of the shop is broken")


def test_comparing_finds_what_no_hook_told_and_sends_only_what_is_new(astray: ConnectedShop, stand_in: StandIn) -> None:
    astray.put("KEY-1")
    astray.send()
    came = len(stand_in.came)
    astray.put("KEY-2", say=False)
    astray.wordpress.run("do_action('support_connector_daily');")
    assert astray.send() == 2
    assert keys(stand_in) == ["KEY-1", "KEY-2"]
    assert len(stand_in.came) == came + 2


def test_a_source_that_is_switched_off_tells_nothing(astray: ConnectedShop) -> None:
    astray.wordpress.run("update_option(SupportConnector\\SourceList::OFF, ['test_licences']);")
    astray.put("KEY-1")
    assert astray.rows() == []


def test_wp_cli(astray: ConnectedShop, stand_in: StandIn) -> None:
    def wp(command: str, *words: str, **options: Any) -> list[str]:
        said: list[str] = astray.wordpress.run(CLI, [command, list(words), options])
        return said

    fill(astray, 3)
    assert wp("status")[0] == f"connection: ready {stand_in.hook}"
    assert wp("resync")[-1].startswith("3 of 3")
    astray.put("KEY-1", 2031)
    assert wp("send") == ["1 sent, 0 waiting"]
    assert wp("doctor")[-1] == "Success: The connector took a test."
    stand_in.answer = lambda came: Reply(401, "{}", JSON)
    assert wp("doctor")[-1].startswith("Error: The connector refuses the signature (401)")
    astray.put("KEY-1", 2032)
    assert "0 sent, 1 waiting: The connector refuses the signature" in wp("send")[0]
    assert wp("connect", "nonsense")[0].startswith("Error: This is not a connect code.")


def test_each_site_of_a_network_has_its_own_outbox(astray: ConnectedShop, stand_in: StandIn) -> None:
    network = (
        "require_once ABSPATH . 'wp-admin/includes/upgrade.php'; global $wpdb;"
        "foreach ($wpdb->tables('ms_global') as $table => $name) { $wpdb->$table = $name; }"
        "install_network(); populate_network(1, '127.0.0.1', 'owner@example.com', 'Shops', '/', false);"
    )
    astray.wordpress.run(network)
    astray.wordpress.configure(
        "define('MULTISITE', true); define('SUBDOMAIN_INSTALL', false); define('DOMAIN_CURRENT_SITE', '127.0.0.1');"
        "define('PATH_CURRENT_SITE', '/'); define('SITE_ID_CURRENT_SITE', 1); define('BLOG_ID_CURRENT_SITE', 1);"
        "$_SERVER['HTTP_HOST'] = '127.0.0.1';"
    )
    second = astray.wordpress.run(
        "$second = wp_insert_site(['domain' => '127.0.0.1', 'path' => '/second/', 'network_id' => 1, 'user_id' => 1]);"
        "switch_to_blog($second); TestShop\\put('KEY-SECOND', 2030); TestShop\\put('KEY-SECOND', 2031); restore_current_blog();"
        "TestShop\\put('KEY-FIRST'); return $second;"
    )
    count = "SELECT COUNT(*) FROM {}support_connector_outbox WHERE state = 'waiting'"
    first_rows, second_rows = (
        astray.wordpress.database.sql(count.format(prefix), "wordpress") for prefix in ("wp_", f"wp_{second}_")
    )
    assert (first_rows, second_rows) == ([["1"]], [["1"]])
    version = astray.wordpress.database.sql(f"SELECT version FROM wp_{second}_support_connector_outbox", "wordpress")
    assert version == [["2"]]
