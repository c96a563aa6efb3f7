"""What a customer bought is read from the shop plugins' own functions, and what he typed belongs to him."""

from __future__ import annotations

from typing import Any

import pytest

from tests.servers.wordpress import WordPress
from tests.wordpress.support_form import customer

SOFTWARE_LICENSING = """
class EDD_Customer { public $email = 'ada@example.com'; public function __construct($id) {} }
class TestLicence {
    public $key = 'EDD-KEY-0007'; public $download_id = 0; public $customer_id = 3; public $payment_id = 41;
    public $expiration = 2000000000; public $is_lifetime = false; public $sites = ['a.example.com/', 'b.example.com/'];
    public function get_renewal_url() { return 'https://shop.example.com/checkout?edd_license_key=EDD-KEY-0007'; }
}
function edd_software_licensing() {
    return new class { public function get_license_keys_of_user($user, $download, $status, $children) {
        return $user === 5 ? [new TestLicence()] : []; } };
}
function edd_get_orders($asked) {
    $order = new class { public $id = 41; public $email = 'ada@example.com';
        public function get_number() { return 'EDD-41'; }
        public function get_items() { return [(object) ['product_name' => 'Maps']]; } };
    return ($asked['user_id'] ?? 0) === 5 ? [$order] : [];
}
"""
MANAGED_KEYS = """
class TestManaged {
    public function getDecryptedLicenseKey() { return 'LMFWC-KEY-0008'; } public function getOrderId() { return 0; }
    public function getExpiresAt() { return '2033-05-18 03:33:20'; }
}
add_filter('lmfwc_get_all_customer_license_keys', fn ($user) => $user === 5
    ? [3 => ['name' => 'Maps', 'licenses' => [new TestManaged()]]] : []);
"""
OF_USER = "return array_map('get_object_vars', SupportConnector\\Account\\Purchases::of($arguments));"


def of(wordpress: WordPress, shop: str, user: int) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = wordpress.run(shop + OF_USER, user)
    return found


def test_software_licensing_tells_keys_sites_and_the_way_to_renew(wordpress: WordPress) -> None:
    [licence] = of(wordpress, SOFTWARE_LICENSING, 5)
    assert licence["key"] == "EDD-KEY-0007"
    assert licence["sites"] == ["a.example.com/", "b.example.com/"]
    assert licence["until"] == 2_000_000_000
    assert licence["renew_url"].startswith("https://shop.example.com/checkout")
    assert (licence["order"], licence["email"], licence["customer_id"]) == ("41", "ada@example.com", "5")


def test_license_manager_tells_its_keys(wordpress: WordPress) -> None:
    [licence] = of(wordpress, MANAGED_KEYS, 5)
    assert (licence["key"], licence["product"], licence["until"]) == ("LMFWC-KEY-0008", "Maps", 2_000_000_000)


@pytest.mark.parametrize("shop", [SOFTWARE_LICENSING, MANAGED_KEYS, ""], ids=["edd", "lmfwc", "no shop"])
@pytest.mark.parametrize("user", [0, 6])
def test_nobody_sees_what_another_bought(wordpress: WordPress, shop: str, user: int) -> None:
    assert of(wordpress, shop, user) == []


def test_a_shop_plugin_that_breaks_hides_nothing_of_the_others(wordpress: WordPress) -> None:
    broken = "function edd_software_licensing() { throw new Error('of another version'); }"
    assert [each["key"] for each in of(wordpress, broken + MANAGED_KEYS, 5)] == ["LMFWC-KEY-0008"]


@pytest.mark.parametrize(
    ("trusted", "forwarded", "address"),
    [
        ("", "198.51.100.7", "192.0.2.1"),
        ("192.0.2.1", "198.51.100.7", "198.51.100.7"),
        ("192.0.2.1", "203.0.113.9, 198.51.100.7", "198.51.100.7"),
        ("192.0.2.1, 198.51.100.7", "203.0.113.9, 198.51.100.7", "203.0.113.9"),
        ("192.0.2.1", "nonsense", "192.0.2.1"),
    ],
)
def test_only_a_proxy_that_is_named_says_who_comes(
    wordpress: WordPress, trusted: str, forwarded: str, address: str
) -> None:
    if trusted:
        wordpress.configure(f"define('SUPPORT_CONNECTOR_TRUSTED_PROXIES', '{trusted}');")
    found = wordpress.run(
        "$_SERVER['REMOTE_ADDR'] = '192.0.2.1'; $_SERVER['HTTP_X_FORWARDED_FOR'] = $arguments;"
        "return SupportConnector\\Form\\Client::address();",
        forwarded,
    )
    assert found == address


def test_what_was_typed_is_exported_and_erased_but_what_waits_is_not(wordpress: WordPress) -> None:
    customer(wordpress)
    told, erased, left = wordpress.run(
        "$drafts = new SupportConnector\\Form\\Drafts(); $ada = get_user_by('login', 'ada')->ID;"
        "foreach (['open', 'waiting'] as $state) {"
        "[$draft] = $drafts->make(new SupportConnector\\Form\\Fields(['subject' => $state, 'license_key' => 'KEY-1']),"
        " ['email' => 'ada@example.com'], 'c', $ada);"
        "$state === 'open' ? $drafts->answered($draft->id, ['decision' => ['outcome' => 'deny']]) : $drafts->waits($draft->id); }"
        "$all = fn ($kind) => apply_filters('wp_privacy_personal_data_' . $kind, [])['support-connector-requests']['callback'];"
        "$told = $all('exporters')('ada@example.com', 1); $erased = $all('erasers')('ada@example.com', 1);"
        "$rows = SupportConnector\\Schema::rows('SELECT content, state FROM ' . SupportConnector\\Schema::table('drafts'));"
        "return [array_column(array_column($told['data'], 'data'), 1), $erased, $rows];"
    )
    assert [each["value"] for each in told] == ["open", "waiting"]
    assert (erased["items_removed"], erased["items_retained"]) == (True, True)
    assert "sent" in erased["messages"][0]
    assert [row["state"] for row in left] == ["waiting"]
    assert "KEY-1" not in left[0]["content"], "a licence key is sealed"
