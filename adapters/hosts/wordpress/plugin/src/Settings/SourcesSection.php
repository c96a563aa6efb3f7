<?php

declare(strict_types=1);

namespace SupportConnector\Settings;

use SupportConnector\Capabilities;
use SupportConnector\Guard;
use SupportConnector\Input;
use SupportConnector\Part;
use SupportConnector\Plugin;
use SupportConnector\SourceList;

/** What to send: one tick for each source whose shop plugin is active. */
final class SourcesSection implements Part
{
    public const ACTION = 'support_connector_sources';

    private Plugin $plugin;

    public function __construct(Plugin $plugin)
    {
        $this->plugin = $plugin;
    }

    public function hooks(): void
    {
        \add_action('admin_post_' . self::ACTION, [$this, 'save']);
    }

    public function save(): void
    {
        Guard::admin(self::ACTION, Capabilities::MANAGE);
        $off = \array_diff(\array_keys($this->plugin->sources()->active()), Input::list('sources'));
        \update_option(SourceList::OFF, \array_values($off));
        Said::good(__('Saved.', 'support-connector'));
        \wp_safe_redirect(Page::url());
        exit;
    }

    public function show(): void
    {
        echo '<h2>', \esc_html__('What to send', 'support-connector'), '</h2>';
        $sources = $this->plugin->sources();
        if ($sources->active() === []) {
            echo '<p>', \esc_html__('No shop plugin that we know is active: WooCommerce, Easy Digital Downloads, License Manager for WooCommerce, Digital License Manager.', 'support-connector'), '</p>';
            return;
        }
        Page::form(self::ACTION);
        foreach ($sources->active() as $name => $source) {
            echo '<p><label><input type="checkbox" name="sources[]" value="', \esc_attr($name), '"';
            \checked(isset($sources->wanted()[$name]));
            echo '> ', \esc_html($source->label()), '</label></p>';
        }
        Page::button(__('Save', 'support-connector'));
        echo '</form>';
    }
}
