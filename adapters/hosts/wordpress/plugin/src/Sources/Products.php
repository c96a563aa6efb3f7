<?php

declare(strict_types=1);

namespace SupportConnector\Sources;

/**
 * What a product is called at the connector: its slug in the shop's own language, or what the owner named it; beside it the
 * shop's own words (SKU, ids), by which the connector may know it.
 */
final class Products
{
    /** Names the owner gave: `woocommerce:12` or `edd:12` (of a variation or of a product) => slug at the connector. */
    public const NAMES = 'support_connector_products';

    /**
     * @param \WC_Order_Item_Product|null $item The line it was sold on: what is left of a product that is gone.
     * @return array<string, string> `product`, and what is known of `sku`, `product_id`, `variation_id`.
     */
    public static function woocommerce(int $product, int $variation, $item = null): array
    {
        $product = self::original($product, 'product');
        $variation = self::original($variation, 'product_variation');
        $parent = $product > 0 ? \wc_get_product($product) : null;
        $sold = $variation > 0 ? \wc_get_product($variation) : $parent;
        $slug = $parent ? (string) $parent->get_slug() : \sanitize_title($item === null ? '' : (string) $item->get_name());
        return Words::known(
            [
                'product' => self::named('woocommerce', $variation, $product, $slug),
                'sku' => $sold ? Words::line((string) $sold->get_sku(), 190) : null,
                'product_id' => Words::id($product),
                'variation_id' => Words::id($variation),
            ]
        );
    }

    /** Of the id of a product or of a variation. @return array<string, string> */
    public static function by_id(int $id): array
    {
        $found = $id > 0 && \function_exists('wc_get_product') ? \wc_get_product($id) : null;
        $parent = $found ? (int) $found->get_parent_id() : 0;
        if ($found || ! \get_post($id)) {
            return \function_exists('wc_get_product') ? self::woocommerce($parent ?: $id, $parent ? $id : 0) : self::post('woocommerce', $id);
        }
        return self::post('woocommerce', $id);
    }

    /** Of a download of Easy Digital Downloads. @return array<string, string> */
    public static function download(int $id): array
    {
        return self::post('edd', self::original($id, 'download'));
    }

    /** The name of a variation: `Agency`, `5 sites`. @param \WC_Product|null|false $variation */
    public static function plan($variation): ?string
    {
        if (! $variation || ! $variation->get_parent_id() || ! \function_exists('wc_get_formatted_variation')) {
            return null;
        }
        return Words::line(\wc_get_formatted_variation($variation, true, false), 100);
    }

    /** @return array<string, string> */
    private static function post(string $shop, int $id): array
    {
        $post = \get_post($id);
        return Words::known(
            ['product' => self::named($shop, 0, $id, $post ? (string) $post->post_name : ''), 'product_id' => Words::id($id)]
        );
    }

    private static function named(string $shop, int $variation, int $product, string $slug): string
    {
        $names = (array) \get_option(self::NAMES, []);
        $given = $names["$shop:$variation"] ?? $names["$shop:$product"] ?? '';
        $slug = $given !== '' ? (string) $given : \rawurldecode($slug);
        return Words::line($slug, 100) ?? ($product > 0 ? "product-$product" : 'unnamed');
    }

    /** The product of which this one is a translation (WPML, Polylang). */
    private static function original(int $id, string $type): int
    {
        if ($id <= 0) {
            return 0;
        }
        if (\function_exists('pll_get_post') && \function_exists('pll_default_language')) {
            return (int) (\pll_get_post($id, \pll_default_language()) ?: $id);
        }
        $language = \apply_filters('wpml_default_language', null);
        return $language ? (int) (\apply_filters('wpml_object_id', $id, $type, true, $language) ?: $id) : $id;
    }
}
