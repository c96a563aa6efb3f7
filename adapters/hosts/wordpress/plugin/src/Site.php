<?php

declare(strict_types=1);

namespace SupportConnector;

/**
 * Which site this is: a random id, and the address and kind of environment it was connected from. The address is kept
 * turned round and in base64, where tools that move a site do not find and rewrite it.
 */
final class Site
{
    private const OPTION = 'support_connector_site';

    public static function id(): string
    {
        $kept = self::kept();
        return $kept['id'] ?? self::remember();
    }

    /** This is where the connection belongs. Returns the id, a new one for a copy that goes its own way. */
    public static function remember(bool $new_id = false): string
    {
        $id = $new_id ? null : (self::kept()['id'] ?? null);
        $id = $id ?? \bin2hex(\random_bytes(16));
        $place = \base64_encode(\strrev(self::address()));
        \update_option(self::OPTION, ['id' => $id, 'place' => $place, 'kind' => \wp_get_environment_type()]);
        return $id;
    }

    /** Whether the site runs elsewhere, or as something else, than where it was connected: a copy, or it moved. */
    public static function is_elsewhere(): bool
    {
        $kept = self::kept();
        return $kept !== [] && ($kept['kind'] !== \wp_get_environment_type() || self::before() !== self::address());
    }

    /** The address it was connected from, '' for none. */
    public static function before(): string
    {
        return \strrev((string) \base64_decode(self::kept()['place'] ?? '', true));
    }

    /** The address now. Read from the option: language plugins change what `home_url()` says. */
    public static function address(): string
    {
        $home = \defined('WP_HOME') ? (string) \constant('WP_HOME') : (string) \get_option('home');
        return self::normalised($home);
    }

    /** Without scheme, `www.` and the last slash, in lower case: none of these makes another site. */
    public static function normalised(string $url): string
    {
        $bare = (string) \preg_replace('~\A[a-z]+://(www\.)?~', '', \strtolower(\trim($url)));
        return \rtrim((string) \preg_replace('~:(80|443)(?=/|\z)~', '', $bare), '/');
    }

    /** @return array<string, string> */
    private static function kept(): array
    {
        $kept = \get_option(self::OPTION);
        return \is_array($kept) && isset($kept['id'], $kept['place'], $kept['kind']) ? $kept : [];
    }
}
