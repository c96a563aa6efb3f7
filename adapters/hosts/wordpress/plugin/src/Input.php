<?php

declare(strict_types=1);

namespace SupportConnector;

/** What a form or an address brought: unslashed and cleaned, the one place that reads the superglobals. Never trusted further. */
final class Input
{
    /** One line. */
    public static function text(string $name): string
    {
        $value = self::raw($name);
        return \is_string($value) ? \sanitize_text_field($value) : '';
    }

    /** Several lines. */
    public static function words(string $name): string
    {
        $value = self::raw($name);
        return \is_string($value) ? \sanitize_textarea_field($value) : '';
    }

    /** As it was typed, markup and all, without control characters: for words that are kept. Escape it where it is shown. */
    public static function typed(string $name): string
    {
        $value = self::raw($name);
        $text = \is_string($value) ? \str_replace("\r\n", "\n", \wp_check_invalid_utf8($value, true)) : '';
        return (string) \preg_replace('/[\x00-\x08\x0b-\x1f\x7f]/', '', $text);
    }

    public static function number(string $name): int
    {
        $value = self::raw($name);
        return \is_string($value) ? \absint($value) : 0;
    }

    /** A secret: as it was typed, but for white space around it. */
    public static function secret(string $name): string
    {
        $value = self::raw($name);
        return \is_string($value) ? \trim((string) \preg_replace('/[^\x21-\x7e]/', '', $value)) : '';
    }

    /** @return list<string> */
    public static function list(string $name): array
    {
        $value = self::raw($name);
        return \is_array($value) ? \array_map('sanitize_text_field', \array_values(\array_filter($value, 'is_string'))) : [];
    }

    public static function has(string $name): bool
    {
        return self::raw($name) !== null;
    }

    /** @return mixed */
    private static function raw(string $name)
    {
        // phpcs:ignore -- cleaned by each caller here; nonces are checked by the handlers, see Guard.
        $value = $_POST[$name] ?? $_GET[$name] ?? null;
        return $value === null ? null : \wp_unslash($value);
    }
}
