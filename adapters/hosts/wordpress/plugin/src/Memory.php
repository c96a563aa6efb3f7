<?php

declare(strict_types=1);

namespace SupportConnector;

/** What was last sent of each object, for sources that tell differences, and so that nothing is sent twice over. */
final class Memory
{
    /**
     * @return array{digest: string, state: array<string, mixed>} Empty for an object that was never sent.
     * @throws Unstored
     */
    public function of(string $source, string $object): array
    {
        $rows = Schema::rows(
            Schema::wpdb()->prepare(
                'SELECT digest, state FROM ' . Schema::table(Schema::MEMORY) . ' WHERE source = %s AND object = %s',
                $source,
                $object
            )
        );
        $state = $rows ? \json_decode((string) $rows[0]['state'], true) : null;
        return ['digest' => (string) ($rows[0]['digest'] ?? ''), 'state' => \is_array($state) ? $state : []];
    }

    /** @throws Unstored */
    public function keep(string $source, string $object, Reading $reading, int $now): void
    {
        Schema::run(
            Schema::wpdb()->prepare(
                'REPLACE INTO ' . Schema::table(Schema::MEMORY) . ' (source, object, digest, state, sent_at) VALUES (%s, %s, %s, %s, %d)',
                $source,
                $object,
                $reading->digest(),
                Event::json((object) $reading->state),
                $now
            )
        );
    }

    /** Everything is new again: for another connector, which knows nothing of what was sent. */
    public function forget(): void
    {
        Schema::run('DELETE FROM ' . Schema::table(Schema::MEMORY));
    }
}
