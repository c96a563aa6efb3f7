<?php

declare(strict_types=1);

namespace Automattic\WooCommerce\Utilities {
    final class OrderUtil
    {
        public static function custom_orders_table_usage_is_enabled(): bool
        {
            return get_option('woocommerce_custom_orders_table_enabled') === 'yes';
        }
    }

    final class FeaturesUtil
    {
        /** @var list<string> */
        public static array $told = [];

        public static function declare_compatibility(string $feature_id, string $plugin_file, bool $positive_compatibility = true): bool
        {
            self::$told[] = $feature_id;
            return is_file($plugin_file) && $positive_compatibility;
        }
    }
}

namespace {
    use Automattic\WooCommerce\Utilities\OrderUtil;

    /** Orders as rows: posts with meta, or `wc_orders` with `wc_orders_meta`. */
    final class Standin_Storage
    {
        public static function make(): void
        {
            global $wpdb;
            $wpdb->query(
                "CREATE TABLE IF NOT EXISTS {$wpdb->prefix}wc_orders (id bigint unsigned NOT NULL AUTO_INCREMENT, status varchar(20),"
                . ' type varchar(20), parent_order_id bigint unsigned, date_created_gmt datetime, date_updated_gmt datetime,'
                . ' PRIMARY KEY (id))'
            );
            $wpdb->query(
                "CREATE TABLE IF NOT EXISTS {$wpdb->prefix}wc_orders_meta (id bigint unsigned NOT NULL AUTO_INCREMENT,"
                . ' order_id bigint unsigned, meta_key varchar(255), meta_value longtext, PRIMARY KEY (id))'
            );
        }

        /** @return array{string, string, array<string, mixed>}|null Type, status with its prefix, values. */
        public static function read(int $id): ?array
        {
            global $wpdb;
            if (OrderUtil::custom_orders_table_usage_is_enabled()) {
                $row = $wpdb->get_row($wpdb->prepare("SELECT * FROM {$wpdb->prefix}wc_orders WHERE id = %d", $id));
                $json = $wpdb->get_var($wpdb->prepare("SELECT meta_value FROM {$wpdb->prefix}wc_orders_meta WHERE order_id = %d", $id));
                return $row ? [$row->type, $row->status, json_decode((string) $json, true)] : null;
            }
            $post = get_post($id);
            $orders = ['shop_order', 'shop_order_refund', 'shop_subscription'];
            if (! $post || ! in_array($post->post_type, $orders, true)) {
                return null;
            }
            return [$post->post_type, $post->post_status, json_decode((string) get_post_meta($id, '_standin', true), true)];
        }

        /** @param array<string, mixed> $values */
        public static function write(int $id, string $type, string $status, int $parent, array $values): int
        {
            global $wpdb;
            $json = (string) wp_json_encode($values);
            $now = gmdate('Y-m-d H:i:s', (int) $values['modified']);
            if (OrderUtil::custom_orders_table_usage_is_enabled()) {
                $row = ['status' => $status, 'type' => $type, 'parent_order_id' => $parent, 'date_updated_gmt' => $now];
                $id > 0 ? $wpdb->update($wpdb->prefix . 'wc_orders', $row, ['id' => $id]) : $wpdb->insert($wpdb->prefix . 'wc_orders', $row);
                $id = $id > 0 ? $id : (int) $wpdb->insert_id;
                $wpdb->delete($wpdb->prefix . 'wc_orders_meta', ['order_id' => $id]);
                $wpdb->insert($wpdb->prefix . 'wc_orders_meta', ['order_id' => $id, 'meta_key' => '_standin', 'meta_value' => $json]);
                return $id;
            }
            $post = ['post_type' => $type, 'post_status' => $status, 'post_parent' => $parent, 'post_title' => 'Order'];
            $id = $id > 0 ? wp_update_post($post + ['ID' => $id]) : wp_insert_post($post);
            $wpdb->update($wpdb->posts, ['post_modified_gmt' => $now], ['ID' => $id]);
            clean_post_cache($id);
            update_post_meta($id, '_standin', wp_slash($json));
            return (int) $id;
        }

        public static function delete(int $id): void
        {
            global $wpdb;
            if (OrderUtil::custom_orders_table_usage_is_enabled()) {
                $wpdb->delete($wpdb->prefix . 'wc_orders', ['id' => $id]);
                $wpdb->delete($wpdb->prefix . 'wc_orders_meta', ['order_id' => $id]);
                return;
            }
            wp_delete_post($id, true);
        }

        /** @return list<int> */
        public static function children(int $parent, string $type): array
        {
            global $wpdb;
            [$table, $id, $kind, $above] = OrderUtil::custom_orders_table_usage_is_enabled()
                ? [$wpdb->prefix . 'wc_orders', 'id', 'type', 'parent_order_id']
                : [$wpdb->posts, 'ID', 'post_type', 'post_parent'];
            $sql = $wpdb->prepare("SELECT $id FROM $table WHERE $kind = %s AND $above = %d ORDER BY $id", $type, $parent);
            return array_map('intval', $wpdb->get_col($sql));
        }
    }
}
