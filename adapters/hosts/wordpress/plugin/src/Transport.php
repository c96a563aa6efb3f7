<?php

declare(strict_types=1);

namespace SupportConnector;

/** Signs a body and posts it. Never throws: what goes wrong is the answer. */
final class Transport
{
    public const SECONDS = 10;

    private Connection $connection;
    private Pause $pause;

    public function __construct(Connection $connection, Pause $pause)
    {
        $this->connection = $connection;
        $this->pause = $pause;
    }

    public function deliver(string $webhook_id, string $body, float $seconds = self::SECONDS): Answer
    {
        $shift = $this->pause->clock_shift();
        $answer = $this->post($webhook_id, $body, $shift, $seconds);
        $right_shift = $answer->their_time - \time();
        if ($answer->status !== 401 || $answer->their_time === 0 || \abs($right_shift - $shift) < Signature::TOLERANCE - 30) {
            return $answer;
        }
        $answer = $this->post($webhook_id, $body, $right_shift, $seconds);
        if ($answer->taken) {
            $this->pause->shift_clock($right_shift);
        }
        return $answer;
    }

    private function post(string $webhook_id, string $body, int $clock_shift, float $seconds): Answer
    {
        try {
            $headers = Signature::headers($webhook_id, \time() + $clock_shift, $body, $this->connection->secret());
        } catch (\InvalidArgumentException $fault) {
            return Answer::none(__('The secret cannot be read any more. Connect again; what waits is kept.', 'support-connector'));
        }
        return self::ask(
            $this->connection->url(),
            [
                'method' => 'POST',
                'headers' => $headers + ['content-type' => 'application/json'],
                'body' => $body,
                'timeout' => $seconds,
            ]
        );
    }

    /**
     * Asks the connector, without following redirects.
     *
     * @param array<string, mixed> $how As for wp_remote_request().
     */
    public static function ask(string $url, array $how): Answer
    {
        $fixed = [
            'redirection' => 0,
            'sslverify' => true,
            'limit_response_size' => 1048576,
            'user-agent' => 'support-connector-wordpress/' . Plugin::VERSION,
        ];
        $reply = \wp_remote_request($url, $fixed + $how);
        if (\is_wp_error($reply)) {
            return Answer::none($reply->get_error_message());
        }
        $headers = [];
        foreach (['date', 'retry-after'] as $name) {
            $headers[$name] = (string) \wp_remote_retrieve_header($reply, $name);
        }
        return Answer::read((int) \wp_remote_retrieve_response_code($reply), $headers, (string) \wp_remote_retrieve_body($reply));
    }
}
