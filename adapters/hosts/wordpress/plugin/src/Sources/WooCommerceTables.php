<?php

declare(strict_types=1);

namespace SupportConnector\Sources;

use SupportConnector\Schema;

/**
 * The ids of orders and the like, in both of WooCommerce's storages: posts, or its own tables (HPOS). Nothing but ids is read
 * here: what stands in an order is asked of WooCommerce.
 */
final class WooCommerceTables
{
    private string $type;

    /** @param string $type `shop_order`, `shop_subscription`. */
    public function __construct(string $type)
    {
        $this->type = $type;
    }

    /** @return list<string> Up to so many that follow this id, ascending. */
    public function after(string $after, int $limit): array
    {
        [$table, $id, $type] = self::columns();
        $sql = "SELECT $id AS id FROM $table WHERE $type = %s AND $id > %d ORDER BY $id LIMIT %d";
        return self::ids(Schema::wpdb()->prepare($sql, $this->type, (int) $after, $limit));
    }

    public function count(): int
    {
        [$table, , $type] = self::columns();
        $sql = Schema::wpdb()->prepare("SELECT COUNT(*) AS n FROM $table WHERE $type = %s", $this->type);
        return (int) (Schema::rows($sql)[0]['n'] ?? 0);
    }

    /** @return list<string> Those changed since then, and those of which something was refunded since then. */
    public function changed_since(int $time): array
    {
        [$table, $id, $type, $parent, $changed] = self::columns();
        $since = \gmdate('Y-m-d H:i:s', $time);
        $own = Schema::wpdb()->prepare("SELECT $id AS id FROM $table WHERE $type = %s AND $changed >= %s ORDER BY $id", $this->type, $since);
        $refunded = Schema::wpdb()->prepare("SELECT $parent AS id FROM $table WHERE $type = %s AND $changed >= %s", 'shop_order_refund', $since);
        $refunds = $this->type === 'shop_order' ? self::ids($refunded) : [];
        return \array_values(\array_unique([...self::ids($own), ...$refunds]));
    }

    /** @param mixed $thing An order, a subscription, or the id of one. */
    public static function id($thing): string
    {
        return (string) (\is_object($thing) ? $thing->get_id() : $thing);
    }

    /** @return array{string, string, string, string, string} Table, and its columns: id, type, parent, changed (UTC). */
    private static function columns(): array
    {
        $prefix = Schema::wpdb()->prefix;
        $hpos = [\Automattic\WooCommerce\Utilities\OrderUtil::class, 'custom_orders_table_usage_is_enabled'];
        return \is_callable($hpos) && \call_user_func($hpos)
            ? [$prefix . 'wc_orders', 'id', 'type', 'parent_order_id', 'date_updated_gmt']
            : [$prefix . 'posts', 'ID', 'post_type', 'post_parent', 'post_modified_gmt'];
    }

    /** @return list<string> */
    private static function ids(string $sql): array
    {
        return \array_map('strval', \array_column(Schema::rows($sql), 'id'));
    }
}
