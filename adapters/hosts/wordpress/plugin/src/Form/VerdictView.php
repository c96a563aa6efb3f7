<?php

declare(strict_types=1);

namespace SupportConnector\Form;

use SupportConnector\Account\Purchase;
use SupportConnector\When;

/** A decision in the customer's words: what was decided, each reason with its clause, every way out, and the ticket. */
final class VerdictView
{
    public static function show(Draft $draft, ?Purchase $picked): void
    {
        $decision = $draft->decision();
        $ticket = \is_array($draft->answer['ticket'] ?? null) ? $draft->answer['ticket'] : [];
        $outcome = (string) ($decision['outcome'] ?? '');
        echo '<h3>', \esc_html(self::heading($outcome)), '</h3>';
        if (self::text($ticket, 'number') !== '') {
            self::ticket($ticket, $draft);
        }
        foreach ((array) ($decision['reasons'] ?? []) as $reason) {
            if (\is_array($reason)) {
                self::reason($reason, $picked);
            }
        }
        if ($draft->state === Draft::OPEN) {
            echo '<p>', \esc_html(self::what_now($outcome)), '</p>';
        }
    }

    /** What the customer reads first. */
    public static function heading(string $outcome): string
    {
        $headings = [
            'accept' => __('We have your request', 'support-connector'),
            'hold' => __('We have your request; it waits', 'support-connector'),
            'ask' => __('We need to know a little more', 'support-connector'),
            'redirect' => __('This is answered elsewhere', 'support-connector'),
            'deny' => __('Your request is not covered yet', 'support-connector'),
        ];
        return $headings[$outcome] ?? __('Your request was looked at', 'support-connector');
    }

    /** When an answer is due, as a sentence; '' where nothing is promised. @param array<string, mixed> $ticket */
    public static function due(array $ticket): string
    {
        $at = When::moment($ticket['respond_by'] ?? null);
        /* translators: %s: date and time */
        return $at === '' ? '' : \sprintf(__('You will have a first answer by %s.', 'support-connector'), $at);
    }

    private static function what_now(string $outcome): string
    {
        if ($outcome === 'ask') {
            return __('Please add what is missing in the form below and press Send again. Everything you typed is still there.', 'support-connector');
        }
        if ($outcome === 'redirect') {
            return __('Your text stays in the form below, so that you can copy it.', 'support-connector');
        }
        return __('Your text is kept in the form below. Once that is done, press Send again: you need not type anything twice.', 'support-connector');
    }

    /** @param array<string, mixed> $ticket */
    private static function ticket(array $ticket, Draft $draft): void
    {
        /* translators: %s: number of a ticket */
        echo '<p>', \esc_html(\sprintf(__('Your ticket has the number %s.', 'support-connector'), self::text($ticket, 'number'))), ' ';
        echo \esc_html(self::due($ticket)), '</p>';
        $url = self::text($ticket, 'status_url');
        if ($url !== '') {
            echo '<p><a href="', \esc_url($url), '">', \esc_html__('See how your ticket stands', 'support-connector'), '</a></p>';
        }
        if ($draft->email !== '') {
            /* translators: %s: an e-mail address */
            echo '<p>', \esc_html(\sprintf(__('The answer goes to %s.', 'support-connector'), $draft->email)), '</p>';
        }
    }

    /** @param array<string, mixed> $reason */
    private static function reason(array $reason, ?Purchase $picked): void
    {
        echo '<p class="support-connector-reason">', \esc_html(self::text($reason, 'message'));
        $clause = self::text($reason, 'clause');
        if ($clause !== '') {
            /* translators: %s: number or heading of a clause of the support policy */
            echo ' <cite>', \esc_html(\sprintf(__('(Our support policy, %s)', 'support-connector'), self::clause($clause))), '</cite>';
        }
        echo '</p>';
        $remedy = \is_array($reason['remedy'] ?? null) ? $reason['remedy'] : [];
        if ($remedy !== []) {
            self::way_out($remedy, $picked);
        }
    }

    /** A bare number is a clause; anything else says itself what it is. */
    private static function clause(string $clause): string
    {
        /* translators: %s: number of a clause */
        return \preg_match('/\A[0-9]/', $clause) ? \sprintf(__('clause %s', 'support-connector'), $clause) : $clause;
    }

    /** @param array<string, mixed> $remedy */
    private static function way_out(array $remedy, ?Purchase $picked): void
    {
        $label = self::text($remedy, 'label');
        $url = WayOut::url(self::text($remedy, 'url'), self::text($remedy, 'kind'), $picked);
        if ($url !== '') {
            echo '<p><a class="support-connector-way-out" href="', \esc_url($url), '">', \esc_html($label), '</a></p>';
        } elseif ($label !== '') {
            echo '<p class="support-connector-way-out">', \esc_html($label), '</p>';
        }
    }

    /** @param array<string, mixed> $from */
    private static function text(array $from, string $name): string
    {
        return \is_scalar($from[$name] ?? null) ? (string) $from[$name] : '';
    }
}
