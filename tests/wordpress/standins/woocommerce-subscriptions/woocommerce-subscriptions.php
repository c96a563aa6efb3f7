<?php

/**
 * Plugin Name: WooCommerce Subscriptions (a stand-in for tests)
 *
 * The class, function and hook names of WooCommerce Subscriptions, on the stand-in of WooCommerce.
 */

declare(strict_types=1);

final class WC_Subscriptions
{
}

add_action('plugins_loaded', static function (): void {
    require_once __DIR__ . '/subscription.php';
});
add_action('init', static fn () => register_post_type('shop_subscription', ['public' => false]));

/** @param mixed $subscription @return WC_Subscription|false */
function wcs_get_subscription($subscription)
{
    $found = wc_get_order($subscription);
    return $found instanceof WC_Subscription ? $found : false;
}

/**
 * @param mixed $order
 * @param array<string, mixed> $args
 * @return array<int, WC_Subscription>
 */
function wcs_get_subscriptions_for_order($order, array $args = []): array
{
    $id = is_object($order) ? $order->get_id() : (int) $order;
    $found = [];
    foreach (Standin_Storage::children($id, 'shop_subscription') as $subscription) {
        $found[$subscription] = wcs_get_subscription($subscription);
    }
    return $found;
}
