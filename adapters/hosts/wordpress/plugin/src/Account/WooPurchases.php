<?php

declare(strict_types=1);

namespace SupportConnector\Account;

/** Orders of WooCommerce, one purchase for each product in them; keys that the connector made go before the order. */
final class WooPurchases implements Shop
{
    private const MOST = 50;

    public function of(int $user, array $emails): array
    {
        if (! \function_exists('wc_get_orders')) {
            return [];
        }
        $orders = \wc_get_orders(['customer_id' => $user, 'limit' => self::MOST, 'type' => 'shop_order']);
        foreach ($emails as $email) {
            $orders = \array_merge($orders, \wc_get_orders(['billing_email' => $email, 'limit' => self::MOST, 'type' => 'shop_order']));
        }
        $purchases = [];
        foreach ($orders as $order) {
            if (! \in_array($order->get_status(), ['pending', 'checkout-draft', 'failed', 'trash'], true)) {
                \array_push($purchases, ...self::bought_in($order));
            }
        }
        return $purchases;
    }

    /**
     * @param object $order WC_Order
     * @return list<Purchase>
     */
    private static function bought_in($order): array
    {
        $known = [
            'order' => (string) $order->get_id(),
            'number' => (string) $order->get_order_number(),
            'email' => (string) $order->get_billing_email(),
            'customer_id' => $order->get_customer_id() ? (string) $order->get_customer_id() : '',
        ];
        $names = [];
        foreach ($order->get_items() as $item) {
            $names[] = (string) $item->get_name();
        }
        $keys = IssuedKeys::of_order($known['order'], $known['email']);
        if ($keys === []) {
            return [new Purchase('woocommerce', $known + ['product' => \implode(', ', \array_unique($names))])];
        }
        $product = \count($names) === 1 ? $names[0] : '';
        return \array_map(
            static fn (array $key): Purchase => new Purchase('issued', $known + ['key' => $key['key'], 'product' => $product ?: $key['product']]),
            $keys
        );
    }
}
