<?php

declare(strict_types=1);

namespace SupportConnector;

/** Makes a connection, by a one-time code or by address and secret, and tries it. */
final class Connecting
{
    private Plugin $plugin;

    public function __construct(Plugin $plugin)
    {
        $this->plugin = $plugin;
    }

    /**
     * Exchanges the code that `connector endpoint add --host standard --connect` printed: an address that works once.
     *
     * @throws Misconnected In words for the owner; nothing was changed then.
     */
    public function by_code(string $code): void
    {
        $code = \trim($code);
        if (! \preg_match('~\A(https?://[^\s/?#]+(?:/[^\s?#]*)?)/connect/([A-Za-z0-9_-]{8,200})\z~', $code, $parts)) {
            throw new Misconnected(__('This is not a connect code. It begins with https:// and is printed by: connector endpoint add --host standard --connect', 'support-connector'));
        }
        self::must_be_safe($code);
        $told = [
            'code' => $parts[2],
            'site_url' => \home_url('/'),
            'site_name' => \html_entity_decode((string) \get_bloginfo('name'), ENT_QUOTES, 'UTF-8'),
            'site_id' => Site::id(),
            'plugin_version' => Plugin::VERSION,
            'notify_url' => Receiver::url(),
        ];
        $answer = Transport::ask(
            $code,
            [
                'method' => 'POST',
                'headers' => ['content-type' => 'application/json', 'accept' => 'application/json'],
                'body' => Event::json($told),
                'timeout' => Transport::SECONDS,
            ]
        );
        if ($answer->status === 404 || $answer->status === 410) {
            throw new Misconnected(__('The connector does not take this code: it was used already, or it is over 15 minutes old. Make a new one.', 'support-connector'));
        }
        if ($answer->status !== 200 || ! isset($answer->body['endpoint_url'], $answer->body['secret'])) {
            throw new Misconnected($answer->reason);
        }
        $given = \array_intersect_key($answer->body, \array_flip(['secret', 'notify_secret', 'api_token', 'vendor']));
        $this->keep(['url' => (string) $answer->body['endpoint_url']] + \array_map('strval', \array_filter($given, 'is_scalar')));
    }

    /** @throws Misconnected In words for the owner; nothing was changed then. */
    public function by_secret(string $url, string $secret, string $notify_secret = '', string $api_token = ''): void
    {
        $given = ['url' => \trim($url), 'secret' => \trim($secret)];
        $more = ['notify_secret' => \trim($notify_secret), 'api_token' => \trim($api_token)];
        $this->keep($given + \array_filter($more, static fn (string $value): bool => $value !== ''));
    }

    /** Sends a `ping` and gives back what the connector answered. */
    public function test(): Answer
    {
        $connection = $this->plugin->connection();
        if ($connection->state() === Connection::NONE) {
            return Answer::none(__('Not connected yet.', 'support-connector'));
        }
        $ping = new Event('ping', []);
        $answer = (new Transport($connection, $this->plugin->pause()))->deliver($ping->webhook_id(\bin2hex(\random_bytes(12))), $ping->body(Event::time(\time())));
        if ($answer->taken) {
            $this->plugin->pause()->end();
            $this->plugin->pause()->success(\time());
            $this->plugin->outbox()->hurry();
        }
        return $answer;
    }

    /** @param array<string, string> $given */
    private function keep(array $given): void
    {
        $given['url'] = \rtrim($given['url'], '/');
        if (! \preg_match('~\Ahttps?://[^\s/?#]+(/[^\s?#]*)?/hooks/ep_[A-Za-z0-9_-]+\z~', $given['url'])) {
            throw new Misconnected(__('The address does not look like one of an endpoint: https://connector.example.com/hooks/ep_...', 'support-connector'));
        }
        self::must_be_safe($given['url']);
        if (\strpos($given['secret'], 'ep_') === 0) {
            throw new Misconnected(__('This is the id of an endpoint (ep_...), not its secret (whsec_...).', 'support-connector'));
        }
        foreach (['secret', 'notify_secret'] as $name) {
            if (isset($given[$name]) && Signature::key($given[$name]) === null) {
                throw new Misconnected(__('A secret begins with whsec_ and goes on with 32 characters or more. Copy the whole of it.', 'support-connector'));
            }
        }
        $this->plugin->connection()->save($given);
    }

    /** Keys are sent there: over HTTPS, but on this machine itself and in a development environment. */
    private static function must_be_safe(string $url): void
    {
        $host = \strtolower((string) \parse_url($url, PHP_URL_HOST));
        $local = $host === 'localhost' || $host === '[::1]' || \strpos($host, '127.') === 0
            || \in_array(\wp_get_environment_type(), ['local', 'development'], true);
        if (\strpos($url, 'https://') !== 0 && ! $local) {
            throw new Misconnected(__('The address must begin with https://: licence keys are sent there.', 'support-connector'));
        }
    }
}
