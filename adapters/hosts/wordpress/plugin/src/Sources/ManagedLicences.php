<?php

declare(strict_types=1);

namespace SupportConnector\Sources;

use SupportConnector\Reading;
use SupportConnector\Schema;
use SupportConnector\Source;

/**
 * What License Manager for WooCommerce and Digital License Manager, which grew out of it, have in common: their tables, and
 * keys of which some wait in stock. A key that belongs to no order and nobody, and that was never activated, is nobody's
 * licence yet and is not told.
 */
abstract class ManagedLicences implements Source
{
    private const SOLD = [1, 2];
    private const STOPPED = [4, 5];

    /** Without WordPress' prefix. */
    abstract protected function table(): string;

    /** Without WordPress' prefix. */
    abstract protected function activations(): string;

    /** @return object|null Their model of a licence. */
    abstract protected function licence(int $id): ?object;

    /** Sites per licence, null for any number. */
    abstract protected function limit(object $licence): ?int;

    /** @return list<string|null> What the activations in force are labelled with. */
    abstract protected function labels(int $licence): array;

    /** How often it is activated. */
    abstract protected function activated(object $licence): int;

    public function read(string $object, array $last): Reading
    {
        $licence = $this->licence((int) $object);
        if ($licence === null) {
            return LicenceReading::gone($last);
        }
        $status = (int) $licence->getStatus();
        $owned = (int) $licence->getOrderId() > 0 || (int) $licence->getUserId() > 0;
        if (! $owned && ! \in_array($status, self::SOLD, true) && $this->activated($licence) === 0 && ! isset($last['sealed'])) {
            return new Reading([], $last);
        }
        return LicenceReading::of($this->facts($licence, $status), $last);
    }

    public function changed_since(int $time): iterable
    {
        $since = \gmdate('Y-m-d H:i:s', $time);
        $own = 'SELECT id FROM ' . self::named($this->table()) . ' WHERE created_at >= %s OR updated_at >= %s ORDER BY id';
        $ids = self::ids(Schema::wpdb()->prepare($own, $since, $since));
        if ($this->has_activations()) {
            $sql = 'SELECT DISTINCT license_id AS id FROM ' . self::named($this->activations())
                . ' WHERE created_at >= %s OR updated_at >= %s OR deactivated_at >= %s';
            $ids = [...$ids, ...self::ids(Schema::wpdb()->prepare($sql, $since, $since, $since))];
        }
        return \array_values(\array_unique([...$ids, ...Known::gone($this->name(), self::named($this->table()))]));
    }

    public function after(string $after, int $limit): array
    {
        $sql = 'SELECT id FROM ' . self::named($this->table()) . ' WHERE id > %d ORDER BY id LIMIT %d';
        return self::ids(Schema::wpdb()->prepare($sql, (int) $after, $limit));
    }

    public function count(): int
    {
        return (int) (Schema::rows('SELECT COUNT(*) AS n FROM ' . self::named($this->table()))[0]['n'] ?? 0);
    }

    /** The key in the clear. @throws \RuntimeException Where the plugin cannot decrypt it. */
    protected function key(object $licence): string
    {
        $key = $licence->getDecryptedLicenseKey();
        if (! \is_string($key) || $key === '') {
            throw new \RuntimeException(
                \is_wp_error($key) ? $key->get_error_message() : 'The licence plugin could not decrypt this key: its secret file may have changed.'
            );
        }
        return $key;
    }

    protected function has_activations(): bool
    {
        return $this->activations() !== '';
    }

    /** The ids of an order's licences of this product. @return list<int> */
    protected function sold(int $order, int $product): array
    {
        $sql = 'SELECT id FROM ' . self::named($this->table()) . ' WHERE order_id = %d AND product_id = %d ORDER BY id LIMIT 100';
        return \array_map('intval', self::ids(Schema::wpdb()->prepare($sql, $order, $product)));
    }

    /** @return array<string, mixed> As LicenceReading takes them. */
    private function facts(object $licence, int $status): array
    {
        $changed = \array_filter([Instant::utc($licence->getCreatedAt()), Instant::utc($licence->getUpdatedAt())]);
        return self::purchase($licence) + [
            'license_key' => $this->key($licence),
            'site_limit' => $this->limit($licence),
            'expires' => Instant::utc($licence->getExpiresAt()),
            'status' => \in_array($status, self::STOPPED, true) ? 'suspended' : 'active',
            'sites' => Sites::among($this->labels((int) $licence->getId()), true),
            'changed' => $changed === [] ? null : \max($changed),
        ];
    }

    /** Who bought it, with what, and what it is. @return array<string, mixed> */
    private static function purchase(object $licence): array
    {
        $order = self::order((int) $licence->getOrderId());
        $product = (int) $licence->getProductId();
        $customer = Words::account((int) $licence->getUserId()) ?? ($order ? WooCommerceOrders::buyer($order) : null);
        [$subscription] = $order ? WooCommerceOrders::subscription($order) : [null];
        return [
            'product' => Products::by_id($product),
            'plan' => Products::plan($product > 0 && \function_exists('wc_get_product') ? \wc_get_product($product) : null),
            'customer' => $customer,
            'owner' => $customer['id'] ?? $customer['email'] ?? '',
            'order_id' => Words::id((int) $licence->getOrderId()),
            'purchased' => ($order ? WooCommerceOrders::bought($order) : null) ?? Instant::utc($licence->getCreatedAt()),
            'purchase' => $subscription === null ? 'one_time' : 'recurring',
            'subscription_id' => $subscription,
        ];
    }

    private static function order(int $id): ?object
    {
        $order = $id > 0 && \function_exists('wc_get_order') ? \wc_get_order($id) : null;
        return $order && \method_exists($order, 'get_billing_email') ? $order : null;
    }

    private static function named(string $table): string
    {
        return Schema::wpdb()->prefix . $table;
    }

    /** @return list<string> */
    private static function ids(string $sql): array
    {
        return \array_map('strval', \array_column(Schema::rows($sql), 'id'));
    }
}
