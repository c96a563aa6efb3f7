<?php

declare(strict_types=1);

namespace SupportConnector\Sources;

use LicenseManagerForWooCommerce\Repositories\Resources\License;
use LicenseManagerForWooCommerce\Repositories\Resources\LicenseActivations;

/**
 * Keys of License Manager for WooCommerce, decrypted by the plugin itself. It says by a hook only when it sold keys: for all
 * else (activations, edits, deletions) its tables are watched. Version 2 keeps no activations, but how many there are.
 */
final class LmfwcLicenses extends ManagedLicences
{
    public function name(): string
    {
        return 'lmfwc_licenses';
    }

    public function label(): string
    {
        return __('License Manager for WooCommerce: keys and activations', 'support-connector');
    }

    public function active(): bool
    {
        return \class_exists(License::class);
    }

    public function hooks(callable $changed): void
    {
        Hook::on(
            'lmfwc_event_post_order_license_keys',
            static function ($sold) use ($changed): void {
                foreach ((array) ($sold['licenses'] ?? []) as $licence) {
                    $changed((string) $licence->getId());
                }
            }
        );
        $watch = new TableWatch(['lmfwc_licenses', 'lmfwc_activations']);
        $watch->hooks(
            function (int $since) use ($changed): void {
                \SupportConnector\Plugin::safely(fn () => \array_map($changed, [...$this->changed_since($since - 1)]));
            }
        );
        \add_filter('support_connector_line_keys', [$this, 'add_keys'], 10, 3);
    }

    /**
     * The keys that were sold on a line of an order.
     *
     * @param list<string> $keys
     * @param \WC_Order_Item_Product $line
     * @param \WC_Order $order
     * @return list<string>
     */
    public function add_keys($keys, $line, $order): array
    {
        $product = (int) ($line->get_variation_id() ?: $line->get_product_id());
        foreach ($this->sold((int) $order->get_id(), $product) as $id) {
            $licence = $this->licence($id);
            $keys[] = $licence === null ? '' : $this->key($licence);
        }
        return $keys;
    }

    protected function table(): string
    {
        return 'lmfwc_licenses';
    }

    protected function activations(): string
    {
        return \class_exists(LicenseActivations::class) ? 'lmfwc_activations' : '';
    }

    protected function licence(int $id): ?object
    {
        return License::instance()->find($id) ?: null;
    }

    protected function limit(object $licence): ?int
    {
        return (int) $licence->getTimesActivatedMax() ?: null;
    }

    protected function labels(int $licence): array
    {
        $labels = [];
        foreach ($this->has_activations() ? (array) LicenseActivations::instance()->findAllBy(['license_id' => $licence]) : [] as $activation) {
            $labels[] = $activation->getDeactivatedAt() ? null : $activation->getLabel();
        }
        return $labels;
    }

    protected function activated(object $licence): int
    {
        return (int) $licence->getTimesActivated();
    }
}
