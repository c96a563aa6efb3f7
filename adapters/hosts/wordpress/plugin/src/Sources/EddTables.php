<?php

declare(strict_types=1);

namespace SupportConnector\Sources;

use SupportConnector\Schema;

/** Rows of the tables of Easy Digital Downloads and its Software Licensing, for what they have no function for: walking and comparing. */
final class EddTables
{
    /** @return list<string> Ids that follow, ascending. */
    public static function after(string $table, string $after, int $limit, string $where = '1 = 1'): array
    {
        $table = self::table($table);
        $sql = "SELECT id FROM $table WHERE $where AND id > %d ORDER BY id LIMIT %d";
        return \array_map('strval', \array_column(Schema::rows(Schema::wpdb()->prepare($sql, (int) $after, $limit)), 'id'));
    }

    public static function count(string $table, string $where = '1 = 1'): int
    {
        return (int) (Schema::rows('SELECT COUNT(*) AS n FROM ' . self::table($table) . " WHERE $where")[0]['n'] ?? 0);
    }

    /** @return list<string> Orders changed since then, and those of which something was refunded since then. */
    public static function orders_since(int $time): array
    {
        $sql = "SELECT DISTINCT IF(type = 'refund', parent, id) AS id FROM " . self::table('edd_orders') . ' WHERE date_modified >= %s';
        $rows = Schema::rows(Schema::wpdb()->prepare($sql, \gmdate('Y-m-d H:i:s', $time)));
        return \array_map('strval', \array_column($rows, 'id'));
    }

    /** @return list<string> */
    public static function licences_of(int $customer): array
    {
        $sql = 'SELECT id FROM ' . self::table('edd_licenses') . ' WHERE customer_id = %s ORDER BY id LIMIT 5000';
        return \array_map('strval', \array_column(Schema::rows(Schema::wpdb()->prepare($sql, (string) $customer)), 'id'));
    }

    /**
     * A print of all that is told of each licence, by id: its row, its sites, its limit and payments, its customer.
     *
     * @param list<string> $ids
     * @return array<string, string>
     */
    public static function prints(array $ids): array
    {
        if ($ids === []) {
            return [];
        }
        $in = \implode(', ', \array_map('intval', $ids));
        $licences = self::table('edd_licenses');
        $rows = Schema::rows(
            "SELECT l.*, c.email AS customer_email, c.name AS customer_name FROM $licences AS l LEFT JOIN "
            . self::table('edd_customers') . " AS c ON c.id = l.customer_id WHERE l.id IN ($in)"
        );
        $sites = 'SELECT license_id, site_name AS v FROM ' . self::table('edd_license_activations')
            . " WHERE activated = 1 AND license_id IN ($in) ORDER BY site_name";
        $meta = "SELECT license_id, CONCAT(meta_key, '=', meta_value) AS v FROM " . self::table('edd_licensemeta')
            . " WHERE license_id IN ($in) AND meta_key IN ('_edd_sl_limit', '_edd_sl_payment_id') ORDER BY meta_id";
        $more = [];
        foreach ([...Schema::rows($sites), ...Schema::rows($meta)] as $row) {
            $more[(string) $row['license_id']][] = $row['v'];
        }
        $prints = [];
        foreach ($rows as $row) {
            $prints[(string) $row['id']] = Instant::digest([$row, $more[(string) $row['id']] ?? []]);
        }
        return $prints;
    }

    public static function table(string $name): string
    {
        return Schema::wpdb()->prefix . $name;
    }
}
