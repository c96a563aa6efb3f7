<?php

declare(strict_types=1);

namespace SupportConnector\Account;

use SupportConnector\Form\Draft;
use SupportConnector\Form\FormPage;
use SupportConnector\Input;
use SupportConnector\Plugin;
use SupportConnector\When;

/** My Account: licences with their support period and sites, requests and tickets with their state and due time. */
final class AccountView
{
    private Plugin $plugin;

    public function __construct(Plugin $plugin)
    {
        $this->plugin = $plugin;
    }

    public function show(): void
    {
        $user = \get_current_user_id();
        echo '<div class="support-connector support-connector-account">';
        if ($user === 0) {
            echo '<p><a href="', \esc_url(\wp_login_url((string) \get_permalink())), '">', \esc_html__('Sign in to see your licences and tickets', 'support-connector'), '</a></p></div>';
            return;
        }
        echo '<h3>', \esc_html__('Your licences', 'support-connector'), '</h3>';
        $this->licences(Purchases::of($user));
        echo '<h3>', \esc_html__('Your requests and tickets', 'support-connector'), '</h3>';
        $this->tickets(Tickets::of($user));
        AddressView::show($user);
        echo '</div>';
    }

    /** @param list<Purchase> $purchases */
    private function licences(array $purchases): void
    {
        if ($purchases === []) {
            echo '<p>', \esc_html__('We found no purchase of yours. If you bought with another e-mail address, add it below.', 'support-connector'), '</p>';
            return;
        }
        echo '<ul class="support-connector-list">';
        foreach ($purchases as $purchase) {
            echo '<li><h4>', \esc_html($purchase->product === '' ? $purchase->label() : $purchase->product), '</h4>';
            $this->facts($purchase);
            $this->standing($purchase);
            echo '</li>';
        }
        echo '</ul>';
    }

    private function facts(Purchase $purchase): void
    {
        if ($purchase->key !== '') {
            echo '<p>', \esc_html__('Licence key:', 'support-connector'), ' <code>', \esc_html($purchase->key), '</code></p>';
        }
        if ($purchase->number !== '') {
            /* translators: %s: number of an order */
            echo '<p>', \esc_html(\sprintf(__('Order %s', 'support-connector'), $purchase->number)), '</p>';
        }
        if ($purchase->until !== null) {
            /* translators: %s: a date */
            $words = $purchase->until === 0 ? __('The licence does not end.', 'support-connector') : \sprintf(__('The licence runs until %s.', 'support-connector'), When::day($purchase->until));
            echo '<p>', \esc_html($words), '</p>';
        }
        if ($purchase->renew_url !== '') {
            echo '<p><a href="', \esc_url($purchase->renew_url), '">', \esc_html__('Renew', 'support-connector'), '</a></p>';
        }
    }

    /** Known already, or loaded after the page; without the script a link asks at once. */
    private function standing(Purchase $purchase): void
    {
        $query = StandingRoute::query($purchase);
        if ($query === [] || ! $this->plugin->api()->ready()) {
            return;
        }
        $known = Input::text('support-standing') === $purchase->id() ? Standing::of($this->plugin->api(), $query) : Standing::known($query);
        if ($known !== null) {
            StandingView::show($known);
            return;
        }
        echo '<div aria-live="polite" aria-busy="true" data-support-connector-later="', \esc_url(StandingRoute::url($purchase)), '" data-away="',
            \esc_attr__('The support system does not answer just now.', 'support-connector'), '">',
            '<noscript><a href="', \esc_url(\add_query_arg('support-standing', $purchase->id())), '">', \esc_html__('Show until when there is support', 'support-connector'), '</a></noscript></div>';
    }

    /** @param list<array{subject: string, number: string, state: string, due: string, url: string, draft: Draft|null}> $tickets */
    private function tickets(array $tickets): void
    {
        if ($tickets === []) {
            echo '<p>', \esc_html__('You have not asked anything yet.', 'support-connector'), '</p>';
        }
        echo '<ul class="support-connector-list">';
        foreach ($tickets as $ticket) {
            echo '<li><h4>', \esc_html($ticket['subject'] === '' ? __('Your request', 'support-connector') : $ticket['subject']), '</h4><p>';
            if ($ticket['number'] !== '') {
                /* translators: %s: number of a ticket */
                echo \esc_html(\sprintf(__('Ticket %s', 'support-connector'), $ticket['number'])), ': ';
            }
            echo \esc_html($ticket['state']), '</p>';
            $this->more($ticket['due'], $ticket['url'], $ticket['draft']);
            echo '</li>';
        }
        echo '</ul>';
        if (FormPage::url() !== '') {
            echo '<p><a href="', \esc_url(FormPage::url()), '">', \esc_html__('Ask for support', 'support-connector'), '</a></p>';
        }
    }

    private function more(string $due, string $url, ?Draft $draft): void
    {
        if (When::moment($due) !== '') {
            /* translators: %s: date and time */
            echo '<p>', \esc_html(\sprintf(__('First answer by %s', 'support-connector'), When::moment($due))), '</p>';
        }
        if ($url !== '') {
            echo '<p><a href="', \esc_url($url), '">', \esc_html__('See how your ticket stands', 'support-connector'), '</a></p>';
        }
        if ($draft !== null && $draft->state === Draft::OPEN && FormPage::url() !== '') {
            echo '<p><a href="', \esc_url(FormPage::url($draft->request_id)), '">', \esc_html__('Open it and send it again', 'support-connector'), '</a></p>';
        }
    }
}
