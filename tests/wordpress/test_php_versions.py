"""The plugin's pure classes, and the syntax of all, under every PHP that it names: 7.4 to 8.5 (PHP built for Node)."""

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.servers import missing
from tests.wordpress.plugin import PLUGIN

HERE = Path(__file__).with_name("php")
UNIT = HERE / "unit.php"
VERSIONS = ["7.4", "8.0", "8.1", "8.2", "8.3", "8.4", "8.5"]


def test_under_the_php_of_this_machine() -> None:
    php = shutil.which("php") or missing("PHP", "On Debian: apt-get install --no-install-recommends php-cli")
    done = subprocess.run([php, str(UNIT), str(PLUGIN)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.slow
@pytest.mark.parametrize("version", VERSIONS)
def test_under_each_php(version: str) -> None:
    node = shutil.which("node")
    if node is None or not (HERE / "node_modules" / "@php-wasm" / "node").is_dir():
        missing("PHP for Node", f"npm ci --prefix {HERE.relative_to(Path(__file__).parents[2])}")
    command = [node, str(HERE / "run.mjs"), version, str(PLUGIN), str(UNIT)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.startswith(f"{version}."), done.stdout


def test_the_header_names_the_oldest_php() -> None:
    assert f"Requires PHP:      {VERSIONS[0]}" in (PLUGIN / "support-connector.php").read_text()
