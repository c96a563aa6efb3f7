<?php

declare(strict_types=1);

namespace SupportConnector\Account;

use SupportConnector\Form\Draft;
use SupportConnector\Form\Drafts;
use SupportConnector\Plugin;

/** A customer's requests and tickets: what he sent from here, and what the connector told since. */
final class Tickets
{
    /**
     * Newest first. The news of an address count only where it was confirmed.
     *
     * @return list<array{subject: string, number: string, state: string, due: string, url: string, draft: Draft|null}>
     */
    public static function of(int $user): array
    {
        $rows = [];
        $numbers = [];
        foreach ((new Drafts())->of_user($user) as $draft) {
            $rows[] = self::of_draft($draft);
            $numbers[$draft->ticket] = true;
        }
        foreach (Addresses::confirmed($user) as $email) {
            foreach (Plugin::get()->news()->of('email', $email) as $news) {
                if ($news['ticket'] !== '' && ! isset($numbers[$news['ticket']])) {
                    $numbers[$news['ticket']] = true;
                    $rows[] = self::row(self::word($news['data'], 'subject'), $news['ticket'], self::told($news['ticket']), null);
                }
            }
        }
        return $rows;
    }

    /** @return array{subject: string, number: string, state: string, due: string, url: string, draft: Draft|null} */
    private static function of_draft(Draft $draft): array
    {
        $ticket = \is_array($draft->answer['ticket'] ?? null) ? $draft->answer['ticket'] : [];
        return self::row($draft->fields->get('subject'), $draft->ticket, self::told($draft->ticket) + \array_filter($ticket, 'is_string'), $draft);
    }

    /**
     * @param array<string, string> $told
     * @return array{subject: string, number: string, state: string, due: string, url: string, draft: Draft|null}
     */
    private static function row(string $subject, string $number, array $told, ?Draft $draft): array
    {
        $state = $draft === null || $draft->state === Draft::SENT ? self::in_words($told['state'] ?? '') : self::of_request($draft);
        $over = ($told['state'] ?? '') === 'solved';
        return ['subject' => $subject, 'number' => $number, 'state' => $state, 'due' => $over ? '' : ($told['respond_by'] ?? ''), 'url' => $told['status_url'] ?? '', 'draft' => $draft];
    }

    /**
     * What the news say of a ticket, each member by the newest that has it.
     *
     * @return array<string, string>
     */
    private static function told(string $number): array
    {
        $told = [];
        foreach (Plugin::get()->news()->of('ticket', $number) as $news) {
            foreach (['working_state' => 'state', 'state' => 'state', 'respond_by' => 'respond_by', 'status_url' => 'status_url'] as $from => $name) {
                $value = self::word($news['data'], $from) ?: self::word((array) ($news['data']['ticket'] ?? []), $from);
                $told += $value === '' ? [] : [$name => $value];
            }
            $told += $news['type'] === 'ticket.closed' ? ['state' => 'solved'] : [];
        }
        return $told;
    }

    private static function of_request(Draft $draft): string
    {
        return $draft->state === Draft::OPEN
            ? __('not sent yet: your text is kept', 'support-connector')
            : __('kept, and sent as soon as the support system answers', 'support-connector');
    }

    /** As its customer reads a state of work. */
    private static function in_words(string $state): string
    {
        $words = [
            'new' => __('received', 'support-connector'),
            'queued' => __('received', 'support-connector'),
            'forwarded' => __('received', 'support-connector'),
            'answered' => __('answered', 'support-connector'),
            'customer_replied' => __('waiting for our answer', 'support-connector'),
            'reopened' => __('opened again', 'support-connector'),
            'waiting' => __('waiting for your answer', 'support-connector'),
            'access_declined' => __('waiting for access', 'support-connector'),
            'held' => __('on hold', 'support-connector'),
            'solved' => __('solved', 'support-connector'),
            'closed' => __('solved', 'support-connector'),
        ];
        return $words[$state] ?? __('received', 'support-connector');
    }

    /** @param array<string, mixed> $data */
    private static function word(array $data, string $name): string
    {
        return \is_string($data[$name] ?? null) ? $data[$name] : '';
    }
}
