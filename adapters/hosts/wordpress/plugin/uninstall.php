<?php

/**
 * Called by WordPress when the plugin is deleted.
 *
 * @package SupportConnector
 */

declare(strict_types=1);

namespace SupportConnector;

if (! \defined('WP_UNINSTALL_PLUGIN')) {
    exit;
}

require_once __DIR__ . '/src/Autoloader.php';

Autoloader::register(__DIR__ . '/src');
Removal::run();
