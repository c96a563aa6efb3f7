<?php

declare(strict_types=1);

namespace SupportConnector\Form;

use SupportConnector\Event;
use SupportConnector\Schema;

/** Every request typed into the form, from its first sending on: kept while it is not taken, so that nobody types it twice. */
final class Drafts
{
    private const KEEP_OPEN = 90 * 86400;
    private const KEEP_SENT = 400 * 86400;
    private const TWICE = 600;

    /**
     * Keeps a new one. The same words of the same sender within ten minutes are the same draft: a button pressed twice.
     *
     * @param array<string, mixed> $person
     * @return array{0: Draft, 1: string, 2: bool} The draft, the token that opens it, and whether it is new.
     * @throws \SupportConnector\Unstored
     */
    public function make(Fields $fields, array $person, string $client, int $user): array
    {
        $now = \time();
        $twin = Schema::rows(
            Schema::wpdb()->prepare(
                'SELECT * FROM ' . self::table() . ' WHERE client = %s AND digest = %s AND created_at > %d ORDER BY id DESC LIMIT 1',
                $client,
                $fields->digest(),
                $now - self::TWICE
            )
        );
        if ($twin !== []) {
            $draft = new Draft($twin[0]);
            return [$draft, self::token($draft->request_id), false];
        }
        $request_id = 'wp-' . \bin2hex(\random_bytes(10));
        $token = self::token($request_id);
        Schema::run(
            Schema::wpdb()->prepare(
                'INSERT INTO ' . self::table() . ' (request_id, token, user_id, client, email, digest, state, content, answer, created_at, changed_at)'
                . " VALUES (%s, %s, %d, %s, %s, %s, %s, %s, '{}', %d, %d)",
                $request_id,
                self::hash($token),
                $user,
                $client,
                \substr((string) ($person['email'] ?? ''), 0, 190),
                $fields->digest(),
                Draft::SENDING,
                self::content($fields, $person),
                $now,
                $now
            )
        );
        return [$this->one('request_id = %s', $request_id), $token, true];
    }

    /** @param array<string, mixed> $person */
    public function change(Draft $draft, Fields $fields, array $person): void
    {
        Schema::run(
            Schema::wpdb()->prepare(
                'UPDATE ' . self::table() . ' SET content = %s, digest = %s, email = %s, state = %s, changed_at = %d WHERE id = %d',
                self::content($fields, $person),
                $fields->digest(),
                \substr((string) ($person['email'] ?? ''), 0, 190),
                Draft::SENDING,
                \time(),
                $draft->id
            )
        );
    }

    /** It is on its way still: its customer was told that it waits. */
    public function waits(int $id): void
    {
        $sql = 'UPDATE ' . self::table() . ' SET state = %s WHERE id = %d AND state = %s';
        Schema::run(Schema::wpdb()->prepare($sql, Draft::WAITING, $id, Draft::SENDING));
    }

    /** @param array<string, mixed> $body The connector's answer. */
    public function answered(int $id, array $body): void
    {
        $ticket = $body['ticket']['number'] ?? '';
        $outcome = $body['decision']['outcome'] ?? 'accept';
        $sent = $ticket !== '' || \in_array($outcome, ['accept', 'hold'], true);
        $told = \array_intersect_key($body, ['decision' => 1, 'ticket' => 1, 'result' => 1]);
        Schema::run(
            Schema::wpdb()->prepare(
                'UPDATE ' . self::table() . ' SET state = %s, ticket = %s, answer = %s, changed_at = %d WHERE id = %d',
                $sent ? Draft::SENT : Draft::OPEN,
                \is_string($ticket) ? \substr($ticket, 0, 64) : '',
                Event::json((object) $told),
                \time(),
                $id
            )
        );
    }

    public function find(int $id): ?Draft
    {
        return $this->one('id = %d', $id);
    }

    /** The one that this token opens for this user, 0 for a guest; a user opens his own by their ids, too. */
    public function opened_by(string $token, int $user): ?Draft
    {
        if ($user > 0 && \preg_match('/\Awp-[0-9a-f]{20}\z/', $token)) {
            $own = $this->one('request_id = %s', $token);
            return $own !== null && $own->user_id === $user ? $own : null;
        }
        $draft = \preg_match('/\A[0-9a-f]{32}\z/', $token) ? $this->one('token = %s', self::hash($token)) : null;
        return $draft !== null && $draft->is_of($user) ? $draft : null;
    }

    /** What opens a draft later: a user his own by its id, a guest by its token. */
    public function token_of(Draft $draft): string
    {
        return $draft->user_id > 0 ? $draft->request_id : self::token($draft->request_id);
    }

    /** @return list<Draft> Newest first. */
    public function of_user(int $user, int $limit = 50): array
    {
        return $user > 0 ? $this->all('user_id = %d ORDER BY changed_at DESC, id DESC LIMIT ' . $limit, $user) : [];
    }

    /** @return list<Draft> Of guests and users alike: for the privacy tools. */
    public function of_email(string $email): array
    {
        return $this->all('email = %s ORDER BY id', $email);
    }

    /** @return list<Draft> Those not yet told to the connector, changed since then. */
    public function unsent_since(int $time): array
    {
        return $this->all("state IN ('sending', 'waiting') AND changed_at >= %d ORDER BY id", $time);
    }

    public function forget(Draft $draft): void
    {
        Schema::run(Schema::wpdb()->prepare('DELETE FROM ' . self::table() . ' WHERE id = %d', $draft->id));
    }

    public function forget_old(int $now): void
    {
        $sql = 'DELETE FROM ' . self::table() . " WHERE (state = 'open' AND changed_at < %d) OR (state = 'sent' AND changed_at < %d) LIMIT 1000";
        Schema::run(Schema::wpdb()->prepare($sql, $now - self::KEEP_OPEN, $now - self::KEEP_SENT));
    }

    /** @param int|string $value */
    private function one(string $where, $value): ?Draft
    {
        return $this->all($where . ' LIMIT 1', $value)[0] ?? null;
    }

    /**
     * @param int|string $value
     * @return list<Draft>
     */
    private function all(string $where, $value): array
    {
        $rows = Schema::rows(Schema::wpdb()->prepare('SELECT * FROM ' . self::table() . ' WHERE ' . $where, $value));
        return \array_map(static fn (array $row): Draft => new Draft($row), $rows);
    }

    /** @param array<string, mixed> $person */
    private static function content(Fields $fields, array $person): string
    {
        return Event::json(['person' => $person, 'fields' => Draft::sealed($fields->kept())]);
    }

    private static function token(string $request_id): string
    {
        return \substr(\hash_hmac('sha256', 'draft|' . $request_id, \wp_salt()), 0, 32);
    }

    private static function hash(string $token): string
    {
        return \hash('sha256', $token);
    }

    private static function table(): string
    {
        return Schema::table(Schema::DRAFTS);
    }
}
