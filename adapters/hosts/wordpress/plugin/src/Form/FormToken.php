<?php

declare(strict_types=1);

namespace SupportConnector\Form;

/**
 * Shows that a form was ours and no machine filled it at once. Users have WordPress' nonce. Guests' pages lie in caches, for
 * days, so that theirs is fetched when they send, or stands in the page as a signed time; a stale one is asked for again.
 */
final class FormToken
{
    public const ACTION = 'support_connector_form';
    private const GOOD_FOR = 86400;
    private const QUICKEST = 2;

    /** @param bool $fetched Fetched by the script when the form is sent; else it stands in a page. */
    public static function issue(bool $fetched, ?int $now = null): string
    {
        if (\is_user_logged_in()) {
            return \wp_create_nonce(self::ACTION);
        }
        $said = ($fetched ? 'f' : 'p') . ($now ?? \time());
        return $said . '.' . self::mac($said);
    }

    public static function good(string $token): bool
    {
        if (\is_user_logged_in()) {
            return \wp_verify_nonce($token, self::ACTION) !== false;
        }
        if (! \preg_match('/\A([fp])([0-9]{1,12})\.([0-9a-f]{64})\z/', $token, $parts) || ! \hash_equals(self::mac($parts[1] . $parts[2]), $parts[3])) {
            return false;
        }
        $age = \time() - (int) $parts[2];
        return $age <= self::GOOD_FOR && $age >= ($parts[1] === 'p' ? self::QUICKEST : 0);
    }

    private static function mac(string $said): string
    {
        return \hash_hmac('sha256', self::ACTION . '|' . $said, \wp_salt('nonce'));
    }
}
