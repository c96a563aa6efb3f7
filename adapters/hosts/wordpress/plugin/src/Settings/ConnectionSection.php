<?php

declare(strict_types=1);

namespace SupportConnector\Settings;

use SupportConnector\Capabilities;
use SupportConnector\Connecting;
use SupportConnector\Connection;
use SupportConnector\Guard;
use SupportConnector\Input;
use SupportConnector\Misconnected;
use SupportConnector\Obstacles;
use SupportConnector\Part;
use SupportConnector\Plugin;
use SupportConnector\Row;

/** Connect by a one-time code or by address and secret; send a test. */
final class ConnectionSection implements Part
{
    public const CONNECT = 'support_connector_connect';
    public const TEST = 'support_connector_test';

    private Plugin $plugin;

    public function __construct(Plugin $plugin)
    {
        $this->plugin = $plugin;
    }

    public function hooks(): void
    {
        \add_action('admin_post_' . self::CONNECT, [$this, 'connect']);
        \add_action('admin_post_' . self::TEST, [$this, 'test']);
    }

    public function connect(): void
    {
        Guard::admin(self::CONNECT, Capabilities::MANAGE);
        $connecting = new Connecting($this->plugin);
        try {
            if (Input::secret('code') !== '') {
                $connecting->by_code(Input::secret('code'));
            } else {
                $connecting->by_secret(Input::secret('url'), Input::secret('secret'), Input::secret('notify_secret'), Input::secret('api_token'));
            }
            if (Input::has('drop_waiting')) {
                $this->plugin->outbox()->clear();
            }
            $this->say_test();
        } catch (Misconnected $fault) {
            Said::bad($fault->getMessage());
        }
        \wp_safe_redirect(Page::url());
        exit;
    }

    public function test(): void
    {
        Guard::admin(self::TEST, Capabilities::MANAGE);
        $this->say_test();
        \wp_safe_redirect(Page::url());
        exit;
    }

    private function say_test(): void
    {
        $answer = (new Connecting($this->plugin))->test();
        if ($answer->taken) {
            /* translators: %s: the number of a delivery, such as dlv_... */
            Said::good(\sprintf(__('Connected: the connector answered, signature and endpoint fit together (%s).', 'support-connector'), $answer->body['delivery']));
            return;
        }
        Said::bad($answer->reason);
    }

    public function show(): void
    {
        $connection = $this->plugin->connection();
        echo '<h2>', \esc_html__('Connection', 'support-connector'), '</h2>';
        echo '<p style="overflow-wrap:anywhere">', \esc_html($this->status($connection)), '</p>';
        foreach ((new Obstacles($this->plugin))->found() as $obstacle) {
            echo '<p class="notice notice-warning inline">', \esc_html($obstacle), '</p>';
        }
        if ($connection->state() !== Connection::NONE) {
            Page::form(self::TEST);
            Page::button(__('Send a test', 'support-connector'));
            echo '</form>';
        }
        if ($connection->is_fixed('URL')) {
            echo '<p>', \esc_html__('Address and secret stand in wp-config.php (SUPPORT_CONNECTOR_URL, SUPPORT_CONNECTOR_SECRET).', 'support-connector'), '</p>';
            return;
        }
        $this->show_form($connection);
    }

    private function show_form(Connection $connection): void
    {
        $open = $connection->state() === Connection::NONE || $connection->state() === Connection::UNREADABLE;
        echo '<details', \esc_attr($open ? ' open' : ''), '><summary>', \esc_html($open ? __('Connect', 'support-connector') : __('Connect anew, or to another connector', 'support-connector')), '</summary>';
        Page::form(self::CONNECT);
        echo '<p><label for="sc-code">', \esc_html__('Connect code', 'support-connector'), '</label><br>';
        echo '<input id="sc-code" name="code" type="text" class="large-text code" autocomplete="off" placeholder="https://connector.example.com/connect/..."></p>';
        echo '<p>', \esc_html__('Or address and secret of an endpoint:', 'support-connector'), '</p>';
        $this->field('url', __('Address', 'support-connector'), 'url', $connection->url());
        $this->field('secret', __('Secret (whsec_...)', 'support-connector'), 'password');
        $this->field('notify_secret', __('Secret of the notifications (optional)', 'support-connector'), 'password');
        $this->field('api_token', __('API token for the panels (optional)', 'support-connector'), 'password');
        $waiting = $this->plugin->outbox()->counts()[Row::WAITING] ?? 0;
        if ($waiting > 0) {
            echo '<p><label><input type="checkbox" name="drop_waiting" value="1"> ';
            /* translators: %d: a number of rows */
            echo \esc_html(\sprintf(__('Throw away the %d changes that wait. Left unticked, they go to the new address.', 'support-connector'), $waiting));
            echo '</label></p>';
        }
        Page::button(__('Connect', 'support-connector'), true);
        echo '</form></details>';
    }

    private function field(string $name, string $label, string $type, string $value = ''): void
    {
        echo '<p><label for="sc-', \esc_attr($name), '">', \esc_html($label), '</label><br><input id="sc-', \esc_attr($name), '" name="', \esc_attr($name);
        echo '" type="', \esc_attr($type), '" class="regular-text code" autocomplete="off" value="', \esc_attr($value), '"></p>';
    }

    private function status(Connection $connection): string
    {
        $pause = $this->plugin->pause();
        switch ($connection->state()) {
            case Connection::NONE:
                return __('Not connected. Paste the code that your connector printed.', 'support-connector');
            case Connection::COPIED:
                return __('This site is not where it was when it was connected. Nothing is sent until you say whether it is a copy.', 'support-connector');
            case Connection::UNREADABLE:
                return __('The secret cannot be read any more, as after the salts in wp-config.php were changed. Connect again; what waits is kept.', 'support-connector');
            default:
                break;
        }
        if ($pause->since() > 0) {
            /* translators: 1: a span of time, 2: a reason */
            return \sprintf(__('The connector has not taken anything for %1$s: %2$s. Everything waits here and is sent once it does.', 'support-connector'), \human_time_diff($pause->since()), \rtrim($pause->reason(), '.'));
        }
        if ($pause->last_success() > 0) {
            /* translators: 1: the address, 2: a span of time */
            return \sprintf(__('Connected to %1$s. The last delivery was taken %2$s ago.', 'support-connector'), $connection->url(), \human_time_diff($pause->last_success()));
        }
        /* translators: %s: the address */
        return \sprintf(__('Set up for %s. Nothing was taken there yet: send a test.', 'support-connector'), $connection->url());
    }
}
