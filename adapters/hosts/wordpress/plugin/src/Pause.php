<?php

declare(strict_types=1);

namespace SupportConnector;

/**
 * How the way to the connector stands. While it is away nothing is tried but one row now and then: after 1 minute, 2, 4,
 * up to 6 hours. Everything else waits untouched, for as long as it takes.
 */
final class Pause
{
    private const OPTION = 'support_connector_way';

    public function until(): int
    {
        return (int) ($this->kept()['until'] ?? 0);
    }

    /** When the connector last took a delivery, 0 for never. */
    public function last_success(): int
    {
        return (int) ($this->kept()['success'] ?? 0);
    }

    /** Since when it is away, 0 where it is not. */
    public function since(): int
    {
        return (int) ($this->kept()['since'] ?? 0);
    }

    /** Why it is away, '' where it is not. */
    public function reason(): string
    {
        return (string) ($this->kept()['reason'] ?? '');
    }

    /** Seconds to add to our clock to get the connector's. Used where it is far off only, see Transport. */
    public function clock_shift(): int
    {
        return (int) ($this->kept()['shift'] ?? 0);
    }

    /** @return bool Whether it was away before. */
    public function success(int $now): bool
    {
        $was_away = $this->since() > 0;
        if ($was_away || $now - $this->last_success() > 60) {
            $this->write(['success' => $now, 'since' => 0, 'failures' => 0, 'until' => 0, 'reason' => '']);
        }
        return $was_away;
    }

    public function failure(Answer $answer, int $now): void
    {
        $failures = (int) ($this->kept()['failures'] ?? 0) + 1;
        $this->write(
            [
                'since' => $this->since() ?: $now,
                'failures' => $failures,
                'until' => $now + Backoff::seconds($failures, $answer->retry_after),
                'reason' => $answer->reason,
            ]
        );
    }

    public function shift_clock(int $seconds): void
    {
        $this->write(['shift' => $seconds]);
    }

    /** Somebody mended it, or wants to see: try at once. */
    public function end(): void
    {
        $this->write(['since' => 0, 'failures' => 0, 'until' => 0, 'reason' => '', 'shift' => 0]);
    }

    /** @return array<string, mixed> */
    private function kept(): array
    {
        $kept = \get_option(self::OPTION);
        return \is_array($kept) ? $kept : [];
    }

    /** @param array<string, mixed> $changes */
    private function write(array $changes): void
    {
        \update_option(self::OPTION, $changes + $this->kept(), false);
    }
}
