<?php

declare(strict_types=1);

namespace SupportConnector;

/** At the door of every handler of wp-admin: the form was ours, and the user may do it. Ends the request otherwise. */
final class Guard
{
    public static function admin(string $action, string $capability): void
    {
        if (! \current_user_can($capability)) {
            \wp_die(\esc_html__('You may not do this. Ask an administrator of this site.', 'support-connector'), '', ['response' => 403, 'back_link' => true]);
        }
        \check_admin_referer($action);
    }
}
