<?php

/** Runs the PHP that stands in its input inside WordPress and prints what it returns, as one line of JSON. */

$call = json_decode(stream_get_contents(STDIN), true);
$_SERVER['HTTP_HOST'] = parse_url(getenv('WORDPRESS_URL'), PHP_URL_HOST) . ':' . parse_url(getenv('WORDPRESS_URL'), PHP_URL_PORT);
$_SERVER['REQUEST_URI'] = '/';
$_SERVER['REQUEST_METHOD'] = 'GET';
$_SERVER['SERVER_PROTOCOL'] = 'HTTP/1.1';
if ($call['installing']) {
    define('WP_INSTALLING', true);
}
require $call['site'] . '/wp-load.php';
if ($call['installing']) {
    require_once ABSPATH . 'wp-admin/includes/upgrade.php';
}
$answer = (static function (string $php, $arguments) {
    return eval($php);
})($call['php'], $call['arguments']);
echo "\nANSWER:" . json_encode($answer, JSON_THROW_ON_ERROR) . "\n";
