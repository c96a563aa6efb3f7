<?php

declare(strict_types=1);

namespace SupportConnector;

/** Times as people read them: spelled out, in the language and the time zone of the site. */
final class When
{
    /** `Thursday, 3 December 2026, 21:00 (CET)`; '' where it is no time. @param mixed $time RFC 3339. */
    public static function moment($time): string
    {
        $at = self::read($time);
        /* translators: date and time as for date_i18n(): Thursday, 3 December 2026, 21:00 */
        return $at === null ? '' : (string) \wp_date(__('l, j F Y, H:i', 'support-connector'), $at) . ' (' . self::zone($at) . ')';
    }

    /** `3 December 2026`. @param mixed $time RFC 3339, or unix seconds. */
    public static function day($time): string
    {
        $at = self::read($time);
        /* translators: date as for date_i18n(): 3 December 2026 */
        return $at === null ? '' : (string) \wp_date(__('j F Y', 'support-connector'), $at);
    }

    /** @param mixed $time */
    public static function read($time): ?int
    {
        if (\is_int($time)) {
            return $time;
        }
        $at = \is_string($time) && $time !== '' ? \strtotime($time) : false;
        return $at === false ? null : $at;
    }

    /** `CET`; where the site has an offset and no place, `UTC+05:30`. */
    private static function zone(int $at): string
    {
        $then = (new \DateTimeImmutable('@' . $at))->setTimezone(\wp_timezone());
        $name = $then->format('T');
        if (\preg_match('/\A[A-Z]+\z/', $name)) {
            return $name;
        }
        return $then->getOffset() === 0 ? 'UTC' : 'UTC' . $then->format('P');
    }
}
