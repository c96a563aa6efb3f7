"""Easy Digital Downloads with Software Licensing: licences, their sites, their ends and their owners, and the orders of them."""

from __future__ import annotations

from typing import Any

import pytest

from tests.http.serving import Server
from tests.servers.wordpress import WordPress
from tests.wordpress.selling import SellingShop, selling

KEY = "EDD-KEY1-0001"
NEXT_YEAR = 1924991999  # 2030-12-31 23:59:59 on the shop's wall
YEAR_AFTER = 1956527999
SHOP = """
$download = wp_insert_post(['post_type' => 'download', 'post_status' => 'publish', 'post_title' => 'Acme Forms']);
update_post_meta($download, '_edd_sl_limit', 50);
update_post_meta($download, 'edd_variable_prices', [1 => ['name' => 'Agency']]);
$customer = standin_edd_insert('edd_customers', ['user_id' => 0, 'email' => 'ada@example.com', 'name' => 'Ada Lane']);
$item = ['product_id' => $download, 'price_id' => 1, 'total' => '49.00'];
$order = standin_edd_buy([$item], ['customer_id' => $customer, 'total' => '49.00']);
$row = $arguments[0] + ['license_key' => 'EDD-KEY1-0001', 'download_id' => $download, 'price_id' => 1];
$licence = EDD_SL_License::standin_create($row + ['payment_id' => $order, 'customer_id' => $customer, 'expiration' => 1924991999]);
return [$licence, $order, $download, $customer];
"""
LICENCE = "$licence = new EDD_SL_License($arguments[0]); "


@pytest.fixture
def shop(wordpress: WordPress, connector: Server) -> SellingShop:
    return selling(wordpress, connector, "easy-digital-downloads", "edd-software-licensing")


def buy(shop: SellingShop, **row: Any) -> tuple[int, int, int, int]:
    """A licence bought with an order: licence, order, download, customer."""
    licence, order, download, customer = shop.php(SHOP, row or {"status": "inactive"})
    return licence, order, download, customer


def types(bodies: list[dict[str, Any]]) -> list[str]:
    return [body["type"] for body in bodies]


def test_a_bought_licence_arrives_with_its_terms(shop: SellingShop) -> None:
    _, order, _, _ = buy(shop)
    bodies = {body["type"]: body["data"] for body in shop.tell()}
    assert set(bodies) == {"order.paid", "license.granted"}
    granted = bodies["license.granted"]
    assert (granted["product"], granted["plan"], granted["site_limit"], granted["order_id"]) == (
        "acme-forms",
        "Agency",
        50,
        str(order),
    )
    assert granted["customer"] == {"email": "ada@example.com", "name": "Ada Lane"}
    assert bodies["order.paid"]["items"][0]["license_keys"] == [KEY]
    assert shop.statuses() == {"0001": "active"}


def test_an_end_is_the_clock_on_the_shop_s_wall(shop: SellingShop) -> None:
    shop.php("update_option('timezone_string', 'Europe/Berlin');")
    buy(shop)
    [granted] = [body for body in shop.tell() if body["type"] == "license.granted"]
    assert granted["data"]["expires_at"] == "2030-12-31T22:59:59Z"


def test_a_licence_for_life_has_no_end_nor_has_a_child_of_one(shop: SellingShop) -> None:
    parent, order, download, customer = buy(shop, expiration=0)
    child = {"license_key": "EDD-CHLD-0002", "payment_id": order, "download_id": download, "customer_id": customer}
    shop.php("EDD_SL_License::standin_create($arguments[0]);", child | {"parent": parent, "expiration": NEXT_YEAR})
    shop.tell()
    assert {each["key"][-4:]: each["expires_at"] for each in shop.vendor.licences()} == {"0001": None, "0002": None}


def test_sites_are_told_as_a_list_whoever_changes_them(shop: SellingShop) -> None:
    """By the software (hooks without an address), by the owner and by an admin (no hook but the database's)."""
    licence, *_ = buy(shop)
    shop.php("edd_software_licensing()->activate_license($arguments[0], 'https://www.A.example.com/Sub/');", licence)
    shop.php("edd_software_licensing()->activate_license($arguments[0], 'https://b.example.com');", licence)
    shop.tell()
    assert shop.sites(KEY) == ["a.example.com/sub", "b.example.com"]
    shop.php(
        LICENCE + "$licence->remove_site('https://b.example.com'); $licence->add_site('https://c.example.com');",
        licence,
    )
    shop.tell()
    assert shop.sites(KEY) == ["a.example.com/sub", "c.example.com"]
    shop.php("edd_software_licensing()->deactivate_license($arguments[0], 'http://a.example.com/Sub/');", licence)
    shop.tell()
    assert shop.sites(KEY) == ["c.example.com"]


