<?php

declare(strict_types=1);

namespace SupportConnector;

/** What the connector told us: news of tickets, licences and keys, each once. What holds a key is sealed. */
final class News
{
    private const KEEP = 400 * 86400;

    /**
     * Notes it. False where it was told before.
     *
     * @param array<string, mixed> $data
     * @throws Unstored
     */
    public function put(string $webhook_id, string $type, array $data, int $told_at): bool
    {
        $text = Event::json((object) $data);
        return Schema::run(
            Schema::wpdb()->prepare(
                'INSERT IGNORE INTO ' . Schema::table(Schema::NEWS)
                . ' (webhook_id, type, ticket, request_id, order_id, email, data, told_at, received_at)'
                . ' VALUES (%s, %s, %s, %s, %s, %s, %s, %d, %d)',
                $webhook_id,
                \substr($type, 0, 64),
                self::word(self::inner($data, 'ticket', 'number') ?? $data['ticket'] ?? ''),
                self::word($data['request_id'] ?? ''),
                self::word($data['order_id'] ?? ''),
                self::word(self::inner($data, 'requester', 'email') ?? self::inner($data, 'customer', 'email')),
                isset($data['license_key']) ? Vault::seal($text) : $text,
                $told_at,
                \time()
            )
        ) > 0;
    }

    /**
     * The newest first, of one column: ticket, request_id, order_id or email.
     *
     * @return list<array{type: string, ticket: string, request_id: string, order_id: string, told_at: int, data: array<string, mixed>}>
     */
    public function of(string $column, string $value, int $limit = 50): array
    {
        if (! \in_array($column, ['ticket', 'request_id', 'order_id', 'email'], true) || $value === '') {
            return [];
        }
        $rows = Schema::rows(
            Schema::wpdb()->prepare(
                'SELECT * FROM ' . Schema::table(Schema::NEWS) . " WHERE $column = %s ORDER BY told_at DESC, id DESC LIMIT %d",
                $value,
                $limit
            )
        );
        return \array_map([self::class, 'told'], $rows);
    }

    /** When the last one came, 0 for never. */
    public function last_received(): int
    {
        $rows = Schema::rows('SELECT MAX(received_at) AS last FROM ' . Schema::table(Schema::NEWS));
        return (int) ($rows[0]['last'] ?? 0);
    }

    public function forget_person(string $email): int
    {
        return Schema::run(Schema::wpdb()->prepare('DELETE FROM ' . Schema::table(Schema::NEWS) . ' WHERE email = %s', $email));
    }

    public function forget_old(): void
    {
        Schema::run(
            Schema::wpdb()->prepare('DELETE FROM ' . Schema::table(Schema::NEWS) . ' WHERE received_at < %d LIMIT 1000', \time() - self::KEEP)
        );
    }

    /**
     * @param array<string, string|null> $row
     * @return array<string, mixed>
     */
    private static function told(array $row): array
    {
        $text = (string) $row['data'];
        $data = \json_decode(\strpos($text, 'v1:') === 0 ? (Vault::open($text) ?? '') : $text, true);
        return [
            'type' => (string) $row['type'],
            'ticket' => (string) $row['ticket'],
            'request_id' => (string) $row['request_id'],
            'order_id' => (string) $row['order_id'],
            'told_at' => (int) $row['told_at'],
            'data' => \is_array($data) ? $data : [],
        ];
    }

    /**
     * @param array<string, mixed> $data
     * @return mixed
     */
    private static function inner(array $data, string $name, string $member)
    {
        return \is_array($data[$name] ?? null) ? ($data[$name][$member] ?? null) : null;
    }

    /** @param mixed $value */
    private static function word($value): string
    {
        return \is_scalar($value) ? \substr((string) $value, 0, 190) : '';
    }
}
