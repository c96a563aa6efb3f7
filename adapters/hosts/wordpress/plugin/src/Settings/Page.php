<?php

declare(strict_types=1);

namespace SupportConnector\Settings;

use SupportConnector\Capabilities;
use SupportConnector\Part;
use SupportConnector\Plugin;

/** Settings > Support Connector. Shop managers see deliveries and progress; administrators the connection as well. */
final class Page implements Part
{
    public const SLUG = 'support-connector';

    private Plugin $plugin;

    public function __construct(Plugin $plugin)
    {
        $this->plugin = $plugin;
    }

    public static function url(): string
    {
        return \admin_url('options-general.php?page=' . self::SLUG);
    }

    public function hooks(): void
    {
        \add_action('admin_menu', [$this, 'menu']);
        \add_filter('plugin_action_links_' . \plugin_basename($this->plugin->file()), [$this, 'link']);
    }

    public function menu(): void
    {
        $name = __('Support Connector', 'support-connector');
        \add_options_page($name, $name, Capabilities::VIEW, self::SLUG, [$this, 'show']);
    }

    /**
     * @param array<string, string> $links
     * @return array<string, string>
     */
    public function link($links)
    {
        $link = '<a href="' . \esc_url(self::url()) . '">' . \esc_html__('Settings', 'support-connector') . '</a>';
        return ['settings' => $link] + (array) $links;
    }

    public function show(): void
    {
        echo '<div class="wrap"><h1>', \esc_html__('Support Connector', 'support-connector'), '</h1>';
        Said::show();
        if (\current_user_can(Capabilities::MANAGE)) {
            (new ConnectionSection($this->plugin))->show();
            (new SourcesSection($this->plugin))->show();
            (new ProductsSection($this->plugin))->show();
        }
        (new SyncSection($this->plugin))->show();
        (new DeliveriesSection($this->plugin))->show();
        if (\current_user_can(Capabilities::MANAGE)) {
            (new RemovalSection())->show();
        }
        echo '</div>';
    }

    /** The beginning of a form that posts to the handler of this action. */
    public static function form(string $action): void
    {
        echo '<form method="post" action="', \esc_url(\admin_url('admin-post.php')), '">';
        echo '<input type="hidden" name="action" value="', \esc_attr($action), '">';
        \wp_nonce_field($action);
    }

    public static function button(string $label, bool $primary = false): void
    {
        echo '<button type="submit" class="button', \esc_attr($primary ? ' button-primary' : ''), '">', \esc_html($label), '</button>';
    }
}
