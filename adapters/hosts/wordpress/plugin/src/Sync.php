<?php

declare(strict_types=1);

namespace SupportConnector;

/**
 * Sends everything there is, in the background: walks each source by id with a stored cursor and marks a few hundred
 * objects whenever the outbox has room, so that closing the page, a crash or an update lose nothing of the way.
 */
final class Sync
{
    private const OPTION = 'support_connector_sync';
    private const STEP = 100;
    private const ROOM = 400;
    private const STALLED = 3600;

    private SourceList $sources;
    private Outbox $outbox;

    public function __construct(SourceList $sources, Outbox $outbox)
    {
        $this->sources = $sources;
        $this->outbox = $outbox;
    }

    public function start(): void
    {
        $walks = [];
        foreach ($this->sources->wanted() as $name => $source) {
            $total = (int) Plugin::safely(static fn (): int => $source->count());
            $walks[$name] = ['after' => '', 'marked' => 0, 'total' => $total, 'faults' => 0, 'done' => false];
        }
        $this->write(['started' => \time(), 'moved' => \time(), 'finished' => 0, 'told' => 0, 'walks' => $walks]);
    }

    public function running(): bool
    {
        $state = $this->state();
        return $state !== [] && $state['finished'] === 0;
    }

    /** Marks more objects where the outbox has room. @return bool Whether it did. */
    public function step(): bool
    {
        $lock = new Lock('sync');
        if (! $this->running() || ! $lock->take()) {
            return false;
        }
        try {
            return $this->walk($this->state());
        } finally {
            $lock->release();
        }
    }

    /**
     * For the progress bar: what was sent of how much, and how it stands.
     *
     * @return array{state: string, done: int, total: int, waiting: int, set_aside: int, last: string, moved: int, started: int}
     */
    public function progress(): array
    {
        $state = $this->state();
        $counts = $this->outbox->counts();
        $waiting = $counts[Row::WAITING] ?? 0;
        $walks = $state['walks'] ?? [];
        $marked = (int) \array_sum(\array_column($walks, 'marked'));
        return [
            'state' => self::word($state),
            'done' => \max(0, $marked - $waiting),
            'total' => \max($marked, (int) \array_sum(\array_column($walks, 'total'))),
            'waiting' => $waiting,
            'set_aside' => $counts[Row::SET_ASIDE] ?? 0,
            'last' => $this->last($walks),
            'moved' => (int) ($state['moved'] ?? 0),
            'started' => (int) ($state['started'] ?? 0),
        ];
    }

    /** @param array<string, mixed> $state */
    private static function word(array $state): string
    {
        if ($state === []) {
            return 'never';
        }
        if ($state['finished']) {
            return 'finished';
        }
        return \time() - $state['moved'] > self::STALLED ? 'stalled' : 'running';
    }

    /**
     * The source and the id that were marked last.
     *
     * @param array<string, array<string, mixed>> $walks
     */
    private function last(array $walks): string
    {
        $begun = \array_filter($walks, static fn (array $walk): bool => $walk['after'] !== '');
        $name = \array_key_last($begun);
        if ($name === null) {
            return '';
        }
        $source = $this->sources->get($name);
        return ($source === null ? $name : $source->label()) . ' ' . $begun[$name]['after'];
    }

    /** @param array<string, mixed> $state */
    private function walk(array $state): bool
    {
        $waiting = $this->outbox->counts()[Row::WAITING] ?? 0;
        $open = \array_filter($state['walks'], static fn (array $walk): bool => ! $walk['done']);
        if ($open === []) {
            return $this->end($state, $waiting);
        }
        if ($waiting >= self::ROOM) {
            $this->complain_once($state);
            return false;
        }
        $name = (string) \array_key_first($open);
        $state['walks'][$name] = $this->on($name, $open[$name]);
        $state['moved'] = \time();
        $this->write($state);
        return true;
    }

    /**
     * One step of one source. A source that fails three times in a row is left alone, so that the others go on.
     *
     * @param array<string, mixed> $walk
     * @return array<string, mixed>
     */
    private function on(string $name, array $walk): array
    {
        try {
            $source = $this->sources->get($name);
            $objects = $source === null ? [] : $source->after($walk['after'], self::STEP);
            foreach ($objects as $object) {
                $this->outbox->put($name, $object, '', true);
                $walk['after'] = $object;
                $walk['marked']++;
            }
            $walk['faults'] = 0;
            $walk['done'] = $objects === [];
        } catch (\Throwable $fault) {
            $walk['faults']++;
            $walk['done'] = $walk['faults'] >= 3;
            $walk['fault'] = \substr($fault->getMessage(), 0, 300);
        }
        return $walk;
    }

    /** @param array<string, mixed> $state */
    private function end(array $state, int $waiting): bool
    {
        if ($waiting > 0) {
            $this->complain_once($state);
            return false;
        }
        $state['finished'] = \time();
        $this->write($state);
        $marked = (int) \array_sum(\array_column($state['walks'], 'marked'));
        $words = \sprintf(
            /* translators: %d: a number of orders, licences and so on */
            __('All %d records of your shop were sent to the support connector.', 'support-connector'),
            $marked
        );
        $this->mail(__('Your shop was sent to the support connector', 'support-connector'), $words);
        return false;
    }

    /** @param array<string, mixed> $state */
    private function complain_once(array $state): void
    {
        if ($state['told'] || \time() - $state['moved'] < self::STALLED) {
            return;
        }
        $state['told'] = \time();
        $this->write($state);
        $words = __('Nothing of your shop was sent to the support connector for an hour. Look at Tools > Site Health for the cause; it goes on by itself once that is mended.', 'support-connector');
        $this->mail(__('Sending your shop to the support connector is held up', 'support-connector'), $words);
    }

    private function mail(string $subject, string $words): void
    {
        \wp_mail((string) \get_option('admin_email'), $subject, $words . "\n\n" . \admin_url('options-general.php?page=support-connector'));
    }

    /** @return array<string, mixed> */
    private function state(): array
    {
        $state = \get_option(self::OPTION);
        return \is_array($state) ? $state : [];
    }

    /** @param array<string, mixed> $state */
    private function write(array $state): void
    {
        \update_option(self::OPTION, $state, false);
    }
}
