<?php

declare(strict_types=1);

namespace SupportConnector\Settings;

use SupportConnector\Capabilities;
use SupportConnector\Guard;
use SupportConnector\Input;
use SupportConnector\Part;
use SupportConnector\Plugin;
use SupportConnector\Sources\Products;
use SupportConnector\Sources\WooCommerceOrders;

/** What each product is called at the connector, and when an order counts as handed over. */
final class ProductsSection implements Part
{
    public const ACTION = 'support_connector_products_save';

    private const MOST = 200;
    private const KINDS = ['product' => 'woocommerce', 'product_variation' => 'woocommerce', 'download' => 'edd'];

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
        $names = (array) \get_option(Products::NAMES, []);
        $keys = Input::list('product');
        $given = Input::list('called');
        foreach ($keys as $at => $key) {
            $name = \trim($given[$at] ?? '');
            unset($names[$key]);
            if ($name !== '' && \preg_match('/^(woocommerce|edd):[0-9]+$/', $key)) {
                $names[$key] = $name;
            }
        }
        \update_option(Products::NAMES, $names, false);
        \update_option(WooCommerceOrders::GRANT_ON, Input::has('on_payment') ? ['processing', 'completed'] : ['completed'], false);
        Said::good(__('Saved. "Send everything" tells the connector of what was sold before under the new names.', 'support-connector'));
        \wp_safe_redirect(Page::url());
        exit;
    }

    public function show(): void
    {
        $posts = $this->posts();
        if ($posts === []) {
            return;
        }
        $names = (array) \get_option(Products::NAMES, []);
        echo '<h2>', \esc_html__('Products', 'support-connector'), '</h2><p>';
        echo \esc_html__('What each product is called at the connector. Leave a field empty to use the name shown in grey; the connector also knows a product by its SKU and its number.', 'support-connector');
        echo '</p>';
        Page::form(self::ACTION);
        if (isset($this->plugin->sources()->active()['woocommerce_orders'])) {
            echo '<p><label><input type="checkbox" name="on_payment" value="1"';
            \checked(\in_array('processing', (array) \get_option(WooCommerceOrders::GRANT_ON, []), true));
            echo '> ', \esc_html__('Orders are handed over when they are paid (status "Processing"), not only when they are completed.', 'support-connector'), '</label></p>';
        }
        echo '<table class="widefat striped"><tbody>';
        foreach ($posts as $post) {
            $key = self::KINDS[$post->post_type] . ':' . $post->ID;
            echo '<tr><td><label for="', \esc_attr($key), '">', \esc_html($post->post_title), '</label></td><td>';
            echo '<input type="hidden" name="product[]" value="', \esc_attr($key), '">';
            echo '<input type="text" name="called[]" id="', \esc_attr($key), '" maxlength="100" value="', \esc_attr((string) ($names[$key] ?? ''));
            echo '" placeholder="', \esc_attr($this->own_name($post)), '"></td></tr>';
        }
        echo '</tbody></table><p>';
        Page::button(__('Save the names', 'support-connector'));
        echo '</p></form>';
    }

    private function own_name(\WP_Post $post): string
    {
        return \rawurldecode((string) \get_post_field('post_name', $post->post_parent > 0 ? $post->post_parent : $post->ID));
    }

    /** @return list<\WP_Post> The newest of the shop's products, by name. */
    private function posts(): array
    {
        $kinds = \array_filter(\array_keys(self::KINDS), 'post_type_exists');
        if ($kinds === [] || $this->plugin->sources()->active() === []) {
            return [];
        }
        $query = ['post_type' => $kinds, 'post_status' => 'publish', 'numberposts' => self::MOST, 'orderby' => 'title', 'order' => 'ASC'];
        return \get_posts($query);
    }
}
