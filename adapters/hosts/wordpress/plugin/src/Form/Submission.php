<?php

declare(strict_types=1);

namespace SupportConnector\Form;

use SupportConnector\Account\Purchases;
use SupportConnector\Input;
use SupportConnector\Plugin;
use SupportConnector\Unstored;

/** Takes what was sent by the form: past the doorkeepers, into a draft, into the outbox, and to the connector while its customer waits. */
final class Submission
{
    /** Seconds that a customer waits for the connector; fewer while it is known to be away. */
    private const PATIENCE = 8.0;
    private const PATIENCE_AWAY = 2.0;

    private Plugin $plugin;
    private Drafts $drafts;

    public function __construct(Plugin $plugin)
    {
        $this->plugin = $plugin;
        $this->drafts = new Drafts();
    }

    public function take(Fields $fields): Outcome
    {
        $stopped = $this->at_the_door($fields);
        if ($stopped !== null) {
            return $stopped;
        }
        try {
            [$draft, $token, $to_send] = $this->keep($fields);
            if (! $to_send) {
                return Outcome::kept($draft, $token);
            }
            $this->plugin->outbox()->put(SupportRequests::NAME, (string) $draft->id, '', true);
        } catch (Unstored $fault) {
            return Outcome::stopped('unstored', $fields);
        }
        $patience = $this->plugin->pause()->until() > \time() ? self::PATIENCE_AWAY : self::PATIENCE;
        Plugin::safely(fn () => $this->plugin->sender()->now(SupportRequests::NAME, (string) $draft->id, $patience));
        $this->drafts->waits($draft->id);
        return Outcome::kept($this->drafts->find($draft->id) ?? $draft, $token);
    }

    private function at_the_door(Fields $fields): ?Outcome
    {
        if (Input::typed('sc_website') !== '') {
            return Outcome::stopped('automatic', $fields);
        }
        if (! FormToken::good(Input::text('sc_token'))) {
            return Outcome::stopped('stale', $fields);
        }
        $secret = Secrets::in($fields->prose());
        if ($secret === 'certain' || ($secret === 'likely' && Input::text('sc_no_secret') !== 'yes')) {
            return Outcome::stopped($secret === 'certain' ? 'secret' : 'unsure', $fields);
        }
        $faults = $fields->faults(! \is_user_logged_in());
        if ($faults !== []) {
            $outcome = Outcome::stopped('faults', $fields);
            $outcome->faults = $faults;
            return $outcome;
        }
        return $this->too_many($fields);
    }

    private function too_many(Fields $fields): ?Outcome
    {
        $most = (int) \apply_filters('support_connector_form_limit', 8);
        try {
            $wait = (new RateLimit('form', $most, 600))->wait(Client::word(), \time());
        } catch (Unstored $fault) {
            return null;
        }
        if ($wait === 0) {
            return null;
        }
        $outcome = Outcome::stopped('limited', $fields);
        $outcome->wait = $wait;
        return $outcome;
    }

    /**
     * @return array{0: Draft, 1: string, 2: bool} The draft, its token, and whether it is to be sent.
     * @throws Unstored
     */
    private function keep(Fields $fields): array
    {
        $user = \get_current_user_id();
        $picked = $fields->get('purchase') === '' ? null : Purchases::pick($user, $fields->get('purchase'));
        $person = Person::asking($fields, $picked);
        $token = Input::text('sc_draft');
        $draft = $this->drafts->opened_by($token, $user);
        if ($draft === null || $draft->state !== Draft::OPEN) {
            [$draft, $token, $new] = $this->drafts->make($fields, $person, Client::word(), $user);
            if ($new || $draft->state !== Draft::OPEN) {
                return [$draft, $token, $new];
            }
        }
        $this->drafts->change($draft, $fields, $person);
        return [$this->drafts->find($draft->id) ?? $draft, $token, true];
    }
}
