<?php

declare(strict_types=1);

namespace SupportConnector\Account;

use SupportConnector\Form\RateLimit;
use SupportConnector\Input;
use SupportConnector\Part;
use SupportConnector\Plugin;

/** Takes an address and its code from the account panel, posted to the page that it stands on. */
final class AddressRoute implements Part
{
    public const ACTION = 'support_connector_address';

    private static string $said = '';

    public function __construct(Plugin $plugin)
    {
    }

    public function hooks(): void
    {
        \add_action('wp_loaded', [$this, 'listen'], 15);
    }

    /** What came of what this very request brought, '' for nothing. */
    public static function said(): string
    {
        return self::$said;
    }

    public function listen(): void
    {
        if (! \is_user_logged_in() || ! (Input::has('sc_address') || Input::has('sc_code'))) {
            return;
        }
        if (! \wp_verify_nonce(Input::text('sc_nonce'), self::ACTION)) {
            self::$said = __('The page was open for a long time: please send it once more.', 'support-connector');
            return;
        }
        self::$said = (string) Plugin::safely(fn (): string => Input::has('sc_code') ? $this->confirm() : $this->ask());
    }

    private function ask(): string
    {
        $email = Input::text('sc_address');
        if (! \is_email($email)) {
            return __('That is no e-mail address. Please write one such as name@example.com.', 'support-connector');
        }
        if ((new RateLimit('address', 5, 3600))->wait('user-' . \get_current_user_id(), \time()) > 0) {
            return __('We mailed you several codes already. Please look into your mailbox, or try again in an hour.', 'support-connector');
        }
        return Addresses::ask(\get_current_user_id(), $email)
            ? __('We mailed a code to that address. Enter it here within one hour.', 'support-connector')
            : __('This site could not send a mail just now. Please try again later, or write to the shop.', 'support-connector');
    }

    private function confirm(): string
    {
        return Addresses::confirm(\get_current_user_id(), Input::text('sc_code'))
            ? __('Confirmed: purchases made with this address are shown now.', 'support-connector')
            : __('This code does not fit, or its hour is over. Look at the mail again, or have a new one sent.', 'support-connector');
    }
}
