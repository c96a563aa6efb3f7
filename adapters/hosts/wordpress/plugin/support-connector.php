<?php

/**
 * Plugin Name:       Support Connector
 * Description:       Tells your support connector what your shop sells, and lets customers ask for support and follow their tickets.
 * Version:           1.0.0
 * Requires at least: 6.1
 * Requires PHP:      7.4
 * Author:            The support connector
 * License:           MIT
 * Update URI:        https://support-connector.example.com/wordpress
 * Text Domain:       support-connector
 * Domain Path:       /languages
 *
 * @package SupportConnector
 */

declare(strict_types=1);

namespace SupportConnector;

if (! \defined('ABSPATH')) {
    exit;
}

require_once __DIR__ . '/src/Autoloader.php';

Autoloader::register(__DIR__ . '/src');
Plugin::start(__FILE__);
