<?php

declare(strict_types=1);

namespace SupportConnector\Sources;

/** Names of sites as licence plugins keep them. What names no site is left out: one odd label must not stop its licence. */
final class Sites
{
    private const MOST = 1000;
    private const LABEL = '[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?';

    /**
     * @param iterable<string|null> $names
     * @param bool $typed People typed them: a bare word is then a computer's name, and no site.
     * @return list<string> Each once, sorted.
     */
    public static function among(iterable $names, bool $typed = false): array
    {
        $found = [];
        foreach ($names as $name) {
            $site = self::site((string) $name, $typed);
            if ($site !== null) {
                $found[$site] = true;
            }
        }
        $sites = \array_map('strval', \array_keys($found));
        \sort($sites);
        return \array_slice($sites, 0, self::MOST);
    }

    private static function site(string $name, bool $typed): ?string
    {
        $name = \trim($name);
        $schemed = (bool) \preg_match('~^https?://~i', $name);
        $bare = (string) \preg_replace(['~^https?://~i', '~[?#].*$~s'], '', $name);
        if ($bare === '' || \strlen($bare) > 350 || \preg_match('/[\s\\\\@\x00-\x1f\x7f]/', $bare)) {
            return null;
        }
        [$host, $path] = \array_pad(\explode('/', $bare, 2), 2, '');
        $host = self::host((string) \preg_replace('/:[0-9]{1,5}$/', '', $host), $typed && ! $schemed);
        $path = \implode('/', \array_map(static fn (string $part): string => \rawurlencode(\rawurldecode($part)), \explode('/', \trim($path, '/'))));
        return $host === null ? null : $host . ($path === '' ? '' : '/' . $path);
    }

    private static function host(string $host, bool $typed): ?string
    {
        $host = \strtolower(\rtrim($host, '.'));
        if (\preg_match('/[^\x20-\x7e]/', $host)) {
            $ascii = \function_exists('idn_to_ascii') ? \idn_to_ascii($host, IDNA_NONTRANSITIONAL_TO_ASCII, INTL_IDNA_VARIANT_UTS46) : false;
            if ($ascii === false) {
                return null;
            }
            $host = $ascii;
        }
        if (\filter_var($host, FILTER_VALIDATE_IP, FILTER_FLAG_IPV4)) {
            return $host;
        }
        $labels = '~^(?:' . self::LABEL . '\.)*' . self::LABEL . '$~';
        if (! \preg_match($labels, $host) || \preg_match('/(^|\.)[0-9]+$/', $host)) {
            return null;
        }
        $named = $host === 'localhost' || \preg_match('/\.[a-z][a-z0-9-]*[a-z0-9]$/', $host);
        return $named || ! $typed ? $host : null;
    }
}
