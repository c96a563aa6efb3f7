<?php

declare(strict_types=1);

namespace SupportConnector;

/** Questions to the connector's API. Nobody waits long: two seconds, and after a failure it is not asked for five minutes. */
final class Api
{
    private const SECONDS = 2;
    private const REST = 300;
    private const AWAY = 'support_connector_api_away';

    private Connection $connection;

    public function __construct(Connection $connection)
    {
        $this->connection = $connection;
    }

    /** Whether it can be asked at all: connected, with an API token. */
    public function ready(): bool
    {
        return $this->connection->ready() && $this->connection->api_token() !== '';
    }

    /** Why it is not asked now, '' where it may be. */
    public function away(): string
    {
        return (string) \get_transient(self::AWAY);
    }

    /**
     * The dry run of a decision, `GET /v1/eligibility`; null where it cannot be had now.
     *
     * @param array<string, string> $query license_key, email, order, site, product, kind: at least one of the first four.
     * @return array<string, mixed>|null
     */
    public function eligibility(array $query): ?array
    {
        $query = \array_filter($query, static fn (string $value): bool => $value !== '');
        return $this->get('/v1/eligibility?' . \http_build_query($query));
    }

    /** @return array<string, mixed>|null */
    private function get(string $path): ?array
    {
        if (! $this->ready() || $this->away() !== '') {
            return null;
        }
        $headers = ['authorization' => 'Bearer ' . $this->connection->api_token(), 'accept' => 'application/json'];
        $answer = Transport::ask($this->connection->base() . $path, ['method' => 'GET', 'headers' => $headers, 'timeout' => self::SECONDS]);
        if ($answer->status === 200 && $answer->body !== []) {
            return $answer->body;
        }
        if ($answer->away) {
            \set_transient(self::AWAY, $answer->reason, self::REST);
        }
        return null;
    }
}
