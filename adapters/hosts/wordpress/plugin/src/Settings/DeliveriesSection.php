<?php

declare(strict_types=1);

namespace SupportConnector\Settings;

use SupportConnector\Capabilities;
use SupportConnector\Guard;
use SupportConnector\Input;
use SupportConnector\Part;
use SupportConnector\Plugin;
use SupportConnector\Reconciliation;
use SupportConnector\Row;

/** The last 50 deliveries with their status and reason; send one again, send what waits now, compare with the shop. */
final class DeliveriesSection implements Part
{
    public const AGAIN = 'support_connector_again';
    public const NOW = 'support_connector_now';
    public const COMPARE = 'support_connector_compare';
    private const SHOWN = 50;

    private Plugin $plugin;

    public function __construct(Plugin $plugin)
    {
        $this->plugin = $plugin;
    }

    public function hooks(): void
    {
        \add_action('admin_post_' . self::AGAIN, [$this, 'again']);
        \add_action('admin_post_' . self::NOW, [$this, 'now']);
        \add_action('admin_post_' . self::COMPARE, [$this, 'compare']);
    }

    public function again(): void
    {
        Guard::admin(self::AGAIN, Capabilities::VIEW);
        $row = $this->plugin->outbox()->find(Input::number('row'));
        if ($row === null) {
            Said::bad(__('This row is gone: sent rows are kept for 14 days.', 'support-connector'));
        } else {
            $this->plugin->outbox()->put($row->source, $row->object, $row->subject, true);
            $this->send();
        }
        \wp_safe_redirect(Page::url());
        exit;
    }

    public function now(): void
    {
        Guard::admin(self::NOW, Capabilities::VIEW);
        $this->plugin->pause()->end();
        $this->plugin->outbox()->hurry();
        $this->send();
        \wp_safe_redirect(Page::url());
        exit;
    }

    public function compare(): void
    {
        Guard::admin(self::COMPARE, Capabilities::VIEW);
        $found = (new Reconciliation($this->plugin))->compare();
        /* translators: %d: a number of records */
        Said::good(\sprintf(__('%d records changed lately; those that read otherwise than they were sent are sent.', 'support-connector'), $found));
        \wp_safe_redirect(Page::url());
        exit;
    }

    private function send(): void
    {
        $sent = $this->plugin->sender()->run(5, 4);
        $why = $this->plugin->pause()->reason();
        if ($sent === null || $why !== '') {
            /* translators: %s: a reason */
            $held = \sprintf(__('Not sent: %s. It is tried again by itself.', 'support-connector'), \rtrim($why, '.'));
            Said::bad($why !== '' ? $held : __('Another run is sending just now, or nothing may be sent from this site.', 'support-connector'));
            return;
        }
        /* translators: %d: a number of rows */
        Said::good(\sprintf(__('%d sent.', 'support-connector'), $sent));
    }

    public function show(): void
    {
        $counts = $this->plugin->outbox()->counts();
        echo '<h2>', \esc_html__('Deliveries', 'support-connector'), '</h2><p>';
        /* translators: 1, 2: numbers of rows */
        echo \esc_html(\sprintf(__('%1$d wait, %2$d were set aside.', 'support-connector'), $counts[Row::WAITING] ?? 0, $counts[Row::SET_ASIDE] ?? 0));
        echo '</p><div style="display:flex;gap:.5em">';
        Page::form(self::NOW);
        Page::button(__('Send what waits now', 'support-connector'));
        echo '</form>';
        Page::form(self::COMPARE);
        Page::button(__('Compare with the shop', 'support-connector'));
        echo '</form></div>';
        $rows = $this->plugin->outbox()->latest(self::SHOWN);
        if ($rows !== []) {
            $this->table($rows);
        }
    }

    /** @param list<Row> $rows */
    private function table(array $rows): void
    {
        echo '<div style="overflow-x:auto;margin-top:1em"><table class="widefat striped"><thead><tr>';
        $heads = [__('What', 'support-connector'), __('State', 'support-connector'), __('Answer', 'support-connector'), __('Reason', 'support-connector'), __('Last tried', 'support-connector'), ''];
        foreach ($heads as $head) {
            echo '<th scope="col">', \esc_html($head), '</th>';
        }
        echo '</tr></thead><tbody>';
        foreach ($rows as $row) {
            $this->show_row($row);
        }
        echo '</tbody></table></div>';
    }

    private function show_row(Row $row): void
    {
        $source = $this->plugin->sources()->get($row->source);
        $label = $source === null ? $row->source : $source->label();
        echo '<tr><td>', \esc_html($label . ' ' . $row->object), '</td><td>', \esc_html(self::state($row->state)), '</td>';
        echo '<td>', \esc_html(\trim(($row->http ?: '') . ' ' . $row->result)), '</td><td>', \esc_html($row->reason), '</td>';
        $tried = $row->tried_at > 0 ? \wp_date(\get_option('date_format') . ' ' . \get_option('time_format'), $row->tried_at) : '';
        echo '<td>', \esc_html((string) $tried), '</td><td>';
        Page::form(self::AGAIN);
        echo '<input type="hidden" name="row" value="', (int) $row->id, '">';
        Page::button(__('Send again', 'support-connector'));
        echo '</form></td></tr>';
    }

    private static function state(string $state): string
    {
        $words = [
            Row::WAITING => __('waits', 'support-connector'),
            Row::SENT => __('sent', 'support-connector'),
            Row::SET_ASIDE => __('set aside', 'support-connector'),
        ];
        return $words[$state] ?? $state;
    }
}
