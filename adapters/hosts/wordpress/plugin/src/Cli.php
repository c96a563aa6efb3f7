<?php

declare(strict_types=1);

namespace SupportConnector;

/** Tells the connector what the shop sells: how that stands, and what may be done by hand. */
final class Cli
{
    private Plugin $plugin;

    public function __construct(Plugin $plugin)
    {
        $this->plugin = $plugin;
    }

    /**
     * Shows the connection and the outbox.
     */
    public function status(): void
    {
        $pause = $this->plugin->pause();
        $counts = $this->plugin->outbox()->counts();
        $progress = $this->plugin->sync()->progress();
        \WP_CLI::line('connection: ' . $this->plugin->connection()->state() . ' ' . $this->plugin->connection()->url());
        \WP_CLI::line('last taken: ' . ($pause->last_success() ? Event::time($pause->last_success()) : 'never'));
        if ($pause->since()) {
            \WP_CLI::line('away since: ' . Event::time($pause->since()) . ', next try ' . Event::time($pause->until()) . ': ' . $pause->reason());
        }
        \WP_CLI::line(\sprintf('rows:       %d waiting, %d set aside, %d sent', $counts[Row::WAITING] ?? 0, $counts[Row::SET_ASIDE] ?? 0, $counts[Row::SENT] ?? 0));
        \WP_CLI::line(\sprintf('whole shop: %s, %d of %d', $progress['state'], $progress['done'], $progress['total']));
    }

    /**
     * Sends what waits, now.
     *
     * ## OPTIONS
     *
     * [--seconds=<seconds>]
     * : How long, at most. Default: 300.
     *
     * @param list<string> $words
     * @param array<string, string> $options
     */
    public function send(array $words, array $options): void
    {
        $this->plugin->pause()->end();
        $this->plugin->outbox()->hurry();
        $sent = $this->plugin->sender()->run((float) ($options['seconds'] ?? 300));
        if ($sent === null) {
            \WP_CLI::error('Nothing may be sent now: ' . $this->plugin->connection()->state() . ', or another run is at it.');
        }
        $waiting = $this->plugin->outbox()->counts()[Row::WAITING] ?? 0;
        $why = $this->plugin->pause()->reason();
        \WP_CLI::line("$sent sent, $waiting waiting" . ($why === '' ? '' : ": $why"));
        if ($why !== '') {
            \WP_CLI::halt(1);
        }
    }

    /**
     * Sends the whole shop, or what changed since a day.
     *
     * ## OPTIONS
     *
     * [--since=<day>]
     * : Only what changed since then, such as 2026-01-31.
     *
     * [--background]
     * : Leave the sending to WP-Cron.
     *
     * @param list<string> $words
     * @param array<string, string> $options
     */
    public function resync(array $words, array $options): void
    {
        if (isset($options['since'])) {
            $since = \strtotime($options['since'] . ' UTC');
            if ($since === false) {
                \WP_CLI::error('--since is a day such as 2026-01-31.');
            }
            \WP_CLI::line((new Reconciliation($this->plugin))->compare((int) $since) . ' changed objects marked');
            return;
        }
        $this->plugin->sync()->start();
        while (! isset($options['background']) && $this->plugin->sync()->running()) {
            $this->plugin->sync()->step();
            $sent = $this->plugin->sender()->run(300);
            $progress = $this->plugin->sync()->progress();
            \WP_CLI::line($progress['done'] . ' of ' . $progress['total'] . ' ' . $progress['last']);
            if ($this->plugin->pause()->reason() !== '' || $sent === null) {
                \WP_CLI::error('Held up: ' . $this->plugin->pause()->reason() . ' It goes on by WP-Cron.');
            }
            if ($sent === 0 && $progress['waiting'] > 0) {
                \WP_CLI::warning($progress['waiting'] . ' rows failed and are tried again by WP-Cron.');
                return;
            }
        }
    }

    /**
     * Connects the shop.
     *
     * ## OPTIONS
     *
     * <code>
     * : What `connector endpoint add --host standard --connect` printed.
     *
     * @param list<string> $words
     */
    public function connect(array $words): void
    {
        $connecting = new Connecting($this->plugin);
        try {
            $connecting->by_code($words[0]);
        } catch (Misconnected $fault) {
            \WP_CLI::error($fault->getMessage());
        }
        $answer = $connecting->test();
        if (! $answer->taken) {
            \WP_CLI::error($answer->reason);
        }
        \WP_CLI::success('Connected to ' . $this->plugin->connection()->url());
    }

    /**
     * Says what stands in the way, and sends a test.
     */
    public function doctor(): void
    {
        $health = (new SiteHealth($this->plugin))->test();
        \WP_CLI::line(\trim(\wp_strip_all_tags(\str_replace('</p>', "\n", $health['description']))));
        $answer = (new Connecting($this->plugin))->test();
        if (! $answer->taken) {
            \WP_CLI::error($answer->reason);
        }
        \WP_CLI::success('The connector took a test.');
    }
}
