<?php

declare(strict_types=1);

namespace SupportConnector\Form;

use SupportConnector\Account\Purchases;
use SupportConnector\Event;
use SupportConnector\Reading;
use SupportConnector\Source;

/** The requests typed into the form, as a source: each waits in the same outbox while the connector is away. */
final class SupportRequests implements Source
{
    public const NAME = 'support_requests';

    public function name(): string
    {
        return self::NAME;
    }

    public function label(): string
    {
        return __('Support requests', 'support-connector');
    }

    public function active(): bool
    {
        return true;
    }

    public function hooks(callable $changed): void
    {
    }

    public function read(string $object, array $last): Reading
    {
        $draft = (new Drafts())->find((int) $object);
        return new Reading($draft === null ? [] : [new Event('support.requested', self::data($draft), $draft->changed_at)]);
    }

    public function changed_since(int $time): iterable
    {
        return \array_map(static fn (Draft $draft): string => (string) $draft->id, (new Drafts())->unsent_since($time));
    }

    public function after(string $after, int $limit): array
    {
        return [];
    }

    public function count(): int
    {
        return 0;
    }

    /** @return array<string, mixed> Members of `support.requested`; what was not filled in is not there. */
    private static function data(Draft $draft): array
    {
        $fields = $draft->fields;
        $picked = $fields->get('purchase') === '' ? null : Purchases::pick($draft->user_id, $fields->get('purchase'));
        $data = [
            'request_id' => $draft->request_id,
            'license_key' => $picked !== null && $picked->key !== '' ? $picked->key : $fields->get('license_key'),
            'order_id' => $picked !== null && $picked->key === '' ? $picked->order : $fields->get('order_id'),
            'environment' => $fields->get('versions'),
            'modified_code' => $fields->get('modified'),
            'attachments' => \array_values(\array_filter(\preg_split('/\s+/', $fields->get('links')) ?: [])),
            'attestations' => $fields->confirmed,
            'requester' => \array_filter($draft->person, static fn ($value): bool => $value !== ''),
            'channel' => 'ticket',
        ];
        foreach (['product', 'site', 'kind', 'severity', 'subject', 'message', 'reproduction'] as $name) {
            $data[$name] = $fields->get($name);
        }
        return \array_filter($data, static fn ($value): bool => $value !== '' && $value !== []);
    }
}
