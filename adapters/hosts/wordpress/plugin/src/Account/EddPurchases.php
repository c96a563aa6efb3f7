<?php

declare(strict_types=1);

namespace SupportConnector\Account;

/** Licences of Easy Digital Downloads' Software Licensing, and orders of EDD that have none. */
final class EddPurchases implements Shop
{
    public function of(int $user, array $emails): array
    {
        $purchases = $this->licences($user);
        if (\function_exists('edd_get_orders')) {
            foreach (\edd_get_orders(['user_id' => $user, 'number' => 50, 'type' => 'sale']) as $order) {
                $purchases[] = self::order($order, $user);
            }
            foreach ($emails as $email) {
                foreach (\edd_get_orders(['email' => $email, 'number' => 50, 'type' => 'sale']) as $order) {
                    $purchases[] = self::order($order, 0);
                }
            }
        }
        return $purchases;
    }

    /** @return list<Purchase> */
    private function licences(int $user): array
    {
        if (! \function_exists('edd_software_licensing')) {
            return [];
        }
        $purchases = [];
        foreach ((array) \edd_software_licensing()->get_license_keys_of_user($user, 0, 'any', true) as $licence) {
            if (\is_object($licence) && isset($licence->key)) {
                $purchases[] = self::licence($licence, $user);
            }
        }
        return $purchases;
    }

    /** @param object $licence EDD_SL_License */
    private static function licence($licence, int $user): Purchase
    {
        $customer = \class_exists('EDD_Customer') && ! empty($licence->customer_id) ? new \EDD_Customer((int) $licence->customer_id) : null;
        $orders = (array) ($licence->payment_ids ?? []);
        return new Purchase(
            'edd',
            [
                'key' => (string) $licence->key,
                'product' => \get_the_title((int) ($licence->download_id ?? 0)),
                'order' => (string) ($licence->payment_id ?? \reset($orders)),
                'email' => $customer === null ? '' : (string) $customer->email,
                'customer_id' => (string) $user,
                'sites' => \array_map('strval', (array) ($licence->sites ?? [])),
                'until' => self::until($licence),
                'renew_url' => \method_exists($licence, 'get_renewal_url') ? (string) $licence->get_renewal_url() : '',
            ]
        );
    }

    /** @param object $licence EDD_SL_License */
    private static function until($licence): ?int
    {
        if (! empty($licence->is_lifetime)) {
            return 0;
        }
        return isset($licence->expiration) && \is_numeric($licence->expiration) ? (int) $licence->expiration : null;
    }

    /** @param object $order EDD\Orders\Order */
    private static function order($order, int $user): Purchase
    {
        $names = [];
        foreach (\method_exists($order, 'get_items') ? (array) $order->get_items() : [] as $item) {
            $names[] = (string) ($item->product_name ?? '');
        }
        return new Purchase(
            'edd',
            [
                'order' => (string) $order->id,
                'number' => \method_exists($order, 'get_number') ? (string) $order->get_number() : (string) $order->id,
                'email' => (string) ($order->email ?? ''),
                'customer_id' => $user > 0 ? (string) $user : '',
                'product' => \implode(', ', \array_filter($names)),
            ]
        );
    }
}
