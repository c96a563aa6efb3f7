<?php

declare(strict_types=1);

namespace SupportConnector\Sources;

/** Texts, people and amounts as the connector takes them. */
final class Words
{
    /** Text of one line, or null where nothing is left of it. */
    public static function line(?string $text, int $most = 250): ?string
    {
        $plain = (string) \preg_replace('/[\x00-\x1f\x7f]+/', ' ', \wp_check_invalid_utf8((string) $text, true));
        $plain = \trim((string) \preg_replace('/\s+/', ' ', $plain));
        $cut = \function_exists('mb_substr') ? \mb_substr($plain, 0, $most) : \substr($plain, 0, $most);
        return $cut === '' ? null : $cut;
    }

    /**
     * A person; a guest has no id.
     *
     * @return array<string, string>|null Null where nobody is named.
     */
    public static function person(int $user, ?string $email, ?string $name): ?array
    {
        $person = \array_filter(
            [
                'id' => $user > 0 ? (string) $user : null,
                'email' => self::line($email),
                'name' => self::line($name),
            ]
        );
        return isset($person['id']) || isset($person['email']) ? $person : null;
    }

    /** The person behind a WordPress account. @return array<string, string>|null */
    public static function account(int $user): ?array
    {
        $found = $user > 0 ? \get_userdata($user) : false;
        return $found ? self::person($user, $found->user_email, $found->display_name) : null;
    }

    public static function amount(float $amount, int $decimals): string
    {
        return \number_format(\abs(\round($amount, $decimals)), $decimals, '.', '');
    }

    /** An id as text; null for 0. */
    public static function id(int $id): ?string
    {
        return $id > 0 ? (string) $id : null;
    }

    /** @param array<string, mixed> $data @return array<string, mixed> Without what is null. */
    public static function known(array $data): array
    {
        return \array_filter($data, static fn ($value): bool => $value !== null);
    }
}
