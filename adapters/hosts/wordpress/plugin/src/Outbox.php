<?php

declare(strict_types=1);

namespace SupportConnector;

/**
 * What is still to be told, one row for each object that changed. A change of an object that waits already is the same
 * row, so that twenty edits are one delivery; one that comes while the row is being sent leaves it waiting.
 */
final class Outbox
{
    /** Objects that changed while the database refused to note it are found by comparing everything since then. */
    public const UNMARKED_SINCE = 'support_connector_unmarked_since';

    /** @param bool $forced Send it even where it reads as it was last sent. */
    public function mark(string $source, string $object, string $subject = '', bool $forced = false): void
    {
        try {
            $this->put($source, $object, $subject, $forced);
        } catch (Unstored $fault) {
            if (! \get_option(self::UNMARKED_SINCE)) {
                \update_option(self::UNMARKED_SINCE, \time() - 60, false);
            }
        }
    }

    /** @throws Unstored */
    public function put(string $source, string $object, string $subject = '', bool $forced = false): void
    {
        $key = $source . ':' . $object;
        Schema::run(
            Schema::wpdb()->prepare(
                'INSERT INTO ' . Schema::table(Schema::OUTBOX)
                . ' (waiting_key, source, object, subject, token, forced, changed_at) VALUES (%s, %s, %s, %s, %s, %d, %d)'
                . ' ON DUPLICATE KEY UPDATE version = version + 1, next_at = 0, changed_at = VALUES(changed_at),'
                . ' forced = GREATEST(forced, VALUES(forced))',
                $key,
                $source,
                $object,
                $subject === '' ? $key : \substr($subject, 0, 190),
                \bin2hex(\random_bytes(12)),
                (int) $forced,
                \time()
            )
        );
    }

    /**
     * Rows whose turn has come, oldest first: for each subject only the first that waits, so that its order is kept.
     *
     * @return list<Row>
     * @throws Unstored
     */
    public function due(int $now, int $limit): array
    {
        $table = Schema::table(Schema::OUTBOX);
        return self::made(
            Schema::wpdb()->prepare(
                "SELECT * FROM $table AS mine WHERE state = 'waiting' AND next_at <= %d AND NOT EXISTS (SELECT 1 FROM $table"
                . " AS before_it WHERE before_it.subject = mine.subject AND before_it.state = 'waiting' AND before_it.id < mine.id)"
                . ' ORDER BY id LIMIT %d',
                $now,
                $limit
            )
        );
    }

    /** When the oldest row whose turn has come was marked; now, where there is none. */
    public function oldest_due(int $now): int
    {
        $rows = Schema::rows(
            Schema::wpdb()->prepare(
                'SELECT MIN(changed_at) AS oldest FROM ' . Schema::table(Schema::OUTBOX) . " WHERE state = 'waiting' AND next_at <= %d",
                $now
            )
        );
        return (int) ($rows[0]['oldest'] ?? $now);
    }

    /** The row of an object that waits, whether or not its turn has come. */
    public function waiting(string $source, string $object): ?Row
    {
        $rows = self::made(
            Schema::wpdb()->prepare(
                'SELECT * FROM ' . Schema::table(Schema::OUTBOX) . ' WHERE waiting_key = %s',
                $source . ':' . $object
            )
        );
        return $rows[0] ?? null;
    }

    /** It arrived. False where the object changed meanwhile: the row waits on then. */
    public function sent(Row $row, Answer $answer, int $now): bool
    {
        $told = Schema::wpdb()->prepare(
            "state = 'sent', waiting_key = NULL, tried_at = %d, http = %d, result = %s, reason = %s",
            $now,
            $answer->status,
            \substr($answer->result, 0, 20),
            self::short($answer->reason)
        );
        if ($this->change($row, $told . ', attempts = attempts + 1')) {
            return true;
        }
        Schema::run(
            Schema::wpdb()->prepare(
                'UPDATE ' . Schema::table(Schema::OUTBOX) . ' SET attempts = 0, failed_at = 0, next_at = 0 WHERE id = %d',
                $row->id
            )
        );
        return false;
    }

    /** It did not arrive: it waits for its next turn, or is set aside. */
    public function failed(Row $row, Answer $answer, int $now, bool $set_aside): void
    {
        $state = $set_aside ? "state = 'set_aside', waiting_key = NULL" : "state = 'waiting'";
        $told = Schema::wpdb()->prepare(
            'next_at = %d, tried_at = %d, failed_at = %d, http = %d, result = %s, reason = %s',
            $now + Backoff::seconds($row->attempts + 1, $answer->retry_after),
            $now,
            $row->failed_at ?: $now,
            $answer->status,
            'failed',
            self::short($answer->reason)
        );
        $this->change($row, "$state, $told, attempts = attempts + 1");
    }

    /** Everything that waits is due: the connector answers again, or somebody asked for it. */
    public function hurry(): void
    {
        Schema::run('UPDATE ' . Schema::table(Schema::OUTBOX) . " SET next_at = 0 WHERE state = 'waiting' AND next_at > 0");
    }

    /** @return array<string, int> How many rows are waiting, sent and set_aside. */
    public function counts(): array
    {
        $rows = Schema::rows('SELECT state, COUNT(*) AS n FROM ' . Schema::table(Schema::OUTBOX) . ' GROUP BY state');
        return \array_map('intval', \array_column($rows, 'n', 'state'));
    }

    /**
     * The rows last tried or changed, newest first.
     *
     * @return list<Row>
     */
    public function latest(int $limit): array
    {
        return self::made(
            Schema::wpdb()->prepare('SELECT * FROM ' . Schema::table(Schema::OUTBOX) . ' ORDER BY GREATEST(tried_at, changed_at) DESC, id DESC LIMIT %d', $limit)
        );
    }

    public function find(int $id): ?Row
    {
        return self::made(Schema::wpdb()->prepare('SELECT * FROM ' . Schema::table(Schema::OUTBOX) . ' WHERE id = %d', $id))[0] ?? null;
    }

    /** Sent rows older than this go, a thousand at a time. */
    public function forget_sent(int $before): void
    {
        $table = Schema::table(Schema::OUTBOX);
        $sql = Schema::wpdb()->prepare("DELETE FROM $table WHERE state = 'sent' AND tried_at < %d LIMIT 1000", $before);
        for ($round = 0; $round < 50 && Schema::run($sql) === 1000; $round++) {
            continue;
        }
    }

    /** Nothing is to be told any more, and nothing was: for a copy of a site. */
    public function clear(): void
    {
        Schema::run('DELETE FROM ' . Schema::table(Schema::OUTBOX));
    }

    /** @return bool Whether the row was still as it was read. */
    private function change(Row $row, string $set): bool
    {
        $where = Schema::wpdb()->prepare('id = %d AND version = %d', $row->id, $row->version);
        return Schema::run('UPDATE ' . Schema::table(Schema::OUTBOX) . " SET $set WHERE $where") > 0;
    }

    /** @return list<Row> */
    private static function made(string $sql): array
    {
        return \array_map(static fn (array $columns): Row => new Row($columns), Schema::rows($sql));
    }

    private static function short(string $text): string
    {
        return \function_exists('mb_substr') ? \mb_substr($text, 0, 500) : \substr($text, 0, 250);
    }
}
