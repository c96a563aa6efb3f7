<?php

declare(strict_types=1);

namespace SupportConnector\Form;

use SupportConnector\Schema;

/** So many of one kind within a span. Counted in one statement, so that a flood at once counts too; WordPress clears it away. */
final class RateLimit
{
    private string $name;
    private int $most;
    private int $seconds;

    public function __construct(string $name, int $most, int $seconds)
    {
        $this->name = $name;
        $this->most = $most;
        $this->seconds = $seconds;
    }

    /** Counts one more; the span begins with the first. @return int Seconds to wait, 0 where it is within the limit. */
    public function wait(string $who, int $now): int
    {
        $key = \substr(\hash('sha256', $this->name . '|' . $who), 0, 32);
        $count = '_transient_sc_rate_' . $key;
        $ends = '_transient_timeout_sc_rate_' . $key;
        $options = Schema::wpdb()->options;
        if ($this->value($ends) <= $now) {
            Schema::run(Schema::wpdb()->prepare("DELETE FROM $options WHERE option_name IN (%s, %s)", $count, $ends));
        }
        $insert = "INSERT INTO $options (option_name, option_value, autoload) VALUES (%s, %s, 'no') ON DUPLICATE KEY UPDATE option_value = option_value";
        Schema::run(Schema::wpdb()->prepare($insert, $ends, (string) ($now + $this->seconds)));
        Schema::run(Schema::wpdb()->prepare($insert . ' + 1', $count, '1'));
        return $this->value($count) > $this->most ? \max(1, $this->value($ends) - $now) : 0;
    }

    private function value(string $option): int
    {
        $options = Schema::wpdb()->options;
        $rows = Schema::rows(Schema::wpdb()->prepare("SELECT option_value AS n FROM $options WHERE option_name = %s", $option));
        return (int) ($rows[0]['n'] ?? 0);
    }
}
