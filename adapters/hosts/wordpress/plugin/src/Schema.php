<?php

declare(strict_types=1);

namespace SupportConnector;

/**
 * The plugin's own tables, one set for each site of a network. They are made when they are first used, not at activation:
 * a new site of a network, a copied site and an update fire no activation hook.
 */
final class Schema
{
    public const OUTBOX = 'outbox';
    public const MEMORY = 'memory';
    public const NEWS = 'news';
    public const DRAFTS = 'drafts';

    private const COLUMNS = [
        self::OUTBOX => "id bigint unsigned NOT NULL AUTO_INCREMENT,
            waiting_key varchar(140) DEFAULT NULL,
            source varchar(32) NOT NULL,
            object varchar(100) NOT NULL,
            subject varchar(190) NOT NULL,
            token varchar(32) NOT NULL,
            version int unsigned NOT NULL DEFAULT 1,
            state varchar(10) NOT NULL DEFAULT 'waiting',
            forced tinyint unsigned NOT NULL DEFAULT 0,
            changed_at bigint unsigned NOT NULL,
            next_at bigint unsigned NOT NULL DEFAULT 0,
            attempts int unsigned NOT NULL DEFAULT 0,
            failed_at bigint unsigned NOT NULL DEFAULT 0,
            tried_at bigint unsigned NOT NULL DEFAULT 0,
            http smallint unsigned NOT NULL DEFAULT 0,
            result varchar(20) NOT NULL DEFAULT '',
            reason varchar(500) NOT NULL DEFAULT '',
            PRIMARY KEY  (id),
            UNIQUE KEY waiting_key (waiting_key),
            KEY due (state, next_at, id),
            KEY ordering (subject, state, id),
            KEY tried (tried_at)",
        self::MEMORY => "source varchar(32) NOT NULL,
            object varchar(100) NOT NULL,
            digest char(64) NOT NULL,
            state longtext NOT NULL,
            sent_at bigint unsigned NOT NULL,
            PRIMARY KEY  (source, object)",
        self::NEWS => "id bigint unsigned NOT NULL AUTO_INCREMENT,
            webhook_id varchar(128) NOT NULL,
            type varchar(64) NOT NULL,
            ticket varchar(190) NOT NULL DEFAULT '',
            request_id varchar(190) NOT NULL DEFAULT '',
            order_id varchar(190) NOT NULL DEFAULT '',
            email varchar(190) NOT NULL DEFAULT '',
            data longtext NOT NULL,
            told_at bigint unsigned NOT NULL,
            received_at bigint unsigned NOT NULL,
            PRIMARY KEY  (id),
            UNIQUE KEY webhook_id (webhook_id),
            KEY ticket (ticket, told_at),
            KEY request_id (request_id, told_at),
            KEY order_id (order_id, told_at),
            KEY email (email, told_at)",
        self::DRAFTS => "id bigint unsigned NOT NULL AUTO_INCREMENT,
            request_id varchar(40) NOT NULL,
            token char(64) NOT NULL,
            user_id bigint unsigned NOT NULL DEFAULT 0,
            client varchar(40) NOT NULL,
            email varchar(190) NOT NULL DEFAULT '',
            digest char(64) NOT NULL,
            state varchar(10) NOT NULL,
            ticket varchar(64) NOT NULL DEFAULT '',
            content longtext NOT NULL,
            answer longtext NOT NULL,
            created_at bigint unsigned NOT NULL,
            changed_at bigint unsigned NOT NULL,
            PRIMARY KEY  (id),
            UNIQUE KEY request_id (request_id),
            KEY token (token),
            KEY user_id (user_id, changed_at),
            KEY client (client, created_at),
            KEY email (email)",
    ];

    /** The full name of a table of the site that is current now (`switch_to_blog` changes it). */
    public static function table(string $name): string
    {
        return self::wpdb()->prefix . 'support_connector_' . $name;
    }

    public static function wpdb(): \wpdb
    {
        return $GLOBALS['wpdb'];
    }

    /** Makes what is missing. Returns '' or the database's own words. */
    public static function make(): string
    {
        $wpdb = self::wpdb();
        $quiet = $wpdb->suppress_errors();
        $fault = '';
        foreach (self::COLUMNS as $name => $columns) {
            $made = $wpdb->query(
                'CREATE TABLE IF NOT EXISTS ' . self::table($name) . " ($columns) " . $wpdb->get_charset_collate()
            );
            if ($made === false) {
                $fault = $wpdb->last_error;
            }
        }
        $wpdb->suppress_errors($quiet);
        return $fault;
    }

    /** What the tables of this site take in the database. */
    public static function bytes(): int
    {
        $wpdb = self::wpdb();
        $like = $wpdb->esc_like(self::table('')) . '%';
        return (int) $wpdb->get_var(
            $wpdb->prepare(
                'SELECT SUM(data_length + index_length) FROM information_schema.tables WHERE table_schema = %s AND table_name LIKE %s',
                $wpdb->dbname,
                $like
            )
        );
    }

    public static function drop(): void
    {
        foreach (\array_keys(self::COLUMNS) as $name) {
            self::wpdb()->query('DROP TABLE IF EXISTS ' . self::table($name));
        }
    }

    /**
     * Runs a statement of ours; where its table is missing, makes it and runs the statement again.
     *
     * @param string $sql Prepared.
     * @return int Rows changed.
     * @throws Unstored Where the database refuses.
     */
    public static function run(string $sql): int
    {
        $rows = self::attempt(static fn (\wpdb $wpdb) => $wpdb->query($sql));
        return (int) $rows;
    }

    /**
     * @param string $sql Prepared.
     * @return list<array<string, string|null>>
     * @throws Unstored Where the database refuses.
     */
    public static function rows(string $sql): array
    {
        return self::attempt(static fn (\wpdb $wpdb) => $wpdb->get_results($sql, ARRAY_A)) ?: [];
    }

    /** @return mixed */
    private static function attempt(callable $ask)
    {
        $wpdb = self::wpdb();
        $quiet = $wpdb->suppress_errors();
        try {
            $answer = self::once($ask);
            if ($wpdb->last_error !== '') {
                $fault = self::make();
                $answer = $fault === '' ? self::once($ask) : $answer;
            }
            if ($wpdb->last_error !== '') {
                throw new Unstored($wpdb->last_error);
            }
            return $answer;
        } finally {
            $wpdb->suppress_errors($quiet);
        }
    }

    /** @return mixed */
    private static function once(callable $ask)
    {
        self::wpdb()->last_error = '';
        return $ask(self::wpdb());
    }
}
