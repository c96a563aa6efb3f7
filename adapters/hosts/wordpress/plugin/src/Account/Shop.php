<?php

declare(strict_types=1);

namespace SupportConnector\Account;

/** A shop plugin that can say what a customer bought. Made without arguments; empty where the plugin is not active. */
interface Shop
{
    /**
     * @param list<string> $emails Addresses that the user has shown to be his.
     * @return list<Purchase>
     */
    public function of(int $user, array $emails): array;
}
