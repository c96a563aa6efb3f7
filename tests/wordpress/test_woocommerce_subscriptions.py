"""WooCommerce Subscriptions: what is paid until when, renewals that go on with the licence, and switches."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.http.serving import Server
from tests.servers.wordpress import WordPress
from tests.wordpress.selling import SellingShop, selling

BEGIN = """
$product = wp_insert_post(['post_type' => 'product', 'post_status' => 'publish', 'post_title' => 'Acme Forms']);
update_post_meta($product, '_sku', 'FORMS');
$values = ['billing' => ['email' => 'ada@example.com'], 'total' => '10.00'];
$order = new WC_Order();
$order->standin_set($values);
$order->standin_add(['product_id' => $product, 'total' => '10.00']);
$order->save();
$subscription = new WC_Subscription();
$subscription->standin_set($values + ['parent' => $order->get_id(), 'status' => 'pending']);
$subscription->standin_add(['product_id' => $product, 'total' => '10.00']);
$subscription->save();
$order->update_status('completed');
$subscription->update_dates(['next_payment' => $arguments[0]]);
$subscription->update_status('active');
return [$subscription->get_id(), $order->get_id(), $product];
"""
SUBSCRIPTION = "$subscription = wcs_get_subscription($arguments[0]); "


@pytest.fixture
def shop(wordpress: WordPress, connector: Server) -> SellingShop:
    made = selling(wordpress, connector, "woocommerce", "woocommerce-subscriptions")
    made.vendor.product(
        "forms", "--sku", "FORMS", "--issue-keys", "--purchase", "recurring", "--support-term", "while_active"
    )
    made.vendor.product("forms-agency", "--sku", "AGENCY", "--issue-keys", "--purchase", "recurring")
    return made


def until(shop: SellingShop, days: int) -> int:
    return int((shop.vendor.now + timedelta(days=days)).timestamp())


def begin(shop: SellingShop, days: int = 30) -> tuple[int, int, int]:
    subscription, order, product = shop.php(BEGIN, until(shop, days))
    return subscription, order, product


def day(shop: SellingShop) -> str:
    [licence] = shop.vendor.licences()
    return str(licence["support"]["until"])[:10]


def in_days(shop: SellingShop, days: int) -> str:
    return (shop.vendor.now + timedelta(days=days)).date().isoformat()


def test_a_subscription_is_told_with_its_order_and_its_paid_end(shop: SellingShop) -> None:
    subscription, order, _ = begin(shop)
    bodies = {body["type"]: body["data"] for body in shop.tell()}
    assert set(bodies) == {"order.paid", "subscription.started"}
    assert (
        bodies["order.paid"]["subscription_id"]
        == bodies["subscription.started"]["subscription_id"]
        == str(subscription)
    )
    assert bodies["subscription.started"]["order_id"] == str(order)
    assert day(shop) == in_days(shop, 30)


def test_a_renewal_goes_on_with_the_licence_to_its_new_end(shop: SellingShop) -> None:
    subscription, *_ = begin(shop)
    shop.tell()
    shop.php(SUBSCRIPTION + "$subscription->standin_renew($arguments[1]);", subscription, until(shop, 60))
    bodies = {body["type"]: body["data"] for body in shop.tell()}
    assert (bodies["order.paid"]["follows"], bodies["order.paid"]["subscription_id"]) == ("renewal", str(subscription))
    assert day(shop) == in_days(shop, 60)


@pytest.mark.parametrize("status", ["on-hold", "pending-cancel"])
def test_a_late_or_cancelled_subscription_keeps_what_was_paid(shop: SellingShop, status: str) -> None:
    subscription, *_ = begin(shop)
    shop.tell()
    shop.php(SUBSCRIPTION + "$subscription->update_status($arguments[1]);", subscription, status)
    assert [body["type"] for body in shop.tell()] == ["subscription.cancelled"]
    assert day(shop) == in_days(shop, 30)


@pytest.mark.parametrize("status", ["cancelled", "expired", "switched"])
def test_an_ended_subscription_is_told_as_ended(shop: SellingShop, status: str) -> None:
    subscription, *_ = begin(shop)
    shop.tell()
    shop.php(SUBSCRIPTION + "$subscription->update_status($arguments[1]);", subscription, status)
    assert [body["type"] for body in shop.tell()] == ["subscription.ended"]


def test_a_switch_moves_the_licence_to_the_other_product(shop: SellingShop) -> None:
    subscription, *_ = begin(shop)
    shop.tell()
    shop.php(
        "$product = wp_insert_post(['post_type' => 'product', 'post_status' => 'publish', 'post_title' => 'Agency']);"
        "update_post_meta($product, '_sku', 'AGENCY');"
        "$order = new WC_Order(); $order->standin_set(['billing' => ['email' => 'ada@example.com'], 'total' => '5.00',"
        " 'paid' => time() + 5, 'fixed' => time() + 5]);"
        "$order->standin_add(['product_id' => $product, 'total' => '5.00']);"
        "$order->update_meta_data('_subscription_switch', $arguments[0]); $order->save(); $order->update_status('completed');",
        subscription,
    )
    [body] = shop.tell()
    assert body["data"]["follows"] == "switch"
    assert [each["product"] for each in shop.vendor.licences()] == ["forms-agency"]


def test_the_trash_takes_nothing(shop: SellingShop) -> None:
    subscription, *_ = begin(shop)
    shop.tell()
    shop.php(SUBSCRIPTION + "$subscription->delete();", subscription)
    assert shop.tell() == []
    assert day(shop) == in_days(shop, 30)
