<?php

declare(strict_types=1);

namespace SupportConnector\Account;

use SupportConnector\Plugin;

/** The licence keys that the connector made for an order, as it told them by `license.issued`. */
final class IssuedKeys
{
    /**
     * By the shop's own id of the order, never by the number that people quote, which may be another order's id; and of the
     * buyer only, where both shops of a site count from one.
     *
     * @return list<array{key: string, product: string, license: string}>
     */
    public static function of_order(string $order, string $email): array
    {
        $keys = [];
        foreach (Plugin::get()->news()->of('order_id', $order) as $news) {
            $key = self::word($news['data']['license_key'] ?? '');
            $holder = self::word(((array) ($news['data']['customer'] ?? []))['email'] ?? '');
            if ($news['type'] === 'license.issued' && $key !== '' && ($holder === '' || \strcasecmp($holder, $email) === 0)) {
                $keys[$key] = ['key' => $key, 'product' => self::word($news['data']['product'] ?? ''), 'license' => self::word($news['data']['license'] ?? '')];
            }
        }
        return \array_values($keys);
    }

    /** @param mixed $value */
    private static function word($value): string
    {
        return \is_string($value) ? $value : '';
    }
}
