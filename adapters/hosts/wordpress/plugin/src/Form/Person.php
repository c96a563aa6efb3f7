<?php

declare(strict_types=1);

namespace SupportConnector\Form;

use SupportConnector\Account\Addresses;
use SupportConnector\Account\Purchase;

/**
 * Who asks, as the connector is told. We vouch for somebody who is signed in and picked what he himself bought, or whose
 * address was confirmed; for nobody else: shops let people enter any address into their account.
 */
final class Person
{
    /** @return array<string, mixed> email, name, verified, perhaps id. */
    public static function asking(Fields $fields, ?Purchase $picked): array
    {
        $user = \wp_get_current_user();
        if ($user->ID === 0) {
            return ['email' => $fields->get('email'), 'name' => $fields->get('name'), 'verified' => false];
        }
        $account = (string) $user->user_email;
        $person = ['email' => $account, 'name' => (string) $user->display_name, 'verified' => \in_array(\strtolower($account), Addresses::confirmed($user->ID), true)];
        if ($picked !== null) {
            $person['verified'] = true;
            $person['email'] = $picked->email !== '' ? $picked->email : $account;
            if ($picked->customer_id === (string) $user->ID) {
                $person['id'] = $picked->customer_id;
                $person['email'] = $account;
            }
        }
        return $person;
    }
}
