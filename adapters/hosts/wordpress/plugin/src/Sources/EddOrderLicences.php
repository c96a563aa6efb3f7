<?php

declare(strict_types=1);

namespace SupportConnector\Sources;

/** How orders of Easy Digital Downloads, their customers and the licences of Software Licensing belong together. */
final class EddOrderLicences
{
    private const DONE = ['complete', 'publish', 'edd_subscription', 'partially_refunded'];

    /** @return object|null The order (EDD 3). */
    public static function order(int $id): ?object
    {
        $order = $id > 0 && \function_exists('edd_get_order') ? \edd_get_order($id) : false;
        return $order ?: null;
    }

    /** @return array<string, string>|null */
    public static function customer(int $id): ?array
    {
        $customer = $id > 0 ? \edd_get_customer($id) : false;
        return $customer ? Words::person((int) $customer->user_id, (string) $customer->email, (string) $customer->name) : null;
    }

    /** The licences that an order bought, a bundle's children too. @return list<object> Rows or EDD_SL_Licenses. */
    public static function of(int $order): array
    {
        if ($order <= 0 || ! \function_exists('edd_software_licensing')) {
            return [];
        }
        $sql = 'SELECT * FROM ' . EddTables::table('edd_licenses') . ' WHERE payment_id = %d ORDER BY id';
        $rows = \SupportConnector\Schema::rows(\SupportConnector\Schema::wpdb()->prepare($sql, $order));
        return \array_map(static fn (array $row): object => (object) $row, $rows);
    }

    /**
     * The keys that an item of an order is about: the licences it bought, or the one it renews or upgrades.
     *
     * @param object $item Of edd_get_order_items().
     * @param list<object> $bought The licences of its order.
     * @return list<string>
     */
    public static function keys(object $item, array $bought): array
    {
        $named = (int) \edd_get_order_item_meta($item->id, '_option_license_id', true);
        $row = $named > 0 && \function_exists('edd_software_licensing') ? \edd_software_licensing()->licenses_db->get($named) : null;
        if ($row) {
            return [(string) $row->license_key];
        }
        $mine = \array_filter($bought, static fn (object $each): bool => (int) $each->cart_index === (int) $item->cart_index);
        return \array_values(\array_filter(\array_map(static fn (object $each): string => (string) $each->license_key, $mine)));
    }

    /**
     * The order that renewed a licence last and stands.
     *
     * @return array{at: int, order_id: string}|null
     */
    public static function renewal(int $licence): ?array
    {
        $orders = (array) \edd_software_licensing()->license_meta_db->get_meta($licence, '_edd_sl_payment_id', false);
        $orders = \array_unique(\array_map('intval', $orders));
        \rsort($orders);
        foreach ($orders as $id) {
            $order = self::order($id);
            $at = $order && \in_array($order->status, self::DONE, true) ? Instant::utc((string) $order->date_completed) : null;
            if ($at !== null && self::renews($id, $licence)) {
                return ['at' => $at, 'order_id' => (string) $id];
            }
        }
        return null;
    }

    private static function renews(int $order, int $licence): bool
    {
        foreach (\edd_get_order_items(['order_id' => $order, 'number' => 9999]) as $item) {
            $renewed = (int) \edd_get_order_item_meta($item->id, '_option_license_id', true);
            if ($renewed === $licence && \edd_get_order_item_meta($item->id, '_option_is_renewal', true)) {
                return true;
            }
        }
        return false;
    }
}
