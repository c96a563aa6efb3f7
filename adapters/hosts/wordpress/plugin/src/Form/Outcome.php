<?php

declare(strict_types=1);

namespace SupportConnector\Form;

/** What came of sending the form: stopped at the door with everything still in the form, or a draft and its answer. */
final class Outcome
{
    public const STOPPED = 'stopped';
    public const KEPT = 'kept';

    public string $state;

    /** Why it was stopped: faults, stale, automatic, limited, secret, unsure, unstored. '' where it was not. */
    public string $why;

    public Fields $fields;

    /** @var array<string, string> field => sentence */
    public array $faults = [];

    public ?Draft $draft = null;

    /** Opens the draft, '' where there is none. */
    public string $token = '';

    /** Seconds to wait, where too many were sent. */
    public int $wait = 0;

    private function __construct(string $state, string $why, Fields $fields)
    {
        $this->state = $state;
        $this->why = $why;
        $this->fields = $fields;
    }

    public static function stopped(string $why, Fields $fields): self
    {
        return new self(self::STOPPED, $why, $fields);
    }

    public static function kept(Draft $draft, string $token): self
    {
        $outcome = new self(self::KEPT, '', $draft->fields);
        $outcome->draft = $draft;
        $outcome->token = $token;
        return $outcome;
    }
}
