<?php

declare(strict_types=1);

namespace SupportConnector;

/** What came of one delivery. `taken` is said by the connector alone: anything else that answers 200 did not take it. */
final class Answer
{
    public bool $taken = false;

    /** The fault lies with the way to the connector, not with this delivery: others would fare alike. */
    public bool $away = false;

    /** HTTP status, 0 where there was no answer. */
    public int $status = 0;

    /** The connector's word: applied, decided, duplicate, ignored, quarantined; `failed` for none. */
    public string $result = 'failed';

    /** Plain words for the owner, '' where all is well. Escape it where it is shown. */
    public string $reason = '';

    public int $retry_after = 0;

    /** Unix seconds of the connector's `Date` header, 0 for none. */
    public int $their_time = 0;

    /** @var array<string, mixed> The connector's body: `decision`, `ticket`, `changes`, `issued`. */
    public array $body = [];

    /**
     * Reads the reply of an HTTP server, whoever it is.
     *
     * @param array<string, string> $headers Names in lower case.
     */
    public static function read(int $status, array $headers, string $text): self
    {
        $answer = new self();
        $answer->status = $status;
        $answer->their_time = (int) \strtotime($headers['date'] ?? '');
        $asked = \trim($headers['retry-after'] ?? '');
        $answer->retry_after = \ctype_digit($asked) ? (int) $asked : \max(0, (int) \strtotime($asked) - \time());
        $body = \json_decode($text, true);
        $answer->body = \is_array($body) ? $body : [];
        $answer->taken = $status === 200 && isset($answer->body['delivery'], $answer->body['result']);
        $answer->away = ! $answer->taken && ! \in_array($status, [400, 409, 413, 415, 422], true);
        if ($answer->taken) {
            $answer->result = \is_string($body['result']) ? $body['result'] : 'taken';
        }
        $answer->reason = $answer->taken ? self::remark($answer->body) : Faults::of($answer);
        return $answer;
    }

    /** No answer at all: the name is unknown, nothing listens, the certificate is wrong, or it took too long. */
    public static function none(string $why): self
    {
        $answer = new self();
        $answer->away = true;
        $answer->reason = $why;
        return $answer;
    }

    /** The delivery could not even be made. */
    public static function unread(string $why): self
    {
        $answer = new self();
        $answer->reason = $why;
        return $answer;
    }

    /** It reads as it was last sent, or there is nothing to tell of it. */
    public static function nothing_new(): self
    {
        $answer = new self();
        $answer->taken = true;
        $answer->result = 'unchanged';
        return $answer;
    }

    /** @param array<string, mixed> $body */
    private static function remark(array $body): string
    {
        $error = $body['error'] ?? '';
        if (\is_array($error)) {
            $error = $error['detail'] ?? $error['message'] ?? Event::json($error);
        }
        return \is_string($error) ? $error : '';
    }
}
