<?php

declare(strict_types=1);

namespace SupportConnector\Panels;

use SupportConnector\Account\Purchase;
use SupportConnector\Account\Purchases;
use SupportConnector\Account\Standing;
use SupportConnector\Account\StandingRoute;
use SupportConnector\Account\StandingView;
use SupportConnector\Account\Tickets;
use SupportConnector\Connection;
use SupportConnector\Plugin;

/** What a shop manager sees of an order or a user: eligible or not, why, until when, sites used, and the tickets. */
final class PanelView
{
    private const MOST = 5;

    private Plugin $plugin;

    public function __construct(Plugin $plugin)
    {
        $this->plugin = $plugin;
    }

    /** Why there is nothing to see, '' where there is. */
    public static function why_not(Plugin $plugin): string
    {
        $state = $plugin->connection()->state();
        if ($state === Connection::NONE) {
            return __('Not connected to a support connector yet: see Settings > Support Connector.', 'support-connector');
        }
        if ($state !== Connection::READY) {
            return __('The connection to the support connector rests: see Settings > Support Connector.', 'support-connector');
        }
        if (! $plugin->api()->ready()) {
            return __('The connection has no API token, so that the connector cannot be asked. Connect by code, or enter a token under Settings > Support Connector.', 'support-connector');
        }
        return '';
    }

    /** False where the connector does not answer. */
    public function show(string $what, string $id): bool
    {
        return $what === 'user' ? $this->user((int) $id) : $this->order($id);
    }

    private function order(string $id): bool
    {
        return $this->standing(['order' => $id]);
    }

    private function user(int $id): bool
    {
        $user = \get_userdata($id);
        if (! $user) {
            return true;
        }
        $purchases = \array_slice(Purchases::of($id), 0, self::MOST);
        $asked = $purchases === [] ? ['' => ['email' => (string) $user->user_email]] : $this->asked($purchases);
        foreach ($asked as $label => $query) {
            if ($label !== '') {
                echo '<h4>', \esc_html($label), '</h4>';
            }
            if (! $this->standing($query)) {
                return false;
            }
        }
        $this->tickets($id);
        return true;
    }

    /**
     * @param list<Purchase> $purchases
     * @return array<string, array<string, string>>
     */
    private function asked(array $purchases): array
    {
        $asked = [];
        foreach ($purchases as $purchase) {
            $asked[$purchase->label()] = StandingRoute::query($purchase);
        }
        return \array_filter($asked);
    }

    /** @param array<string, string> $query */
    private function standing(array $query): bool
    {
        $standing = Standing::of($this->plugin->api(), $query);
        if ($standing === null) {
            return false;
        }
        StandingView::show($standing);
        return true;
    }

    private function tickets(int $user): void
    {
        foreach (Tickets::of($user) as $ticket) {
            if ($ticket['number'] !== '') {
                echo '<p><a href="', \esc_url($ticket['url']), '">', \esc_html($ticket['number']), '</a> ', \esc_html($ticket['subject']), ' (', \esc_html($ticket['state']), ')</p>';
            }
        }
    }
}
