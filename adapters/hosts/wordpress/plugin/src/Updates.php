<?php

declare(strict_types=1);

namespace SupportConnector;

/**
 * New versions come from the connector that the shop is connected to: `GET <connector>/wordpress/plugin.json`. The zip must
 * have the SHA-256 that the connector told over HTTPS, and be an address of that connector.
 */
final class Updates implements Part
{
    /** The host of the header `Update URI`, by which WordPress asks us and nobody else. */
    private const HOST = 'support-connector.example.com';
    private const KEPT = 'support_connector_update';

    private Plugin $plugin;

    public function __construct(Plugin $plugin)
    {
        $this->plugin = $plugin;
    }

    public function hooks(): void
    {
        \add_filter('update_plugins_' . self::HOST, [$this, 'offer'], 10, 3);
        \add_filter('upgrader_pre_download', [$this, 'download'], 10, 2);
    }

    /**
     * @param array<string, mixed>|false $offer
     * @param array<string, string> $plugin
     * @return array<string, mixed>|false
     */
    public function offer($offer, $plugin, string $file)
    {
        if ($file !== \plugin_basename($this->plugin->file()) || ! $this->plugin->connection()->ready()) {
            return $offer;
        }
        $base = $this->plugin->connection()->base();
        $told = Transport::ask($base . '/wordpress/plugin.json', ['method' => 'GET', 'timeout' => 5])->body;
        $package = (string) ($told['package'] ?? '');
        if (! isset($told['version'], $told['sha256']) || \strpos($package, $base . '/') !== 0) {
            return $offer;
        }
        \update_option(self::KEPT, ['package' => $package, 'sha256' => (string) $told['sha256']], false);
        return [
            'slug' => 'support-connector',
            'version' => (string) $told['version'],
            'url' => $base,
            'package' => $package,
            'requires_php' => (string) ($told['requires_php'] ?? '7.4'),
            'tested' => (string) ($told['tested'] ?? ''),
        ];
    }

    /**
     * Fetches our zip itself, so as to refuse one that is not what was told.
     *
     * @param mixed $reply
     * @return mixed
     */
    public function download($reply, string $package)
    {
        $kept = \get_option(self::KEPT);
        if (! \is_array($kept) || $package !== $kept['package']) {
            return $reply;
        }
        // Not download_url(): that refuses connectors in the shop's own network and on other ports than 80, 443 and 8080.
        $file = \wp_tempnam($package);
        $reply = \wp_remote_get($package, ['timeout' => 60, 'redirection' => 0, 'stream' => true, 'filename' => $file]);
        if (\is_wp_error($reply)) {
            \wp_delete_file($file);
            return $reply;
        }
        if (! \hash_equals(\strtolower($kept['sha256']), (string) \hash_file('sha256', $file))) {
            \wp_delete_file($file);
            return new \WP_Error('support_connector', __('The zip is not the one that the connector told of. Nothing was changed.', 'support-connector'));
        }
        return $file;
    }
}
