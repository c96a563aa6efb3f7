<?php

declare(strict_types=1);

namespace SupportConnector\Sources;

use SupportConnector\Plugin;

/** Listens to a hook of a shop plugin: nothing that goes wrong with us reaches the checkout or the screen it fires on. */
final class Hook
{
    /** @param callable $call Given as many of the hook's arguments as asked for. */
    public static function on(string $hook, callable $call, int $arguments = 1): void
    {
        \add_action(
            $hook,
            static function (...$given) use ($call): void {
                Plugin::safely(static fn () => $call(...$given));
            },
            10,
            $arguments
        );
    }
}
