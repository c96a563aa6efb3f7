<?php

declare(strict_types=1);

class WC_DateTime extends DateTime
{
}

final class WC_Meta_Data
{
    public string $key;

    /** @var mixed */
    public $value;

    /** @param mixed $value */
    public function __construct(string $key, $value)
    {
        $this->key = $key;
        $this->value = $value;
    }
}

/** What orders and their items have in common: values, and meta that may be there several times. */
abstract class WC_Data
{
    protected int $id = 0;

    /** @var array<string, mixed> */
    protected array $values = ['meta' => []];

    public function get_id(): int
    {
        return $this->id;
    }

    /** @return mixed */
    public function get_meta(string $key = '', bool $single = true)
    {
        $found = array_values(array_filter($this->values['meta'], static fn (array $entry): bool => $entry[0] === $key));
        if ($single) {
            return $found[0][1] ?? '';
        }
        return array_map(static fn (array $entry): WC_Meta_Data => new WC_Meta_Data($key, $entry[1]), $found);
    }

    /** @param mixed $value */
    public function add_meta_data(string $key, $value): void
    {
        $this->values['meta'][] = [$key, $value];
    }

    /** @param mixed $value */
    public function update_meta_data(string $key, $value): void
    {
        $this->values['meta'] = array_values(array_filter($this->values['meta'], static fn (array $entry): bool => $entry[0] !== $key));
        $this->values['meta'][] = [$key, $value];
    }

    /** @return array<string, mixed> */
    public function standin_values(): array
    {
        return $this->values;
    }
}

class WC_Order_Item extends WC_Data
{
    /** @param array<string, mixed> $values */
    public function __construct(int $id, array $values)
    {
        $this->id = $id;
        $this->values = $values + ['meta' => [], 'name' => 'Item', 'quantity' => 1, 'total' => '0', 'total_tax' => '0'];
    }

    public function get_name(): string
    {
        return (string) $this->values['name'];
    }
}

class WC_Order_Item_Product extends WC_Order_Item
{
    public function get_product_id(): int
    {
        return (int) ($this->values['product_id'] ?? 0);
    }

    public function get_variation_id(): int
    {
        return (int) ($this->values['variation_id'] ?? 0);
    }

    public function get_quantity(): int
    {
        return (int) $this->values['quantity'];
    }

    public function get_total(): string
    {
        return (string) $this->values['total'];
    }

    public function get_total_tax(): string
    {
        return (string) $this->values['total_tax'];
    }
}

class WC_Product extends WC_Data
{
    private WP_Post $post;

    public function __construct(WP_Post $post)
    {
        $this->post = $post;
        $this->id = $post->ID;
    }

    public function get_slug(): string
    {
        return $this->post->post_name;
    }

    public function get_name(): string
    {
        return $this->post->post_title;
    }

    public function get_parent_id(): int
    {
        return $this->post->post_type === 'product_variation' ? $this->post->post_parent : 0;
    }

    public function get_sku(): string
    {
        $sku = (string) get_post_meta($this->id, '_sku', true);
        $parent = $this->get_parent_id();
        return $sku === '' && $parent > 0 ? (string) get_post_meta($parent, '_sku', true) : $sku;
    }
}
