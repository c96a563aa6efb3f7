<?php

declare(strict_types=1);

namespace SupportConnector;

/** One event of the standard host format: `{"type": ..., "occurred_at": ..., "data": {...}}`. */
final class Event
{
    public string $type;

    /** @var array<string, mixed> */
    public array $data;

    public ?int $occurred_at;

    /**
     * @param array<string, mixed> $data Money as decimal text, times by `Event::time()`.
     * @param int|null $occurred_at Unix seconds; left out, it is when the object was marked as changed.
     */
    public function __construct(string $type, array $data, ?int $occurred_at = null)
    {
        $this->type = $type;
        $this->data = $data;
        $this->occurred_at = $occurred_at;
    }

    /** @param string $marked_at When the object was marked as changed, in RFC 3339. */
    public function body(string $marked_at): string
    {
        return self::json(
            [
                'type' => $this->type,
                'occurred_at' => $this->occurred_at === null ? $marked_at : self::time($this->occurred_at),
                'data' => (object) $this->data,
            ]
        );
    }

    /**
     * The same when the same thing is sent again, another when anything in it is different: `$turn` names the change that
     * is being told, so that an object which comes back to an earlier state is told again.
     */
    public function webhook_id(string $turn): string
    {
        return 'wp_' . \substr(\hash('sha256', $turn . '|' . $this->type . '|' . self::json((object) $this->data)), 0, 40);
    }

    /** Unix seconds as RFC 3339 in UTC. */
    public static function time(int $seconds): string
    {
        return \gmdate('Y-m-d\TH:i:s\Z', $seconds);
    }

    /** @param mixed $value */
    public static function json($value): string
    {
        $flags = JSON_UNESCAPED_SLASHES | JSON_UNESCAPED_UNICODE | JSON_INVALID_UTF8_SUBSTITUTE | JSON_THROW_ON_ERROR;
        return (string) \json_encode($value, $flags);
    }
}
