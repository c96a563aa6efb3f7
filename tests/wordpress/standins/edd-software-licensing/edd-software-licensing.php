<?php

/**
 * Plugin Name: EDD Software Licensing (a stand-in for tests)
 *
 * The tables, classes and hooks of Software Licensing 3.8. As there, a change of the sites by the owner or by an admin fires
 * no hook but that of the database, and an expiry is the clock on the shop's wall written as if it were UTC.
 */

declare(strict_types=1);

require_once __DIR__ . '/databases.php';
require_once __DIR__ . '/license.php';

register_activation_hook(__FILE__, static function (): void {
    global $wpdb;
    $wpdb->query(
        "CREATE TABLE IF NOT EXISTS {$wpdb->prefix}edd_licenses (id bigint(20) NOT NULL AUTO_INCREMENT, license_key varchar(255),"
        . ' status varchar(20), download_id bigint(20), price_id varchar(20), payment_id bigint(20), cart_index bigint(20),'
        . ' date_created datetime, expiration bigint(32), parent varchar(20), customer_id varchar(20), user_id varchar(20),'
        . ' PRIMARY KEY (id))'
    );
    $wpdb->query(
        "CREATE TABLE IF NOT EXISTS {$wpdb->prefix}edd_licensemeta (meta_id bigint(20) NOT NULL AUTO_INCREMENT,"
        . ' license_id bigint(20), meta_key varchar(255), meta_value longtext, PRIMARY KEY (meta_id))'
    );
    $wpdb->query(
        "CREATE TABLE IF NOT EXISTS {$wpdb->prefix}edd_license_activations (site_id bigint(20) NOT NULL AUTO_INCREMENT,"
        . ' site_name varchar(128), license_id bigint(20), activated tinyint(1), is_local tinyint(1), PRIMARY KEY (site_id))'
    );
});

final class EDD_Software_Licensing
{
    public EDD_SL_License_DB $licenses_db;
    public EDD_SL_Activations_DB $activations_db;
    public EDD_SL_License_Meta_DB $license_meta_db;

    public function __construct()
    {
        $this->licenses_db = new EDD_SL_License_DB();
        $this->activations_db = new EDD_SL_Activations_DB();
        $this->license_meta_db = new EDD_SL_License_Meta_DB();
    }

    /** @return EDD_SL_License|false */
    public function get_license(int $id)
    {
        return $this->licenses_db->get($id) ? new EDD_SL_License($id) : false;
    }

    /** As its answer to `activate_license` from a customer's site: hooks without the site's address. */
    public function activate_license(int $id, string $url): void
    {
        $licence = new EDD_SL_License($id);
        $licence->add_site($url);
        $licence->set_status('active');
        do_action('edd_sl_activate_license', $id, (int) $licence->row()->download_id);
    }

    public function deactivate_license(int $id, string $url): void
    {
        $licence = new EDD_SL_License($id);
        $licence->remove_site($url);
        do_action('edd_sl_deactivate_license', $id, (int) $licence->row()->download_id);
    }
}

function edd_software_licensing(): EDD_Software_Licensing
{
    static $only = null;
    return $only = $only ?? new EDD_Software_Licensing();
}

add_action('standin_edd_refunding', static function (int $order, array $items): void {
    $refunded = array_filter(edd_get_order_items(['order_id' => $order]), static fn (object $item): bool => in_array((int) $item->id, $items, true));
    foreach (standin_edd_rows('edd_licenses', ['payment_id' => $order]) as $row) {
        if (in_array($row['cart_index'], array_column($refunded, 'cart_index'), true)) {
            do_action('edd_sl_pre_revoke_license', (int) $row['id'], $order);
            (new EDD_SL_License((int) $row['id']))->set_status('disabled');
            do_action('edd_sl_post_revoke_license', (int) $row['id'], $order);
        }
    }
}, 10, 2);
