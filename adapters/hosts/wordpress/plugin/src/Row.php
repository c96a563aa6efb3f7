<?php

declare(strict_types=1);

namespace SupportConnector;

/** A row of the outbox: an object that changed, and how its sending stands. Times are unix seconds, 0 for never. */
final class Row
{
    public const WAITING = 'waiting';
    public const SENT = 'sent';
    public const SET_ASIDE = 'set_aside';

    public int $id;
    public string $source;
    public string $object;
    public string $subject;
    public string $token;
    public int $version;
    public string $state;
    public bool $forced;
    public int $changed_at;
    public int $next_at;
    public int $attempts;
    public int $failed_at;
    public int $tried_at;
    public int $http;
    public string $result;
    public string $reason;

    /** @param array<string, string|null> $columns */
    public function __construct(array $columns)
    {
        $this->id = (int) $columns['id'];
        $this->source = (string) $columns['source'];
        $this->object = (string) $columns['object'];
        $this->subject = (string) $columns['subject'];
        $this->token = (string) $columns['token'];
        $this->version = (int) $columns['version'];
        $this->state = (string) $columns['state'];
        $this->forced = (bool) $columns['forced'];
        $this->changed_at = (int) $columns['changed_at'];
        $this->next_at = (int) $columns['next_at'];
        $this->attempts = (int) $columns['attempts'];
        $this->failed_at = (int) $columns['failed_at'];
        $this->tried_at = (int) $columns['tried_at'];
        $this->http = (int) $columns['http'];
        $this->result = (string) $columns['result'];
        $this->reason = (string) $columns['reason'];
    }

    /**
     * When the object was marked, in RFC 3339. Rows are numbered as they are made, so that of two changes within one second the
     * later one has the later time.
     */
    public function marked_at(): string
    {
        return \sprintf('%s.%06dZ', \gmdate('Y-m-d\TH:i:s', $this->changed_at), ($this->id * 64 + $this->version % 64) % 1000000);
    }

    /** Names the change that is told: the same while it is tried again, another once the object changed again. */
    public function turn(): string
    {
        return $this->token . '.' . $this->version;
    }
}
