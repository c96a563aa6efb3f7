<?php

declare(strict_types=1);

namespace SupportConnector;

use SupportConnector\Account\Addresses;

/** What is left when the plugin is deleted: connection, unsent rows and what was sent stay, unless everything is to go. */
final class Removal
{
    public const WHOLE = 'support_connector_remove_everything';

    private const PASSING = [Plugin::FAULT, 'support_connector_compared'];

    public static function run(): void
    {
        $blogs = \is_multisite() ? \get_sites(['fields' => 'ids', 'number' => 0]) : [\get_current_blog_id()];
        $kept = 0;
        foreach ($blogs as $blog) {
            $kept += (int) ! Plugin::on_blog((int) $blog, [self::class, 'here']);
        }
        if ($kept === 0) { // users are shared by all sites of a network
            Addresses::forget_everybody();
        }
    }

    /** Whether everything of this site is gone. */
    public static function here(): bool
    {
        \wp_clear_scheduled_hook(Schedule::SEND);
        \wp_clear_scheduled_hook(Schedule::DAILY);
        foreach (self::PASSING as $option) {
            \delete_option($option);
        }
        if (! \get_option(self::WHOLE)) {
            return false;
        }
        Schema::drop();
        $wpdb = Schema::wpdb();
        $names = $wpdb->get_col($wpdb->prepare("SELECT option_name FROM $wpdb->options WHERE option_name LIKE %s", 'support\_connector\_%'));
        foreach ($names as $name) {
            \delete_option($name);
        }
        return true;
    }
}
