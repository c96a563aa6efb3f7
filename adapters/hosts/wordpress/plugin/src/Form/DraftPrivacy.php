<?php

declare(strict_types=1);

namespace SupportConnector\Form;

use SupportConnector\Event;
use SupportConnector\Part;
use SupportConnector\Plugin;

/** Tools > Export and Erase Personal Data: what a person typed into the support form. What waits to be sent stays until it is. */
final class DraftPrivacy implements Part
{
    private const NAME = 'support-connector-requests';

    public function __construct(Plugin $plugin)
    {
    }

    public function hooks(): void
    {
        \add_filter('wp_privacy_personal_data_exporters', [$this, 'exporters']);
        \add_filter('wp_privacy_personal_data_erasers', [$this, 'erasers']);
        \add_action('deleted_user', [$this, 'forget_user']);
    }

    /**
     * @param array<string, array<string, mixed>> $exporters
     * @return array<string, array<string, mixed>>
     */
    public function exporters($exporters)
    {
        $exporters[self::NAME] = ['exporter_friendly_name' => __('Support requests', 'support-connector'), 'callback' => [$this, 'export']];
        return $exporters;
    }

    /**
     * @param array<string, array<string, mixed>> $erasers
     * @return array<string, array<string, mixed>>
     */
    public function erasers($erasers)
    {
        $erasers[self::NAME] = ['eraser_friendly_name' => __('Support requests', 'support-connector'), 'callback' => [$this, 'erase']];
        return $erasers;
    }

    /** @return array{data: list<array<string, mixed>>, done: bool} */
    public function export(string $email): array
    {
        $items = [];
        foreach ((new Drafts())->of_email($email) as $draft) {
            $items[] = [
                'group_id' => self::NAME,
                'group_label' => __('Support requests', 'support-connector'),
                'item_id' => self::NAME . '-' . $draft->id,
                'data' => [
                    ['name' => __('When', 'support-connector'), 'value' => Event::time($draft->created_at)],
                    ['name' => __('In a few words', 'support-connector'), 'value' => $draft->fields->get('subject')],
                    ['name' => __('Your question or trouble', 'support-connector'), 'value' => $draft->fields->get('message')],
                    ['name' => __('Ticket', 'support-connector'), 'value' => $draft->ticket],
                ],
            ];
        }
        return ['data' => $items, 'done' => true];
    }

    /** @return array{items_removed: bool, items_retained: bool, messages: list<string>, done: bool} */
    public function erase(string $email): array
    {
        $drafts = new Drafts();
        $removed = 0;
        $kept = 0;
        foreach ($drafts->of_email($email) as $draft) {
            if (\in_array($draft->state, [Draft::WAITING, Draft::SENDING], true)) {
                $kept++;
                continue;
            }
            $drafts->forget($draft);
            $removed++;
        }
        $messages = $kept > 0 ? [__('A support request waits to be sent and is kept until it is.', 'support-connector')] : [];
        return ['items_removed' => $removed > 0, 'items_retained' => $kept > 0, 'messages' => $messages, 'done' => true];
    }

    public function forget_user(int $user): void
    {
        Plugin::safely(
            static function () use ($user): void {
                $drafts = new Drafts();
                foreach ($drafts->of_user($user, 1000) as $draft) {
                    if ($draft->state === Draft::OPEN) {
                        $drafts->forget($draft);
                    }
                }
            }
        );
    }
}
