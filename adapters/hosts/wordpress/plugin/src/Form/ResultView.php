<?php

declare(strict_types=1);

namespace SupportConnector\Form;

use SupportConnector\Account\Purchases;

/** What the customer reads above the form: what became of his request, why, and what to do now. */
final class ResultView
{
    public static function show(Outcome $outcome): void
    {
        if ($outcome->draft === null) {
            self::stopped($outcome);
            return;
        }
        self::draft($outcome->draft);
    }

    public static function draft(Draft $draft): void
    {
        if ($draft->state === Draft::SENDING || $draft->state === Draft::WAITING) {
            self::heading(__('Your request is kept and will be sent', 'support-connector'));
            self::paragraph(__('Our support system does not answer just now. You need not do anything: your request is sent as soon as it answers, and you get the result by e-mail.', 'support-connector'));
            return;
        }
        if ($draft->decision() === []) {
            self::heading(__('Your request has arrived', 'support-connector'));
            self::paragraph(__('A person looks at it and answers you by e-mail.', 'support-connector'));
            return;
        }
        VerdictView::show($draft, $draft->fields->get('purchase') === '' ? null : Purchases::pick($draft->user_id, $draft->fields->get('purchase')));
    }

    /**
     * The fields that the connector asked for, with its words.
     *
     * @return array<string, string>
     */
    public static function asked_for(Draft $draft): array
    {
        $asked = [];
        if ($draft->state !== Draft::OPEN) {
            return $asked;
        }
        foreach ((array) ($draft->decision()['reasons'] ?? []) as $reason) {
            $field = Choices::field_of_reason()[$reason['code'] ?? ''] ?? '';
            if ($field !== '' && ($reason['severity'] ?? '') === 'ask') {
                $asked[$field] = (string) ($reason['message'] ?? '');
            }
        }
        return $asked;
    }

    private static function stopped(Outcome $outcome): void
    {
        if ($outcome->why === 'faults') {
            self::heading(__('Something is missing', 'support-connector'));
            echo '<ul>';
            foreach ($outcome->faults as $name => $words) {
                echo '<li><a href="#', \esc_attr('sc-' . $name), '">', \esc_html($words), '</a></li>';
            }
            echo '</ul>';
            return;
        }
        [$heading, $words] = self::words($outcome);
        self::heading($heading);
        self::paragraph($words);
        if ($outcome->why === 'secret' || $outcome->why === 'unsure') {
            self::secure_way();
        }
    }

    /** @return array{0: string, 1: string} */
    private static function words(Outcome $outcome): array
    {
        $minutes = (int) \ceil($outcome->wait / 60);
        /* translators: %s: a number of minutes */
        $wait = _n('Please wait %s minute, then press Send again. Everything you typed is still here.', 'Please wait %s minutes, then press Send again. Everything you typed is still here.', $minutes, 'support-connector');
        $all = [
            'stale' => [
                __('Please press Send once more', 'support-connector'),
                __('The page was open for a long time, or came from a cache. Everything you typed is still here.', 'support-connector'),
            ],
            'automatic' => [
                __('This looked like an automatic message', 'support-connector'),
                __('A field that people do not see was filled in, perhaps by your browser. Everything else you typed is still here: please press Send once more.', 'support-connector'),
            ],
            'limited' => [__('Too many requests in a short time', 'support-connector'), \sprintf($wait, \number_format_i18n($minutes))],
            'secret' => [
                __('Please take the password or key out of your text', 'support-connector'),
                __('Your text holds something that opens a site or an account. It was neither sent nor stored. Take it out, then press Send again.', 'support-connector'),
            ],
            'unsure' => [
                __('Is there a password in your text?', 'support-connector'),
                __('It looks as if your text holds a password or a key. It was neither sent nor stored. Take it out and press Send again; if it is none, tick the box below the text.', 'support-connector'),
            ],
        ];
        return $all[$outcome->why] ?? [
            __('Your request could not be kept', 'support-connector'),
            __('This site cannot store anything just now. Everything you typed is still here: please try again in some minutes, or write to the shop by e-mail.', 'support-connector'),
        ];
    }

    private static function secure_way(): void
    {
        $url = (string) \apply_filters('support_connector_share_url', '');
        self::paragraph(__('If we need access, we ask you for it in the ticket, by a secure way that ends by itself. Never send passwords by e-mail or in a form.', 'support-connector'));
        if ($url !== '') {
            echo '<p><a href="', \esc_url($url), '">', \esc_html__('Share access by the secure way', 'support-connector'), '</a></p>';
        }
    }

    private static function heading(string $words): void
    {
        echo '<h3>', \esc_html($words), '</h3>';
    }

    private static function paragraph(string $words): void
    {
        echo '<p>', \esc_html($words), '</p>';
    }
}
