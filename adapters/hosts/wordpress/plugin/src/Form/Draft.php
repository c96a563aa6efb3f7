<?php

declare(strict_types=1);

namespace SupportConnector\Form;

use SupportConnector\Vault;

/** A request as its customer typed it, with what was answered. Times are unix seconds. */
final class Draft
{
    /** On its way, the customer waits for the answer. */
    public const SENDING = 'sending';
    /** The connector is away: it waits in the outbox, and its customer was told so. */
    public const WAITING = 'waiting';
    /** Decided, and nothing was queued: it may be sent again. */
    public const OPEN = 'open';
    /** There is a ticket, or a person looks at it. */
    public const SENT = 'sent';

    public int $id;
    public string $request_id;
    public int $user_id;
    public string $email;
    public string $state;
    public string $ticket;
    public int $created_at;
    public int $changed_at;

    /** Who asks, as the connector is told: email, name, verified, perhaps id. @var array<string, mixed> */
    public array $person;

    public Fields $fields;

    /** The connector's answer: `decision`, perhaps `ticket`. @var array<string, mixed> */
    public array $answer;

    /** @param array<string, string|null> $row */
    public function __construct(array $row)
    {
        $this->id = (int) $row['id'];
        $this->request_id = (string) $row['request_id'];
        $this->user_id = (int) $row['user_id'];
        $this->email = (string) $row['email'];
        $this->state = (string) $row['state'];
        $this->ticket = (string) $row['ticket'];
        $this->created_at = (int) $row['created_at'];
        $this->changed_at = (int) $row['changed_at'];
        $content = self::read((string) $row['content']);
        $this->person = (array) ($content['person'] ?? []);
        $this->fields = Fields::from(self::opened((array) ($content['fields'] ?? [])));
        $this->answer = self::read((string) $row['answer']);
    }

    /**
     * The words as they are kept: the licence key is sealed, the rest is what somebody wrote to us.
     *
     * @param array<string, mixed> $fields
     * @return array<string, mixed>
     */
    public static function sealed(array $fields): array
    {
        return isset($fields['license_key']) ? ['license_key' => Vault::seal((string) $fields['license_key'])] + $fields : $fields;
    }

    /** A guest's draft is his who has its token; a user's is his who is signed in. */
    public function is_of(int $user): bool
    {
        return $this->user_id === 0 || $this->user_id === $user;
    }

    /** @return array<string, mixed> */
    public function decision(): array
    {
        $decision = $this->answer['decision'] ?? [];
        return \is_array($decision) ? $decision : [];
    }

    /**
     * @param array<string, mixed> $fields
     * @return array<string, mixed>
     */
    private static function opened(array $fields): array
    {
        if (isset($fields['license_key'])) {
            $fields['license_key'] = Vault::open((string) $fields['license_key']) ?? '';
        }
        return $fields;
    }

    /** @return array<string, mixed> */
    private static function read(string $text): array
    {
        $value = \json_decode($text, true);
        return \is_array($value) ? $value : [];
    }
}
