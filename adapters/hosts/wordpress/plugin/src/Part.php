<?php

declare(strict_types=1);

namespace SupportConnector;

/** A part of the plugin that adds its own hooks: a page, a panel, a block, a route. Made with the Plugin. */
interface Part
{
    public function __construct(Plugin $plugin);

    /** Called on `plugins_loaded`, on every request: adds hooks and does nothing else. No translation yet. */
    public function hooks(): void;
}