def test_an_agency_s_many_sites_are_all_told(shop: SellingShop) -> None:
    """The database class gives twenty-five, where it is not asked for all."""
    licence, *_ = buy(shop)
    shop.php(LICENCE + 'for ($n = 0; $n < 40; $n++) { $licence->add_site("https://s$n.example.com"); }', licence)
    shop.tell()
    assert len(shop.sites(KEY)) == 40


def test_a_renewal_lengthens_licence_and_support_and_names_its_order(shop: SellingShop) -> None:
    licence, _, download, customer = buy(shop)
    shop.tell()
    before = shop.licence(KEY)["support"]["until"]
    item = {"product_id": download, "total": "39.00", "meta": {"_option_license_id": licence, "_option_is_renewal": 1}}
    order = shop.php(
        "return standin_edd_buy([$arguments[0]], ['customer_id' => $arguments[1], 'total' => '39.00']);", item, customer
    )
    shop.php(LICENCE + "$licence->renew($arguments[1], $arguments[2]);", licence, order, YEAR_AFTER)
    [renewed] = [body for body in shop.tell() if body["type"] == "license.renewed"]
    assert (renewed["data"]["order_id"], renewed["data"]["expires_at"]) == (str(order), "2031-12-31T23:59:59Z")
    after = shop.licence(KEY)
    assert after["expires_at"] == after["support"]["until"] == "2031-12-31T23:59:59Z"
    assert before != after["support"]["until"]


def test_an_end_moved_by_hand_is_a_renewal_too(shop: SellingShop) -> None:
    licence, *_ = buy(shop)
    shop.tell()
    shop.php(LICENCE + "$licence->set_expiration($arguments[1]);", licence, YEAR_AFTER)
    assert "license.renewed" in types(shop.tell())
    assert shop.licence(KEY)["support"]["until"] == "2031-12-31T23:59:59Z"


def test_a_refund_takes_the_licence(shop: SellingShop) -> None:
    _, order, _, _ = buy(shop)
    shop.tell()
    shop.php("edd_refund_order($arguments[0]);", order)
    assert sorted(types(shop.tell())) == ["license.granted", "license.status_changed", "order.refunded"]
    assert shop.statuses() == {"0001": "refunded"}


def test_a_refund_of_one_item_leaves_the_other_licence(shop: SellingShop) -> None:
    _, _, download, customer = buy(shop)
    item = {"product_id": download, "total": "49.00"}
    order = shop.php(
        "return standin_edd_buy([$arguments[0], $arguments[0]], ['customer_id' => $arguments[1], 'total' => '98.00']);",
        item,
        customer,
    )
    for at, key in enumerate(["EDD-TWO1-0002", "EDD-TWO2-0003"]):
        row = {
            "license_key": key,
            "payment_id": order,
            "cart_index": at,
            "download_id": download,
            "customer_id": customer,
        }
        shop.php("EDD_SL_License::standin_create($arguments[0]);", row | {"expiration": NEXT_YEAR})
    shop.tell()
    shop.php(
        "edd_refund_order($arguments[0], [(int) edd_get_order_items(['order_id' => $arguments[0]])[1]->id]);", order
    )
    shop.tell()
    assert shop.statuses() == {"0001": "active", "0002": "active", "0003": "refunded"}


@pytest.mark.parametrize(("word", "status"), [("disabled", "suspended"), ("expired", "expired")])
def test_what_the_shop_stops_is_stopped_and_what_it_takes_up_again_goes_on(
    shop: SellingShop, word: str, status: str
) -> None:
    licence, *_ = buy(shop)
    shop.tell()
    shop.php(LICENCE + "$licence->set_status($arguments[1]);", licence, word)
    shop.tell()
    assert shop.statuses() == {"0001": status}
    shop.php(LICENCE + "$licence->set_status('active');", licence)
    shop.tell()
    assert shop.statuses() == {"0001": "active"}


