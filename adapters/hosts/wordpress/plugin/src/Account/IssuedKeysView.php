<?php

declare(strict_types=1);

namespace SupportConnector\Account;

/** Licence keys as their buyer gets them. */
final class IssuedKeysView
{
    /**
     * On a page: the keys only for the buyer who is signed in, since whoever has the link of a receipt sees the page.
     *
     * @param list<array{key: string, product: string, license: string}> $keys
     */
    public static function page(array $keys, bool $is_buyer): void
    {
        if ($keys === []) {
            return;
        }
        echo '<section class="support-connector"><h2>', \esc_html(_n('Your licence key', 'Your licence keys', \count($keys), 'support-connector')), '</h2>';
        if (! $is_buyer) {
            echo '<p>', \esc_html__('Sign in to see it, or look into your mail.', 'support-connector'), '</p></section>';
            return;
        }
        echo '<ul class="support-connector-list">';
        foreach ($keys as $key) {
            echo '<li><code>', \esc_html($key['key']), '</code></li>';
        }
        echo '</ul></section>';
    }

    /** @param list<array{key: string, product: string, license: string}> $keys */
    public static function mail(array $keys, bool $plain): void
    {
        if ($keys === []) {
            return;
        }
        $heading = _n('Your licence key', 'Your licence keys', \count($keys), 'support-connector');
        if ($plain) {
            echo "\n", \esc_html($heading), "\n";
            foreach ($keys as $key) {
                echo \esc_html($key['key']), "\n";
            }
            return;
        }
        echo '<h2>', \esc_html($heading), '</h2>';
        foreach ($keys as $key) {
            echo '<p><code>', \esc_html($key['key']), '</code></p>';
        }
    }
}
