<?php

declare(strict_types=1);

namespace SupportConnector\Account;

use SupportConnector\Part;
use SupportConnector\Plugin;

/**
 * The keys that the connector made for an order of WooCommerce: in the order's mail, on the thank-you page and in My
 * Account. One that comes after the mail went out is mailed by itself, once.
 */
final class WooKeys implements Part
{
    private const MAILED = '_support_connector_keys_mailed';

    public function __construct(Plugin $plugin)
    {
    }

    public function hooks(): void
    {
        \add_action('woocommerce_email_after_order_table', [$this, 'in_mail'], 10, 3);
        \add_action('woocommerce_thankyou', [$this, 'on_page']);
        \add_action('woocommerce_view_order', [$this, 'on_page']);
        \add_action('support_connector_license_issued', [$this, 'arrived']);
    }

    /**
     * @param object $order WC_Order
     * @param bool $to_admin
     * @param bool $plain
     */
    public function in_mail($order, $to_admin = false, $plain = false): void
    {
        if ($to_admin) {
            return;
        }
        Plugin::safely(
            static function () use ($order, $plain): void {
                $keys = IssuedKeys::of_order((string) $order->get_id(), (string) $order->get_billing_email());
                IssuedKeysView::mail($keys, (bool) $plain);
                self::mailed($order, $keys);
            }
        );
    }

    /** @param int|string $order_id */
    public function on_page($order_id): void
    {
        Plugin::safely(
            static function () use ($order_id): void {
                $order = \wc_get_order((int) $order_id);
                if ($order) {
                    $buyer = (int) $order->get_customer_id();
                    IssuedKeysView::page(IssuedKeys::of_order((string) $order->get_id(), (string) $order->get_billing_email()), $buyer > 0 && $buyer === \get_current_user_id());
                }
            }
        );
    }

    /** @param array<string, mixed> $data Of `license.issued`. */
    public function arrived($data): void
    {
        $order = \function_exists('wc_get_order') && \is_scalar($data['order_id'] ?? null) ? \wc_get_order((int) $data['order_id']) : null;
        if (! $order || ! \in_array($order->get_status(), ['processing', 'completed'], true)) {
            return;
        }
        $all = IssuedKeys::of_order((string) $order->get_id(), (string) $order->get_billing_email());
        $before = (array) ($order->get_meta(self::MAILED) ?: []);
        $keys = \array_values(\array_filter($all, static fn (array $key): bool => ! \in_array($key['license'], $before, true)));
        if ($keys === []) {
            return;
        }
        /* translators: %s: number of an order */
        $subject = \sprintf(__('Your licence key for order %s', 'support-connector'), (string) $order->get_order_number());
        $words = \implode("\n", \array_column($keys, 'key')) . "\n\n" . __('You also find it in your account.', 'support-connector');
        if (\wp_mail((string) $order->get_billing_email(), $subject, $words)) {
            self::mailed($order, $keys);
        }
    }

    /**
     * @param object $order WC_Order
     * @param list<array{key: string, product: string, license: string}> $keys
     */
    private static function mailed($order, array $keys): void
    {
        if ($keys !== []) {
            $before = (array) ($order->get_meta(self::MAILED) ?: []);
            $order->update_meta_data(self::MAILED, \array_values(\array_unique(\array_merge($before, \array_column($keys, 'license')))));
            $order->save_meta_data();
        }
    }
}
