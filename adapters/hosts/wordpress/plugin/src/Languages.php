<?php

declare(strict_types=1);

namespace SupportConnector;

/** The plugin's own translations, loaded at `init` and not before. */
final class Languages implements Part
{
    private Plugin $plugin;

    public function __construct(Plugin $plugin)
    {
        $this->plugin = $plugin;
    }

    public function hooks(): void
    {
        \add_action('init', [$this, 'load'], 1);
    }

    public function load(): void
    {
        \load_plugin_textdomain('support-connector', false, \dirname(\plugin_basename($this->plugin->file())) . '/languages');
    }
}
