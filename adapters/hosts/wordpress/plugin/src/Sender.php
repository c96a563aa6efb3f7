<?php

declare(strict_types=1);

namespace SupportConnector;

/** Empties the outbox: reads each object, signs, posts, and notes what came of it. One run at a time. */
final class Sender
{
    private const BATCH = 25;

    private Connection $connection;
    private Outbox $outbox;
    private Memory $memory;
    private SourceList $sources;
    private Pause $pause;
    private Transport $transport;

    public function __construct(Connection $connection, Outbox $outbox, Memory $memory, SourceList $sources, Pause $pause)
    {
        $this->connection = $connection;
        $this->outbox = $outbox;
        $this->memory = $memory;
        $this->sources = $sources;
        $this->pause = $pause;
        $this->transport = new Transport($connection, $pause);
    }

    /**
     * Sends what is due for about so many seconds.
     *
     * @param float $each Seconds to wait for an answer, at most.
     * @return int|null Rows that arrived; null where another run is at it, or nothing may be sent now.
     */
    public function run(float $seconds, float $each = Transport::SECONDS): ?int
    {
        if (! $this->connection->ready() || $this->pause->until() > \time()) {
            return null;
        }
        $lock = new Lock('sending');
        if (! $lock->take()) {
            return null;
        }
        try {
            return $this->drain($lock, \microtime(true) + $seconds, $each);
        } catch (Unstored $fault) {
            return 0;
        } finally {
            $lock->release();
        }
    }

    /**
     * Sends one object while its user waits for the answer, whatever else waits. The object stays in the outbox where it
     * did not arrive. Null where there is no connection, or its sending must wait for another run.
     */
    public function now(string $source, string $object, float $each = Transport::SECONDS): ?Answer
    {
        if (! $this->connection->ready()) {
            return null;
        }
        $row = $this->outbox->waiting($source, $object);
        $lock = new Lock('sending_' . \substr(\hash('sha256', $source . ':' . $object), 0, 12));
        if ($row === null || ! $lock->take()) {
            return null;
        }
        try {
            return $this->send($row, $each);
        } finally {
            $lock->release();
        }
    }

    private function drain(Lock $lock, float $until, float $each): int
    {
        $arrived = 0;
        $failed = 0;
        do {
            $rows = $this->outbox->due(\time(), self::BATCH);
            foreach ($rows as $row) {
                if (\microtime(true) >= $until || ! $lock->keep()) {
                    return $arrived;
                }
                $answer = $this->send($row, $each);
                $arrived += (int) $answer->taken;
                $failed = $answer->away ? $failed + 1 : 0;
                if ($answer->away && ($failed >= 3 || $answer->status === 0)) {
                    return $arrived;
                }
            }
        } while ($rows !== []);
        return $arrived;
    }

    private function send(Row $row, float $each): Answer
    {
        $source = $this->sources->get($row->source);
        try {
            $known = $this->memory->of($row->source, $row->object);
            $reading = $source === null ? null : $source->read($row->object, $known['state']);
        } catch (\Throwable $fault) {
            return $this->note($row, Answer::unread(self::words($fault)));
        }
        if ($reading === null) {
            return $this->note($row, Answer::unread(\sprintf('The plugin that this came from is not active: %s.', $row->source)));
        }
        if (! $row->forced && $known['digest'] === $reading->digest()) {
            return $this->note($row, Answer::nothing_new(), $reading);
        }
        return $this->note($row, $this->deliver($row, $reading, $each), $reading);
    }

    /** All events of a reading, as far as they are taken; the answer is that of the last one tried. */
    private function deliver(Row $row, Reading $reading, float $each): Answer
    {
        $answer = Answer::nothing_new();
        foreach ($reading->events as $event) {
            $answer = $this->transport->deliver($event->webhook_id($row->turn()), $event->body($row->marked_at()), $each);
            if (! $answer->taken) {
                return $answer;
            }
            Plugin::safely(static fn () => \do_action('support_connector_delivered', $row->source, $row->object, $event, $answer));
        }
        return $answer;
    }

    private function note(Row $row, Answer $answer, ?Reading $reading = null): Answer
    {
        $now = \time();
        if ($answer->taken && $reading !== null) {
            $this->memory->keep($row->source, $row->object, $reading, $now);
            $this->outbox->sent($row, $answer, $now);
            if ($answer->status === 200 && $this->pause->success($now)) {
                $this->outbox->hurry();
            }
            return $answer;
        }
        $over = Backoff::is_over($row->failed_at, $this->pause->last_success(), $now);
        $this->outbox->failed($row, $answer, $now, $over);
        if ($answer->away) {
            $this->pause->failure($answer, $now);
        }
        return $answer;
    }

    private static function words(\Throwable $fault): string
    {
        return \sprintf('%s (%s:%d)', $fault->getMessage(), \basename($fault->getFile()), $fault->getLine());
    }
}
