<?php

/**
 * Plugin Name: Easy Digital Downloads (a stand-in for tests)
 *
 * The tables, functions and hooks of EDD 3 that its extensions work with; times are UTC, as there.
 */

declare(strict_types=1);

final class Easy_Digital_Downloads
{
}

/** A row of `edd_orders`. */
final class Standin_Edd_Order
{
    /** @param array<string, string|null> $row */
    public function __construct(array $row)
    {
        foreach ($row as $name => $value) {
            $this->$name = $value;
        }
    }

    public function get_number(): string
    {
        return $this->order_number ?: (string) $this->id;
    }
}

register_activation_hook(__FILE__, static function (): void {
    global $wpdb;
    $tables = [
        'edd_customers' => 'user_id bigint unsigned, email varchar(100), name varchar(255)',
        'edd_orders' => 'parent bigint unsigned, order_number varchar(255), status varchar(20), type varchar(20), user_id bigint'
            . ' unsigned, customer_id bigint unsigned, email varchar(100), currency varchar(20), total decimal(18,9),'
            . ' date_created datetime, date_modified datetime, date_completed datetime',
        'edd_order_items' => 'parent bigint unsigned, order_id bigint unsigned, product_id bigint unsigned, price_id bigint unsigned,'
            . ' cart_index bigint unsigned, status varchar(20), quantity int, total decimal(18,9)',
        'edd_order_itemmeta' => 'edd_order_item_id bigint unsigned, meta_key varchar(255), meta_value longtext',
    ];
    foreach ($tables as $name => $columns) {
        $wpdb->query("CREATE TABLE IF NOT EXISTS {$wpdb->prefix}$name (id bigint unsigned NOT NULL AUTO_INCREMENT, $columns, PRIMARY KEY (id))");
    }
});
add_action('init', static fn () => register_post_type('download', ['public' => true]));

/** @param array<string, mixed> $where @return list<array<string, string|null>> */
function standin_edd_rows(string $table, array $where): array
{
    global $wpdb;
    $sql = "SELECT * FROM {$wpdb->prefix}$table WHERE 1 = 1";
    foreach ($where as $column => $value) {
        $sql .= $wpdb->prepare(" AND $column = %s", (string) $value);
    }
    return $wpdb->get_results("$sql ORDER BY id", ARRAY_A);
}

/** @param array<string, mixed> $row */
function standin_edd_insert(string $table, array $row): int
{
    global $wpdb;
    $wpdb->insert($wpdb->prefix . $table, $row);
    return (int) $wpdb->insert_id;
}

/** @return Standin_Edd_Order|false */
function edd_get_order(int $order_id = 0)
{
    $rows = standin_edd_rows('edd_orders', ['id' => $order_id]);
    return $rows ? new Standin_Edd_Order($rows[0]) : false;
}

/** @param array<string, mixed> $args @return list<object> */
function edd_get_order_items(array $args = []): array
{
    return array_map(static fn (array $row): object => (object) $row, standin_edd_rows('edd_order_items', ['order_id' => $args['order_id']]));
}

/** @param mixed $order_item_id @return mixed */
function edd_get_order_item_meta($order_item_id, string $key = '', bool $single = false)
{
    $rows = standin_edd_rows('edd_order_itemmeta', ['edd_order_item_id' => $order_item_id, 'meta_key' => $key]);
    return $single ? $rows[0]['meta_value'] ?? '' : array_column($rows, 'meta_value');
}

/** @return list<Standin_Edd_Order> */
function edd_get_order_refunds(int $order_id = 0): array
{
    $rows = standin_edd_rows('edd_orders', ['parent' => $order_id, 'type' => 'refund']);
    return array_map(static fn (array $row): Standin_Edd_Order => new Standin_Edd_Order($row), $rows);
}

/** @param mixed $customer_id @return object|false */
function edd_get_customer($customer_id = 0)
{
    $rows = standin_edd_rows('edd_customers', ['id' => $customer_id]);
    return $rows ? (object) $rows[0] : false;
}

function edd_get_price_option_name(int $download_id, int $price_id): string
{
    return (string) (get_post_meta($download_id, 'edd_variable_prices', true)[$price_id]['name'] ?? '');
}

