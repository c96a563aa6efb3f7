<?php

declare(strict_types=1);

namespace SupportConnector\Sources;

/** What was bought with an order of WooCommerce, and what was given back of it, line by line. */
final class WooCommerceLines
{
    private const KEYS = ['_slm_lic_key', 'License Key', '_license_key', 'license_key'];
    private const MOST_KEYS = 100;

    /** Meta of an item that names the bundle it came in => meta of that bundle with the same value. */
    private const BUNDLES = [
        '_bundled_by' => ['_bundle_cart_key', '_yith_bundle_cart_key'],
        '_composite_parent' => ['_composite_cart_key'],
        '_mnm_container' => ['_mnm_cart_key'],
        '_chained_product_of' => ['_chained_cart_key'],
    ];

    /** Meta of an item with the product id of its bundle. */
    private const BUNDLE_PRODUCTS = ['_woosb_parent_id', '_chained_product_of'];

    /** @var \WC_Order|\WC_Subscription */
    private $order;

    private int $decimals;

    /** @param \WC_Order|\WC_Subscription $order */
    public function __construct($order)
    {
        $this->order = $order;
        $this->decimals = (int) \wc_get_price_decimals();
    }

    /** @return list<array<string, mixed>> */
    public function items(): array
    {
        $lines = $this->order->get_items();
        $items = [];
        foreach ($lines as $id => $line) {
            $keys = $this->keys($line);
            $items[] = Products::woocommerce((int) $line->get_product_id(), (int) $line->get_variation_id(), $line) + Words::known(
                [
                    'line_id' => (string) $id,
                    'quantity' => \min(1000000, \max(0, (int) \ceil((float) $line->get_quantity()))),
                    'amount' => $this->amount((float) $line->get_total() + (float) $line->get_total_tax()),
                    'license_keys' => $keys ?: null,
                    'part_of' => $this->bundle($line, $lines),
                ]
            );
        }
        return $items;
    }

    /** Each refund, a line's share under the line's id. @return list<array<string, string>> */
    public function refunds(): array
    {
        $found = [];
        foreach ($this->order->get_refunds() as $refund) {
            $rest = \abs((float) $refund->get_amount());
            foreach ($refund->get_items() as $line) {
                $back = \abs((float) $line->get_total()) + \abs((float) $line->get_total_tax());
                $of = (int) $line->get_meta('_refunded_item_id', true);
                if ($of > 0 && $back > 0) {
                    $found[] = ['id' => $refund->get_id() . '-' . $of, 'amount' => $this->amount($back), 'line_id' => (string) $of];
                    $rest -= $back;
                }
            }
            if (\round($rest, $this->decimals) > 0) {
                $found[] = ['id' => (string) $refund->get_id(), 'amount' => $this->amount($rest)];
            }
        }
        return $found;
    }

    private function amount(float $amount): string
    {
        return Words::amount($amount, $this->decimals);
    }

    /** Licence keys of a line: those that plugins write on it, those that licence plugins keep for it. @return list<string> */
    private function keys(\WC_Order_Item $line): array
    {
        $keys = [];
        foreach (self::KEYS as $name) {
            foreach ($line->get_meta($name, false) as $meta) {
                $value = \is_object($meta) ? $meta->value : $meta;
                $keys = [...$keys, ...\preg_split('/[\r\n,]+/', \is_scalar($value) ? (string) $value : '')];
            }
        }
        $keys = (array) \apply_filters('support_connector_line_keys', $keys, $line, $this->order);
        $keys = \array_filter(\array_map(static fn ($key): ?string => Words::line((string) $key), $keys));
        return \array_slice(\array_values(\array_unique($keys)), 0, self::MOST_KEYS);
    }

    /** @param array<int, \WC_Order_Item> $lines */
    private function bundle(\WC_Order_Item $line, array $lines): ?string
    {
        foreach ($lines as $id => $other) {
            if ($other === $line) {
                continue;
            }
            foreach (self::BUNDLES as $mine => $theirs) {
                $value = self::text($line, $mine);
                foreach ($theirs as $name) {
                    if ($value !== '' && $value === self::text($other, $name)) {
                        return (string) $id;
                    }
                }
            }
            foreach (self::BUNDLE_PRODUCTS as $name) {
                if ((int) self::text($line, $name) > 0 && (int) self::text($line, $name) === (int) $other->get_product_id()) {
                    return (string) $id;
                }
            }
        }
        return null;
    }

    private static function text(\WC_Order_Item $line, string $name): string
    {
        $value = $line->get_meta($name, true);
        return \is_scalar($value) ? (string) $value : '';
    }
}
