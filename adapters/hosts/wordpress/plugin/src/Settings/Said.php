<?php

declare(strict_types=1);

namespace SupportConnector\Settings;

/** What the page says once after something was done: kept for the user until it is shown. */
final class Said
{
    public static function good(string $words): void
    {
        self::keep('success', $words);
    }

    public static function bad(string $words): void
    {
        self::keep('error', $words);
    }

    public static function show(): void
    {
        $said = \get_transient(self::name());
        if (\is_array($said)) {
            \delete_transient(self::name());
            echo '<div class="notice notice-', \esc_attr($said[0]), '" role="status"><p>', \esc_html($said[1]), '</p></div>';
        }
    }

    private static function keep(string $kind, string $words): void
    {
        \set_transient(self::name(), [$kind, $words], 300);
    }

    private static function name(): string
    {
        return 'support_connector_said_' . \get_current_user_id();
    }
}