/** @param array<string, mixed> $data */
function edd_update_customer(int $customer_id, array $data): bool
{
    global $wpdb;
    $before = edd_get_customer($customer_id);
    $wpdb->update($wpdb->prefix . 'edd_customers', $data, ['id' => $customer_id]);
    do_action('edd_customer_updated', $customer_id, $data, $before);
    return true;
}

/** @param array<string, mixed> $data */
function edd_update_order(int $order_id, array $data): bool
{
    global $wpdb;
    $before = edd_get_order($order_id);
    $data += ['date_modified' => gmdate('Y-m-d H:i:s')];
    $wpdb->update($wpdb->prefix . 'edd_orders', $data, ['id' => $order_id]);
    if (isset($data['status']) && $data['status'] !== $before->status) {
        do_action('edd_transition_order_status', $before->status, $data['status'], $order_id);
    }
    do_action('edd_order_updated', $order_id, $data, $before);
    return true;
}

/**
 * A purchase as a gateway makes one: pending, then complete.
 *
 * @param list<array<string, mixed>> $items
 * @param array<string, mixed> $order
 */
function standin_edd_buy(array $items, array $order, string $status = 'complete'): int
{
    $now = gmdate('Y-m-d H:i:s');
    $row = $order + ['status' => 'pending', 'type' => 'sale', 'parent' => 0, 'currency' => 'USD', 'email' => 'ada@example.com', 'user_id' => 0];
    $id = standin_edd_insert('edd_orders', $row + ['date_created' => $now, 'date_modified' => $now]);
    do_action('edd_order_added', $id, $row);
    foreach ($items as $at => $item) {
        $meta = $item['meta'] ?? [];
        unset($item['meta']);
        $item += ['order_id' => $id, 'cart_index' => $at, 'status' => 'complete', 'quantity' => 1, 'parent' => 0];
        $item_id = standin_edd_insert('edd_order_items', $item);
        foreach ($meta as $key => $value) {
            standin_edd_insert('edd_order_itemmeta', ['edd_order_item_id' => $item_id, 'meta_key' => $key, 'meta_value' => $value]);
        }
    }
    do_action('edd_built_order', $id, $row);
    if ($status !== 'pending') {
        edd_update_order($id, ['status' => $status] + ($status === 'complete' ? ['date_completed' => $now] : []));
        do_action('edd_complete_purchase', $id, null, null);
    }
    return $id;
}

/** @param list<int>|string $order_items Ids of the items, or all. */
function edd_refund_order(int $order_id, $order_items = 'all'): int
{
    global $wpdb;
    $order = edd_get_order($order_id);
    $items = array_filter(
        edd_get_order_items(['order_id' => $order_id]),
        static fn (object $item): bool => $order_items === 'all' || in_array((int) $item->id, $order_items, true)
    );
    $total = array_sum(array_column($items, 'total'));
    $refund = ['parent' => $order_id, 'type' => 'refund', 'status' => 'complete', 'total' => -$total, 'currency' => $order->currency];
    $refund_id = standin_edd_insert('edd_orders', $refund + ['order_number' => "$order_id-R-1", 'date_modified' => gmdate('Y-m-d H:i:s')]);
    do_action('edd_order_added', $refund_id, $refund);
    foreach ($items as $item) {
        $row = ['parent' => $item->id, 'order_id' => $refund_id, 'product_id' => $item->product_id, 'total' => -$item->total];
        standin_edd_insert('edd_order_items', $row + ['quantity' => -1, 'status' => 'complete', 'cart_index' => $item->cart_index]);
        $wpdb->update($wpdb->prefix . 'edd_order_items', ['status' => 'refunded'], ['id' => $item->id]);
    }
    $all = standin_edd_rows('edd_order_items', ['order_id' => $order_id, 'status' => 'complete']) === [];
    do_action('standin_edd_refunding', $order_id, array_map('intval', array_column($items, 'id')));
    edd_update_order($order_id, ['status' => $all ? 'refunded' : 'partially_refunded']);
    do_action('edd_refund_order', $order_id, $refund_id, $all);
    return $refund_id;
}
