<?php

/**
 * The plugin's pure classes, without WordPress. `$plugin` is the folder of the plugin. Prints `<PHP version> <checks>`, and
 * before it a line for each check that failed; any notice or deprecation is a failure, too. Loads every class at the end.
 */

declare(strict_types=1);

namespace {
    $plugin = $plugin ?? $argv[1];
    define('ABSPATH', '/');
    error_reporting(-1);
    set_error_handler(static function (int $level, string $words, string $file, int $line): bool {
        throw new ErrorException($words, 0, $level, $file, $line);
    });
    function __(string $text): string
    {
        return $text;
    }
    require $plugin . '/src/Autoloader.php';
    SupportConnector\Autoloader::register($plugin . '/src');
}

namespace SupportConnector {
    $checks = 0;
    $failed = 0;
    $same = static function ($found, $expected, string $what) use (&$checks, &$failed): void {
        $checks++;
        if ($found !== $expected) {
            $failed++;
            echo $what, ': ', var_export($found, true), ' is not ', var_export($expected, true), "\n";
        }
    };

    // The vector of Standard Webhooks' own library.
    $secret = 'whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=';
    $id = 'msg_2KWPBgLlAfxdpx2AI54pPJ85f4W';
    $body = '{"type":"contact.created","timestamp":"2022-11-03T20:26:10.344522Z","data":{"id":"1f81eb52-5198-4599-803e-771906343485"}}';
    $signed = Signature::headers($id, 1674087231, $body, $secret)['webhook-signature'];
    $same($signed, 'v1,4PMU5Dl90B4kgwxDpwuMZ/cnZ5ztf+Y+kviYQD66rJg=', 'signature');
    $good = static fn (array $change = []): bool => Signature::good(
        ...\array_replace([[$secret], $id, '1674087231', $signed, $body, 1674087231], $change)
    );
    $same($good(), true, 'good');
    $same($good([5 => 1674087231 + 300]), true, 'five minutes later');
    $same($good([5 => 1674087231 + 301]), false, 'too late');
    $same($good([5 => 1674087231 - 301]), false, 'too early');
    $same($good([4 => $body . ' ']), false, 'another body');
    $same($good([1 => 'msg_other']), false, 'another id');
    $same($good([1 => $id . '.1674087231']), false, 'an id with a full stop');
    $same($good([2 => '1674087231.0']), false, 'no whole second');
    $same($good([3 => 'v1,AAAA ' . $signed]), true, 'one of two signatures');
    $same($good([3 => 'v2' . \substr($signed, 2)]), false, 'another version');
    $same($good([3 => '']), false, 'no signature');
    $same($good([0 => []]), false, 'no secret');
    $same($good([0 => ['whsec_' . \base64_encode(\str_repeat('a', 32)), $secret]]), true, 'the second of two secrets');
    foreach (['', 'whsec_', 'whsec_AAAA', 'AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=', 'ep_1', 'whsec_!!!'] as $none) {
        $same(Signature::key($none), null, "no secret: $none");
    }

    $waits = \array_map([Backoff::class, 'seconds'], [0, 1, 2, 3, 9, 10, 1000]);
    $same($waits, [0, 60, 120, 240, 15360, 21600, 21600], 'backoff');
    $same(Backoff::seconds(1, 600), 600, 'Retry-After');
    $same(Backoff::seconds(1, 1000000), 21600, 'Retry-After for ever');
    $week = Backoff::GIVE_UP;
    $same(Backoff::is_over(1000, 1001, 1000 + $week), true, 'a week of failures while others got through');
    $same(Backoff::is_over(1000, 999, 1000 + $week), false, 'an outage');
    $same(Backoff::is_over(1000, 1001, 999 + $week), false, 'not yet a week');
    $same(Backoff::is_over(0, 1001, 1000 + $week), false, 'never failed');

    $event = new Event('license.granted', ['license_key' => 'K-é/1'], 1772357400);
    $told = '{"type":"license.granted","occurred_at":"2026-03-01T09:30:00Z","data":{"license_key":"K-é/1"}}';
    $same($event->body(''), $told, 'body');
    $same((new Event('ping', []))->body('2026-03-01T09:30:00Z'), '{"type":"ping","occurred_at":"2026-03-01T09:30:00Z","data":{}}', 'no data');
    $same((new Event('a', ['b' => "\xff"]))->body('') !== '', true, 'bytes that are no text');
    $same($event->webhook_id('t.1'), (clone $event)->webhook_id('t.1'), 'the same id again');
    $same($event->webhook_id('t.1') === $event->webhook_id('t.2'), false, 'another turn, another id');
    $same(\preg_match('/\A[A-Za-z0-9_-]{1,128}\z/', $event->webhook_id('t.1')), 1, 'form of an id');
    $same((new Reading([$event]))->digest(), (new Reading([new Event($event->type, $event->data, 5)]))->digest(), 'digest without time');

    $taken = '{"delivery":"dlv_1","result":"applied"}';
    $reads = [
        [200, $taken, true, false, 'applied'],
        [200, '<html>', false, true, 'failed'],
        [200, '[]', false, true, 'failed'],
        [202, $taken, false, true, 'failed'],
        [301, '', false, true, 'failed'],
        [401, '{}', false, true, 'failed'],
        [413, '{}', false, false, 'failed'],
        [422, '{}', false, false, 'failed'],
        [500, $taken, false, true, 'failed'],
    ];
    foreach ($reads as [$status, $text, $was_taken, $away, $result]) {
        $answer = Answer::read($status, [], $text);
        $same([$answer->taken, $answer->away, $answer->result], [$was_taken, $away, $result], "answer $status $text");
        $same($answer->reason === '', $was_taken, "a reason for $status");
    }
    $same(Answer::read(503, ['retry-after' => '120'], '')->retry_after, 120, 'seconds to wait');
    $same(Answer::read(503, ['retry-after' => 'soon'], '')->retry_after, 0, 'no time to wait');
    $same(Answer::read(200, ['date' => 'Sun, 01 Mar 2026 09:30:00 GMT'], $taken)->their_time, 1772357400, 'their time');

    $sites = ['https://www.Shop.example.com/', 'http://shop.example.com', 'HTTPS://SHOP.EXAMPLE.COM:443/', ' shop.example.com '];
    foreach ($sites as $site) {
        $same(Site::normalised($site), 'shop.example.com', "site $site");
    }
    $same(Site::normalised('https://example.com/shop/'), 'example.com/shop', 'a site in a folder');
    $same(Site::normalised('http://127.0.0.1:8080'), '127.0.0.1:8080', 'a site on a port');

    $classes = new \RecursiveIteratorIterator(new \RecursiveDirectoryIterator($plugin . '/src', \FilesystemIterator::SKIP_DOTS));
    foreach ($classes as $file) {
        $name = \strtr(\substr((string) $file, \strlen($plugin . '/src/'), -4), '/', '\\');
        $there = \class_exists(__NAMESPACE__ . '\\' . $name) || \interface_exists(__NAMESPACE__ . '\\' . $name);
        $same($there, true, "class $name");
    }
    echo PHP_VERSION, ' ', $checks, "\n";
    exit($failed === 0 ? 0 : 1);
}
