<?php

declare(strict_types=1);

namespace SupportConnector\Account;

/** Two small forms: an address that purchases were made with, and the code that was mailed there. */
final class AddressView
{
    public static function show(int $user): void
    {
        echo '<details class="support-connector-more" id="support-connector-addresses"';
        if (Addresses::asked($user) !== '' || AddressRoute::said() !== '') {
            echo ' open';
        }
        echo '><summary>', \esc_html__('Bought with another e-mail address?', 'support-connector'), '</summary>';
        if (AddressRoute::said() !== '') {
            echo '<p role="status">', \esc_html(AddressRoute::said()), '</p>';
        }
        foreach (Addresses::confirmed($user) as $email) {
            /* translators: %s: an e-mail address */
            echo '<p>', \esc_html(\sprintf(__('%s is confirmed.', 'support-connector'), $email)), '</p>';
        }
        $asked = Addresses::asked($user);
        if ($asked !== '') {
            /* translators: %s: an e-mail address */
            self::form('sc_code', 'text', \sprintf(__('Code that we mailed to %s', 'support-connector'), $asked), __('Confirm', 'support-connector'));
        }
        self::form('sc_address', 'email', __('E-mail address you bought with', 'support-connector'), __('Mail me a code', 'support-connector'));
        echo '</details>';
    }

    private static function form(string $name, string $type, string $label, string $button): void
    {
        echo '<form method="post"><p class="support-connector-field"><label for="', \esc_attr($name), '">', \esc_html($label), '</label>';
        echo '<input class="support-connector-input" required id="', \esc_attr($name), '" name="', \esc_attr($name), '" type="', \esc_attr($type), '" autocomplete="off"></p>';
        \wp_nonce_field(AddressRoute::ACTION, 'sc_nonce', false);
        echo '<p><button type="submit" class="button wp-element-button">', \esc_html($button), '</button></p></form>';
    }
}
