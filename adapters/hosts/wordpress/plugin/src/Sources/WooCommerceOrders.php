<?php

declare(strict_types=1);

namespace SupportConnector\Sources;

use SupportConnector\Event;
use SupportConnector\Reading;
use SupportConnector\Source;

/**
 * Orders of WooCommerce, in both of its storages. Only hooks of an order's life are used, so that block checkout, the Store
 * API, gateways and WP-CLI are heard alike. One in the trash, or deleted, takes nothing away: it is told no more.
 */
final class WooCommerceOrders implements Source
{
    /** Statuses in which an order is handed over, and grants what it sold: an option, `completed` where it is not set. */
    public const GRANT_ON = 'support_connector_grant_on';

    private const STATES = [
        'pending' => 'pending',
        'on-hold' => 'pending',
        'cancelled' => 'cancelled',
        'failed' => 'failed',
        'refunded' => 'refunded',
    ];
    private const UNSEEN = ['', 'trash', 'draft', 'auto-draft', 'checkout-draft', 'new'];
    private const FOLLOWS = [
        '_subscription_renewal' => 'renewal',
        '_subscription_renewal_early' => 'renewal',
        '_subscription_switch' => 'switch',
        '_subscription_resubscribe' => 'resubscribe',
    ];
    private const NUMBERS = [
        '_order_number',
        '_order_number_formatted',
        '_alg_wc_custom_order_number',
        '_alg_wc_full_custom_order_number',
        '_wcj_order_number',
        '_ywson_custom_number_order_complete',
    ];
    private const CHANGED = [
        'woocommerce_new_order',
        'woocommerce_update_order',
        'woocommerce_order_status_changed',
        'woocommerce_payment_complete',
        'woocommerce_order_refunded',
        'woocommerce_trash_order',
        'woocommerce_untrash_order',
        'woocommerce_delete_order',
    ];

    private WooCommerceTables $tables;

    public function __construct()
    {
        $this->tables = new WooCommerceTables('shop_order');
    }

    public function name(): string
    {
        return 'woocommerce_orders';
    }

    public function label(): string
    {
        return __('WooCommerce: orders and refunds', 'support-connector');
    }

    public function active(): bool
    {
        return \class_exists('WooCommerce') && \function_exists('wc_get_order');
    }

    public function hooks(callable $changed): void
    {
        foreach (self::CHANGED as $hook) {
            Hook::on($hook, static fn ($order) => $changed(WooCommerceTables::id($order)));
        }
        Hook::on('woocommerce_refund_deleted', static fn ($refund, $order = 0) => $changed(WooCommerceTables::id($order)), 2);
        Hook::on('untrashed_post', static fn ($post) => \get_post_type($post) === 'shop_order' ? $changed((string) $post) : null);
    }

    public function read(string $object, array $last): Reading
    {
        $order = \wc_get_order((int) $object);
        $status = $order && $order->get_type() === 'shop_order' ? (string) $order->get_status() : '';
        if (\in_array($status, self::UNSEEN, true)) {
            return new Reading([], $last);
        }
        $data = $this->data($order, $status);
        $type = 'order.' . $this->state($order, $status);
        $print = Instant::digest([$type, $data]);
        $at = Instant::of($last, $print, self::latest($order));
        return new Reading([new Event($type, $data, $at)], ['print' => $print, 'at' => $at]);
    }

    public function changed_since(int $time): iterable
    {
        return $this->tables->changed_since($time);
    }

    public function after(string $after, int $limit): array
    {
        return $this->tables->after($after, $limit);
    }

    public function count(): int
    {
        return $this->tables->count();
    }

    /** The state in the connector's words. A status of another plugin's is read by the order's dates. @param \WC_Order $order */
    private function state($order, string $status): string
    {
        $state = self::STATES[$status] ?? null;
        if ($state === 'pending' && $status === 'pending' && $order->get_date_completed()) {
            $state = 'paid';  // back from the trash, as which WooCommerce does not say
        }
        if ($state === null) {
            $paid = \in_array($status, \wc_get_is_paid_statuses(), true) || $order->get_date_paid() || $order->get_date_completed();
            $state = $paid ? 'paid' : 'pending';
        }
        return (string) \apply_filters('support_connector_order_state', $state, $order);
    }

