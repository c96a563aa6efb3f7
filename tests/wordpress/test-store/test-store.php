<?php

/**
 * Plugin Name: Test Store
 *
 * Stands in for WooCommerce where support is shown: orders, My Account with its tabs, the order's mail, both order screens.
 */

declare(strict_types=1);

final class Test_Order
{
    private int $id;
    private array $known;

    public function __construct(int $id, array $known)
    {
        $this->id = $id;
        $this->known = $known;
    }

    public function get_id(): int
    {
        return $this->id;
    }

    public function get_order_number(): string
    {
        return $this->known['number'];
    }

    public function get_status(): string
    {
        return $this->known['status'] ?? 'completed';
    }

    public function get_billing_email(): string
    {
        return $this->known['email'];
    }

    public function get_customer_id(): int
    {
        return $this->known['customer'];
    }

    public function get_items(): array
    {
        return [new class ($this->known['product']) {
            private string $name;

            public function __construct(string $name)
            {
                $this->name = $name;
            }

            public function get_name(): string
            {
                return $this->name;
            }
        }];
    }

    public function get_meta(string $name)
    {
        return $this->known['meta'][$name] ?? '';
    }

    public function update_meta_data(string $name, $value): void
    {
        $this->known['meta'][$name] = $value;
    }

    public function save_meta_data(): void
    {
        update_option('test_orders', [$this->id => $this->known] + get_option('test_orders', []));
    }
}

function wc_get_order(int $id): ?Test_Order
{
    $known = get_option('test_orders', [])[$id] ?? null;
    return $known ? new Test_Order($id, $known) : null;
}

function wc_get_orders(array $asked): array
{
    $found = [];
    foreach (get_option('test_orders', []) as $id => $known) {
        $mine = isset($asked['customer_id']) ? $known['customer'] === $asked['customer_id'] : $known['email'] === $asked['billing_email'];
        if ($mine) {
            $found[] = new Test_Order($id, $known);
        }
    }
    return $found;
}

function wc_get_page_id(string $page): int
{
    return (int) get_option('test_account_page');
}

function wc_get_page_screen_id(string $for): string
{
    return 'toplevel_page_wc-orders';
}

function is_account_page(): bool
{
    return is_page(wc_get_page_id('myaccount'));
}

add_action(
    'init',
    static function (): void {
        register_post_type('shop_order', ['show_ui' => true, 'labels' => ['name' => 'Orders']]);
        foreach (apply_filters('woocommerce_get_query_vars', ['view-order' => 'view-order']) as $name) {
            add_rewrite_endpoint($name, EP_PAGES);
        }
    }
);

add_shortcode(
    'test_account',
    static function (): string {
        ob_start();
        foreach (apply_filters('woocommerce_account_menu_items', ['orders' => 'Orders', 'customer-logout' => 'Log out']) as $name => $label) {
            echo '<a class="tab" href="', esc_attr($name), '">', esc_html($label), '</a>';
        }
        foreach ($GLOBALS['wp_query']->query_vars as $name => $value) {
            if ($name === 'view-order') {
                do_action('woocommerce_view_order', (int) $value);
            } elseif (has_action('woocommerce_account_' . $name . '_endpoint')) {
                do_action('woocommerce_account_' . $name . '_endpoint', $value);
            }
        }
        return (string) ob_get_clean();
    }
);

add_action(
    'admin_menu',
    static function (): void {
        add_menu_page(
            'Orders',
            'Orders',
            'manage_options',
            'wc-orders',
            static function (): void {
                $order = wc_get_order((int) $_GET['id']);
                do_action('add_meta_boxes', 'toplevel_page_wc-orders', $order);
                do_meta_boxes('toplevel_page_wc-orders', 'side', $order);
            }
        );
    }
);
