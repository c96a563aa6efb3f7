<?php

declare(strict_types=1);

namespace SupportConnector\Form;

use SupportConnector\Account\Purchase;

/** Where a way out leads: to the address that the vendor's policy gives; where it gives none, to the shop's own page for it. */
final class WayOut
{
    private const BUYING = ['renew', 'subscribe', 'buy'];
    private const ACCOUNT = ['free_site', 'check_key', 'pay', 'ask_holder'];
    private const SIGNING_IN = ['sign_in', 'sign_in_as_buyer'];

    /** '' where nothing is to be opened, as for "add what is missing". Filter `support_connector_remedy_url`. */
    public static function url(string $told, string $kind, ?Purchase $picked): string
    {
        return (string) \apply_filters('support_connector_remedy_url', $told !== '' ? $told : self::here($kind, $picked), $kind, $picked);
    }

    private static function here(string $kind, ?Purchase $picked): string
    {
        if (\in_array($kind, self::BUYING, true)) {
            return $picked !== null && $kind !== 'buy' && $picked->renew_url !== '' ? $picked->renew_url : self::page('shop');
        }
        if (\in_array($kind, self::SIGNING_IN, true)) {
            return \is_user_logged_in() ? self::page('myaccount') : \wp_login_url();
        }
        return \in_array($kind, self::ACCOUNT, true) ? self::page('myaccount') : '';
    }

    private static function page(string $name): string
    {
        $page = \function_exists('wc_get_page_id') ? (int) \wc_get_page_id($name) : 0;
        return (string) ($page > 0 ? \get_permalink($page) : '') ?: \home_url('/');
    }
}
