<?php

declare(strict_types=1);

namespace SupportConnector;

/**
 * Where deliveries go and how they are signed. The constants SUPPORT_CONNECTOR_URL, SUPPORT_CONNECTOR_SECRET and
 * SUPPORT_CONNECTOR_NOTIFY_SECRET of wp-config.php win over what is set.
 */
final class Connection
{
    public const OPTION = 'support_connector_connection';

    public const NONE = 'none';
    public const READY = 'ready';
    /** The site is a copy, or it moved: nothing is sent until somebody says which. */
    public const COPIED = 'copied';
    /** The secret cannot be read any more: connect again; what waits is kept. */
    public const UNREADABLE = 'unreadable';

    private const SECRETS = ['secret', 'notify_secret', 'api_token'];

    /** One of NONE, READY, COPIED, UNREADABLE. */
    public function state(): string
    {
        if ($this->url() === '') {
            return self::NONE;
        }
        if (Site::is_elsewhere()) {
            return self::COPIED;
        }
        return Signature::key($this->secret()) === null ? self::UNREADABLE : self::READY;
    }

    public function ready(): bool
    {
        return $this->state() === self::READY;
    }

    /** `https://connector.example.com/hooks/ep_...`, '' where there is none. */
    public function url(): string
    {
        return self::constant('URL') ?? (string) ($this->kept()['url'] ?? '');
    }

    /** `ep_...`: the last part of the address. */
    public function endpoint(): string
    {
        return \basename((string) \parse_url($this->url(), PHP_URL_PATH));
    }

    /** `https://connector.example.com`, without a slash at the end: what stands before `/hooks/`. */
    public function base(): string
    {
        return (string) \preg_replace('~/hooks/[^/]*\z~', '', $this->url());
    }

    public function secret(): string
    {
        return self::constant('SECRET') ?? $this->opened('secret');
    }

    /** Signs what the connector tells us; '' where it tells nothing. */
    public function notify_secret(): string
    {
        return self::constant('NOTIFY_SECRET') ?? $this->opened('notify_secret');
    }

    /** For `GET /v1/eligibility`; '' where the owner gave none. */
    public function api_token(): string
    {
        return self::constant('API_TOKEN') ?? $this->opened('api_token');
    }

    public function vendor(): string
    {
        return (string) ($this->kept()['vendor'] ?? '');
    }

    /** Whether wp-config.php says it, so that the settings cannot change it. */
    public function is_fixed(string $name): bool
    {
        return self::constant($name) !== null;
    }

    /**
     * Keeps what is given, of: url, secret, notify_secret, api_token, vendor. What waits in the outbox stays.
     *
     * @param array<string, string> $given
     */
    public function save(array $given): void
    {
        $kept = $this->kept();
        if (isset($given['url']) && $given['url'] !== ($kept['url'] ?? '')) {
            $kept = [];
            (new Memory())->forget();
        }
        foreach ($given as $name => $value) {
            $kept[$name] = \in_array($name, self::SECRETS, true) && $value !== '' ? Vault::seal($value) : $value;
        }
        \update_option(self::OPTION, $kept);
        Site::remember();
        (new Pause())->end();
        Plugin::safely([new Outbox(), 'hurry']);
    }

    /** This copy goes its own way: no connection, nothing that waits, another id. The original is not touched. */
    public function part_from_original(Outbox $outbox): void
    {
        \delete_option(self::OPTION);
        $outbox->clear();
        (new Memory())->forget();
        Site::remember(true);
    }

    /** @return array<string, string> */
    private function kept(): array
    {
        $kept = \get_option(self::OPTION);
        return \is_array($kept) ? $kept : [];
    }

    private function opened(string $name): string
    {
        return Vault::open((string) ($this->kept()[$name] ?? '')) ?? '';
    }

    private static function constant(string $name): ?string
    {
        $full = 'SUPPORT_CONNECTOR_' . $name;
        return \defined($full) && \constant($full) !== '' ? (string) \constant($full) : null;
    }
}
