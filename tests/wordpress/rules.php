<?php

/**
 * Reads PHP files by PHP's own tokenizer and prints, as JSON, each place that breaks a rule of the plugin:
 * echo        a term of echo, print or printf is no literal, no number and no call that escapes
 * superglobal $_POST and the like are read elsewhere than in Input.php ($_SERVER and $_COOKIE: within a sanitising call)
 * handler     a method hooked to admin_post_* or wp_ajax_* checks no nonce, or no capability (guests' ones: the nonce only)
 * route       a REST route has no permission_callback
 * text        a text of another domain, or none
 */

const ESCAPING = [
    'esc_html', 'esc_attr', 'esc_url', 'esc_textarea', 'esc_html__', 'esc_attr__', 'esc_html_x', 'esc_attr_x', 'wp_kses',
    'wp_kses_post', 'number_format_i18n', 'absint', 'wp_create_nonce',
];
const TRANSLATING = ['__' => 1, '_e' => 1, 'esc_html__' => 1, 'esc_attr__' => 1, 'esc_html_e' => 1, 'esc_attr_e' => 1, '_x' => 2, 'esc_html_x' => 2, '_n' => 3];
const GUARDS = '/Guard::\w+\(|check_admin_referer\(|check_ajax_referer\(|wp_verify_nonce\(|\bToken::\w+\(|\btoken\b\w*->|FormToken/i';
const RIGHTS = '/Guard::admin\(|current_user_can\(|user_can\(|is_user_logged_in\(|get_current_user_id\(/';

$found = [];
foreach (array_slice($argv, 1) as $path) {
    $text = file_get_contents($path);
    $tokens = array_values(array_filter(token_get_all($text), static fn ($t) => ! is_array($t) || ! in_array($t[0], [T_WHITESPACE, T_COMMENT, T_DOC_COMMENT], true)));
    foreach (array_merge(echoes($tokens), superglobals($tokens, basename($path)), handlers($tokens, $text), routes($tokens, $text), texts($tokens)) as [$rule, $line]) {
        $found[] = [$rule, $path, $line];
    }
}
echo json_encode($found);

function id($token): ?int
{
    return is_array($token) ? $token[0] : null;
}

function word($token): string
{
    return is_array($token) ? $token[1] : $token;
}

/** The number of the line of the token at $at, or of the next that has one. */
function line(array $tokens, int $at): int
{
    for (; $at < count($tokens); $at++) {
        if (is_array($tokens[$at])) {
            return $tokens[$at][2];
        }
    }
    return 0;
}

/** The terms of an expression from $at to its end, apart by `,` and `.` outside of all brackets. */
function terms(array $tokens, int $at, array $ends): array
{
    $terms = [[]];
    for ($depth = 0; $at < count($tokens); $at++) {
        $word = word($tokens[$at]);
        if ($depth === 0 && (in_array($word, $ends, true) || id($tokens[$at]) === T_CLOSE_TAG)) {
            break;
        }
        $depth += (int) in_array($word, ['(', '[', '{'], true) - (int) in_array($word, [')', ']', '}'], true);
        if ($depth === 0 && ($word === ',' || $word === '.')) {
            $terms[] = [];
            continue;
        }
        $terms[count($terms) - 1][] = $tokens[$at];
    }
    return array_values(array_filter($terms));
}

function is_safe(array $term): bool
{
    $first = $term[0];
    if (count($term) === 1) {
        return in_array(id($first), [T_CONSTANT_ENCAPSED_STRING, T_LNUMBER, T_DNUMBER], true);
    }
    if (id($first) === T_INT_CAST) {
        return true;
    }
    return in_array(ltrim(word($first), '\\'), ESCAPING, true) && word($term[1]) === '(' && closes($term, 1) === count($term) - 1;
}

function closes(array $tokens, int $at): int
{
    for ($depth = 0; $at < count($tokens); $at++) {
        $depth += (int) in_array(word($tokens[$at]), ['(', '[', '{'], true) - (int) in_array(word($tokens[$at]), [')', ']', '}'], true);
        if ($depth === 0) {
            return $at;
        }
    }
    return $at;
}

