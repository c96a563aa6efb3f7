"""WooCommerce's orders and refunds, in posts and in its own tables: each becomes the right row at the connector."""

from __future__ import annotations

from typing import Any

import pytest

from tests.http.serving import Server
from tests.servers.wordpress import WordPress
from tests.wordpress.selling import SellingShop, selling

MAKE = """
$product = wp_insert_post(['post_type' => 'product', 'post_status' => 'publish', 'post_title' => 'Acme Forms']);
update_post_meta($product, '_sku', 'FORMS');
$agency = ['post_type' => 'product_variation', 'post_status' => 'publish', 'post_title' => 'Agency'];
$agency = wp_insert_post($agency + ['post_parent' => $product]);
update_post_meta($agency, '_sku', 'FORMS-AGENCY');
return [$product, $agency];
"""
SELL = """
[$status, $values, $lines] = $arguments;
$order = new WC_Order();
$order->standin_set($values + ['billing' => ['email' => 'ada@example.com', 'first_name' => 'Ada', 'last_name' => 'Lane']]);
$ids = array_map([$order, 'standin_add'], $lines);
$order->save();
if ($status !== 'pending') { $order->update_status($status); }
return [$order->get_id(), $ids];
"""
STATUS = "wc_get_order($arguments[0])->update_status($arguments[1]);"
PAID = {"total": "119.00"}


in_both_storages = pytest.mark.parametrize("shop", ["no", "yes"], ids=["posts", "tables"], indirect=True)


@pytest.fixture
def shop(wordpress: WordPress, connector: Server, request: pytest.FixtureRequest) -> SellingShop:
    """A shop that keeps its orders in posts, or in tables of WooCommerce's own; the connector makes the keys of what it sells."""
    made = selling(wordpress, connector, "woocommerce")
    made.php(
        "update_option('woocommerce_custom_orders_table_enabled', $arguments[0]);", getattr(request, "param", "no")
    )
    made.vendor.product("forms", "--sku", "FORMS", "--sites", "1", "--issue-keys")
    made.vendor.product("forms-agency", "--sku", "FORMS-AGENCY", "--sites", "25", "--issue-keys")
    return made


def line(product: int, variation: int = 0, **more: Any) -> dict[str, Any]:
    usual = {
        "product_id": product,
        "variation_id": variation,
        "name": "Acme Forms",
        "total": "100.00",
        "total_tax": "19.00",
    }
    return usual | more


def sell(
    shop: SellingShop, status: str = "completed", values: dict[str, Any] | None = None, **more: Any
) -> tuple[int, list[int]]:
    product, agency = shop.php(MAKE)
    lines = [line(product, agency if more.pop("variation", False) else 0, **more)]
    order, ids = shop.php(SELL, status, PAID | (values or {}), lines)
    return order, ids


@in_both_storages
def test_a_completed_order_grants_what_was_bought(shop: SellingShop) -> None:
    order, [item] = sell(shop)
    [body] = shop.tell()
    assert (body["type"], body["data"]["order_id"], body["data"]["fulfilled"]) == ("order.paid", str(order), True)
    assert body["data"]["customer"] == {"email": "ada@example.com", "name": "Ada Lane"}
    [bought] = body["data"]["items"]
    assert (bought["product"], bought["sku"], bought["line_id"], bought["amount"]) == (
        "acme-forms",
        "FORMS",
        str(item),
        "119.00",
    )
    assert [each["product"] for each in shop.vendor.licences()] == ["forms"]


def test_a_variation_is_its_own_product_where_the_connector_knows_it(shop: SellingShop) -> None:
    sell(shop, variation=True)
    shop.tell()
    assert [each["product"] for each in shop.vendor.licences()] == ["forms-agency"]


def test_a_paid_order_is_granted_when_it_is_handed_over(shop: SellingShop) -> None:
    order, _ = sell(shop, "processing")
    [body] = shop.tell()
    assert (body["type"], body["data"]["fulfilled"]) == ("order.paid", False)
    assert shop.vendor.licences() == []
    shop.php(STATUS, order, "completed")
    shop.tell()
    assert len(shop.vendor.licences()) == 1


def test_a_shop_may_hand_over_on_payment(shop: SellingShop) -> None:
    shop.php("update_option('support_connector_grant_on', ['processing', 'completed']);")
    sell(shop, "processing")
    shop.tell()
    assert len(shop.vendor.licences()) == 1


