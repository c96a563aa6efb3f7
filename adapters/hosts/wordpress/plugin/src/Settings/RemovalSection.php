<?php

declare(strict_types=1);

namespace SupportConnector\Settings;

use SupportConnector\Capabilities;
use SupportConnector\Guard;
use SupportConnector\Input;
use SupportConnector\Part;
use SupportConnector\Plugin;
use SupportConnector\Removal;
use SupportConnector\Row;

/** What goes when the plugin is deleted. Unticked, connection and unsent rows stay for the day it comes back. */
final class RemovalSection implements Part
{
    public const ACTION = 'support_connector_removal';

    public function __construct(?Plugin $plugin = null)
    {
    }

    public function hooks(): void
    {
        \add_action('admin_post_' . self::ACTION, [$this, 'save']);
    }

    public function save(): void
    {
        Guard::admin(self::ACTION, Capabilities::MANAGE);
        \update_option(Removal::WHOLE, Input::has('whole') ? 1 : 0);
        Said::good(__('Saved.', 'support-connector'));
        \wp_safe_redirect(Page::url());
        exit;
    }

    public function show(): void
    {
        echo '<h2>', \esc_html__('Deleting the plugin', 'support-connector'), '</h2>';
        Page::form(self::ACTION);
        echo '<p><label><input type="checkbox" name="whole" value="1"';
        \checked((bool) \get_option(Removal::WHOLE));
        echo '> ', \esc_html__('Remove everything, the connection and what was not sent as well.', 'support-connector'), '</label></p>';
        $waiting = Plugin::get()->outbox()->counts()[Row::WAITING] ?? 0;
        if ($waiting > 0) {
            /* translators: %d: a number of changes */
            echo '<p>', \esc_html(\sprintf(__('%d changes are not sent yet.', 'support-connector'), $waiting)), '</p>';
        }
        Page::button(__('Save', 'support-connector'));
        echo '</form>';
    }
}
