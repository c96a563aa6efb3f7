"""Rules of the plugin's PHP: it parses, one class a file in the namespace, short files, no globals."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.servers import missing
from tests.wordpress.plugin import PLUGIN, php_files

LONGEST = 250
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
