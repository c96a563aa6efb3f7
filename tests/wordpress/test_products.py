"""The owner names his products on the settings page, and says when an order counts as handed over."""

from __future__ import annotations

import re

from tests.http.serving import Server
from tests.servers.wordpress import WordPress
from tests.wordpress.selling import selling
from tests.wordpress.test_settings_page import shown
from tests.wordpress.test_woocommerce import MAKE, PAID, SELL, line


def test_names_and_hand_over_are_set_on_the_page(wordpress: WordPress, connector: Server) -> None:
    shop = selling(wordpress, connector, "woocommerce")
    product, agency = shop.php(MAKE)
    session = wordpress.signed_in()
    page = shown(wordpress, session)
    assert 'placeholder="acme-forms"' in page
    form = next(
        each for each in re.findall(r"<form.*?</form>", page, re.S) if "support_connector_products_save" in each
    )
    nonce = dict(re.findall(r'name="(_wpnonce)" value="([^"]*)"', form))
    names = {"product[]": [f"woocommerce:{product}", f"woocommerce:{agency}"], "called[]": ["our-forms", "our-agency"]}
    fields = {"action": "support_connector_products_save", "on_payment": "1"}
    session.post(f"{wordpress.url}/wp-admin/admin-post.php", data=nonce | fields | names, timeout=60)
    shop.php(SELL, "processing", PAID, [line(product), line(product, agency)])
    [body] = shop.tell()
    assert [item["product"] for item in body["data"]["items"]] == ["our-forms", "our-agency"]
    assert body["data"]["fulfilled"] is True


def test_woocommerce_is_told_that_its_tables_and_its_checkout_are_known(
    wordpress: WordPress, connector: Server
) -> None:
    shop = selling(wordpress, connector, "woocommerce")
    told = shop.php(
        "do_action('before_woocommerce_init'); return Automattic\\WooCommerce\\Utilities\\FeaturesUtil::$told;"
    )
    assert told == ["custom_order_tables", "cart_checkout_blocks"]
