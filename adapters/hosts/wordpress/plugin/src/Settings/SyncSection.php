<?php

declare(strict_types=1);

namespace SupportConnector\Settings;

use SupportConnector\Capabilities;
use SupportConnector\Guard;
use SupportConnector\Part;
use SupportConnector\Plugin;

/** Send everything: a button and a progress bar. It goes on when the page is closed; the page only looks. */
final class SyncSection implements Part
{
    public const START = 'support_connector_sync';
    public const LOOK = 'support_connector_progress';

    private Plugin $plugin;

    public function __construct(Plugin $plugin)
    {
        $this->plugin = $plugin;
    }

    public function hooks(): void
    {
        \add_action('admin_post_' . self::START, [$this, 'start']);
        \add_action('wp_ajax_' . self::LOOK, [$this, 'look']);
        \add_action('admin_enqueue_scripts', [$this, 'script']);
    }

    public function start(): void
    {
        Guard::admin(self::START, Capabilities::VIEW);
        $this->plugin->sync()->start();
        Said::good(__('Everything is being sent in the background. You may close this page.', 'support-connector'));
        \wp_safe_redirect(Page::url());
        exit;
    }

    public function look(): void
    {
        Guard::admin(self::LOOK, Capabilities::VIEW);
        $progress = $this->plugin->sync()->progress();
        \wp_send_json(['done' => $progress['done'], 'total' => $progress['total'], 'state' => $progress['state'], 'words' => $this->words($progress)]);
    }

    public function script(string $page): void
    {
        if ($page !== 'settings_page_' . Page::SLUG) {
            return;
        }
        \wp_enqueue_script('support-connector-progress', $this->plugin->url('assets/progress.js'), [], Plugin::VERSION, true);
        $address = \add_query_arg(['action' => self::LOOK, '_wpnonce' => \wp_create_nonce(self::LOOK)], \admin_url('admin-ajax.php'));
        \wp_add_inline_script('support-connector-progress', 'window.supportConnectorProgress = ' . \wp_json_encode($address) . ';', 'before');
    }

    public function show(): void
    {
        $progress = $this->plugin->sync()->progress();
        echo '<h2>', \esc_html__('Send the whole shop', 'support-connector'), '</h2>';
        echo '<p>';
        if ($progress['state'] !== 'never') {
            echo '<progress id="sc-progress" max="', (int) \max(1, $progress['total']), '" value="', (int) $progress['done'], '" data-state="', \esc_attr($progress['state']), '"></progress> ';
        }
        echo '<span id="sc-progress-words" role="status">', \esc_html($this->words($progress)), '</span></p>';
        if ($progress['state'] === 'never' || $progress['state'] === 'finished') {
            Page::form(self::START);
            Page::button(__('Send everything now', 'support-connector'));
            echo '</form>';
        }
    }

    /** @param array<string, mixed> $progress */
    private function words(array $progress): string
    {
        switch ($progress['state']) {
            case 'never':
                return __('Not sent yet. Do so once after connecting; afterwards changes go by themselves.', 'support-connector');
            case 'finished':
                /* translators: %d: a number of records */
                $words = \sprintf(__('%d records were sent.', 'support-connector'), $progress['done']);
                break;
            case 'stalled':
                /* translators: %s: a span of time */
                $words = \sprintf(__('Nothing has moved for %s. See Tools > Site Health.', 'support-connector'), \human_time_diff($progress['moved']));
                break;
            default:
                /* translators: 1, 2: numbers of records */
                $words = \sprintf(__('%1$d of %2$d sent.', 'support-connector'), $progress['done'], $progress['total']);
                if ($progress['last'] !== '') {
                    /* translators: %s: a source and an id */
                    $words .= ' ' . \sprintf(__('Now at %s.', 'support-connector'), $progress['last']);
                }
                $spent = \time() - $progress['started'];
                if ($spent > 60) {
                    /* translators: %d: records per minute */
                    $words .= ' ' . \sprintf(__('%d a minute.', 'support-connector'), (int) ($progress['done'] * 60 / $spent));
                }
        }
        if ($progress['set_aside'] > 0) {
            /* translators: %d: a number of records */
            $words .= ' ' . \sprintf(__('%d were set aside, see below.', 'support-connector'), $progress['set_aside']);
        }
        return $words;
    }
}
