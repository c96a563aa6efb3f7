<?php

declare(strict_types=1);

abstract class WC_Abstract_Order extends WC_Data
{
    private const PLAIN = ['checkout-draft', 'auto-draft', 'trash'];

    /** @var array{string, string}|null What the status goes from and to when it is saved. */
    private ?array $transition = null;

    public function __construct(int $id = 0)
    {
        $this->values = ['meta' => [], 'items' => [], 'status' => 'pending', 'currency' => 'EUR', 'total' => '0', 'parent' => 0];
        $this->values += ['created' => time(), 'modified' => time(), 'customer' => 0, 'billing' => []];
        if ($id > 0) {
            [, $status, $values] = Standin_Storage::read($id);
            $this->id = $id;
            $this->values = ['status' => preg_replace('/^wc-/', '', $status)] + (array) $values;
        }
    }

    abstract public function get_type(): string;

    /** The word in hooks and in the names of the data store's actions. */
    abstract protected function kind(): string;

    public function get_status(): string
    {
        return $this->values['status'];
    }

    public function set_status(string $status): void
    {
        $this->transition = [$this->values['status'], preg_replace('/^wc-/', '', $status)];
        $this->values['status'] = $this->transition[1];
        $paid = in_array($this->transition[1], ['processing', 'completed'], true);
        if ($paid && empty($this->values['paid'])) {
            $this->values['paid'] = time();
        }
        if ($this->transition[1] === 'completed') {
            $this->values['completed'] = $this->values['completed'] ?? time();
        }
    }

    public function update_status(string $status): bool
    {
        $this->set_status($status);
        $this->save();
        return true;
    }

    public function save(): int
    {
        $new = $this->id === 0;
        $this->values['modified'] = $this->values['fixed'] ?? time();
        $status = (in_array($this->values['status'], self::PLAIN, true) ? '' : 'wc-') . $this->values['status'];
        $this->id = Standin_Storage::write($this->id, $this->get_type(), $status, (int) $this->values['parent'], $this->values);
        do_action($new ? 'woocommerce_new_' . $this->kind() : 'woocommerce_update_' . $this->kind(), $this->id, $this);
        [$from, $to] = $this->transition ?? ['', ''];
        $this->transition = null;
        if ($from !== $to && $to !== '') {
            $this->changed_status($from, $to);
        }
        return $this->id;
    }

    public function delete(bool $force = false): bool
    {
        if ($force) {
            $id = $this->id;
            do_action('woocommerce_before_delete_' . $this->kind(), $id, $this);
            Standin_Storage::delete($id);
            do_action('woocommerce_delete_' . $this->kind(), $id);
            return true;
        }
        $this->update_meta_data('_wp_trash_meta_status', $this->values['status']);
        $this->values['status'] = 'trash';
        Standin_Storage::write($this->id, $this->get_type(), 'trash', (int) $this->values['parent'], $this->values);
        do_action('woocommerce_trash_' . $this->kind(), $this->id);
        return true;
    }

    public function untrash(): bool
    {
        $before = (string) $this->get_meta('_wp_trash_meta_status');
        do_action('woocommerce_untrash_' . $this->kind(), $this->id, 'wc-' . $before);
        return $this->update_status($before);
    }

    /** @param array<string, mixed> $values */
    public function standin_add(array $values): int
    {
        $id = (int) get_option('standin_item', 100) + 1;
        update_option('standin_item', $id);
        $this->values['items'][$id] = $values;
        return $id;
    }

    /** @param array<string, mixed> $values */
    public function standin_set(array $values): void
    {
        $this->values = $values + $this->values;
    }

    /** @return array<int, WC_Order_Item_Product> */
    public function get_items(): array
    {
        $items = [];
        foreach ($this->values['items'] as $id => $values) {
            $items[(int) $id] = new WC_Order_Item_Product((int) $id, $values);
        }
        return $items;
    }

    public function get_total(): string
    {
        return (string) $this->values['total'];
    }

    public function get_currency(): string
    {
        return (string) $this->values['currency'];
    }

    public function get_parent_id(): int
    {
        return (int) $this->values['parent'];
    }

    public function get_date_created(): ?WC_DateTime
    {
        return $this->date('created');
    }

    public function get_date_modified(): ?WC_DateTime
    {
        return $this->date('modified');
    }

    protected function date(string $name): ?WC_DateTime
    {
        return empty($this->values[$name]) ? null : new WC_DateTime('@' . (int) $this->values[$name]);
    }

    protected function changed_status(string $from, string $to): void
    {
        $prefix = 'woocommerce_' . $this->kind() . '_status_';
        do_action($prefix . $to, $this->id, $this);
        do_action("$prefix{$from}_to_$to", $this->id, $this);
        do_action($prefix . 'changed', $this->id, $from, $to, $this);
    }
}

class WC_Order extends WC_Abstract_Order
{
    public function get_type(): string
    {
        return 'shop_order';
    }

    public function get_order_number(): string
    {
        return (string) apply_filters('woocommerce_order_number', $this->id, $this);
    }

    public function get_customer_id(): int
    {
        return (int) $this->values['customer'];
    }

    public function get_user_id(): int
    {
        return $this->get_customer_id();
    }

    public function get_billing_email(): string
    {
        return (string) ($this->values['billing']['email'] ?? '');
    }

    public function get_billing_first_name(): string
    {
        return (string) ($this->values['billing']['first_name'] ?? '');
    }

    public function get_billing_last_name(): string
    {
        return (string) ($this->values['billing']['last_name'] ?? '');
    }

    public function get_date_paid(): ?WC_DateTime
    {
        return $this->date('paid');
    }

    public function get_date_completed(): ?WC_DateTime
    {
        return $this->date('completed');
    }

    /** @return list<WC_Order_Refund> Newest first. */
    public function get_refunds(): array
    {
        $ids = array_reverse(Standin_Storage::children($this->id, 'shop_order_refund'));
        return array_map(static fn (int $id): WC_Order_Refund => new WC_Order_Refund($id), $ids);
    }

    protected function kind(): string
    {
        return 'order';
    }
}

class WC_Order_Refund extends WC_Abstract_Order
{
    public function get_type(): string
    {
        return 'shop_order_refund';
    }

    public function get_amount(): string
    {
        return (string) $this->values['amount'];
    }

    protected function kind(): string
    {
        return 'order_refund';
    }
}
