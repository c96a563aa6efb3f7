<?php

declare(strict_types=1);

namespace SupportConnector;

/** Loads `SupportConnector\A\B` from `src/A/B.php`; other namespaces are left alone. */
final class Autoloader
{
    public static function register(string $folder): void
    {
        \spl_autoload_register(
            static function (string $class) use ($folder): void {
                if (\strpos($class, __NAMESPACE__ . '\\') !== 0) {
                    return;
                }
                $path = $folder . '/' . \strtr(\substr($class, \strlen(__NAMESPACE__) + 1), '\\', '/') . '.php';
                if (\is_file($path)) {
                    require_once $path;
                }
            }
        );
    }
}
