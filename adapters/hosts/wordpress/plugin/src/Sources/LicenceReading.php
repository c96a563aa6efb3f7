<?php

declare(strict_types=1);

namespace SupportConnector\Sources;

use SupportConnector\Event;
use SupportConnector\Reading;
use SupportConnector\Vault;

/**
 * Events of one licence: how it stands now, and what only a comparison with the last reading can tell: sites that are gone,
 * a new owner, a key that was replaced. Key and owner are remembered sealed.
 */
final class LicenceReading
{
    /**
     * @param array<string, mixed> $facts `license_key`, `product` (its words), `customer`, `owner` (whose it is, in one word),
     *        `site_limit`, `expires` and `purchased` (unix seconds), `status`, `sites`, `order_id`, `plan`, `purchase`,
     *        `subscription_id`, `renewal` (`at`, `order_id`), `changed` (unix seconds), `row` (a print of the shop's row).
     * @param array<string, mixed> $last
     */
    public static function of(array $facts, array $last): Reading
    {
        $key = (string) $facts['license_key'];
        $known = self::opened($last);
        $renewal = self::renewal($facts, $last);
        $print = Instant::digest(\array_diff_key($facts, ['changed' => 0, 'row' => 0, 'renewal' => 0]));
        $at = Instant::of($last, $print, $facts['changed'] ?? null);
        $events = [];
        if (isset($known['key']) && $known['key'] !== $key) {
            $events[] = new Event('license.deleted', ['license_key' => $known['key']], $at);
            $known = [];
        }
        $events[] = new Event('license.granted', self::terms($facts), $at);
        if ($renewal !== null) {
            $told = ['license_key' => $key, 'expires_at' => Event::time((int) $facts['expires']), 'order_id' => $renewal['order_id']];
            $events[] = new Event('license.renewed', Words::known($told), $renewal['at'] ?: $at);
        }
        if ($facts['status'] !== 'active') {
            $events[] = new Event('license.status_changed', ['license_key' => $key, 'status' => $facts['status']], $at);
        }
        foreach ([...self::owner($facts, $last, $known), ...self::sites($facts, $last)] as [$type, $data]) {
            $events[] = new Event($type, $data, $at);
        }
        return new Reading(
            $events,
            [
                'sealed' => Vault::seal(Event::json(['key' => $key, 'customer' => $facts['customer']])),
                'owner' => $facts['owner'],
                'sites' => $facts['sites'],
                'expires' => $facts['expires'],
                'renewal' => $renewal === null ? null : ['at' => $renewal['at'] ?: $at] + $renewal,
                'print' => $print,
                'at' => $at,
                'row' => $facts['row'] ?? '',
            ]
        );
    }

    /**
     * Of a licence that is gone from the shop: it is told with the key that is remembered, as often as it is read.
     *
     * @param array<string, mixed> $last
     */
    public static function gone(array $last): Reading
    {
        $key = self::opened($last)['key'] ?? null;
        if ($key === null) {
            return new Reading([], ['gone' => true]);
        }
        $at = empty($last['gone']) ? \max(\time(), (int) ($last['at'] ?? 0) + 1) : (int) $last['at'];
        $kept = ['gone' => true, 'sealed' => Vault::seal(Event::json(['key' => $key])), 'at' => $at];
        return new Reading([new Event('license.deleted', ['license_key' => $key], $at)], $kept);
    }

    /** @param array<string, mixed> $facts @return array<string, mixed> */
    private static function terms(array $facts): array
    {
        $terms = $facts['product'] + [
            'license_key' => $facts['license_key'],
            'customer' => $facts['customer'],
            'order_id' => $facts['order_id'] ?? null,
            'plan' => $facts['plan'] ?? null,
            'purchase' => $facts['purchase'] ?? null,
            'subscription_id' => $facts['subscription_id'] ?? null,
            'purchased_at' => Instant::told($facts['purchased'] ?? null),
        ];
        return Words::known($terms) + [
            'site_limit' => $facts['site_limit'],
            'expires_at' => Instant::told($facts['expires']),
            'sites' => $facts['sites'],
        ];
    }

    /**
     * What lengthened it last: the order that renewed it or, where the shop names none, a later end than was told before.
     *
     * @param array<string, mixed> $facts
     * @param array<string, mixed> $last
     * @return array{at: int, order_id: ?string}|null
     */
    private static function renewal(array $facts, array $last): ?array
    {
        $named = $facts['renewal'] ?? null;
        if ($facts['expires'] === null) {
            return null;
        }
        if (isset($last['expires']) && $facts['expires'] > (int) $last['expires'] && $named === ($last['renewal'] ?? null)) {
            return ['at' => 0, 'order_id' => null];
        }
        return $named ?? $last['renewal'] ?? null;
    }

    /**
     * @param array<string, mixed> $facts
     * @param array<string, mixed> $last
     * @param array<string, mixed> $known
     * @return list<array{string, array<string, mixed>}>
     */
    private static function owner(array $facts, array $last, array $known): array
    {
        $before = $known['customer'] ?? null;
        $now = $facts['customer'];
        if ($before === null || $now === null || $before === $now) {
            return [];
        }
        if (($last['owner'] ?? '') !== $facts['owner']) {
            return [['license.owner_changed', ['license_key' => $facts['license_key'], 'from' => $before, 'to' => $now]]];
        }
        if (isset($now['id']) && ($before['id'] ?? $now['id']) === $now['id']) {
            return [['customer.updated', ['customer' => $now]]];
        }
        return [['customer.merged', ['from' => $before, 'to' => $now]]];
    }

    /**
     * @param array<string, mixed> $facts
     * @param array<string, mixed> $last
     * @return list<array{string, array<string, mixed>}>
     */
    private static function sites(array $facts, array $last): array
    {
        $gone = \array_diff((array) ($last['sites'] ?? []), $facts['sites']);
        return \array_map(
            static fn ($site): array => ['site.deactivated', ['license_key' => $facts['license_key'], 'site' => (string) $site]],
            \array_values($gone)
        );
    }

    /** @param array<string, mixed> $last @return array<string, mixed> `key` and `customer`, as far as they can be read. */
    private static function opened(array $last): array
    {
        $plain = isset($last['sealed']) ? Vault::open((string) $last['sealed']) : null;
        $known = $plain === null ? null : \json_decode($plain, true);
        return \is_array($known) ? $known : [];
    }
}
