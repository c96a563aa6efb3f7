<?php

declare(strict_types=1);

namespace SupportConnector\Form;

/**
 * Who sends, without keeping an address: a user, or a keyed hash of where a guest comes from. Behind a proxy all guests
 * come from one address: `define('SUPPORT_CONNECTOR_TRUSTED_PROXIES', '203.0.113.5, 203.0.113.6')` names those whose
 * `X-Forwarded-For` is believed; the filter `support_connector_client_address` has the last word.
 */
final class Client
{
    public static function word(): string
    {
        $user = \get_current_user_id();
        return $user > 0 ? 'user-' . $user : \substr(\hash_hmac('sha256', self::network(self::address()), \wp_salt()), 0, 32);
    }

    public static function address(): string
    {
        $address = \sanitize_text_field(\wp_unslash($_SERVER['REMOTE_ADDR'] ?? ''));
        $forwarded = \sanitize_text_field(\wp_unslash($_SERVER['HTTP_X_FORWARDED_FOR'] ?? ''));
        $trusted = \defined('SUPPORT_CONNECTOR_TRUSTED_PROXIES')
            ? \array_map('trim', \explode(',', (string) \constant('SUPPORT_CONNECTOR_TRUSTED_PROXIES')))
            : [];
        foreach (\array_reverse(\explode(',', $forwarded)) as $hop) {
            if (! \in_array($address, $trusted, true) || ! \filter_var(\trim($hop), FILTER_VALIDATE_IP)) {
                break;
            }
            $address = \trim($hop);
        }
        return (string) \apply_filters('support_connector_client_address', $address);
    }

    /** One household of IPv6 has a whole network of addresses. */
    private static function network(string $address): string
    {
        $bytes = \filter_var($address, FILTER_VALIDATE_IP, FILTER_FLAG_IPV6) ? \inet_pton($address) : false;
        return $bytes === false ? $address : \bin2hex(\substr($bytes, 0, 8));
    }
}
