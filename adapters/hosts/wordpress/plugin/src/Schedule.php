<?php

declare(strict_types=1);

namespace SupportConnector;

/**
 * When the outbox is emptied: at the end of a request whose page is out already (PHP-FPM, LiteSpeed), every minute by
 * WP-Cron and by Action Scheduler where it is there, and, where neither runs, by any request that finds rows over ten
 * minutes old.
 */
final class Schedule implements Part
{
    public const SEND = 'support_connector_send';
    public const DAILY = 'support_connector_daily';
    private const LATE = 600;
    private const RUN = 45;
    private const BRIEF = 10;

    private Plugin $plugin;

    public function __construct(Plugin $plugin)
    {
        $this->plugin = $plugin;
    }

    public function hooks(): void
    {
        \add_filter('cron_schedules', [$this, 'every_minute']);
        \add_action(self::SEND, [$this, 'send']);
        \add_action(self::DAILY, [$this, 'daily']);
        \add_action('action_scheduler_run_queue', [$this, 'send_briefly'], 20);
        \add_action('init', [$this, 'plan']);
        \add_action('shutdown', [$this, 'at_the_end'], 100);
    }

    /**
     * @param array<string, array<string, mixed>> $schedules
     * @return array<string, array<string, mixed>>
     */
    public function every_minute(array $schedules): array
    {
        $schedules['support_connector_minute'] = ['interval' => 60, 'display' => 'Support Connector'];
        return $schedules;
    }

    public function plan(): void
    {
        if (! \wp_next_scheduled(self::SEND)) {
            \wp_schedule_event(\time() + 60, 'support_connector_minute', self::SEND);
        }
        if (! \wp_next_scheduled(self::DAILY)) {
            \wp_schedule_event(\time() + 3600, 'daily', self::DAILY);
        }
    }

    public function send(): void
    {
        Plugin::safely(fn () => (new Reconciliation($this->plugin))->after_trouble());
        Plugin::safely([$this, 'send_for_a_while']);
    }

    /** Within the minute to the next run. Everything there is goes the same way, a few hundred at a time. */
    public function send_for_a_while(): void
    {
        $until = \microtime(true) + self::RUN;
        do {
            $more = $this->plugin->sync()->step();
            $sent = $this->plugin->sender()->run($until - \microtime(true));
        } while ($sent !== null && ($more || $this->plugin->sync()->running()) && ($more || $sent > 0) && \microtime(true) < $until);
    }

    /** After a run of Action Scheduler, by WP-Cron or by its own requests from wp-admin; no action of ours lies in its tables. */
    public function send_briefly(): void
    {
        Plugin::safely(fn () => $this->plugin->sender()->run(self::BRIEF));
    }

    public function daily(): void
    {
        \do_action('support_connector_day');
    }

    /** Nobody waits for this any more, or somebody waits two seconds once in a minute, where nothing else sends. */
    public function at_the_end(): void
    {
        Plugin::safely(
            function (): void {
                if ($this->plugin->marks()->any() && $this->page_is_out()) {
                    $this->plugin->sender()->run(20);
                } elseif ($this->may_help_out()) {
                    \set_transient('support_connector_looked', 1, 60);
                    if ($this->plugin->outbox()->oldest_due(\time()) < \time() - self::LATE) {
                        $this->plugin->sender()->run(2, 2);
                    }
                }
            }
        );
    }

    private function page_is_out(): bool
    {
        if (\wp_doing_cron() || \defined('WP_CLI')) {
            return false;
        }
        if (\function_exists('fastcgi_finish_request')) {
            return \fastcgi_finish_request();
        }
        return \function_exists('litespeed_finish_request') && \litespeed_finish_request();
    }

    /** Not in a checkout, a REST or an AJAX request: those have somebody waiting who did not ask for a page. */
    private function may_help_out(): bool
    {
        $method = isset($_SERVER['REQUEST_METHOD']) ? \sanitize_key($_SERVER['REQUEST_METHOD']) : '';
        $busy = \wp_doing_cron() || \wp_doing_ajax() || \defined('REST_REQUEST') || \defined('WP_CLI');
        return $method === 'get' && ! $busy && ! \get_transient('support_connector_looked');
    }
}
