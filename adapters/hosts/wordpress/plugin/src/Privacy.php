<?php

declare(strict_types=1);

namespace SupportConnector;

/** Tools > Export and Erase Personal Data: the news of a person's tickets and keys. The connector has an eraser of its own. */
final class Privacy implements Part
{
    private Plugin $plugin;

    public function __construct(Plugin $plugin)
    {
        $this->plugin = $plugin;
    }

    public function hooks(): void
    {
        \add_filter('wp_privacy_personal_data_exporters', [$this, 'exporters']);
        \add_filter('wp_privacy_personal_data_erasers', [$this, 'erasers']);
        \add_action('admin_init', [$this, 'policy']);
    }

    /**
     * @param array<string, array<string, mixed>> $exporters
     * @return array<string, array<string, mixed>>
     */
    public function exporters($exporters)
    {
        $exporters['support-connector'] = ['exporter_friendly_name' => __('Support Connector', 'support-connector'), 'callback' => [$this, 'export']];
        return $exporters;
    }

    /**
     * @param array<string, array<string, mixed>> $erasers
     * @return array<string, array<string, mixed>>
     */
    public function erasers($erasers)
    {
        $erasers['support-connector'] = ['eraser_friendly_name' => __('Support Connector', 'support-connector'), 'callback' => [$this, 'erase']];
        return $erasers;
    }

    /** @return array{data: list<array<string, mixed>>, done: bool} */
    public function export(string $email): array
    {
        $items = [];
        foreach ($this->plugin->news()->of('email', $email, 1000) as $number => $news) {
            $items[] = [
                'group_id' => 'support-connector',
                'group_label' => __('Support tickets and licences', 'support-connector'),
                'item_id' => 'support-connector-' . $number,
                'data' => [
                    ['name' => __('What', 'support-connector'), 'value' => $news['type']],
                    ['name' => __('When', 'support-connector'), 'value' => Event::time($news['told_at'])],
                    ['name' => __('Details', 'support-connector'), 'value' => Event::json($news['data'])],
                ],
            ];
        }
        return ['data' => $items, 'done' => true];
    }

    /** @return array{items_removed: bool, items_retained: bool, messages: list<string>, done: bool} */
    public function erase(string $email): array
    {
        $removed = $this->plugin->news()->forget_person($email);
        $messages = [];
        if ($this->plugin->connection()->state() !== Connection::NONE) {
            /* translators: %s: a command */
            $messages[] = \sprintf(__('The support connector keeps licences and tickets of its own. Erase them there by: %s', 'support-connector'), 'connector customer erase');
        }
        return ['items_removed' => $removed > 0, 'items_retained' => false, 'messages' => $messages, 'done' => true];
    }

    public function policy(): void
    {
        $words = __('Orders, licences and support requests, with the name and e-mail address of their owner, are sent to the support service of the shop, which decides by them whether a request is covered.', 'support-connector');
        \wp_add_privacy_policy_content(__('Support Connector', 'support-connector'), '<p>' . \esc_html($words) . '</p>');
    }
}
