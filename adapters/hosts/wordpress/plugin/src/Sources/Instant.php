<?php

declare(strict_types=1);

namespace SupportConnector\Sources;

use SupportConnector\Event;

/** When something is said to have happened, so that the same content keeps its time and another content comes later. */
final class Instant
{
    /**
     * @param array<string, mixed> $last The state of the reading before: its `print` and its `at`.
     * @param int|null $natural Unix seconds of the shop's own last change; null where it keeps none.
     */
    public static function of(array $last, string $print, ?int $natural): int
    {
        if (isset($last['at'], $last['print']) && $last['print'] === $print) {
            return (int) $last['at'];
        }
        return \max($natural ?? \time(), isset($last['at']) ? (int) $last['at'] + 1 : 0);
    }

    /** @param mixed $content What JSON can hold. */
    public static function digest($content): string
    {
        return \substr(\hash('sha256', Event::json($content)), 0, 32);
    }

    /** A database's time in UTC (`2026-03-01 09:30:00`) as unix seconds; null for none, and for MySQL's zero date. */
    public static function utc(?string $time): ?int
    {
        if ($time === null || $time === '' || \strpos($time, '0000') === 0) {
            return null;
        }
        $seconds = \strtotime($time . ' UTC');
        return $seconds === false || $seconds <= 0 ? null : $seconds;
    }

    /** The same of a time in the site's zone. */
    public static function local(?string $time): ?int
    {
        return $time === null || self::utc($time) === null ? null : self::utc(\get_gmt_from_date($time));
    }

    /** RFC 3339, or null. */
    public static function told(?int $seconds): ?string
    {
        return $seconds === null ? null : Event::time($seconds);
    }
}
