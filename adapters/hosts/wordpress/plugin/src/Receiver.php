<?php

declare(strict_types=1);

namespace SupportConnector;

/**
 * Where the connector tells its news: `POST /wp-json/support-connector/v1/news`, signed by Standard Webhooks. Each is
 * noted once and fires `support_connector_<event>` (`ticket.updated`: `support_connector_ticket_updated`) with its data.
 */
final class Receiver implements Part
{
    public const SPACE = 'support-connector/v1';
    private const LONGEST = 262144;

    private Plugin $plugin;

    public function __construct(Plugin $plugin)
    {
        $this->plugin = $plugin;
    }

    public static function url(): string
    {
        return \rest_url(self::SPACE . '/news');
    }

    public function hooks(): void
    {
        \add_action('rest_api_init', [$this, 'routes']);
    }

    public function routes(): void
    {
        $open = ['permission_callback' => '__return_true'];
        \register_rest_route(self::SPACE, '/news', ['methods' => 'POST', 'callback' => [$this, 'receive']] + $open);
        \register_rest_route(self::SPACE, '/news', ['methods' => 'GET', 'callback' => [$this, 'here']] + $open);
    }

    /** For the connector and for Site Health: the way back is open. */
    public function here(): \WP_REST_Response
    {
        return self::answer(200, ['plugin' => 'support-connector']);
    }

    public function receive(\WP_REST_Request $request): \WP_REST_Response
    {
        $body = $request->get_body();
        $id = (string) $request->get_header('webhook_id');
        $time = (string) $request->get_header('webhook_timestamp');
        $signatures = (string) $request->get_header('webhook_signature');
        $secrets = \array_filter([$this->plugin->connection()->notify_secret()]);
        if (\strlen($body) > self::LONGEST) {
            return self::answer(413, ['error' => 'too large']);
        }
        if (! Signature::good(\array_values($secrets), $id, $time, $signatures, $body, $this->plugin->their_time())) {
            return self::answer(401, ['error' => 'not signed by the secret of this shop, or the clocks differ by over five minutes']);
        }
        $told = \json_decode($body, true);
        if (! \is_array($told) || ! \is_string($told['type'] ?? null) || ! \is_array($told['data'] ?? null)) {
            return self::answer(200, ['received' => true, 'used' => false]);
        }
        try {
            return self::answer(200, ['received' => true, 'used' => $this->take($id, $told)]);
        } catch (Unstored $fault) {
            return self::answer(503, ['error' => 'the database refuses to keep it']);
        }
    }

    /** @param array<string, mixed> $told */
    private function take(string $id, array $told): bool
    {
        $at = $told['occurred_at'] ?? $told['timestamp'] ?? '';
        $told_at = \is_string($at) ? (int) \strtotime($at) : 0;
        if (! $this->plugin->news()->put($id, $told['type'], $told['data'], $told_at ?: \time())) {
            return false;
        }
        $event = (string) \preg_replace('/[^a-z0-9]+/', '_', \strtolower($told['type']));
        Plugin::safely(static fn () => \do_action('support_connector_' . $event, $told['data'], $id));
        return true;
    }

    /** @param array<string, mixed> $body */
    private static function answer(int $status, array $body): \WP_REST_Response
    {
        return new \WP_REST_Response($body, $status, ['Cache-Control' => 'no-store']);
    }
}
