<?php

/** The configuration of the WordPress that the tests start; everything of a run stands in its environment. */

define('DB_NAME', 'wordpress');
define('DB_USER', 'root');
define('DB_PASSWORD', '');
define('DB_HOST', 'localhost:' . getenv('WORDPRESS_SOCKET'));
define('DB_CHARSET', 'utf8mb4');
define('DB_COLLATE', '');

foreach (['AUTH', 'SECURE_AUTH', 'LOGGED_IN', 'NONCE'] as $name) {
    define($name . '_KEY', 'a key of the tests for ' . $name . ', which is long enough');
    define($name . '_SALT', 'a salt of the tests for ' . $name . ', which is long enough');
}

require getenv('WORDPRESS_FOLDER') . '/extra.php';

defined('WP_HOME') || define('WP_HOME', getenv('WORDPRESS_URL'));
defined('WP_SITEURL') || define('WP_SITEURL', WP_HOME);
define('WP_DEBUG', true);
define('WP_DEBUG_LOG', getenv('WORDPRESS_FOLDER') . '/debug.log');
define('WP_DEBUG_DISPLAY', false);
define('DISABLE_WP_CRON', true);
define('AUTOMATIC_UPDATER_DISABLED', true);
define('WP_AUTO_UPDATE_CORE', false);
define('FS_METHOD', 'direct');

$table_prefix = 'wp_';

defined('ABSPATH') || define('ABSPATH', __DIR__ . '/');
require_once ABSPATH . 'wp-settings.php';
