<?php

declare(strict_types=1);

namespace SupportConnector;

/** How long to wait after the nth failure in a row: 1 minute, doubled up to 6 hours; and when a row is given up. */
final class Backoff
{
    public const FIRST = 60;
    public const LONGEST = 21600;
    public const GIVE_UP = 604800;

    /** Seconds to wait; what the connector asked for (`Retry-After`) counts where it is longer, up to 6 hours. */
    public static function seconds(int $failures, int $asked = 0): int
    {
        $own = $failures < 1 ? 0 : self::FIRST * (2 ** \min($failures - 1, 9));
        return (int) \min(self::LONGEST, \max($own, $asked));
    }

    /**
     * A row is set aside after seven days, and only where others got through meanwhile: an outage is not its fault.
     *
     * @param int $first_failure Unix seconds, 0 for none.
     * @param int $last_success When the connector last took a delivery, 0 for never.
     */
    public static function is_over(int $first_failure, int $last_success, int $now): bool
    {
        return $first_failure > 0 && $now - $first_failure >= self::GIVE_UP && $last_success > $first_failure;
    }
}
