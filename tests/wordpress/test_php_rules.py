"""Rules of the plugin's PHP: it parses, one class a file, short files, escaped output, guarded handlers, one style.

WordPress-Coding-Standards and Plugin Check are in no package registry that can be used here; rules.php and phpcs.xml hold
what they would about output, requests, texts and style.
"""

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.servers import missing
from tests.wordpress.plugin import PLUGIN, php_files

LONGEST = 250
RULES = Path(__file__).with_name("rules.php")
STYLE = PLUGIN.with_name("phpcs.xml")
FILES = [pytest.param(path, id=str(path.relative_to(PLUGIN))) for path in php_files()]
CLASSES = [
    pytest.param(path, id=str(path.relative_to(PLUGIN))) for path in php_files() if PLUGIN / "src" in path.parents
]


@pytest.fixture(scope="module")
def php() -> str:
    """The PHP of this machine, or a skip."""
    return shutil.which("php") or missing("PHP", "On Debian: apt-get install --no-install-recommends php-cli")


@pytest.mark.parametrize("path", FILES)
def test_every_file_parses(php: str, path: Path) -> None:
    done = subprocess.run([php, "-l", str(path)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("path", FILES)
def test_no_file_is_long(path: Path) -> None:
    assert len(path.read_text().splitlines()) <= LONGEST


@pytest.mark.parametrize("path", CLASSES)
def test_a_file_holds_the_one_class_it_is_named_for(path: Path) -> None:
    inside = path.relative_to(PLUGIN / "src").with_suffix("")
    text = path.read_text()
    assert re.findall(r"^(?:final |abstract )?(?:class|interface|trait) (\w+)", text, re.M) == [inside.name]
    namespace = "\\".join(["SupportConnector", *inside.parts[:-1]])
    assert f"namespace {namespace};" in text
    assert "declare(strict_types=1);" in text


@pytest.mark.parametrize("path", FILES)
def test_no_file_reaches_for_globals(path: Path) -> None:
    """`$wpdb` is WordPress' own way to the database; one place fetches it."""
    text = path.read_text()
    assert not re.search(r"^\s*global\s+\$", text, re.M)
    assert "$GLOBALS" not in text or path.name == "Schema.php"


def broken_rules(php: str, *paths: Path) -> list[tuple[str, str, int]]:
    """(rule, file, line) of each place that breaks one of rules.php."""
    done = subprocess.run([php, str(RULES), *map(str, paths)], capture_output=True, text=True, check=True)
    return [(rule, Path(path).name, line) for rule, path, line in json.loads(done.stdout)]


def test_output_is_escaped_and_handlers_are_guarded(php: str) -> None:
    assert broken_rules(php, *php_files()) == []


@pytest.mark.parametrize(
    ("rule", "code"),
    [
        ("echo", "echo $name;"),
        ("echo", "echo '<b>' . $name . '</b>';"),
        ("echo", "echo 'a', esc_html($a) . $b;"),
        ("echo", "echo $open ? 'a' : 'b';"),
        ("echo", "echo __('Hello', 'support-connector');"),
        ("echo", "printf('%s', $name);"),
        ("echo", "print $name;"),
        ("echo", "?><?= $name ?><?php "),
        ("superglobal", "$a = $_POST['a'];"),
        ("superglobal", "$a = $_SERVER['REMOTE_ADDR'];"),
        ("text", "$a = __('Hello');"),
        ("text", "$a = esc_html__('Hello', 'another');"),
        ("text", "$a = __($b, 'support-connector');"),
        ("route", "register_rest_route('a', '/b', ['callback' => 'c']);"),
        ("handler", "class A { function h() { add_action('admin_post_a', [$this, 'x']); } function x() { go(); } }"),
        (
            "handler",
            "class A { function h() { add_action('wp_ajax_a', [$this, 'x']); } function x() { check_admin_referer('a'); } }",
        ),
        (
            "handler",
            "class A { function h() { add_action('wp_ajax_a', [$this, 'x']); } function x() { current_user_can('a'); } }",
        ),
        ("handler", "add_action('admin_post_a', 'some_function');"),
    ],
)
def test_a_breach_is_seen(php: str, tmp_path: Path, rule: str, code: str) -> None:
    path = tmp_path / "Breach.php"
    path.write_text(f"<?php {code}\n")
    assert rule in [each for each, _name, _line in broken_rules(php, path)]


@pytest.mark.parametrize(
    "code",
    [
        "echo '<b>', esc_html($name), '</b>', (int) $count;",
        "echo \\esc_html(sprintf(__('%d left', 'support-connector'), $count));",
        "printf('%s', esc_html($name));",
        "$a = sanitize_text_field(wp_unslash($_SERVER['REMOTE_ADDR']));",
        "class A { function h() { add_action('wp_ajax_a', [$this, 'x']); } function x() { Guard::admin('a', 'b'); } }",
    ],
)
def test_what_keeps_the_rules_passes(php: str, tmp_path: Path, code: str) -> None:
    path = tmp_path / "Kept.php"
    path.write_text(f"<?php {code}\n")
    assert broken_rules(php, path) == []


def test_the_style_is_kept() -> None:
    phpcs = shutil.which("phpcs") or missing(
        "phpcs", "On Debian: apt-get install --no-install-recommends php-codesniffer"
    )
    command = [phpcs, f"--standard={STYLE}", "-q", "-s", str(PLUGIN)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
