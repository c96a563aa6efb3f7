<?php

declare(strict_types=1);

namespace SupportConnector\Settings;

use SupportConnector\Capabilities;
use SupportConnector\Connection;
use SupportConnector\Guard;
use SupportConnector\Input;
use SupportConnector\Part;
use SupportConnector\Plugin;
use SupportConnector\Site;

/** Asks on every page of wp-admin whether a site that is found elsewhere is a copy, or the shop moved. */
final class CopyNotice implements Part
{
    public const ACTION = 'support_connector_site';

    private Plugin $plugin;

    public function __construct(Plugin $plugin)
    {
        $this->plugin = $plugin;
    }

    public function hooks(): void
    {
        \add_action('admin_post_' . self::ACTION, [$this, 'answer']);
        \add_action('admin_notices', [$this, 'ask']);
    }

    public function answer(): void
    {
        Guard::admin(self::ACTION, Capabilities::MANAGE);
        if (Input::text('choice') === 'copy') {
            $this->plugin->connection()->part_from_original($this->plugin->outbox());
            Said::good(__('This copy is disconnected and sends nothing. The original is not touched.', 'support-connector'));
        } elseif (Input::text('choice') === 'moved') {
            Site::remember();
            Said::good(__('The shop lives here now. What waited is sent.', 'support-connector'));
        }
        \wp_safe_redirect(Page::url());
        exit;
    }

    public function ask(): void
    {
        if (! \current_user_can(Capabilities::MANAGE) || $this->plugin->connection()->state() !== Connection::COPIED) {
            return;
        }
        echo '<div class="notice notice-warning"><p>';
        /* translators: 1, 2: addresses of sites */
        echo \esc_html(\sprintf(__('Support Connector sends nothing from here: it was connected at %1$s, and this is %2$s. Is this a copy?', 'support-connector'), Site::before(), Site::address()));
        echo '</p><div style="display:flex;gap:.5em;padding-bottom:.5em">';
        $choices = [
            'copy' => __('This is a copy: send nothing', 'support-connector'),
            'moved' => __('The shop moved here: go on', 'support-connector'),
        ];
        foreach ($choices as $choice => $label) {
            Page::form(self::ACTION);
            echo '<input type="hidden" name="choice" value="', \esc_attr($choice), '">';
            Page::button($label);
            echo '</form>';
        }
        echo '</div></div>';
    }
}
