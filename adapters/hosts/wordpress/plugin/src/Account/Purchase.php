<?php

declare(strict_types=1);

namespace SupportConnector\Account;

/** One thing that a customer bought, as the shop plugin knows it. */
final class Purchase
{
    public string $source;
    public string $product;
    public string $key;

    /** The shop's own id of the order, and the number that people quote. */
    public string $order;
    public string $number;

    /** The address it was bought with. */
    public string $email;

    /** The buyer's id as the source of this shop plugin tells it, '' where it tells none. */
    public string $customer_id;

    /** @var list<string> */
    public array $sites;

    /** End of the licence in unix seconds; 0 = for life; null = the shop does not say. */
    public ?int $until;

    public string $renew_url;

    /** @param array<string, mixed> $known */
    public function __construct(string $source, array $known)
    {
        $this->source = $source;
        $this->product = (string) ($known['product'] ?? '');
        $this->key = (string) ($known['key'] ?? '');
        $this->order = (string) ($known['order'] ?? '');
        $this->number = (string) ($known['number'] ?? $this->order);
        $this->email = (string) ($known['email'] ?? '');
        $this->customer_id = (string) ($known['customer_id'] ?? '');
        $this->sites = \array_values(\array_filter((array) ($known['sites'] ?? []), 'is_string'));
        $this->until = isset($known['until']) ? (int) $known['until'] : null;
        $this->renew_url = (string) ($known['renew_url'] ?? '');
    }

    /** Names it in a form, without telling the key. */
    public function id(): string
    {
        return \substr(\hash('sha256', $this->source . '|' . $this->key . '|' . $this->order . '|' . $this->product), 0, 16);
    }

    public function label(): string
    {
        $product = $this->product === '' ? __('Purchase', 'support-connector') : $this->product;
        if ($this->key !== '') {
            /* translators: 1: product, 2: the end of a licence key */
            return \sprintf(__('%1$s – licence key ending in %2$s', 'support-connector'), $product, \substr($this->key, -4));
        }
        /* translators: 1: product, 2: the number of an order */
        return \sprintf(__('%1$s – order %2$s', 'support-connector'), $product, $this->number);
    }
}
