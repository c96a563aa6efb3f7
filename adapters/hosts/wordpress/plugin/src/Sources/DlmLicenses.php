<?php

declare(strict_types=1);

namespace SupportConnector\Sources;

use IdeoLogix\DigitalLicenseManager\Database\Repositories\LicenseActivations;
use IdeoLogix\DigitalLicenseManager\Database\Repositories\Licenses;

/** Licences of Digital License Manager, decrypted by the plugin itself; it says of every row that it was made, changed or deleted. */
final class DlmLicenses extends ManagedLicences
{
    public function name(): string
    {
        return 'dlm_licenses';
    }

    public function label(): string
    {
        return __('Digital License Manager: licences and activations', 'support-connector');
    }

    public function active(): bool
    {
        return \class_exists(Licenses::class);
    }

    public function hooks(callable $changed): void
    {
        $mark = static function ($object, string $table) use ($changed): void {
            if (\is_object($object) && \in_array($table, ['dlm_licenses', 'dlm_license_activations'], true)) {
                $changed((string) ($table === 'dlm_licenses' ? $object->getId() : $object->getLicenseId()));
            }
        };
        Hook::on('dlm_object_created', static fn ($made, $table = '') => $mark($made, (string) $table), 2);
        Hook::on('dlm_object_updated', static fn ($now, $before = null, $table = '') => $mark($now ?: $before, (string) $table), 3);
        Hook::on('dlm_object_deleted', static fn ($gone, $table = '') => $mark($gone, (string) $table), 2);
        foreach (['dlm_license_created', 'dlm_license_updated', 'dlm_license_saved'] as $hook) {
            Hook::on($hook, static fn ($licence) => $mark($licence, 'dlm_licenses'));
        }
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
        $ids = [];
        foreach ($line->get_meta('_dlm_license_id', false) as $meta) {
            $ids[] = (int) (\is_object($meta) ? $meta->value : $meta);
        }
        $product = (int) ($line->get_variation_id() ?: $line->get_product_id());
        foreach ($ids ?: $this->sold((int) $order->get_id(), $product) as $id) {
            $licence = $this->licence($id);
            $keys[] = $licence === null ? '' : $this->key($licence);
        }
        return $keys;
    }

    protected function table(): string
    {
        return 'dlm_licenses';
    }

    protected function activations(): string
    {
        return 'dlm_license_activations';
    }

    protected function licence(int $id): ?object
    {
        return Licenses::instance()->find($id) ?: null;
    }

    protected function limit(object $licence): ?int
    {
        return (int) $licence->getActivationsLimit() ?: null;
    }

    protected function labels(int $licence): array
    {
        $labels = [];
        foreach (LicenseActivations::instance()->findAllBy(['license_id' => $licence]) as $activation) {
            $labels[] = $activation->getDeactivatedAt() ? null : $activation->getLabel();
        }
        return $labels;
    }

    protected function activated(object $licence): int
    {
        return \count(LicenseActivations::instance()->findAllBy(['license_id' => (int) $licence->getId()]));
    }
}
