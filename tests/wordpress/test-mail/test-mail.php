<?php

/**
 * Plugin Name: Test Mail
 *
 * Keeps what the site mails in an option, and sends nothing.
 */

declare(strict_types=1);

add_filter(
    'pre_wp_mail',
    static function ($sent, array $mail): bool {
        update_option('test_mails', array_merge(get_option('test_mails', []), [$mail]));
        return true;
    },
    10,
    2
);
