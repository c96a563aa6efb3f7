"""License Manager for WooCommerce and Digital License Manager: keys sold, activated, changed, deleted; they decrypt them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest

from tests.http.serving import Server
from tests.servers.wordpress import WordPress
from tests.wordpress.selling import SellingShop, selling

KEY = "MANAGED-KEY-0001"
ORDER = """
$product = wp_insert_post(['post_type' => 'product', 'post_status' => 'publish', 'post_title' => 'Acme Forms']);
$order = new WC_Order();
$order->standin_set(['billing' => ['email' => 'ada@example.com', 'first_name' => 'Ada'], 'total' => '50.00']);
$order->standin_add(['product_id' => $product, 'total' => '50.00']);
$order->save();
$order->update_status('completed');
return [$product, $order->get_id()];
"""


@dataclass
class Manager:
    """How one of the two plugins does each thing, as PHP of `$id` or `$key` and `$row`."""

    slug: str
    make: str
    change: str
    activate: str
    deactivate: str
    delete: str
    table: str
    limit: str


_LMFWC = "LicenseManagerForWooCommerce\\Repositories\\Resources\\"
_DLM = "IdeoLogix\\DigitalLicenseManager\\Database\\Repositories\\"
LMFWC = Manager(
    "license-manager-for-woocommerce",
    "return (int) lmfwc_add_license($key, $row)->getId();",
    f"{_LMFWC}License::instance()->update($id, $row);",
    "lmfwc_activate_license($id, ['label' => $row['label']]);",
    f"{_LMFWC}LicenseActivations::instance()->update(1, ['deactivated_at' => gmdate('Y-m-d H:i:s')]);",
    "$GLOBALS['wpdb']->query('DELETE FROM wp_lmfwc_licenses WHERE 1=1 AND id = ' . $id);",
    "wp_lmfwc_licenses",
    "times_activated_max",
)
DLM = Manager(
    "digital-license-manager",
    "return standin_dlm_create($key, $row);",
    f"{_DLM}Licenses::instance()->update($id, $row);",
    f"{_DLM}LicenseActivations::instance()->create(['license_id' => $id, 'token' => 'x', 'label' => $row['label']]);",
    f"{_DLM}LicenseActivations::instance()->update(1, ['deactivated_at' => gmdate('Y-m-d H:i:s')]);",
    f"{_DLM}Licenses::instance()->delete($id);",
    "wp_dlm_licenses",
    "activations_limit",
)


@pytest.fixture(params=[LMFWC, DLM], ids=["lmfwc", "dlm"])
def manager(request: pytest.FixtureRequest) -> Manager:
    found: Manager = request.param
    return found


@pytest.fixture
def shop(wordpress: WordPress, connector: Server, manager: Manager) -> SellingShop:
    return selling(wordpress, connector, "woocommerce", manager.slug)


def do(shop: SellingShop, code: str, id: int = 0, key: str = KEY, **row: Any) -> Any:
    return shop.php(f"[$id, $key, $row] = $arguments; {code}", id, key, row or {"none": None})


def sold(shop: SellingShop, manager: Manager, **more: Any) -> int:
    """A key sold with an order that is complete."""
    product, order = shop.php(ORDER)
    row = {"product_id": product, "order_id": order, "status": 2, manager.limit: 2, "expires_at": "2030-06-01 12:00:00"}
    id: int = do(shop, manager.make, **(row | more))
    return id


def granted(bodies: list[dict[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any]
    [found] = [body["data"] for body in bodies if body["type"] == "license.granted"]
    return found


def test_a_sold_key_arrives_with_its_terms(shop: SellingShop, manager: Manager) -> None:
    sold(shop, manager)
    data = granted(shop.tell())
    assert (data["license_key"], data["product"], data["site_limit"]) == (KEY, "acme-forms", 2)
    assert (data["expires_at"], data["customer"]) == (
        "2030-06-01T12:00:00Z",
        {"email": "ada@example.com", "name": "Ada"},
    )
    assert shop.statuses() == {"0001": "active"}


def test_a_key_in_stock_is_nobody_s_and_is_told_when_it_is_sold(shop: SellingShop, manager: Manager) -> None:
    id = do(shop, manager.make, status=3, product_id=None)
    assert shop.tell() == []
    product, order = shop.php(ORDER)
    do(shop, manager.change, id, order_id=order, product_id=product, status=2)
    assert granted(shop.tell())["order_id"] == str(order)


def test_activations_are_told_as_the_sites_they_name(shop: SellingShop, manager: Manager) -> None:
    id = sold(shop, manager)
    do(shop, manager.activate, id, label="https://www.Shop.example.com/")
    do(shop, manager.activate, id, label="Bob's office computer")
    shop.tell()
    assert shop.sites(KEY) == ["shop.example.com"]
    do(shop, manager.deactivate, id)
    assert "site.deactivated" in [body["type"] for body in shop.tell()]
    assert shop.sites(KEY) == []


def test_a_key_that_is_stopped_is_stopped_and_goes_on_when_it_is_taken_up(shop: SellingShop, manager: Manager) -> None:
    id = sold(shop, manager)
    shop.tell()
    do(shop, manager.change, id, status=4)
    shop.tell()
    assert shop.statuses() == {"0001": "suspended"}
    do(shop, manager.change, id, status=3)
    shop.tell()
    assert shop.statuses() == {"0001": "active"}


def test_a_later_end_lengthens_support(shop: SellingShop, manager: Manager) -> None:
    id = sold(shop, manager)
    shop.tell()
    do(shop, manager.change, id, expires_at="2033-06-01 12:00:00")
    shop.tell()
    assert shop.licence(KEY)["support"]["until"] == "2033-06-01T12:00:00Z"


def test_a_refunded_order_takes_its_key(shop: SellingShop, manager: Manager) -> None:
    sold(shop, manager)
    shop.tell()
    shop.php(
        "foreach (get_posts(['post_type' => 'shop_order', 'post_status' => 'any']) as $post) {"
        " wc_create_refund(['order_id' => $post->ID, 'amount' => '50.00']); }"
    )
    shop.tell()
    assert shop.statuses() == {"0001": "refunded"}


def test_a_deleted_key_is_told(shop: SellingShop, manager: Manager) -> None:
    id = sold(shop, manager)
    shop.tell()
    do(shop, manager.delete, id)
    assert [body["type"] for body in shop.tell()] == ["license.deleted"]
    assert shop.statuses() == {"0001": "deleted"}


def test_a_key_that_cannot_be_decrypted_waits_with_its_reason_and_stops_no_other(
    shop: SellingShop, manager: Manager
) -> None:
    id = sold(shop, manager)
    do(shop, manager.make, key="MANAGED-KEY-0002", status=2, product_id=None, user_id=1)
    shop.wordpress.database.sql(f"UPDATE {manager.table} SET license_key = 'damaged' WHERE id = {id}", "wordpress")
    shop.send()
    [left] = [row for row in shop.rows() if row["state"] == "waiting" and "licenses" in row["source"]]
    assert left["object"] == str(id)
    assert "ciphertext" in left["reason"] or "decrypt" in left["reason"]
    assert shop.statuses() == {"0002": "active"}


def test_keys_sold_out_of_stock_are_told_by_the_plugin_s_own_hook(wordpress: WordPress, connector: Server) -> None:
    shop = selling(wordpress, connector, "woocommerce", LMFWC.slug)
    id = do(shop, LMFWC.make, status=3)
    _, order = shop.php(ORDER)
    shop.php("standin_lmfwc_sell($arguments[0], [$arguments[1]]);", order, id)
    assert granted(shop.tell())["order_id"] == str(order)
