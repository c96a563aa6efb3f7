<?php

declare(strict_types=1);

namespace SupportConnector\Sources;

use SupportConnector\Schema;

/** What was sent of a source before: to find what changed, or is gone, where the shop plugin says nothing. */
final class Known
{
    /**
     * The states of these objects, by object.
     *
     * @param list<string> $objects
     * @return array<string, array<string, mixed>>
     */
    public static function states(string $source, array $objects): array
    {
        if ($objects === []) {
            return [];
        }
        $rows = Schema::rows(
            Schema::wpdb()->prepare(
                'SELECT object, state FROM ' . Schema::table(Schema::MEMORY) . ' WHERE source = %s AND object IN ('
                . \implode(', ', \array_fill(0, \count($objects), '%s')) . ')',
                $source,
                ...$objects
            )
        );
        $states = [];
        foreach ($rows as $row) {
            $state = \json_decode((string) $row['state'], true);
            $states[(string) $row['object']] = \is_array($state) ? $state : [];
        }
        return $states;
    }

    /**
     * Objects that were sent and have no row in the shop's table any more, and were not told as gone yet.
     *
     * @return list<string>
     */
    public static function gone(string $source, string $table, string $id = 'id'): array
    {
        $memory = Schema::table(Schema::MEMORY);
        $rows = Schema::rows(
            Schema::wpdb()->prepare(
                "SELECT m.object FROM $memory AS m LEFT JOIN $table AS t ON t.$id = CAST(m.object AS UNSIGNED)"
                . " WHERE m.source = %s AND t.$id IS NULL AND m.state NOT LIKE %s ORDER BY m.object",
                $source,
                '%"gone":true%'
            )
        );
        return \array_map('strval', \array_column($rows, 'object'));
    }
}
