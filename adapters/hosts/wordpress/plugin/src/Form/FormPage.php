<?php

declare(strict_types=1);

namespace SupportConnector\Form;

/** Where the form stands, so that other pages can lead there: noted when it is shown. */
final class FormPage
{
    private const OPTION = 'support_connector_form_page';

    public static function remember(): void
    {
        $page = \is_singular() ? (int) \get_queried_object_id() : 0;
        if ($page > 0 && self::url() === '') {
            \update_option(self::OPTION, $page);
        }
    }

    /** '' where the form stands nowhere yet. */
    public static function url(string $token = ''): string
    {
        $page = (int) \get_option(self::OPTION);
        $url = $page > 0 && \get_post_status($page) === 'publish' ? (string) \get_permalink($page) : '';
        return $url === '' || $token === '' ? $url : self::opening($token, $url);
    }

    /** The address that opens a draft; that of this very page where none is given. */
    public static function opening(string $token, string $url = ''): string
    {
        $bare = $url === '' ? \remove_query_arg(Sending::DRAFT) : $url;
        return \add_query_arg(Sending::DRAFT, $token, $bare) . '#support-connector-result';
    }
}
