<?php

declare(strict_types=1);

/** Writes that tell of themselves by `edd_sl_db_updated` and `edd_sl_db_inserted`. */
class EDD_SL_DB
{
    protected string $table;
    protected string $primary;
    protected string $licence;

    public function __construct(string $table, string $primary, string $licence)
    {
        $this->table = $GLOBALS['wpdb']->prefix . $table;
        $this->primary = $primary;
        $this->licence = $licence;
    }

    /** @param mixed $row_id @return object|null */
    public function get($row_id)
    {
        global $wpdb;
        return $wpdb->get_row($wpdb->prepare("SELECT * FROM {$this->table} WHERE {$this->primary} = %d", (int) $row_id));
    }

    /** @param array<string, mixed> $data */
    public function update(int $row_id, array $data): bool
    {
        global $wpdb;
        $wpdb->update($this->table, $data, [$this->primary => $row_id]);
        do_action('edd_sl_db_updated', (int) $this->get($row_id)->{$this->licence});
        return true;
    }

    /** @param array<string, mixed> $data */
    public function insert(array $data): int
    {
        global $wpdb;
        $wpdb->insert($this->table, $data);
        $id = (int) $wpdb->insert_id;
        if ($this->licence !== 'id') {
            do_action('edd_sl_db_inserted', (int) $data[$this->licence]);
        }
        return $id;
    }
}

final class EDD_SL_License_DB extends EDD_SL_DB
{
    public function __construct()
    {
        parent::__construct('edd_licenses', 'id', 'id');
    }

    public function delete(int $id): bool
    {
        global $wpdb;
        $wpdb->delete($this->table, ['id' => $id]);
        $wpdb->delete($wpdb->prefix . 'edd_licensemeta', ['license_id' => $id]);
        $wpdb->delete($wpdb->prefix . 'edd_license_activations', ['license_id' => $id]);
        do_action('edd_sl_license_deleted', $id);
        return true;
    }
}

final class EDD_SL_Activations_DB extends EDD_SL_DB
{
    public function __construct()
    {
        parent::__construct('edd_license_activations', 'site_id', 'license_id');
    }

    /** @param array<string, mixed> $args @return list<mixed> Twenty-five of them, where `number` does not say otherwise. */
    public function get_activations(array $args = []): array
    {
        global $wpdb;
        $args += ['number' => 25, 'activated' => 1, 'fields' => 'site_name'];
        $sql = "SELECT * FROM {$this->table} WHERE license_id = %d AND activated = %d ORDER BY site_id LIMIT %d";
        $most = $args['number'] < 1 ? 999999 : $args['number'];
        return array_column($wpdb->get_results($wpdb->prepare($sql, $args['license_id'], $args['activated'], $most), ARRAY_A), $args['fields']);
    }
}

final class EDD_SL_License_Meta_DB extends EDD_SL_DB
{
    public function __construct()
    {
        parent::__construct('edd_licensemeta', 'meta_id', 'license_id');
    }

    /** @return mixed */
    public function get_meta(int $license_id, string $key, bool $single = false)
    {
        global $wpdb;
        $sql = "SELECT meta_value FROM {$this->table} WHERE license_id = %d AND meta_key = %s ORDER BY meta_id";
        $values = $wpdb->get_col($wpdb->prepare($sql, $license_id, $key));
        return $single ? $values[0] ?? '' : $values;
    }
}
