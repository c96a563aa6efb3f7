"""The plugin in a real WordPress: it activates, makes its tables when they are needed, and says nothing in the log."""

import requests

from tests.servers.wordpress import WordPress


def test_the_shop_stands_with_the_plugin_active(wordpress: WordPress) -> None:
    assert requests.get(wordpress.url, timeout=60).status_code == 200
    active = wordpress.run("return get_option('active_plugins');")
    assert active == ["support-connector/support-connector.php"]
