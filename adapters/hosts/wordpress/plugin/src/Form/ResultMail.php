<?php

declare(strict_types=1);

namespace SupportConnector\Form;

/** The mail with which a customer learns what became of a request that had to wait for the connector. Plain text. */
final class ResultMail
{
    public static function send(Draft $draft, string $token): bool
    {
        if (! \is_email($draft->email)) {
            return false;
        }
        /* translators: 1: name of the site, 2: what the request is about */
        $subject = \sprintf(__('[%1$s] Your request: %2$s', 'support-connector'), \wp_specialchars_decode((string) \get_bloginfo('name'), ENT_QUOTES), $draft->fields->get('subject'));
        return \wp_mail($draft->email, $subject, self::words($draft, $token));
    }

    private static function words(Draft $draft, string $token): string
    {
        $decision = $draft->decision();
        $heading = $decision === [] ? __('Your request has arrived, and a person looks at it', 'support-connector') : VerdictView::heading((string) ($decision['outcome'] ?? ''));
        $parts = \array_merge([$heading . '.'], self::ticket($draft), self::reasons((array) ($decision['reasons'] ?? [])));
        $page = FormPage::url($token);
        if ($draft->state === Draft::OPEN && $page !== '') {
            /* translators: %s: a link */
            $parts[] = \sprintf(__('Your text is kept. You can change it and send it again here: %s', 'support-connector'), $page);
        }
        return \implode("\n\n", \array_filter($parts));
    }

    /** @return list<string> */
    private static function ticket(Draft $draft): array
    {
        $ticket = $draft->answer['ticket'] ?? null;
        if (! \is_array($ticket) || ! isset($ticket['number'])) {
            return [];
        }
        /* translators: %s: number of a ticket */
        $number = \sprintf(__('Your ticket has the number %s.', 'support-connector'), (string) $ticket['number']);
        return [\trim($number . ' ' . VerdictView::due($ticket)), (string) ($ticket['status_url'] ?? '')];
    }

    /**
     * @param array<int, array<string, mixed>> $reasons
     * @return list<string>
     */
    private static function reasons(array $reasons): array
    {
        $parts = [];
        foreach ($reasons as $reason) {
            $parts[] = (string) ($reason['message'] ?? '');
            $parts[] = \trim(($reason['remedy']['label'] ?? '') . ' ' . ($reason['remedy']['url'] ?? ''));
        }
        return $parts;
    }
}
