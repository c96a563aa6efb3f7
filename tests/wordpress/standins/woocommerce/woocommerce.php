<?php

/**
 * Plugin Name: WooCommerce (a stand-in for tests)
 *
 * The class, function and hook names of WooCommerce with its arguments and their order, in both storages: posts and its own
 * tables (option `woocommerce_custom_orders_table_enabled`). Beneath, an order is one row and a bag of values.
 */

declare(strict_types=1);

final class WooCommerce
{
}

foreach (['items', 'orders', 'storage', 'functions'] as $part) {
    require_once __DIR__ . "/$part.php";
}

register_activation_hook(__FILE__, ['Standin_Storage', 'make']);
add_action('init', static function (): void {
    register_post_type('product', ['public' => true]);
    register_post_type('product_variation', ['public' => false]);
    register_post_type('shop_order', ['public' => false]);
    register_post_type('shop_order_refund', ['public' => false]);
});