@pytest.mark.parametrize("status", ["pending", "on-hold"])
def test_an_unpaid_order_is_told_and_grants_nothing(shop: SellingShop, status: str) -> None:
    sell(shop, status)
    assert [body["type"] for body in shop.tell()] == ["order.pending"]
    assert shop.vendor.licences() == []


@pytest.mark.parametrize("status", ["checkout-draft", "auto-draft", "trash"])
def test_drafts_and_the_trash_are_not_told(shop: SellingShop, status: str) -> None:
    sell(shop, status)
    assert shop.tell() == []


@in_both_storages
def test_a_refund_of_a_line_takes_its_licence_and_leaves_the_other(shop: SellingShop) -> None:
    product, agency = shop.php(MAKE)
    order, [_first, second] = shop.php(SELL, "completed", {"total": "238.00"}, [line(product), line(product, agency)])
    shop.tell()
    shop.php(
        "wc_create_refund(['order_id' => $arguments[0], 'amount' => '119.00', 'line_items' => ["
        "$arguments[1] => ['qty' => 1, 'refund_total' => 100, 'refund_tax' => [1 => 19]]]]);",
        order,
        second,
    )
    [body] = shop.tell()
    [refund] = body["data"]["refunds"]
    assert (body["type"], refund["line_id"], refund["amount"]) == ("order.paid", str(second), "119.00")
    assert {each["product"]: each["status"] for each in shop.vendor.licences()} == {
        "forms": "active",
        "forms-agency": "refunded",
    }


@in_both_storages
def test_a_full_refund_takes_the_licence_and_taking_the_refund_back_gives_it_again(shop: SellingShop) -> None:
    order, _ = sell(shop)
    shop.tell()
    refund = shop.php("return wc_create_refund(['order_id' => $arguments[0], 'amount' => '119.00'])->get_id();", order)
    assert [body["type"] for body in shop.tell()] == ["order.refunded"]
    assert set(shop.statuses().values()) == {"refunded"}
    shop.php(
        "(new WC_Order_Refund($arguments[1]))->delete(true); do_action('woocommerce_refund_deleted', $arguments[1], $arguments[0]);"
        "wc_get_order($arguments[0])->update_status('completed');",
        order,
        refund,
    )
    shop.tell()
    assert set(shop.statuses().values()) == {"active"}


def test_part_of_the_money_back_keeps_the_licence(shop: SellingShop) -> None:
    order, _ = sell(shop)
    shop.tell()
    shop.php("wc_create_refund(['order_id' => $arguments[0], 'amount' => '20.00']);", order)
    [body] = shop.tell()
    assert [(each["amount"], "line_id" in each) for each in body["data"]["refunds"]] == [("20.00", False)]
    assert set(shop.statuses().values()) == {"active"}


@pytest.mark.parametrize("status", ["cancelled", "failed"])
def test_an_order_taken_back_takes_its_licence(shop: SellingShop, status: str) -> None:
    order, _ = sell(shop)
    shop.tell()
    shop.php(STATUS, order, status)
    assert [body["type"] for body in shop.tell()] == [f"order.{status}"]
    assert set(shop.statuses().values()) == {"revoked"}


@in_both_storages
def test_trash_and_deletion_take_nothing_and_what_comes_back_is_told_again(shop: SellingShop) -> None:
    order, _ = sell(shop)
    shop.tell()
    shop.php("wc_get_order($arguments[0])->delete();", order)
    assert shop.tell() == []
    assert set(shop.statuses().values()) == {"active"}
    shop.php("wc_get_order($arguments[0])->untrash();", order)
    assert [body["type"] for body in shop.tell()] == ["order.paid"]
    shop.php("wc_get_order($arguments[0])->delete(true);", order)
    assert shop.tell() == []
    assert set(shop.statuses().values()) == {"active"}


def test_amounts_are_in_the_order_s_currency_and_its_decimals(shop: SellingShop) -> None:
    shop.php("update_option('woocommerce_price_num_decimals', 0);")
    sell(shop, values={"currency": "JPY", "total": "11900"}, total="10000", total_tax="1900")
    [body] = shop.tell()
    assert (body["data"]["currency"], body["data"]["total"], body["data"]["items"][0]["amount"]) == (
        "JPY",
        "11900",
        "11900",
    )


