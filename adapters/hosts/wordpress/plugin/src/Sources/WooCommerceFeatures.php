<?php

declare(strict_types=1);

namespace SupportConnector\Sources;

use SupportConnector\Part;
use SupportConnector\Plugin;

/** Tells WooCommerce that we work with its own order tables and its block checkout; else it warns, and keeps them off. */
final class WooCommerceFeatures implements Part
{
    private const FEATURES = ['custom_order_tables', 'cart_checkout_blocks'];

    private Plugin $plugin;

    public function __construct(Plugin $plugin)
    {
        $this->plugin = $plugin;
    }

    public function hooks(): void
    {
        \add_action('before_woocommerce_init', fn () => Plugin::safely([$this, 'declare_them']));
    }

    public function declare_them(): void
    {
        if (\class_exists(\Automattic\WooCommerce\Utilities\FeaturesUtil::class)) {
            foreach (self::FEATURES as $feature) {
                \Automattic\WooCommerce\Utilities\FeaturesUtil::declare_compatibility($feature, $this->plugin->file(), true);
            }
        }
    }
}
