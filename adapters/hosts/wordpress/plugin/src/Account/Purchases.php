<?php

declare(strict_types=1);

namespace SupportConnector\Account;

use SupportConnector\Plugin;

/** What somebody bought here, read from the shop plugins that are active. */
final class Purchases
{
    private const SHOPS = [
        EddPurchases::class,
        LmfwcPurchases::class,
        DlmPurchases::class,
        WooPurchases::class,
    ];

    /**
     * Of a signed-in user: what was bought while signed in, and with the addresses that he confirmed. Other plugins add theirs
     * by the filter `support_connector_purchases`.
     *
     * @return list<Purchase>
     */
    public static function of(int $user): array
    {
        if ($user <= 0) {
            return [];
        }
        $found = [];
        foreach (self::SHOPS as $shop) {
            foreach (Plugin::safely(static fn (): array => (new $shop())->of($user, Addresses::confirmed($user))) ?? [] as $purchase) {
                $found[$purchase->id()] = $purchase;
            }
        }
        $all = (array) \apply_filters('support_connector_purchases', \array_values($found), $user);
        return self::without_orders_of_keys(\array_values(\array_filter($all, static fn ($each): bool => $each instanceof Purchase)));
    }

    public static function pick(int $user, string $id): ?Purchase
    {
        foreach (self::of($user) as $purchase) {
            if (\hash_equals($purchase->id(), $id)) {
                return $purchase;
            }
        }
        return null;
    }

    /**
     * An order whose keys are there is told by its keys.
     *
     * @param list<Purchase> $all
     * @return list<Purchase>
     */
    private static function without_orders_of_keys(array $all): array
    {
        $keyed = [];
        foreach ($all as $purchase) {
            if ($purchase->key !== '' && $purchase->order !== '') {
                $keyed[$purchase->order] = true;
            }
        }
        return \array_values(\array_filter($all, static fn (Purchase $one): bool => $one->key !== '' || ! isset($keyed[$one->order])));
    }
}
