<?php

/**
 * Plugin Name: Digital License Manager (a stand-in for tests)
 *
 * The tables, classes and hooks of version 1.8: each row made, changed or deleted is told; keys are kept encrypted.
 */

declare(strict_types=1);

namespace IdeoLogix\DigitalLicenseManager\Database\Models {
    /** A row: `getOrderId()` is its `order_id`. */
    class Row
    {
        /** @var array<string, string|null> */
        private array $row;

        /** @param array<string, string|null> $row */
        public function __construct(array $row)
        {
            $this->row = $row;
        }

        /** @param list<mixed> $arguments @return mixed */
        public function __call(string $name, array $arguments)
        {
            return $this->row[strtolower((string) preg_replace('/(?<!^)[A-Z]/', '_$0', substr($name, 3)))];
        }

        /** @return string|\WP_Error */
        public function getDecryptedLicenseKey()
        {
            $cipher = (string) $this->row['license_key'];
            return strpos($cipher, 'sealed:') === 0 ? strrev(substr($cipher, 7)) : new \WP_Error('server_error', 'Unable to decrypt value');
        }
    }
}

namespace IdeoLogix\DigitalLicenseManager\Database\Repositories {
    use IdeoLogix\DigitalLicenseManager\Database\Models\Row;

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
            return $this->findAllBy(['id' => $id])[0] ?? false;
        }

        /** @param array<string, mixed> $where @return list<Row> */
        public function findAllBy(array $where): array
        {
            global $wpdb;
            $sql = "SELECT * FROM {$wpdb->prefix}{$this->table()} WHERE 1=1";
            foreach ($where as $column => $value) {
                $sql .= $wpdb->prepare(" AND $column = %s", $value);
            }
            return array_map(static fn (array $row): Row => new Row($row), $wpdb->get_results($sql, ARRAY_A));
        }

        /** @param array<string, mixed> $data */
        public function create(array $data): Row
        {
            global $wpdb;
            $wpdb->insert($wpdb->prefix . $this->table(), $data + ['created_at' => gmdate('Y-m-d H:i:s')]);
            $made = $this->find((int) $wpdb->insert_id);
            do_action('dlm_object_created', $made, $this->table(), Row::class);
            return $made;
        }

        /** @param array<string, mixed> $data */
        public function update(int $id, array $data): void
        {
            global $wpdb;
            $before = $this->find($id);
            $wpdb->update($wpdb->prefix . $this->table(), $data + ['updated_at' => gmdate('Y-m-d H:i:s')], ['id' => $id]);
            do_action('dlm_object_updated', $this->find($id), $before, $this->table(), Row::class);
        }

        public function delete(int $id): void
        {
            global $wpdb;
            $gone = $this->find($id);
            $wpdb->delete($wpdb->prefix . $this->table(), ['id' => $id]);
            do_action('dlm_object_deleted', $gone, $this->table(), Row::class);
        }
    }

    class Licenses extends Repository
    {
        protected function table(): string
        {
            return 'dlm_licenses';
        }
    }

    class LicenseActivations extends Repository
    {
        protected function table(): string
        {
            return 'dlm_license_activations';
        }
    }
}

namespace {
    use IdeoLogix\DigitalLicenseManager\Database\Repositories\Licenses;

    register_activation_hook(__FILE__, static function (): void {
        global $wpdb;
        $wpdb->query(
            "CREATE TABLE IF NOT EXISTS {$wpdb->prefix}dlm_licenses (id bigint unsigned NOT NULL AUTO_INCREMENT, order_id bigint unsigned,"
            . ' product_id bigint unsigned, user_id bigint unsigned, license_key longtext, hash longtext, valid_for int unsigned,'
            . ' expires_at datetime, source varchar(255), status tinyint unsigned, activations_limit int unsigned, created_at datetime,'
            . ' updated_at datetime, PRIMARY KEY (id))'
        );
        $wpdb->query(
            "CREATE TABLE IF NOT EXISTS {$wpdb->prefix}dlm_license_activations (id bigint unsigned NOT NULL AUTO_INCREMENT, token longtext,"
            . ' license_id bigint unsigned, label varchar(255), source varchar(255), created_at datetime, updated_at datetime,'
            . ' deactivated_at datetime, PRIMARY KEY (id))'
        );
    });

    /** @param array<string, mixed> $data */
    function standin_dlm_create(string $key, array $data): int
    {
        $licence = Licenses::instance()->create($data + ['license_key' => 'sealed:' . strrev($key), 'status' => 2, 'source' => 1]);
        do_action('dlm_license_created', $licence, $data);
        return (int) $licence->getId();
    }
}