def test_an_upgrade_changes_product_and_limit_and_keeps_the_key(shop: SellingShop) -> None:
    licence, *_ = buy(shop)
    shop.tell()
    shop.php(
        LICENCE
        + "$pro = wp_insert_post(['post_type' => 'download', 'post_status' => 'publish', 'post_title' => 'Acme Forms Pro']);"
        "$licence->update(['download_id' => $pro]); $licence->set_activation_limit(25);"
        "do_action('edd_sl_license_upgraded', $licence->ID, []);",
        licence,
    )
    shop.tell()
    [found] = shop.vendor.licences()
    assert (found["product"], shop.licence(KEY)["sites"]["limit"]) == ("acme-forms-pro", 25)


def test_another_owner_is_told_and_a_new_address_is_the_same_owner(shop: SellingShop) -> None:
    licence, _, _, customer = buy(shop)
    shop.tell()
    shop.php("edd_update_customer($arguments[0], ['email' => 'ada@example.test']);", customer)
    assert "customer.merged" in types(shop.tell())
    shop.php(
        "$bob = standin_edd_insert('edd_customers', ['user_id' => 0, 'email' => 'bob@example.com', 'name' => 'Bob']);"
        "(new EDD_SL_License($arguments[0]))->update(['customer_id' => $bob]);",
        licence,
    )
    [moved] = [body["data"] for body in shop.tell() if body["type"] == "license.owner_changed"]
    assert (moved["from"]["email"], moved["to"]["email"]) == ("ada@example.test", "bob@example.com")


def test_a_key_made_anew_takes_the_place_of_the_old_one(shop: SellingShop) -> None:
    licence, *_ = buy(shop)
    shop.tell()
    shop.php(LICENCE + "$licence->regenerate_key('EDD-NEW1-0009');", licence)
    shop.tell()
    assert shop.statuses() == {"0001": "deleted", "0009": "active"}


def test_a_deleted_licence_is_told_once_with_its_key(shop: SellingShop) -> None:
    licence, *_ = buy(shop)
    shop.tell()
    shop.php("edd_software_licensing()->licenses_db->delete($arguments[0]);", licence)
    assert types(shop.tell()) == ["license.deleted"]
    assert shop.statuses() == {"0001": "deleted"}
    shop.php("do_action('edd_sl_license_deleted', $arguments[0]);", licence)
    assert shop.tell() == []


def test_the_key_is_not_kept_in_the_clear_in_our_tables(shop: SellingShop) -> None:
    buy(shop)
    shop.tell()
    rows = shop.wordpress.database.sql("SELECT state FROM wp_support_connector_memory", "wordpress")
    assert KEY not in str(rows)
    assert "ada@example.com" not in str(rows)


def test_what_no_hook_told_is_found_by_comparing(shop: SellingShop) -> None:
    licence, *_ = buy(shop)
    shop.tell()
    source = "SupportConnector\\Plugin::get()->sources()->get('edd_licenses')"
    compare = f"return iterator_to_array({source}->changed_since(time()), false);"
    assert shop.php(compare) == []
    shop.wordpress.database.sql(
        "INSERT INTO wp_edd_license_activations (site_name, license_id, activated) VALUES ('x.test/', 1, 1)",
        "wordpress",
    )
    assert shop.php(compare) == [str(licence)]
    shop.wordpress.database.sql("DELETE FROM wp_edd_licenses", "wordpress")
    assert shop.php(compare) == [str(licence)]


def test_one_broken_licence_does_not_stop_the_others(shop: SellingShop) -> None:
    """The row says why, and goes when it can."""
    buy(shop)
    shop.php(
        "add_filter('get_post_metadata', function ($value, $id, $key) { throw new RuntimeException('broken download'); }, 10, 3);"
        "SupportConnector\\Plugin::get()->sender()->run(30);"
    )
    failed = {row["source"]: row["reason"] for row in shop.rows() if row["state"] == "waiting"}
    assert "broken download" in failed["edd_licenses"]
    shop.php("SupportConnector\\Plugin::get()->outbox()->hurry();")
    shop.tell()
    assert shop.statuses() == {"0001": "active"}


def test_a_fault_of_ours_does_not_stop_the_shop_s_own_work(shop: SellingShop) -> None:
    """A refund while a table that we look into is broken: the shop's refund is made, and the comparison tells it later."""
    _, order, _, _ = buy(shop)
    shop.tell()
    shop.php(
        "add_filter('query', fn ($sql) => str_contains($sql, 'WHERE payment_id') ? 'BROKEN' : $sql);"
        "remove_all_actions('standin_edd_refunding'); edd_refund_order($arguments[0]);",
        order,
    )
    assert shop.php("return edd_get_order($arguments[0])->status;", order) == "refunded"
    assert "order.refunded" in types(shop.tell())
