"""Values of settings are cut to their last sign, whatever signs they hold and however the setting is written (CRD-01)."""

import json
import random
import string
from collections.abc import Callable

import pytest

from connector.domain.redaction.redact import MARKER, screen, screen_value

# The generator of WordPress's secret keys draws from these 92 signs.
SALT_SIGNS = string.ascii_letters + string.digits + "!@#$%^&*()-_ []{}<>~`+=,.;:/?|"
PASSWORD_SIGNS = string.ascii_letters + string.digits + string.punctuation
WORDPRESS = (
    "AUTH_KEY",
    "SECURE_AUTH_KEY",
    "LOGGED_IN_KEY",
    "NONCE_KEY",
    "AUTH_SALT",
    "SECURE_AUTH_SALT",
    "LOGGED_IN_SALT",
    "NONCE_SALT",
)
MANY = 150

Spelling = Callable[[str, str], str]


def drawn(signs: str, length: int, seed: int) -> list[str]:
    """The same made-up values at each run; none ends or begins with a space, which an unquoted notation would lose."""
    chance = random.Random(seed)
    return ["".join(chance.choice(signs) for _ in range(length)).strip().ljust(length, "x") for _ in range(MANY)]


def single(value: str) -> str:
    return value.replace("\\", "\\\\").replace("'", "\\'")


