<?php

declare(strict_types=1);

namespace SupportConnector\Form;

/**
 * Finds passwords and keys in what was typed, before it is stored or sent. Few and sure: what it lets through is cut out
 * by the connector, which knows many more. Licence keys, hashes and questions about passwords are none.
 */
final class Secrets
{
    private const BEFORE = '(?<![A-Za-z0-9])';

    /** By their form alone: nobody types these by chance. */
    private const CERTAIN = [
        '/-----BEGIN [A-Z ]{0,40}PRIVATE KEY-----/',
        '/PuTTY-User-Key-File-[0-9]:/',
        '/' . self::BEFORE . '(?:AKIA|ASIA)[A-Z0-9]{16}/',
        '/' . self::BEFORE . '(?:gh[pousr]_|github_pat_)[A-Za-z0-9_]{20,}/',
        '/' . self::BEFORE . 'gl(?:pat|dt|rt)-[\w-]{16,}/',
        '/' . self::BEFORE . 'xox[abeoprs]-[\w-]{10,}/',
        '/' . self::BEFORE . '[rs]k_(?:live|test)_[A-Za-z0-9]{10,}/',
        '/' . self::BEFORE . 'sk-(?:proj-|ant-|svcacct-|or-)?[A-Za-z0-9_-]{32,}/',
        '/' . self::BEFORE . 'whsec_[A-Za-z0-9+\/=_-]{16,}/',
        '/' . self::BEFORE . 'AIza[\w-]{30,}/',
        '/' . self::BEFORE . 'SG\.[\w-]{16,}\.[\w-]{16,}/',
        '/' . self::BEFORE . 'c[ks]_[0-9a-f]{40}/',
        '/' . self::BEFORE . 'shp(?:at|ca|pa|ss)_[0-9a-fA-F]{32}/',
        '/' . self::BEFORE . 'eyJ[\w-]{10,}\.eyJ[\w-]{10,}\.[\w-]{10,}/',
        '/' . self::BEFORE . '\$(?:2[aby]\$[0-9]{2}\$[.\/A-Za-z0-9]{50}|P\$[.\/A-Za-z0-9]{31})/',
        '/define\(\s*[\'"](?:DB_PASSWORD|(?:SECURE_)?AUTH_(?:KEY|SALT)|(?:LOGGED_IN|NONCE)_(?:KEY|SALT))[\'"]\s*,\s*[\'"][^\'"]{1,}[\'"]/i',
        '/^\s*[A-Z0-9_]*(?:PASSWORD|PASSWD|SECRET|API_KEY)\s*=\s*["\']?(?!["\']?\s*$)[^\s"\']{4,}/m',
        '~\b(?:https?|s?ftp|mysql|mariadb|postgres(?:ql)?|redis|mongodb(?:\+srv)?|smtps?)://[^\s:/@]{1,100}:[^\s:/@]{3,100}@[\w.-]+~i',
    ];

    /** What people call a password, then a sign, then the password. */
    private const LABELLED = '/(?<![\w-])(?:pass ?word|passwd|pass ?phrase|pwd|passwort|kennwort|contraseña|mot de passe|mdp|senha'
        . '|wachtwoord|lösenord|adgangskode|hasło|heslo|jelszó|пароль|api[ _-]?(?:key|secret|token)|secret[ _-]?key|access[ _-]?token)'
        . '\s*(?:[:=]|\bis\b|\bist\b|\blautet\b|\best\b|\bes\b)\s*["\'“«]?(?P<value>[^\s"\'”»]{4,200})/iu';

    /** Words that follow "password is" and are none. */
    private const NO_SECRET = '/^(?:not|wrong|incorrect|invalid|never|always|being|expired|missing|empty|required|asked|rejected|refused|reset|sent|saved'
        . '|shown|stored|too|very|still|also|only|the|that|this|what|where|when|there|they|with|from|visible|hidden|correct|right|okay|fine|set'
        . '|changed|lost|forgotten|falsch|richtig|nicht|kein|immer|leer|abgelaufen|vergessen|incorrecte?|incorrecta|\*{3,}|x{4,}|\.{3,}|<.*|\[.*)'
        . '[.,;:!?]*$/iu';

    /**
     * @param list<string> $texts
     * @return string '', 'certain' or 'likely': who is sure that it is none may send what is only likely.
     */
    public static function in(array $texts): string
    {
        $found = '';
        foreach ($texts as $text) {
            foreach (self::CERTAIN as $form) {
                if (\preg_match($form, $text)) {
                    return 'certain';
                }
            }
            $found = self::labelled($text) ? 'likely' : $found;
        }
        return $found;
    }

    private static function labelled(string $text): bool
    {
        \preg_match_all(self::LABELLED, $text, $all);
        foreach ($all['value'] ?? [] as $value) {
            if (! \preg_match(self::NO_SECRET, $value) && ! \preg_match('~^https?://~i', $value)) {
                return true;
            }
        }
        return false;
    }
}
