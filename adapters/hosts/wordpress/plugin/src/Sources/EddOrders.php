<?php

declare(strict_types=1);

namespace SupportConnector\Sources;

use SupportConnector\Event;
use SupportConnector\Reading;
use SupportConnector\Source;

/** Orders of Easy Digital Downloads 3, with what was given back of them. One in the trash takes nothing away. */
final class EddOrders implements Source
{
    private const SALES = "type = 'sale'";
    private const STATES = [
        'pending' => 'pending',
        'processing' => 'pending',
        'preapproval' => 'pending',
        'complete' => 'paid',
        'publish' => 'paid',
        'edd_subscription' => 'paid',
        'partially_refunded' => 'paid',
        'refunded' => 'refunded',
        'on_hold' => 'disputed',
        'failed' => 'failed',
        'abandoned' => 'cancelled',
        'cancelled' => 'cancelled',
        'preapproval_pending' => 'pending',
        'revoked' => 'cancelled',
    ];

    public function name(): string
    {
        return 'edd_orders';
    }

    public function label(): string
    {
        return __('Easy Digital Downloads: orders and refunds', 'support-connector');
    }

    public function active(): bool
    {
        return \class_exists('Easy_Digital_Downloads') && \function_exists('edd_get_order');
    }

    public function hooks(callable $changed): void
    {
        foreach (['edd_built_order', 'edd_order_added', 'edd_order_updated', 'edd_refund_order', 'edd_complete_purchase'] as $hook) {
            Hook::on($hook, static fn ($order) => $changed((string) $order));
        }
        Hook::on('edd_transition_order_status', static fn ($old, $new, $order = 0) => $changed((string) $order), 3);
    }

    public function read(string $object, array $last): Reading
    {
        $order = EddOrderLicences::order((int) $object);
        $state = $order && $order->type === 'sale' ? self::STATES[(string) $order->status] ?? null : null;
        if ($order === null || $state === null) {
            return new Reading([], $last);
        }
        if ($state === 'disputed' && ! Instant::utc((string) $order->date_completed)) {
            $state = 'pending';
        }
        $refunds = $this->refunds((int) $order->id);
        $whole = \array_sum(\array_map('floatval', \array_column($refunds, 'amount'))) >= (float) $order->total;
        $data = $this->data($order) + Words::known(['refunds' => $state === 'refunded' && ! $whole ? null : $refunds]);
        $print = Instant::digest([$state, $data]);
        $at = Instant::of($last, $print, Instant::utc((string) $order->date_modified));
        return new Reading([new Event("order.$state", $data, $at)], ['print' => $print, 'at' => $at]);
    }

    public function changed_since(int $time): iterable
    {
        return EddTables::orders_since($time);
    }

    public function after(string $after, int $limit): array
    {
        return EddTables::after('edd_orders', $after, $limit, self::SALES);
    }

    public function count(): int
    {
        return EddTables::count('edd_orders', self::SALES);
    }

    /** @return array<string, mixed> */
    private function data(object $order): array
    {
        $paid = Instant::utc((string) $order->date_completed);
        $customer = EddOrderLicences::customer((int) $order->customer_id);
        return Words::known(
            [
                'order_id' => (string) $order->id,
                'number' => Words::line((string) $order->get_number(), 190),
                'customer' => $customer ?? Words::person((int) $order->user_id, (string) $order->email, null),
                'items' => $this->items((int) $order->id),
                'total' => self::amount($order->total),
                'currency' => Words::line((string) $order->currency, 3),
                'paid_at' => Instant::told($paid),
            ]
        );
    }

    /** @return list<array<string, mixed>> */
    private function items(int $order): array
    {
        $bought = EddOrderLicences::of($order);
        $items = [];
        foreach (\edd_get_order_items(['order_id' => $order, 'number' => 9999]) as $item) {
            $keys = EddOrderLicences::keys($item, $bought);
            $items[] = Products::download((int) $item->product_id) + Words::known(
                [
                    'line_id' => (string) $item->id,
                    'quantity' => \max(0, (int) $item->quantity),
                    'amount' => self::amount($item->total),
                    'license_keys' => $keys ?: null,
                ]
            );
        }
        return $items;
    }

    /** Each refund; an item of it carries the id of the item it is for. @return list<array<string, string>> */
    private function refunds(int $order): array
    {
        $found = [];
        foreach (\edd_get_order_refunds($order) as $refund) {
            if ($refund->status !== 'complete') {
                continue;
            }
            $rest = \abs((float) $refund->total);
            foreach (\edd_get_order_items(['order_id' => (int) $refund->id, 'number' => 9999]) as $item) {
                $back = \abs((float) $item->total);
                if ((int) $item->parent > 0 && $back > 0) {
                    $found[] = ['id' => $refund->id . '-' . $item->parent, 'amount' => self::amount($back), 'line_id' => (string) $item->parent];
                    $rest -= $back;
                }
            }
            if (\round($rest, 2) > 0) {
                $found[] = ['id' => (string) $refund->id, 'amount' => self::amount($rest)];
            }
        }
        return $found;
    }

    /** @param mixed $amount */
    private static function amount($amount): string
    {
        $decimals = \function_exists('edd_currency_decimal_filter') ? (int) \edd_currency_decimal_filter() : 2;
        return Words::amount((float) $amount, $decimals);
    }
}
