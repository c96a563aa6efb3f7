<?php

declare(strict_types=1);

class WC_Subscription extends WC_Order
{
    public function get_type(): string
    {
        return 'shop_subscription';
    }

    /** Unix seconds, 0 for none. */
    public function get_time(string $date_type, string $timezone = 'gmt'): int
    {
        return (int) ($this->values['dates'][$date_type] ?? 0);
    }

    /** @param array<string, int> $dates Date type to unix seconds. */
    public function update_dates(array $dates): void
    {
        foreach ($dates as $type => $time) {
            $this->values['dates'][$type] = $time;
            $this->save();
            do_action('woocommerce_subscription_date_updated', $this, $type, gmdate('Y-m-d H:i:s', $time));
        }
    }

    /** @return array<int, int> */
    public function get_related_orders(string $return_fields = 'ids', string $order_type = 'any'): array
    {
        return $this->values['renewals'] ?? [];
    }

    /** A renewal as it happens: an order of its own, which names the subscription, is paid. */
    public function standin_renew(int $until): int
    {
        $order = new WC_Order();
        $order->standin_set(array_intersect_key($this->values, array_flip(['items', 'total', 'currency', 'customer', 'billing'])));
        $order->update_meta_data('_subscription_renewal', $this->id);
        $order->save();
        $order->update_status('completed');
        $this->values['renewals'][$order->get_id()] = $order->get_id();
        $this->update_dates(['next_payment' => $until]);
        do_action('woocommerce_subscription_renewal_payment_complete', $this, $order);
        return $order->get_id();
    }

    public function save(): int
    {
        $new = $this->id === 0;
        $id = parent::save();
        if (! $new) {
            do_action('woocommerce_update_order', $id, $this);
        }
        return $id;
    }

    protected function kind(): string
    {
        return 'subscription';
    }

    protected function changed_status(string $from, string $to): void
    {
        do_action("woocommerce_subscription_status_$to", $this);
        do_action("woocommerce_subscription_status_{$from}_to_$to", $this);
        do_action('woocommerce_subscription_status_updated', $this, $to, $from);
        do_action('woocommerce_subscription_status_changed', $this->id, $from, $to, $this);
    }
}
