<?php

declare(strict_types=1);

namespace SupportConnector;

/** `wp support-connector ...`, where WP-CLI runs. */
final class Commands implements Part
{
    private Plugin $plugin;

    public function __construct(Plugin $plugin)
    {
        $this->plugin = $plugin;
    }

    public function hooks(): void
    {
        if (\defined('WP_CLI') && \class_exists('WP_CLI')) {
            \WP_CLI::add_command('support-connector', new Cli($this->plugin));
        }
    }
}
