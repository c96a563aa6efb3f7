<?php

declare(strict_types=1);

namespace SupportConnector;

/** What stands in the way of sending, found without sending, with the line that mends it. */
final class Obstacles
{
    private Plugin $plugin;

    public function __construct(Plugin $plugin)
    {
        $this->plugin = $plugin;
    }

    /** @return list<string> In words for the owner. */
    public function found(): array
    {
        return \array_values(\array_filter([$this->blocked(), $this->no_database(), $this->clock(), $this->second_way(), $this->cron()]));
    }

    private function blocked(): string
    {
        $host = (string) \parse_url($this->plugin->connection()->url(), PHP_URL_HOST);
        if ($host === '' || ! \defined('WP_HTTP_BLOCK_EXTERNAL') || ! \constant('WP_HTTP_BLOCK_EXTERNAL')) {
            return '';
        }
        $let = \defined('WP_ACCESSIBLE_HOSTS') ? \preg_split('/,\s*/', (string) \constant('WP_ACCESSIBLE_HOSTS')) : [];
        if (\in_array($host, (array) $let, true)) {
            return '';
        }
        /* translators: %s: a line of PHP */
        return \sprintf(__('wp-config.php blocks requests to other servers. Add this line to it: %s', 'support-connector'), "define('WP_ACCESSIBLE_HOSTS', '" . \implode(',', \array_filter(\array_merge((array) $let, [$host]))) . "');");
    }

    private function no_database(): string
    {
        $fault = Schema::make();
        if ($fault === '') {
            return '';
        }
        /* translators: %s: the database's own words */
        return \sprintf(__('The database refuses the table of the outbox; changes are looked for again once it is there: %s', 'support-connector'), $fault);
    }

    private function clock(): string
    {
        $shift = $this->plugin->pause()->clock_shift();
        if (\abs($shift) < Signature::TOLERANCE - 30) {
            return '';
        }
        /* translators: %d: minutes */
        return \sprintf(__('The clock of this server is %d minutes off. It is allowed for, but have it set: other things fail by it, too.', 'support-connector'), (int) \round(\abs($shift) / 60));
    }

    /** The shop's own webhooks to the same connector tell everything a second time. */
    private function second_way(): string
    {
        $base = $this->plugin->connection()->base();
        $table = Schema::wpdb()->prefix . 'wc_webhooks';
        if ($base === '' || ! \class_exists('WooCommerce', false)) {
            return '';
        }
        $rows = Plugin::safely(
            static fn (): array => Schema::rows(
                Schema::wpdb()->prepare("SELECT name FROM $table WHERE status = 'active' AND delivery_url LIKE %s", Schema::wpdb()->esc_like($base) . '/%')
            )
        );
        if (! $rows) {
            return '';
        }
        /* translators: %s: names of webhooks */
        return \sprintf(__('WooCommerce tells the same connector as well, by its webhooks: %s. Switch them off under WooCommerce > Settings > Advanced > Webhooks.', 'support-connector'), \implode(', ', \array_column($rows, 'name')));
    }

    /** Said where rows are late, for that is when it matters. */
    private function cron(): string
    {
        $late = Plugin::safely(fn (): bool => $this->plugin->outbox()->oldest_due(\time()) < \time() - 900);
        if (! $late || ! $this->plugin->connection()->ready() || $this->plugin->pause()->since() > 0) {
            return '';
        }
        /* translators: %s: a line for a crontab */
        return \sprintf(__('WP-Cron does not run: too few visitors, or DISABLE_WP_CRON without a crontab. Add this line to the crontab: %s', 'support-connector'), '* * * * * curl -fsS -o /dev/null "' . \site_url('wp-cron.php?doing_wp_cron') . '"');
    }
}
