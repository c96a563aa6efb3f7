<?php

/**
 * Plugin Name: Test Shop
 *
 * Sells licences: a table of keys, a hook that says which changed, and a source that tells them. `expires` is a year.
 */

declare(strict_types=1);

namespace TestShop;

use SupportConnector\Event;
use SupportConnector\Reading;
use SupportConnector\Source;

function table(): string
{
    return $GLOBALS['wpdb']->prefix . 'test_licences';
}

function make(): void
{
    $GLOBALS['wpdb']->query(
        'CREATE TABLE IF NOT EXISTS ' . table() . ' (id int PRIMARY KEY AUTO_INCREMENT, license_key varchar(50) UNIQUE,'
        . ' year int, status varchar(20), changed_at int)'
    );
}

/** Puts a licence there, or changes it, and says so. */
function put(string $key, int $year = 2030, string $status = 'active', bool $say = true): int
{
    $wpdb = $GLOBALS['wpdb'];
    make();
    $wpdb->query(
        $wpdb->prepare(
            'INSERT INTO ' . table() . ' (license_key, year, status, changed_at) VALUES (%s, %d, %s, %d)'
            . ' ON DUPLICATE KEY UPDATE year = VALUES(year), status = VALUES(status), changed_at = VALUES(changed_at)',
            $key,
            $year,
            $status,
            time()
        )
    );
    $id = (int) $wpdb->get_var($wpdb->prepare('SELECT id FROM ' . table() . ' WHERE license_key = %s', $key));
    if ($say) {
        do_action('test_licence_changed', $id);
    }
    return $id;
}

add_filter(
    'support_connector_sources',
    static function (array $sources): array {
        $sources[] = new class implements Source {
            public function name(): string
            {
                return 'test_licences';
            }

            public function label(): string
            {
                return 'Licences of the test shop';
            }

            public function active(): bool
            {
                return true;
            }

            public function hooks(callable $changed): void
            {
                add_action('test_licence_changed', static fn ($id) => $changed((string) $id));
            }

            public function read(string $object, array $last): Reading
            {
                if (get_option('test_shop_broken') === $object) {
                    throw new \RuntimeException('the row of the shop is broken');
                }
                $wpdb = $GLOBALS['wpdb'];
                $row = $wpdb->get_row($wpdb->prepare('SELECT * FROM ' . table() . ' WHERE id = %d', (int) $object), ARRAY_A);
                if (! $row) {
                    return new Reading([]);
                }
                $key = $row['license_key'];
                $granted = [
                    'license_key' => $key,
                    'product' => 'acme-forms',
                    'customer' => ['email' => 'ada@example.com'],
                    'expires_at' => $row['year'] . '-06-01T00:00:00Z',
                    'site_limit' => 2,
                ];
                return new Reading(
                    [
                        new Event('license.granted', $granted),
                        new Event('license.status_changed', ['license_key' => $key, 'status' => $row['status']]),
                    ],
                    ['year' => (int) $row['year']]
                );
            }

            public function changed_since(int $time): iterable
            {
                $wpdb = $GLOBALS['wpdb'];
                return $wpdb->get_col($wpdb->prepare('SELECT id FROM ' . table() . ' WHERE changed_at >= %d ORDER BY id', $time));
            }

            public function after(string $after, int $limit): array
            {
                $wpdb = $GLOBALS['wpdb'];
                return $wpdb->get_col($wpdb->prepare('SELECT id FROM ' . table() . ' WHERE id > %d ORDER BY id LIMIT %d', (int) $after, $limit));
            }

            public function count(): int
            {
                return (int) $GLOBALS['wpdb']->get_var('SELECT COUNT(*) FROM ' . table());
            }
        };
        return $sources;
    }
);
