<?php

declare(strict_types=1);

namespace SupportConnector\Account;

use SupportConnector\Api;

/**
 * How somebody stands with the connector: eligible or not, why, until when, sites used. Kept for ten minutes, without names
 * and keys; asked for after the page is there, so that no page waits for it.
 */
final class Standing
{
    private const KEPT = 600;

    /** @var array<string, mixed> */
    private array $told;

    /** @param array<string, mixed> $told */
    private function __construct(array $told)
    {
        $this->told = $told;
    }

    /** @param array<string, string> $query As for Api::eligibility(). */
    public static function known(array $query): ?self
    {
        $kept = \get_transient(self::name($query));
        return \is_array($kept) ? new self($kept) : null;
    }

    /** Asks where it is not known. @param array<string, string> $query */
    public static function of(Api $api, array $query): ?self
    {
        $known = self::known($query);
        if ($known !== null) {
            return $known;
        }
        $answer = $api->eligibility($query);
        if ($answer === null) {
            return null;
        }
        $told = self::without_persons($answer);
        \set_transient(self::name($query), $told, self::KEPT);
        return new self($told);
    }

    public function found(): bool
    {
        return (bool) ($this->told['found'] ?? false);
    }

    public function eligible(): bool
    {
        return (bool) ($this->told['eligible'] ?? false);
    }

    public function product(): string
    {
        return (string) ($this->told['product'] ?? '');
    }

    /** RFC 3339, '' where it is not known. */
    public function until(): string
    {
        return (string) ($this->told['until'] ?? '');
    }

    public function open_ended(): bool
    {
        return (bool) ($this->told['open_ended'] ?? false);
    }

    /** @return array{used: int, limit: int|null, active: list<string>} */
    public function sites(): array
    {
        $sites = (array) ($this->told['sites'] ?? []);
        $limit = $sites['limit'] ?? null;
        return ['used' => (int) ($sites['used'] ?? 0), 'limit' => $limit === null ? null : (int) $limit, 'active' => \array_map('strval', (array) ($sites['active'] ?? []))];
    }

    /** Whether there is a licence of which this speaks. */
    public function has_licence(): bool
    {
        return (bool) ($this->told['licence'] ?? false);
    }

    /** @return list<array{message: string, label: string, url: string}> */
    public function reasons(): array
    {
        return (array) ($this->told['reasons'] ?? []);
    }

    /**
     * @param array<string, mixed> $answer
     * @return array<string, mixed>
     */
    private static function without_persons(array $answer): array
    {
        $licence = (array) ($answer['license'] ?? []);
        $support = (array) ($licence['support'] ?? []);
        return [
            'found' => $answer['found'] ?? false,
            'eligible' => $answer['eligible'] ?? false,
            'licence' => $licence !== [],
            'product' => $licence['product'] ?? '',
            'until' => $support['until'] ?? '',
            'open_ended' => $support['open_ended'] ?? false,
            'sites' => \array_intersect_key((array) ($licence['sites'] ?? []), ['used' => 1, 'limit' => 1, 'active' => 1]),
            'reasons' => self::reasons_of((array) ($answer['decision']['reasons'] ?? [])),
        ];
    }

    /**
     * @param array<int, array<string, mixed>> $told
     * @return list<array{message: string, label: string, url: string}>
     */
    private static function reasons_of(array $told): array
    {
        $reasons = [];
        foreach ($told as $reason) {
            $remedy = (array) ($reason['remedy'] ?? []);
            $reasons[] = ['message' => (string) ($reason['message'] ?? ''), 'label' => (string) ($remedy['label'] ?? ''), 'url' => (string) ($remedy['url'] ?? '')];
        }
        return $reasons;
    }

    /** @param array<string, string> $query */
    private static function name(array $query): string
    {
        \ksort($query);
        return 'sc_standing_' . \substr(\hash_hmac('sha256', (string) \wp_json_encode($query), \wp_salt()), 0, 32);
    }
}
