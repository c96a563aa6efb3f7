<?php

/**
 * Plugin Name: License Manager for WooCommerce (a stand-in for tests)
 *
 * The tables, classes and filters of version 3: keys are kept encrypted, and only their sale fires a hook.
 */

declare(strict_types=1);

namespace LicenseManagerForWooCommerce\Models\Resources {
    /** A row: `getOrderId()` is its `order_id`. */
    class Row
    {
        /** @var array<string, string|null> */
        private array $row;

        public function __construct(object $row)
        {
            $this->row = (array) $row;
        }

        /** @param list<mixed> $arguments @return mixed */
        public function __call(string $name, array $arguments)
        {
            return $this->row[strtolower((string) preg_replace('/(?<!^)[A-Z]/', '_$0', substr($name, 3)))];
        }

        public function getDecryptedLicenseKey(): string
        {
            return apply_filters('lmfwc_decrypt', $this->row['license_key']);
        }
    }
}

namespace LicenseManagerForWooCommerce\Repositories\Resources {
    use LicenseManagerForWooCommerce\Models\Resources\Row;

    abstract class Repository
    {
        abstract protected function table(): string;

        /** @return static */
        public static function instance()
        {
            return new static();
        }

        /** @return Row|false */
        public function find(int $id)
        {
            global $wpdb;
            $row = $wpdb->get_row($wpdb->prepare("SELECT * FROM {$wpdb->prefix}{$this->table()} WHERE id = %d", $id));
            return $row ? new Row($row) : false;
        }

        /** @param array<string, mixed> $query @return list<Row> */
        public function findAllBy(array $query): array
        {
            global $wpdb;
            $sql = "SELECT * FROM {$wpdb->prefix}{$this->table()} WHERE 1=1";
            foreach ($query as $column => $value) {
                $sql .= $wpdb->prepare(" AND $column = %s", $value);
            }
            return array_map(static fn (object $row): Row => new Row($row), $wpdb->get_results($sql));
        }

        /** @param array<string, mixed> $data @return Row|false */
        public function insert(array $data)
        {
            global $wpdb;
            $wpdb->insert($wpdb->prefix . $this->table(), $data + ['created_at' => gmdate('Y-m-d H:i:s')]);
            return $this->find((int) $wpdb->insert_id);
        }

        /** @param array<string, mixed> $data */
        public function update(int $id, array $data): void
        {
            global $wpdb;
            $wpdb->update($wpdb->prefix . $this->table(), $data + ['updated_at' => gmdate('Y-m-d H:i:s')], ['id' => $id]);
        }
    }

    class License extends Repository
    {
        protected function table(): string
        {
            return 'lmfwc_licenses';
        }
    }

    class LicenseActivations extends Repository
    {
        protected function table(): string
        {
            return 'lmfwc_activations';
        }
    }
}

namespace {
    use LicenseManagerForWooCommerce\Repositories\Resources\License;
    use LicenseManagerForWooCommerce\Repositories\Resources\LicenseActivations;

    register_activation_hook(__FILE__, static function (): void {
        global $wpdb;
        $wpdb->query(
            "CREATE TABLE IF NOT EXISTS {$wpdb->prefix}lmfwc_licenses (id bigint unsigned NOT NULL AUTO_INCREMENT, order_id bigint unsigned,"
            . ' product_id bigint unsigned, user_id bigint unsigned, license_key longtext, hash longtext, expires_at datetime,'
            . ' valid_for int unsigned, source varchar(255), status tinyint unsigned, times_activated int unsigned,'
            . ' times_activated_max int unsigned, created_at datetime, updated_at datetime, PRIMARY KEY (id))'
        );
        $wpdb->query(
            "CREATE TABLE IF NOT EXISTS {$wpdb->prefix}lmfwc_activations (id bigint unsigned NOT NULL AUTO_INCREMENT, token longtext,"
            . ' license_id bigint unsigned, label varchar(255), source varchar(255), created_at datetime, updated_at datetime,'
            . ' deactivated_at datetime, PRIMARY KEY (id))'
        );
    });
    add_filter('lmfwc_encrypt', static fn (string $plain): string => 'sealed:' . strrev($plain));
    add_filter('lmfwc_decrypt', static function (string $cipher): string {
        if (strpos($cipher, 'sealed:') !== 0) {
            throw new Exception('Wrong key or modified ciphertext');
        }
        return strrev(substr($cipher, 7));
    });

    /** @param array<string, mixed> $data */
    function lmfwc_add_license(string $key, array $data = []): object
    {
        return License::instance()->insert($data + ['license_key' => apply_filters('lmfwc_encrypt', $key), 'status' => 4, 'source' => 3]);
    }

    /** @param array<string, mixed> $args */
    function lmfwc_activate_license(int $id, array $args): void
    {
        LicenseActivations::instance()->insert($args + ['license_id' => $id, 'token' => md5((string) $id), 'source' => 2]);
        License::instance()->update($id, ['times_activated' => (int) License::instance()->find($id)->getTimesActivated() + 1]);
    }

    /** As its handler of completed orders: keys of stock are given to the order. @param list<int> $ids */
    function standin_lmfwc_sell(int $order, array $ids): void
    {
        foreach ($ids as $id) {
            License::instance()->update($id, ['order_id' => $order, 'status' => 2]);
        }
        $licenses = License::instance()->findAllBy(['order_id' => $order]);
        do_action('lmfwc_event_post_order_license_keys', ['orderId' => $order, 'licenses' => $licenses]);
    }
}