def double(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"')


def html(value: str) -> str:
    return (
        single(value)
        .replace("&", "&amp;")
        .replace("<", "&lt;")
        .replace(">", "&gt;")
        .replace("'", "&#039;")
        .replace('"', "&quot;")
    )


QUOTED: dict[str, tuple[str, Callable[[str], str]]] = {
    "define, single quotes": ("define('{name}', '{value}');", single),
    "define, double quotes": ('define( "{name}", "{value}" );', double),
    "define, aligned": ("define( '{name}',         '{value}' );", single),
    "define, quoted mail": ("> define('{name}', '{value}');\n> define('WP_DEBUG', true);", single),
    "define, in one line": ("<?php define('WP_DEBUG', true); define('{name}','{value}'); // here", single),
    "define, as HTML": ("<p>define(&#039;{name}&#039;, &#039;{value}&#039;);</p>", html),
    "Config::define": ("Config::define('{name}', '{value}');", single),
    "constant": ("    const {name} = '{value}';", single),
    "PHP variable": ("${name} = '{value}';", single),
    "PHP array": ("$table = ['id' => 7, '{name}' => '{value}', 'debug' => true];", single),
    "PHP array, double quotes": ('$table = array( "{name}" => "{value}" );', double),
    "PHP global": ("$_ENV['{name}'] = '{value}';", single),
    "env, single quotes": ("DB_HOST=localhost\n{name}='{value}'\nDB_NAME=shop", single),
    "env, double quotes": ('export {name}="{value}"', double),
    "YAML": ("wordpress:\n  {name}: '{value}'\n  debug: false", single),
    "YAML, double quotes": ('wordpress:\n  {name}: "{value}"', double),
    "INI": ('[wordpress]\n{name} = "{value}"\n', double),
    "JSON": ('{{"debug": false, "{name}": "{value}", "id": 7}}', lambda value: json.dumps(value)[1:-1]),
    "JSON, compact": ('{{"{name}":"{value}"}}', lambda value: json.dumps(value)[1:-1]),
    "wp-cli": ("wp config set {name} '{value}' --raw", single),
    "Apache": ('SetEnv {name} "{value}"', double),
}
LINES: dict[str, str] = {
    "env": "DB_HOST=localhost\n{name}={value}\nDB_NAME=shop",
    "export": "export {name}={value}\n",
    "INI, bare": "[wordpress]\n{name} = {value}\n",
    "YAML, bare": "wordpress:\n  {name}: {value}\n  debug: false",
    "quoted mail": "> {name}={value}\n> DB_NAME=shop",
    "list of wp-cli": "name\tvalue\ttype\n{name}\t{value}\tconstant\n",
    "table of wp-cli": "| {name} | {value} | constant |\n",
}


def assert_gone(spelled: str, name: str, value: str) -> None:
    """What stands before and after the value is left, and of the value nothing."""
    whole = screen(spelled.format(name=name, value=value)).text
    before, after = spelled.format(name=name, value="\0").split("\0")
    rest = whole.removeprefix(before).removesuffix(after)
    assert MARKER.fullmatch(rest), f"{spelled.format(name=name, value=value)!r} left {whole!r}"


@pytest.mark.parametrize("spelling", QUOTED)
@pytest.mark.parametrize("case", [str, str.lower])
def test_crd_01_nothing_is_left_of_a_wordpress_salt(spelling: str, case: Callable[[str], str]) -> None:
    spelled, escape = QUOTED[spelling]
    for number, salt in enumerate(drawn(SALT_SIGNS, 64, seed=1)):
        assert_gone(spelled, case(WORDPRESS[number % len(WORDPRESS)]), escape(salt))


@pytest.mark.parametrize("spelling", QUOTED)
@pytest.mark.parametrize("length", [9, 24])
def test_crd_01_nothing_is_left_of_a_database_password(spelling: str, length: int) -> None:
    spelled, escape = QUOTED[spelling]
    for password in drawn(PASSWORD_SIGNS, length, seed=length):
        assert_gone(spelled, "DB_PASSWORD", escape(password))


@pytest.mark.parametrize("spelling", LINES)
def test_crd_01_an_unquoted_value_reaches_to_the_end_of_its_line(spelling: str) -> None:
    for number, salt in enumerate(drawn(SALT_SIGNS.replace('"', ""), 64, seed=2)):
        assert_gone(LINES[spelling], WORDPRESS[number % len(WORDPRESS)], salt)


@pytest.mark.parametrize("key", ["password", "smtp_password", "db_password", "secret"])
@pytest.mark.parametrize("spelling", ["PHP array", "PHP variable", "YAML", "JSON", "INI"])
def test_crd_01_nothing_is_left_of_a_drawn_password_under_a_common_name(key: str, spelling: str) -> None:
    spelled, escape = QUOTED[spelling]
    for password in drawn(PASSWORD_SIGNS, 24, seed=3):
        assert_gone(spelled, key, escape(password))


def test_crd_01_the_whole_wp_config_loses_its_eight_salts_and_its_password() -> None:
    salts = drawn(SALT_SIGNS, 64, seed=4)[:8]
    lines = [
        f"define( '{name}', {' ' * (17 - len(name))}'{salt}' );" for name, salt in zip(WORDPRESS, salts, strict=True)
    ]
    text = "\n".join(
        [
            "<?php",
            "define( 'DB_NAME', 'shop' );",
            "define( 'DB_PASSWORD', 'k)9;x[W' );",
            *lines,
            "$table_prefix = 'wp_';",
        ]
    )
    screened = screen(text)
    assert sum(found.count for found in screened.found) == 9
    assert [line.count("[removed: api key]") for line in screened.text.splitlines()] == [0, 0, *[1] * 9, 0]
    assert screened.text.endswith("$table_prefix = 'wp_';")


def test_crd_01_a_salt_that_a_mail_program_wrapped_is_cut_whole() -> None:
    salt = "x9)[ W;k#q2 p^3~L_ 7|m*H"
    wrapped = salt.replace(" ", "\n", 2)
    assert screen(f"define('AUTH_KEY', '{wrapped}');").text == "define('AUTH_KEY', '[removed: api key]');"


def test_the_sentence_behind_a_setting_stays() -> None:
    assert screen("DB_PASSWORD=Kq9mW2x is what stands in the file").text == (
        "DB_PASSWORD=[removed: api key] is what stands in the file"
    )
    assert screen("DB_PASSWORD=Kq9m W2x DB_HOST=localhost").text == "DB_PASSWORD=[removed: api key] DB_HOST=localhost"


def test_crd_01_settings_inside_structured_values_are_read_alike() -> None:
    value = {"message": "define('AUTH_KEY', 'k)9; x[W');", "environment": {"wp-config": "DB_PASSWORD=k)9;x[W"}}
    assert screen_value(value)[1] == ("api_key", "api_key")
