<?php

declare(strict_types=1);

namespace SupportConnector\Account;

/** Keys of Digital License Manager that belong to a user. */
final class DlmPurchases implements Shop
{
    private const REPOSITORIES = [
        'IdeoLogix\DigitalLicenseManager\Database\Repositories\Licenses',
        'IdeoLogix\DigitalLicenseManager\Database\Repositories\Resources\License',
    ];

    public function of(int $user, array $emails): array
    {
        foreach (self::REPOSITORIES as $class) {
            if (\class_exists($class)) {
                $found = $class::instance()->findAllBy(['user_id' => $user]);
                return \array_map(static fn ($licence): Purchase => self::licence($licence, $user), \is_array($found) ? \array_values($found) : []);
            }
        }
        return [];
    }

    /** @param object $licence */
    private static function licence($licence, int $user): Purchase
    {
        $key = $licence->getDecryptedLicenseKey();
        $order_id = (string) ($licence->getOrderId() ?: '');
        $order = \function_exists('wc_get_order') && $order_id !== '' ? \wc_get_order((int) $order_id) : null;
        $ends = $licence->getExpiresAt();
        return new Purchase(
            'dlm',
            [
                'key' => \is_string($key) ? $key : '',
                'product' => $licence->getProductId() ? \get_the_title((int) $licence->getProductId()) : '',
                'order' => $order_id,
                'number' => $order ? (string) $order->get_order_number() : $order_id,
                'email' => $order ? (string) $order->get_billing_email() : '',
                'customer_id' => (string) $user,
                'until' => $ends ? (int) \strtotime($ends . ' UTC') : 0,
            ]
        );
    }
}
