<?php

declare(strict_types=1);

namespace SupportConnector;

/** Standard Webhooks 1.0.0 (`v1`, HMAC-SHA256 over `id.timestamp.body`); secrets are `whsec_` and base64. */
final class Signature
{
    public const TOLERANCE = 300;

    /**
     * The headers that sign a body, for secrets newest first.
     *
     * @return array<string, string>
     * @throws \InvalidArgumentException Where the secret is none.
     */
    public static function headers(string $id, int $time, string $body, string $secret): array
    {
        $key = self::key($secret);
        if ($key === null) {
            throw new \InvalidArgumentException('The secret is not one: whsec_ and 24 bytes or more in base64.');
        }
        return [
            'webhook-id' => $id,
            'webhook-timestamp' => (string) $time,
            'webhook-signature' => 'v1,' . self::mac($key, $id, (string) $time, $body),
        ];
    }

    /**
     * Whether one of the secrets signed these bytes within five minutes of now.
     *
     * @param list<string> $secrets
     * @param string $signatures The header: `v1,<base64>`, several apart by blanks.
     */
    public static function good(array $secrets, string $id, string $time, string $signatures, string $body, int $now): bool
    {
        if (! \preg_match('/\A[A-Za-z0-9_-]{1,128}\z/', $id) || ! \preg_match('/\A[0-9]{10}\z/', $time)) {
            return false;
        }
        if (\strlen($signatures) > 4096) {
            return false;
        }
        $found = 0;
        foreach ($secrets as $secret) {
            $key = self::key($secret);
            if ($key === null) {
                continue;
            }
            $expected = self::mac($key, $id, $time, $body);
            foreach (\array_slice(\explode(' ', $signatures), 0, 10) as $token) {
                $found |= (int) \hash_equals('v1,' . $expected, $token);
            }
        }
        return $found === 1 && \abs($now - (int) $time) <= self::TOLERANCE;
    }

    /** The bytes of a secret; null for what is none. */
    public static function key(string $secret): ?string
    {
        if (\strpos($secret, 'whsec_') !== 0) {
            return null;
        }
        $key = \base64_decode(\substr($secret, 6), true);
        return $key === false || \strlen($key) < 24 || \strlen($key) > 64 ? null : $key;
    }

    private static function mac(string $key, string $id, string $time, string $body): string
    {
        return \base64_encode(\hash_hmac('sha256', $id . '.' . $time . '.' . $body, $key, true));
    }
}
