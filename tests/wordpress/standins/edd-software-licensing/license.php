<?php

declare(strict_types=1);

final class EDD_SL_License
{
    public int $ID;

    public function __construct(int $id)
    {
        $this->ID = $id;
    }

    public function row(): object
    {
        return edd_software_licensing()->licenses_db->get($this->ID);
    }

    /** @param array<string, mixed> $row */
    public static function standin_create(array $row): int
    {
        $db = edd_software_licensing()->licenses_db;
        $row += ['status' => 'inactive', 'cart_index' => 0, 'parent' => 0, 'user_id' => 0, 'date_created' => current_time('mysql')];
        $id = $db->insert($row);
        do_action('edd_sl_store_license', $id, (int) $row['download_id'], (int) $row['payment_id'], 'default');
        return $id;
    }

    public function get_activation_limit(): int
    {
        $meta = edd_software_licensing()->license_meta_db->get_meta($this->ID, '_edd_sl_limit', true);
        return (int) ($meta !== '' ? $meta : get_post_meta((int) $this->row()->download_id, '_edd_sl_limit', true));
    }

    public function set_activation_limit(int $limit): void
    {
        do_action('edd_sl_pre_set_activation_limit', $this->ID, $limit);
        edd_software_licensing()->license_meta_db->insert(['license_id' => $this->ID, 'meta_key' => '_edd_sl_limit', 'meta_value' => $limit]);
        do_action('edd_sl_post_set_activation_limit', $this->ID, $limit);
    }

    public function set_status(string $status): void
    {
        if ($this->row()->status !== $status) {
            do_action('edd_sl_pre_set_status', $this->ID, $status);
            $this->update(['status' => $status]);
            do_action('edd_sl_post_set_status', $this->ID, $status);
        }
    }

    /** Also a disabled licence is active after it. */
    public function set_expiration(int $expiration): void
    {
        do_action('edd_sl_pre_set_expiration', $this->ID, $expiration);
        $this->update(['expiration' => $expiration]);
        $this->set_status($expiration > 0 && $expiration < current_time('timestamp') ? 'expired' : 'active');
        do_action('edd_sl_post_set_expiration', $this->ID, $expiration);
    }

    public function renew(int $payment, int $expiration): void
    {
        do_action('edd_sl_pre_license_renewal', $this->ID);
        $this->set_expiration($expiration);
        edd_software_licensing()->license_meta_db->insert(['license_id' => $this->ID, 'meta_key' => '_edd_sl_payment_id', 'meta_value' => $payment]);
        do_action('edd_sl_post_license_renewal', $this->ID, $expiration);
    }

    public function add_site(string $url): void
    {
        $site = $this->site($url);
        $sites = edd_software_licensing()->activations_db;
        $left = array_search($site, $sites->get_activations(['license_id' => $this->ID, 'activated' => 0, 'number' => -1]), true);
        if ($left !== false) {
            $ids = $sites->get_activations(['license_id' => $this->ID, 'activated' => 0, 'number' => -1, 'fields' => 'site_id']);
            $sites->update((int) $ids[$left], ['activated' => 1]);
            return;
        }
        $sites->insert(['site_name' => $site, 'license_id' => $this->ID, 'activated' => 1, 'is_local' => 0]);
    }

    public function remove_site(string $url): void
    {
        $sites = edd_software_licensing()->activations_db;
        $all = ['license_id' => $this->ID, 'number' => -1];
        $at = array_search($this->site($url), $sites->get_activations($all), true);
        $sites->update((int) $sites->get_activations($all + ['fields' => 'site_id'])[$at], ['activated' => 0]);
        if ($sites->get_activations($all) === []) {
            $this->set_status('inactive');
        }
    }

    public function regenerate_key(string $key): void
    {
        $this->update(['license_key' => $key]);
    }

    /** @param array<string, mixed> $data */
    public function update(array $data): void
    {
        edd_software_licensing()->licenses_db->update($this->ID, $data);
    }

    private function site(string $url): string
    {
        return trailingslashit((string) preg_replace('~^https?://(www\.)?~', '', strtolower($url)));
    }
}