function echoes(array $tokens): array
{
    $found = [];
    foreach ($tokens as $at => $token) {
        $name = ltrim(word($token), '\\');
        $calls = in_array($name, ['printf', 'vprintf'], true) && word($tokens[$at + 1]) === '(';
        if (! $calls && ! in_array(id($token), [T_ECHO, T_PRINT, T_OPEN_TAG_WITH_ECHO], true)) {
            continue;
        }
        foreach ($calls ? terms($tokens, $at + 2, [')']) : terms($tokens, $at + 1, [';']) as $term) {
            if (! is_safe($term)) {
                $found[] = ['echo', line($tokens, $at)];
            }
        }
    }
    return $found;
}

function superglobals(array $tokens, string $name): array
{
    $found = [];
    foreach ($tokens as $at => $token) {
        if (id($token) !== T_VARIABLE) {
            continue;
        }
        if (in_array($token[1], ['$_POST', '$_GET', '$_REQUEST', '$_FILES'], true) && $name !== 'Input.php') {
            $found[] = ['superglobal', $token[2]];
        }
        if (in_array($token[1], ['$_SERVER', '$_COOKIE'], true)) {
            $before = implode('', array_map('word', array_slice($tokens, max(0, $at - 4), min(4, $at))));
            if (! preg_match('/(isset|sanitize_\w+|wp_unslash|absint)\(\\\\?(wp_unslash\()?(\(string\))?$/', $before)) {
                $found[] = ['superglobal', $token[2]];
            }
        }
    }
    return $found;
}

/** The source of each method, by name. */
function methods(array $tokens): array
{
    $found = [];
    foreach ($tokens as $at => $token) {
        if (id($token) === T_FUNCTION && id($tokens[$at + 1] ?? '') === T_STRING) {
            for ($from = $at; $from < count($tokens) && ! in_array(word($tokens[$from]), ['{', ';'], true); $from++) {
                continue;
            }
            $body = array_slice($tokens, $from, closes($tokens, $from) - $from);
            $found[$tokens[$at + 1][1]] = implode('', array_map('word', $body));
        }
    }
    return $found;
}

function handlers(array $tokens, string $text): array
{
    $found = [];
    $methods = methods($tokens);
    $hook = '/add_action\(\s*[\'"](admin_post|wp_ajax)(_nopriv)?_[^,]*,\s*\[\s*(?:\$this|self::class|static::class)\s*,\s*[\'"](\w+)[\'"]/';
    preg_match_all($hook, $text, $hooks, PREG_SET_ORDER | PREG_OFFSET_CAPTURE);
    $guests = array_map(static fn ($hook) => $hook[3][0], array_filter($hooks, static fn ($hook) => $hook[2][0] !== ''));
    foreach ($hooks as $hook) {
        $method = $hook[3][0];
        $body = $methods[$method] ?? '';
        preg_match_all('/(?:\$this->|self::)(\w+)\(/', $body, $called);
        foreach ($called[1] as $inner) {
            $body .= $methods[$inner] ?? '';
        }
        if (! preg_match(GUARDS, $body) || (! in_array($method, $guests, true) && ! preg_match(RIGHTS, $body))) {
            $found[] = ['handler', substr_count(substr($text, 0, $hook[0][1]), "\n") + 1];
        }
    }
    $all = preg_match_all('/add_action\(\s*[\'"](admin_post|wp_ajax)_/', $text);
    if ($all !== count($hooks)) {
        $found[] = ['handler', 0];
    }
    return $found;
}

function routes(array $tokens, string $text): array
{
    $routes = substr_count($text, 'register_rest_route(');
    $open = preg_match('/permission_callback/', $text);
    return $routes > 0 && ! $open ? [['route', 0]] : [];
}

function texts(array $tokens): array
{
    $found = [];
    foreach ($tokens as $at => $token) {
        $name = ltrim(word($token), '\\');
        $before = $at > 0 ? word($tokens[$at - 1]) : '';
        if (! isset(TRANSLATING[$name]) || word($tokens[$at + 1] ?? '') !== '(' || in_array($before, ['->', '::', 'function'], true)) {
            continue;
        }
        $arguments = terms($tokens, $at + 2, [')']);
        $domain = $arguments[TRANSLATING[$name]] ?? [];
        if (count($domain) !== 1 || word($domain[0]) !== "'support-connector'" || id($arguments[0][0]) !== T_CONSTANT_ENCAPSED_STRING) {
            $found[] = ['text', line($tokens, $at)];
        }
    }
    return $found;
}
