<?php

declare(strict_types=1);

/** @param mixed $order @return WC_Abstract_Order|false */
function wc_get_order($order = false)
{
    $id = is_object($order) ? $order->get_id() : (int) $order;
    $found = $id > 0 ? Standin_Storage::read($id) : null;
    if ($found === null) {
        return false;
    }
    $classes = ['shop_order' => WC_Order::class, 'shop_order_refund' => WC_Order_Refund::class, 'shop_subscription' => 'WC_Subscription'];
    $class = $classes[$found[0]];
    return new $class($id);
}

/** @param mixed $product @return WC_Product|false */
function wc_get_product($product = false)
{
    $post = get_post((int) $product);
    return $post && in_array($post->post_type, ['product', 'product_variation'], true) ? new WC_Product($post) : false;
}

function wc_get_price_decimals(): int
{
    return (int) get_option('woocommerce_price_num_decimals', 2);
}

/** @return list<string> */
function wc_get_is_paid_statuses(): array
{
    return apply_filters('woocommerce_order_is_paid_statuses', ['processing', 'completed']);
}

function wc_get_formatted_variation(WC_Product $variation, bool $flat = false, bool $include_names = true): string
{
    return (string) get_post_meta($variation->get_id(), 'attribute_plan', true);
}

/** @param array<string, mixed> $args */
function wc_create_refund(array $args): WC_Order_Refund
{
    $order = wc_get_order($args['order_id']);
    $left = (float) $order->get_total();
    foreach ($order->get_refunds() as $before) {
        $left -= (float) $before->get_amount();
    }
    $refund = new WC_Order_Refund();
    $refund->standin_set(['amount' => (string) $args['amount'], 'total' => '-' . $args['amount'], 'parent' => $order->get_id()]);
    foreach ($args['line_items'] ?? [] as $item_id => $line) {
        $item = $order->get_items()[$item_id];
        $refund->standin_add(
            [
                'product_id' => $item->get_product_id(),
                'quantity' => -($line['qty'] ?? 0),
                'total' => '-' . $line['refund_total'],
                'total_tax' => '-' . array_sum($line['refund_tax'] ?? []),
                'meta' => [['_refunded_item_id', $item_id]],
            ]
        );
    }
    $refund->save();
    do_action('woocommerce_create_refund', $refund, $args);
    if ($left - (float) $args['amount'] > 0) {
        do_action('woocommerce_order_partially_refunded', $order->get_id(), $refund->get_id());
    } else {
        do_action('woocommerce_order_fully_refunded', $order->get_id(), $refund->get_id());
        $order->update_status('refunded');
    }
    do_action('woocommerce_refund_created', $refund->get_id(), $args);
    do_action('woocommerce_order_refunded', $order->get_id(), $refund->get_id());
    return $refund;
}
