<?php

declare(strict_types=1);

namespace SupportConnector;

/** Seals the secrets in the options table with a key made of the salts in wp-config.php: a database dump holds no secret. */
final class Vault
{
    public static function seal(string $plain): string
    {
        $nonce = \random_bytes(SODIUM_CRYPTO_SECRETBOX_NONCEBYTES);
        return 'v1:' . \base64_encode($nonce . \sodium_crypto_secretbox($plain, $nonce, self::key()));
    }

    /** The secret; null where it cannot be read, as after the salts were changed. */
    public static function open(string $sealed): ?string
    {
        $bytes = \strpos($sealed, 'v1:') === 0 ? \base64_decode(\substr($sealed, 3), true) : false;
        if ($bytes === false || \strlen($bytes) <= SODIUM_CRYPTO_SECRETBOX_NONCEBYTES) {
            return null;
        }
        $nonce = \substr($bytes, 0, SODIUM_CRYPTO_SECRETBOX_NONCEBYTES);
        try {
            $plain = \sodium_crypto_secretbox_open(\substr($bytes, SODIUM_CRYPTO_SECRETBOX_NONCEBYTES), $nonce, self::key());
        } catch (\SodiumException $fault) {
            return null;
        }
        return $plain === false ? null : $plain;
    }

    private static function key(): string
    {
        return \hash_hmac('sha256', 'support-connector secrets', \wp_salt('secure_auth'), true);
    }
}
