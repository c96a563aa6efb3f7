<?php

declare(strict_types=1);

namespace SupportConnector\Account;

/**
 * The e-mail addresses that a user has shown to be his, by a code that was mailed there. The address of the account counts
 * only then, too: shops let people change it without proof.
 */
final class Addresses
{
    private const CONFIRMED = 'support_connector_addresses';
    private const ASKED = 'support_connector_address_asked';
    private const GOOD_FOR = 3600;
    private const TRIES = 5;

    /** @return list<string> Lower case. */
    public static function confirmed(int $user): array
    {
        $kept = \get_user_meta($user, self::CONFIRMED, true);
        $all = (array) \apply_filters('support_connector_confirmed_addresses', \is_array($kept) ? $kept : [], $user);
        return \array_values(\array_unique(\array_map('strtolower', \array_filter($all, 'is_string'))));
    }

    public static function forget_everybody(): void
    {
        foreach ([self::CONFIRMED, self::ASKED] as $name) {
            \delete_metadata('user', 0, $name, '', true);
        }
    }

    /** Mails a code to the address. Whether somebody bought with it is not told. */
    public static function ask(int $user, string $email): bool
    {
        $code = (string) \random_int(10000000, 99999999);
        $asked = ['email' => \strtolower($email), 'code' => \wp_hash_password($code), 'until' => \time() + self::GOOD_FOR, 'tries' => self::TRIES];
        \update_user_meta($user, self::ASKED, $asked);
        /* translators: %s: name of the site */
        $subject = \sprintf(__('Your code for %s', 'support-connector'), \wp_specialchars_decode((string) \get_bloginfo('name'), ENT_QUOTES));
        /* translators: 1: a code, 2: the address of the site */
        $words = __("Your code is %1\$s. Enter it on the support page of %2\$s to add the purchases made with this address; it is good for one hour.\n\nIf you did not ask for it, you need not do anything.", 'support-connector');
        return \wp_mail($email, $subject, \sprintf($words, $code, \home_url('/')));
    }

    /** The address that waits for its code, '' for none. */
    public static function asked(int $user): string
    {
        $asked = self::waiting($user);
        return (string) ($asked['email'] ?? '');
    }

    public static function confirm(int $user, string $code): bool
    {
        $asked = self::waiting($user);
        if ($asked === []) {
            return false;
        }
        if (! \wp_check_password((string) \preg_replace('/\D/', '', $code), (string) $asked['code'])) {
            $asked['tries']--;
            \update_user_meta($user, self::ASKED, $asked);
            return false;
        }
        \delete_user_meta($user, self::ASKED);
        $kept = \get_user_meta($user, self::CONFIRMED, true);
        \update_user_meta($user, self::CONFIRMED, \array_values(\array_unique(\array_merge(\is_array($kept) ? $kept : [], [$asked['email']]))));
        return true;
    }

    /** @return array<string, mixed> */
    private static function waiting(int $user): array
    {
        $asked = \get_user_meta($user, self::ASKED, true);
        return \is_array($asked) && $asked['until'] >= \time() && $asked['tries'] > 0 ? $asked : [];
    }
}
