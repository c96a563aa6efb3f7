<?php

declare(strict_types=1);

namespace SupportConnector\Account;

/** Keys sold by License Manager for WooCommerce, by the filter that its own account page uses. */
final class LmfwcPurchases implements Shop
{
    public function of(int $user, array $emails): array
    {
        $groups = \has_filter('lmfwc_get_all_customer_license_keys') ? \apply_filters('lmfwc_get_all_customer_license_keys', $user) : [];
        $purchases = [];
        foreach (\is_array($groups) ? $groups : [] as $group) {
            foreach ((array) ($group['licenses'] ?? []) as $licence) {
                $purchases[] = self::licence($licence, (string) ($group['name'] ?? ''), $user);
            }
        }
        return $purchases;
    }

    /** @param object $licence Of LicenseManagerForWooCommerce\Models\Resources\License */
    private static function licence($licence, string $product, int $user): Purchase
    {
        $order = \function_exists('wc_get_order') && $licence->getOrderId() ? \wc_get_order($licence->getOrderId()) : null;
        $ends = $licence->getExpiresAt();
        return new Purchase(
            'lmfwc',
            [
                'key' => (string) $licence->getDecryptedLicenseKey(),
                'product' => $product,
                'order' => (string) ($licence->getOrderId() ?: ''),
                'number' => $order ? (string) $order->get_order_number() : (string) ($licence->getOrderId() ?: ''),
                'email' => $order ? (string) $order->get_billing_email() : '',
                'customer_id' => (string) $user,
                'until' => $ends ? (int) \strtotime($ends . ' UTC') : 0,
            ]
        );
    }
}
