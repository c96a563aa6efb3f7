<?php

declare(strict_types=1);

namespace SupportConnector;

/**
 * One run at a time, over all processes and web servers of a site: a row of the options table, changed in one statement.
 * Whoever dies loses it after two minutes; whoever lives on holds it by `keep()` before each step.
 */
final class Lock
{
    private const SECONDS = 120;

    private string $name;
    private string $mine = '';

    public function __construct(string $name)
    {
        $this->name = 'support_connector_lock_' . $name;
    }

    public function take(): bool
    {
        $wpdb = Schema::wpdb();
        $value = $this->value();
        $wpdb->query(
            $wpdb->prepare(
                "INSERT IGNORE INTO $wpdb->options (option_name, option_value, autoload) VALUES (%s, '0', 'no')",
                $this->name
            )
        );
        $taken = $wpdb->query(
            $wpdb->prepare(
                "UPDATE $wpdb->options SET option_value = %s WHERE option_name = %s AND CAST(option_value AS UNSIGNED) < %d",
                $value,
                $this->name,
                \time()
            )
        );
        $this->mine = $taken ? $value : '';
        return (bool) $taken;
    }

    /** Holds it for two minutes more. False where somebody else took it meanwhile: stop then. */
    public function keep(): bool
    {
        return $this->mine !== '' && $this->change($this->value());
    }

    public function release(): void
    {
        if ($this->mine !== '') {
            $this->change('0');
            $this->mine = '';
        }
    }

    private function change(string $value): bool
    {
        $wpdb = Schema::wpdb();
        $changed = $wpdb->query(
            $wpdb->prepare(
                "UPDATE $wpdb->options SET option_value = %s WHERE option_name = %s AND option_value = %s",
                $value,
                $this->name,
                $this->mine
            )
        );
        $this->mine = $changed ? $value : '';
        return (bool) $changed;
    }

    private function value(): string
    {
        return (\time() + self::SECONDS) . ':' . \bin2hex(\random_bytes(8));
    }
}
