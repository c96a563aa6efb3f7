<?php

declare(strict_types=1);

namespace SupportConnector\Sources;

use SupportConnector\Event;
use SupportConnector\Reading;
use SupportConnector\Source;

/** Subscriptions of WooCommerce Subscriptions: how long they are paid, and what they are for. */
final class WooCommerceSubscriptions implements Source
{
    /** On hold is a late payment: as after a cancellation, what was paid runs to its end. */
    private const STATES = [
        'active' => 'renewed',
        'on-hold' => 'cancelled',
        'pending-cancel' => 'cancelled',
        'cancelled' => 'ended',
        'expired' => 'ended',
        'switched' => 'ended',
    ];
    private const CHANGED = [
        'woocommerce_new_subscription',
        'woocommerce_update_subscription',
        'woocommerce_subscription_status_updated',
        'woocommerce_subscription_date_updated',
        'woocommerce_subscription_date_deleted',
        'woocommerce_subscription_payment_complete',
        'woocommerce_subscription_renewal_payment_complete',
        'woocommerce_subscription_renewal_payment_failed',
        'woocommerce_trash_subscription',
        'woocommerce_untrash_subscription',
        'woocommerce_delete_subscription',
    ];

    private WooCommerceTables $tables;

    public function __construct()
    {
        $this->tables = new WooCommerceTables('shop_subscription');
    }

    public function name(): string
    {
        return 'woocommerce_subscriptions';
    }

    public function label(): string
    {
        return __('WooCommerce Subscriptions', 'support-connector');
    }

    public function active(): bool
    {
        return \class_exists('WooCommerce') && (\class_exists('WC_Subscriptions') || \function_exists('wcs_get_subscription'));
    }

    public function hooks(callable $changed): void
    {
        foreach (self::CHANGED as $hook) {
            Hook::on($hook, static fn ($subscription) => $changed(WooCommerceTables::id($subscription)));
        }
        Hook::on('untrashed_post', static fn ($post) => \get_post_type($post) === 'shop_subscription' ? $changed((string) $post) : null);
    }

    public function read(string $object, array $last): Reading
    {
        $subscription = \wcs_get_subscription((int) $object);
        $status = $subscription ? (string) $subscription->get_status() : '';
        $state = self::STATES[$status] ?? null;
        if ($state === null) {
            return new Reading([], $last);
        }
        $renewed = $state !== 'renewed' || (bool) $subscription->get_related_orders('ids', 'renewal');
        $data = $this->data($subscription, $status);
        $type = 'subscription.' . ($renewed ? $state : 'started');
        $modified = $subscription->get_date_modified();
        $print = Instant::digest([$type, $data]);
        $at = Instant::of($last, $print, $modified ? $modified->getTimestamp() : null);
        if ($status !== 'active' && ! isset($data['expires_at'])) {
            $data['expires_at'] = Event::time($at);
        }
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

    /** @param \WC_Subscription $subscription @return array<string, mixed> */
    private function data($subscription, string $status): array
    {
        $items = (new WooCommerceLines($subscription))->items();
        $end = $this->paid_until($subscription, $status);
        return Words::known(
            [
                'subscription_id' => (string) $subscription->get_id(),
                'order_id' => Words::id((int) $subscription->get_parent_id()),
                'customer' => WooCommerceOrders::buyer($subscription),
                'expires_at' => $end ? Event::time($end) : null,
                'items' => $items,
                'replaces' => Words::id((int) $subscription->get_meta('_subscription_resubscribe', true)),
            ]
        );
    }

    /**
     * To when it is paid, in unix seconds; 0 where it does not say. The end of a subscription on hold may be years away, so
     * that only its next payment counts.
     *
     * @param \WC_Subscription $subscription
     */
    private function paid_until($subscription, string $status): int
    {
        $next = (int) $subscription->get_time('next_payment');
        $end = (int) $subscription->get_time('end');
        if ($status === 'active') {
            return $next ?: $end;
        }
        return $status === 'on-hold' ? $next : ($end ?: $next);
    }
}
