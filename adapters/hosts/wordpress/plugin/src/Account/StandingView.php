<?php

declare(strict_types=1);

namespace SupportConnector\Account;

use SupportConnector\When;

/** How somebody stands, in sentences: for the customer and for who looks at his order. */
final class StandingView
{
    public static function show(Standing $standing): void
    {
        if (! $standing->found()) {
            echo '<p>', \esc_html__('The support system does not know this purchase yet. That is usual right after buying.', 'support-connector'), '</p>';
            return;
        }
        echo '<p><strong>', \esc_html($standing->eligible() ? __('Support: yes', 'support-connector') : __('Support: no', 'support-connector')), '</strong> ', \esc_html(self::until($standing)), '</p>';
        foreach ($standing->reasons() as $reason) {
            echo '<p>', \esc_html($reason['message']);
            if ($reason['url'] !== '') {
                echo ' <a href="', \esc_url($reason['url']), '">', \esc_html($reason['label']), '</a>';
            }
            echo '</p>';
        }
        if ($standing->has_licence()) {
            self::sites($standing->sites());
        }
    }

    private static function until(Standing $standing): string
    {
        if ($standing->open_ended()) {
            return __('for as long as the licence runs.', 'support-connector');
        }
        $day = When::day($standing->until());
        if ($day === '') {
            return '';
        }
        if ((When::read($standing->until()) ?? 0) < \time()) {
            /* translators: %s: a date */
            return \sprintf(__('it ended on %s.', 'support-connector'), $day);
        }
        /* translators: %s: a date */
        return \sprintf(__('until %s.', 'support-connector'), $day);
    }

    /** @param array{used: int, limit: int|null, active: list<string>} $sites */
    private static function sites(array $sites): void
    {
        $used = \number_format_i18n($sites['used']);
        if ($sites['limit'] === null) {
            /* translators: %s: a number */
            $words = \sprintf(__('Sites used: %s (no limit).', 'support-connector'), $used);
        } else {
            /* translators: 1: a number, 2: the limit */
            $words = \sprintf(__('Sites used: %1$s of %2$s.', 'support-connector'), $used, \number_format_i18n($sites['limit']));
        }
        echo '<p>', \esc_html($words), ' ', \esc_html(\implode(', ', $sites['active'])), '</p>';
    }
}