    /** @param \WC_Order $order @return array<string, mixed> */
    private function data($order, string $status): array
    {
        $lines = new WooCommerceLines($order);
        $refunds = $lines->refunds();
        $whole = \array_sum(\array_map('floatval', \array_column($refunds, 'amount'))) >= (float) $order->get_total();
        [$subscription, $follows] = self::subscription($order);
        $paid = $order->get_date_paid() ?? $order->get_date_completed();
        return Words::known(
            [
                'order_id' => (string) $order->get_id(),
                'number' => Words::line((string) $order->get_order_number(), 190),
                'names' => self::numbers($order),
                'customer' => self::buyer($order),
                'items' => $lines->items(),
                'total' => Words::amount((float) $order->get_total(), \wc_get_price_decimals()),
                'currency' => Words::line((string) $order->get_currency(), 3),
                'refunds' => $status === 'refunded' && ! $whole ? null : $refunds,
                'paid_at' => $paid ? Event::time($paid->getTimestamp()) : null,
                'fulfilled' => self::fulfilled($order, $status),
                'subscription_id' => $subscription,
                'follows' => $follows,
            ]
        );
    }

    /** @param \WC_Order $order @return array<string, string>|null */
    public static function buyer($order): ?array
    {
        $name = $order->get_billing_first_name() . ' ' . $order->get_billing_last_name();
        return Words::person((int) $order->get_customer_id(), (string) $order->get_billing_email(), $name);
    }

    /** When it was paid or, failing that, made: unix seconds. @param \WC_Order $order */
    public static function bought($order): ?int
    {
        $date = $order->get_date_paid() ?? $order->get_date_completed() ?? $order->get_date_created();
        return $date ? $date->getTimestamp() : null;
    }

    /**
     * The subscription it belongs to, and what it is to it: nothing for the order that began it.
     *
     * @param \WC_Order $order
     * @return array{?string, ?string}
     */
    public static function subscription($order): array
    {
        foreach (self::FOLLOWS as $meta => $follows) {
            $id = Words::id((int) $order->get_meta($meta, true));
            if ($id !== null) {
                return [$id, $follows];
            }
        }
        $switched = $order->get_meta('_subscription_switch_data', true);
        if (\is_array($switched) && (int) \array_key_first($switched) > 0) {
            return [(string) \array_key_first($switched), 'switch'];
        }
        $begun = \function_exists('wcs_get_subscriptions_for_order')
            ? \array_keys(\wcs_get_subscriptions_for_order($order->get_id(), ['order_type' => 'parent']))
            : [];
        return [\count($begun) === 1 ? (string) $begun[0] : null, null];
    }

    /** @param \WC_Order $order */
    private static function fulfilled($order, string $status): bool
    {
        $on = (array) \apply_filters(self::GRANT_ON, \get_option(self::GRANT_ON) ?: ['completed']);
        if (\in_array($status, $on, true) || $order->get_date_completed()) {
            return true;
        }
        return \in_array('processing', $on, true) && ($order->get_date_paid() || $status === 'completed');
    }

    /** @param \WC_Order $order @return list<string>|null */
    private static function numbers($order): ?array
    {
        $found = [];
        foreach (self::NUMBERS as $meta) {
            $number = $order->get_meta($meta, true);
            $found[] = \is_scalar($number) ? Words::line((string) $number, 190) : null;
        }
        $others = \array_diff(\array_unique(\array_filter($found)), [(string) $order->get_id(), (string) $order->get_order_number()]);
        return \array_values($others) ?: null;
    }

    /** The last of its dates: unix seconds. @param \WC_Order $order */
    private static function latest($order): ?int
    {
        $dates = [$order->get_date_modified(), $order->get_date_created(), $order->get_date_paid(), $order->get_date_completed()];
        foreach ($order->get_refunds() as $refund) {
            $dates[] = $refund->get_date_created();
        }
        $times = \array_map(static fn ($date): int => $date->getTimestamp(), \array_filter($dates));
        return $times === [] ? null : \max($times);
    }
}
