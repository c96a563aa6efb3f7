"""The plugin in a real WordPress: it activates, and the whole site stands with it."""

import pytest

from tests.servers.wordpress import SLUG, WordPress
from tests.wordpress.connected import TEST_SHOP


def test_it_activates_as_the_first_plugin_of_a_shop(wordpress: WordPress) -> None:
    wordpress.switch_on()
    wordpress.activate()
    assert wordpress.run("return get_option('active_plugins');") == [f"{SLUG}/{SLUG}.php"]


@pytest.mark.parametrize("path", ["/", "/wp-admin/", "/wp-admin/plugins.php", "/wp-admin/site-health.php", "/wp-json/"])
def test_pages_stand_with_the_plugin_active(wordpress: WordPress, path: str) -> None:
    reply = wordpress.signed_in().get(wordpress.url + path, timeout=60)
    assert reply.status_code == 200
    assert "critical error" not in reply.text


def test_deleting_it_keeps_the_connection_and_what_waits_unless_all_is_to_go(wordpress: WordPress) -> None:
    wordpress.install(TEST_SHOP, "test-shop")
    wordpress.switch_on(SLUG, "test-shop")
    wordpress.run(
        "SupportConnector\\Plugin::get()->connection()->save(['url' => 'https://connector.example.com/hooks/ep_1',"
        " 'secret' => 'whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=']); TestShop\\put('KEY-ONE-0001');"
    )
    wordpress.run("update_user_meta(1, 'support_connector_addresses', ['ada@example.com']);")
    uninstall = "define('WP_UNINSTALL_PLUGIN', 'x'); include WP_PLUGIN_DIR . '/support-connector/uninstall.php';"
    wordpress.run(uninstall)
    left = "return [(bool) get_option('support_connector_connection'), SupportConnector\\Plugin::get()->outbox()->counts()];"
    assert wordpress.run(left) == [True, {"waiting": 1}]
    users = "return get_user_meta(1, 'support_connector_addresses', true);"
    assert wordpress.run(users) == ["ada@example.com"]
    wordpress.run("update_option('support_connector_remove_everything', 1);" + uninstall)
    tables = wordpress.database.sql("SHOW TABLES LIKE 'wp_support_connector%'", "wordpress")
    options = wordpress.database.sql(
        "SELECT option_name FROM wp_options WHERE option_name LIKE 'support_connector%'", "wordpress"
    )
    assert (tables, options, wordpress.run(users)) == ([], [], "")
