<?php

declare(strict_types=1);

namespace SupportConnector\Sources;

use SupportConnector\Reading;
use SupportConnector\Source;

/**
 * Licences of EDD Software Licensing. Its rows are read as they stand, not through EDD_SL_License: that class changes a
 * licence, and mails its owner, when its status is asked for.
 */
final class EddLicenses implements Source
{
    private const CHUNK = 500;
    private const CHANGED = [
        'edd_sl_store_license',
        'edd_sl_db_updated',
        'edd_sl_db_inserted',
        'edd_sl_activate_license',
        'edd_sl_deactivate_license',
        'edd_sl_post_set_status',
        'edd_sl_post_set_expiration',
        'edd_sl_post_set_lifetime',
        'edd_sl_post_set_activation_limit',
        'edd_sl_post_license_renewal',
        'edd_sl_post_revoke_license',
        'edd_sl_license_upgraded',
        'edd_sl_pre_delete_license',
        'edd_sl_post_delete_license',
        'edd_sl_license_deleted',
    ];

    public function name(): string
    {
        return 'edd_licenses';
    }

    public function label(): string
    {
        return __('Easy Digital Downloads: licences and their sites', 'support-connector');
    }

    public function active(): bool
    {
        return \function_exists('edd_software_licensing') && \function_exists('edd_get_customer');
    }

    public function hooks(callable $changed): void
    {
        foreach (self::CHANGED as $hook) {
            Hook::on($hook, static fn ($licence) => $changed((string) $licence));
        }
        $of_customer = static function (int $customer) use ($changed): void {
            foreach (EddTables::licences_of($customer) as $licence) {
                $changed($licence);
            }
        };
        Hook::on('edd_customer_updated', static fn ($customer) => $of_customer((int) $customer));
        Hook::on('edd_customer_post_update', static fn ($updated, $customer = 0) => $of_customer((int) $customer), 2);
        Hook::on('edd_customer_post_set_primary_email', static fn ($email, $customer = 0) => $of_customer((int) $customer), 2);
        $of_order = static function (int $order) use ($changed): void {
            foreach (EddOrderLicences::of($order) as $licence) {
                $changed((string) $licence->id);
            }
        };
        Hook::on('edd_refund_order', static fn ($order) => $of_order((int) $order));
        Hook::on('edd_transition_order_status', static fn ($old, $new, $order = 0) => $of_order((int) $order), 3);
    }

    public function read(string $object, array $last): Reading
    {
        $row = \edd_software_licensing()->licenses_db->get((int) $object);
        if (! $row) {
            return LicenceReading::gone($last);
        }
        if ((string) $row->license_key === '' || $row->status === 'private') {
            return new Reading([], $last);
        }
        return LicenceReading::of($this->facts($row), $last);
    }

    public function changed_since(int $time): iterable
    {
        $after = '';
        while ($ids = EddTables::after('edd_licenses', $after, self::CHUNK)) {
            $known = Known::states($this->name(), $ids);
            foreach (EddTables::prints($ids) as $id => $print) {
                if (($known[$id]['row'] ?? '') !== $print) {
                    yield (string) $id;
                }
            }
            $after = $ids[\count($ids) - 1];
        }
        yield from Known::gone($this->name(), EddTables::table('edd_licenses'));
    }

    public function after(string $after, int $limit): array
    {
        return EddTables::after('edd_licenses', $after, $limit);
    }

    public function count(): int
    {
        return EddTables::count('edd_licenses');
    }

    /** @return array<string, mixed> As LicenceReading takes them. */
    private function facts(object $row): array
    {
        $shop = \edd_software_licensing();
        $id = (int) $row->id;
        $sites = $shop->activations_db->get_activations(
            ['license_id' => $id, 'activated' => 1, 'number' => -1, 'fields' => 'site_name', 'orderby' => 'site_id']
        );
        $licence = $shop->get_license($id);
        $limit = $licence ? (int) $licence->get_activation_limit() : 0;
        $order = EddOrderLicences::order((int) $row->payment_id);
        return [
            'license_key' => (string) $row->license_key,
            'product' => Products::download((int) $row->download_id),
            'customer' => EddOrderLicences::customer((int) $row->customer_id),
            'owner' => (string) (int) $row->customer_id,
            'site_limit' => $limit > 0 ? $limit : null,
            'expires' => self::expires($row),
            'purchased' => Instant::utc($order ? (string) $order->date_completed : null) ?? Instant::local((string) $row->date_created),
            'status' => self::status($row, $order),
            'sites' => Sites::among((array) $sites),
            'order_id' => Words::id((int) $row->payment_id),
            'plan' => self::plan($row),
            'purchase' => self::purchase($row),
            'renewal' => EddOrderLicences::renewal($id),
            'row' => EddTables::prints([(string) $id])[$id] ?? '',
        ];
    }

    /**
     * Its end in unix seconds, null for life. The shop writes the clock on its wall as if it were UTC; a bundle's child is for
     * life where its bundle is.
     */
    private static function expires(object $row): ?int
    {
        $parent = (int) $row->parent > 0 ? \edd_software_licensing()->licenses_db->get((int) $row->parent) : null;
        $wall = $parent && (int) $parent->expiration === 0 ? 0 : (int) $row->expiration;
        return $wall > 0 ? Instant::local(\gmdate('Y-m-d H:i:s', $wall)) : null;
    }

    /** Disabled is what becomes of a refunded licence, and of one that the shop stops. @param object|null $order */
    private static function status(object $row, $order): string
    {
        if ($row->status !== 'disabled') {
            return $row->status === 'expired' ? 'expired' : 'active';
        }
        $words = ['refunded' => 'refunded', 'partially_refunded' => 'refunded', 'revoked' => 'revoked'];
        return $words[$order ? (string) $order->status : ''] ?? 'suspended';
    }

    private static function plan(object $row): ?string
    {
        $price = $row->price_id;
        if (! \is_numeric($price) || ! \function_exists('edd_get_price_option_name')) {
            return null;
        }
        return Words::line((string) \edd_get_price_option_name((int) $row->download_id, (int) $price), 100);
    }

    private static function purchase(object $row): string
    {
        if (! \class_exists('EDD_Subscriptions_DB')) {
            return 'one_time';
        }
        $query = ['parent_payment_id' => (int) $row->payment_id, 'product_id' => (int) $row->download_id, 'number' => 1];
        return (new \EDD_Subscriptions_DB())->get_subscriptions($query) ? 'recurring' : 'one_time';
    }
}
