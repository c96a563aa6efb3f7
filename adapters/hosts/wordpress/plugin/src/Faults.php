<?php

declare(strict_types=1);

namespace SupportConnector;

/** What an answer that took nothing means, and what the owner does next. */
final class Faults
{
    public static function of(Answer $answer): string
    {
        $status = $answer->status;
        if ($status >= 300 && $status < 400) {
            return \sprintf(
                /* translators: %d: an HTTP status such as 301 */
                __('The address answers with a redirect (%d). Enter the final address: deliveries follow no redirects.', 'support-connector'),
                $status
            );
        }
        if ($status >= 200 && $status < 300) {
            return \sprintf(
                /* translators: %d: an HTTP status such as 200 */
                __('Something answered %d, but not the connector: a login page, a firewall or another site. Check the address.', 'support-connector'),
                $status
            );
        }
        $known = self::known($status);
        if ($known !== '') {
            return $known;
        }
        return \sprintf(
            /* translators: %d: an HTTP status such as 502 */
            __('The connector, or what stands before it, answered %d. It is tried again.', 'support-connector'),
            $status
        );
    }

    private static function known(int $status): string
    {
        switch ($status) {
            case 401:
                return __('The connector refuses the signature (401): the secret belongs to another endpoint, or is an old one. Connect again.', 'support-connector');
            case 403:
                return __('A firewall before the connector refuses the delivery (403). Ask its keeper to let /hooks/ through.', 'support-connector');
            case 404:
                return __('The connector knows no such endpoint (404): it was removed, or the address is mistyped. Connect again.', 'support-connector');
            case 413:
                return __('The delivery is too large for the connector (413).', 'support-connector');
            case 429:
                return __('The connector asks to slow down (429). It is tried again.', 'support-connector');
            default:
                return '';
        }
    }
}
