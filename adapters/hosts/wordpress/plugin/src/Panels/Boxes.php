<?php

declare(strict_types=1);

namespace SupportConnector\Panels;

use SupportConnector\Capabilities;
use SupportConnector\Part;
use SupportConnector\Plugin;

/** Where the panel stands: beside an order of WooCommerce (both order screens), a payment of EDD, and in a user's profile. */
final class Boxes implements Part
{
    private Plugin $plugin;

    public function __construct(Plugin $plugin)
    {
        $this->plugin = $plugin;
    }

    public function hooks(): void
    {
        \add_action('add_meta_boxes', [$this, 'order_boxes']);
        \add_action('edd_view_order_details_sidebar_after', [$this, 'edd_payment']);
        \add_action('show_user_profile', [$this, 'profile']);
        \add_action('edit_user_profile', [$this, 'profile']);
        \add_action('admin_enqueue_scripts', [$this, 'scripts']);
    }

    public function order_boxes(): void
    {
        if (! \current_user_can(Capabilities::VIEW)) {
            return;
        }
        $screens = ['shop_order'];
        if (\function_exists('wc_get_page_screen_id')) {
            $screens[] = \wc_get_page_screen_id('shop-order');
        }
        foreach (\array_unique($screens) as $screen) {
            \add_meta_box('support-connector', __('Support', 'support-connector'), [$this, 'order'], $screen, 'side');
        }
    }

    /** @param object $order The post of an order, or WC_Order on the newer screen. */
    public function order($order): void
    {
        $id = \method_exists($order, 'get_id') ? (int) $order->get_id() : (int) ($order->ID ?? 0);
        Plugin::safely(fn () => $this->panel('order', (string) $id));
    }

    /** @param int|string $payment */
    public function edd_payment($payment): void
    {
        if (! \current_user_can(Capabilities::VIEW)) {
            return;
        }
        echo '<div class="postbox"><h2 class="hndle"><span>', \esc_html__('Support', 'support-connector'), '</span></h2><div class="inside">';
        Plugin::safely(fn () => $this->panel('order', (string) (int) $payment));
        echo '</div></div>';
    }

    /** @param \WP_User $user */
    public function profile($user): void
    {
        if (! \current_user_can(Capabilities::VIEW)) {
            return;
        }
        echo '<h2>', \esc_html__('Support', 'support-connector'), '</h2>';
        Plugin::safely(fn () => $this->panel('user', (string) $user->ID));
    }

    public function scripts(): void
    {
        \wp_enqueue_script('support-connector-later', $this->plugin->url('assets/later.js'), [], Plugin::VERSION, true);
    }

    /** Nothing is asked here: the script loads it after the page, so that no screen waits for the connector. */
    private function panel(string $what, string $id): void
    {
        $why_not = PanelView::why_not($this->plugin);
        if ($why_not !== '') {
            echo '<p>', \esc_html($why_not), '</p>';
            return;
        }
        echo '<div aria-live="polite" aria-busy="true" data-support-connector-later="', \esc_url(PanelRoute::url($what, $id)), '" data-away="',
            \esc_attr__('The connector does not answer just now. This page works without it.', 'support-connector'), '">',
            \esc_html__('Asking the connector …', 'support-connector'), '</div>';
    }
}