def test_a_customer_s_account_is_his_id_and_nothing_more_of_him_leaves(shop: SellingShop) -> None:
    billing = {"email": "Ada@Example.com", "first_name": "Ada", "phone": "+49 30 1234", "address_1": "Hidden Lane 1"}
    sell(shop, values={"customer": 7, "billing": billing, "meta": [["_stripe_source_id", "src_secret"]]})
    [body] = shop.tell()
    assert body["data"]["customer"] == {"id": "7", "email": "Ada@Example.com", "name": "Ada"}
    assert not any(word in str(body) for word in ("1234", "Hidden", "src_secret", "key", "ip"))


def test_times_are_those_of_the_order_in_utc(shop: SellingShop) -> None:
    shop.php("update_option('timezone_string', 'Pacific/Auckland');")
    sell(shop, values={"paid": 1772357400, "fixed": 1772361000, "created": 1772357000, "completed": 1772357500})
    [body] = shop.tell()
    assert (body["occurred_at"], body["data"]["paid_at"]) == ("2026-03-01T10:30:00Z", "2026-03-01T09:30:00Z")


def test_the_number_the_customer_sees_and_the_id_are_both_told(shop: SellingShop) -> None:
    order, _ = sell(shop, values={"meta": [["_order_number", "A-1042"], ["_order_number_formatted", "A-1042-26"]]})
    [body] = shop.tell()
    assert (body["data"]["order_id"], body["data"]["number"]) == (str(order), str(order))
    assert body["data"]["names"] == ["A-1042", "A-1042-26"]


def test_a_key_on_a_line_is_the_licence(shop: SellingShop) -> None:
    sell(shop, meta=[["License Key", "SHOP-KEY1-0001"]])
    shop.tell()
    assert shop.licence("SHOP-KEY1-0001")["status"] == "active"
    assert len(shop.vendor.licences()) == 1


def test_an_item_of_a_bundle_names_its_bundle(shop: SellingShop) -> None:
    product, agency = shop.php(MAKE)
    lines = [
        line(product, meta=[["_bundle_cart_key", "abc"]]),
        line(product, agency, total="0", total_tax="0", meta=[["_bundled_by", "abc"]]),
    ]
    _, [box, _part] = shop.php(SELL, "completed", PAID, lines)
    [body] = shop.tell()
    assert [item.get("part_of") for item in body["data"]["items"]] == [None, str(box)]


def test_a_translated_product_is_its_original(shop: SellingShop) -> None:
    product, _agency = shop.php(MAKE)
    (shop.wordpress.plugins.parent / "mu-plugins").mkdir(exist_ok=True)
    (shop.wordpress.plugins.parent / "mu-plugins" / "languages.php").write_text(
        "<?php function pll_default_language() { return 'en'; }"
        f" function pll_get_post($id, $language) {{ return $id === 4711 ? {product} : false; }}"
    )
    shop.php(SELL, "completed", PAID, [line(4711)])
    [body] = shop.tell()
    assert (body["data"]["items"][0]["product"], body["data"]["items"][0]["sku"]) == ("acme-forms", "FORMS")


def test_the_name_the_owner_gave_a_product_is_its_name(shop: SellingShop) -> None:
    product, _ = shop.php(MAKE)
    shop.php("update_option('support_connector_products', ['woocommerce:' . $arguments[0] => 'our-forms']);", product)
    shop.php(SELL, "completed", PAID, [line(product)])
    [body] = shop.tell()
    assert body["data"]["items"][0]["product"] == "our-forms"


def test_a_product_that_is_gone_is_told_by_its_name(shop: SellingShop) -> None:
    shop.php(SELL, "completed", PAID, [line(0, name="Old Börse Plugin")])
    [body] = shop.tell()
    assert body["data"]["items"][0]["product"] == "old-borse-plugin"


@in_both_storages
def test_orders_changed_behind_the_hooks_are_found_by_comparing(shop: SellingShop) -> None:
    sell(shop)
    shop.wordpress.database.sql("DELETE FROM wp_support_connector_outbox", "wordpress")
    assert shop.tell() == []
    source = "$source = SupportConnector\\Plugin::get()->sources()->get('woocommerce_orders');"
    counts = "return [count($source->changed_since(time() - 60)), count($source->changed_since(time() + 60)), $source->count()];"
    assert shop.php(source + counts) == [1, 0, 1]
    assert len(shop.php(source + "return $source->after('', 9);")) == 1
