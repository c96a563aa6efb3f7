<?php

declare(strict_types=1);

namespace SupportConnector\Account;

use SupportConnector\Form\Placement;
use SupportConnector\Part;
use SupportConnector\Plugin;

/** The tab "Support" of WooCommerce's My Account. Its address works at once, and with plain permalinks as `?support`. */
final class WooAccount implements Part
{
    private const FLUSHED = 'support_connector_endpoint_flushed';

    private Plugin $plugin;

    public function __construct(Plugin $plugin)
    {
        $this->plugin = $plugin;
    }

    public function hooks(): void
    {
        \add_filter('woocommerce_get_query_vars', [$this, 'query_vars']);
        \add_filter('woocommerce_account_menu_items', [$this, 'menu']);
        \add_filter('woocommerce_endpoint_' . self::slug() . '_title', [$this, 'title']);
        \add_action('woocommerce_account_' . self::slug() . '_endpoint', [$this, 'show']);
        \add_action('init', [$this, 'learn_address'], 20);
        \add_action('template_redirect', [$this, 'keep_out_of_caches'], 0);
    }

    /** Other plugins may have taken `support`: the filter `support_connector_endpoint` gives another word. */
    public static function slug(): string
    {
        return \sanitize_key((string) \apply_filters('support_connector_endpoint', 'support')) ?: 'support';
    }

    /**
     * @param array<string, string> $vars
     * @return array<string, string>
     */
    public function query_vars($vars)
    {
        $vars[self::slug()] = self::slug();
        return $vars;
    }

    /** WooCommerce adds the address itself, below pages only: a page `support` is another. WordPress must learn it once. */
    public function learn_address(): void
    {
        if (! \function_exists('wc_get_page_id')) {
            return;
        }
        if (\get_option(self::FLUSHED) !== self::slug()) {
            \update_option(self::FLUSHED, self::slug());
            \flush_rewrite_rules(false);
        }
    }

    /**
     * Before "Log out".
     *
     * @param array<string, string> $items
     * @return array<string, string>
     */
    public function menu($items)
    {
        $last = \array_intersect_key($items, ['customer-logout' => 1]);
        return \array_diff_key($items, $last) + [self::slug() => __('Support', 'support-connector')] + $last;
    }

    public function title(): string
    {
        return __('Support', 'support-connector');
    }

    public function show(): void
    {
        \wp_enqueue_style('support-connector');
        \wp_enqueue_script('support-connector-later');
        Plugin::safely(fn () => (new AccountView($this->plugin))->show());
    }

    public function keep_out_of_caches(): void
    {
        if (\function_exists('is_account_page') && \is_account_page()) {
            Placement::forbid_caching();
        }
    }
}
