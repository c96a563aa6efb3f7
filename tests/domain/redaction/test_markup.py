"""Credentials in the clothes of markup, of code that falls back on them, and of compound names (CRD-01)."""

import pytest

from connector.domain.redaction.redact import screen

WAYS = [
    "<password>{}</password>", '<smtp_pass type="text">{}</smtp_pass>', "<db_password><![CDATA[{}]]></db_password>",
    "&lt;password&gt;{}&lt;/password&gt;", "<dt>Passwort</dt><dd>{}</dd>", "<dt>Password</dt>\n  <dd class=\"v\">{}</dd>",
    "<tr><td>Password</td> <td class=\"wide\">{}</td></tr>", "<label>Password</label> <code>{}</code>",
    "<b>FTP password</b> <span>{}</span>",
    "Password&colon; {}", "Password&#58; {}", "Password:&nbsp;<b>{}</b>",
    "Password\u00a0:&#160;{}", "PASS            = {}", "password: |\n  {}", "db:\n  password: >-\n    {}",
    "PGPASSWORD={} psql shop",
    "define('DB_PASSWORD', getenv('X') ?: '{}');", "define( 'AUTH_KEY', getenv_docker('WORDPRESS_AUTH_KEY', '{}') );",
    "define(\"DB_PASSWORD\", $_ENV['DB_PASSWORD'] ?? \"{}\");", "'password' => env('DB_PASSWORD', '{}'),",
    "update_option('smtp_password', '{}');", "the password's {}", "heslo je {}", "parola este {}", "パスワードは「{}」です",
    "密码是{}", "echo 'root:{}' | chpasswd", "htpasswd -bc .htpasswd bob {}",
]  # fmt: skip
VALUES = ["Kx99qqLv", "Kx99!qqL", "Wq7-mmTz4"]


@pytest.mark.parametrize("value", VALUES)
@pytest.mark.parametrize("way", WAYS)
def test_crd_01_nothing_is_left_of_a_value_however_it_is_dressed(way: str, value: str) -> None:
    left = screen(way.format(value)).text
    assert value[:4] not in left
    assert value[-4:] not in left


@pytest.mark.parametrize(
    "text",
    [
        "<label>Password</label><input name='x'>", "<li>Password</li><li>Checkout</li>", "<password>required</password>",
        "<password></password>", "<token>expired</token>", "Password:&nbsp;required", "Password:&nbsp;",
        "<dt>Password</dt><dd>optional</dd>", "<div>Password</div><div>Forgotten?</div>", "password: !vault |",
        "env('DB_PASSWORD', '')",
        "define('DB_PASSWORD', $_ENV['DB_PASSWORD'] ?? '');", "define('DB_PASSWORD', getenv('DB_PASSWORD') ?: null);",
        "password's length is 8 characters", "https://shop.example.com/?reset_password=1&lang=en",
        "curl -u user:pass https://api.example.com", "api signature is missing", "パスワードは必須です", "PGPASSWORD is not set",
        "key-value pairs and key-performance-indicators-of-the-shop", "$5 a month, $10 a year, $1$",
    ],
)  # fmt: skip
def test_what_only_wears_the_clothes_stays(text: str) -> None:
    assert screen(text).found == ()
