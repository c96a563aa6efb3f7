"""The newest WordPress that npm carries (`npm ci --prefix tests/wordpress/builds`), put together: `python -m` prints its folder.

CONNECTOR_TEST_WORDPRESS=<that folder> lets the tests marked `wordpress` run on it. The package keeps each version as a zip
of what runs and a folder of what browsers fetch.
"""

from __future__ import annotations

import shutil
import sys
import zipfile
from pathlib import Path

from tests.paths import ROOT

NAME = "wp-nightly"  # 6.7-alpha in 0.9.19
PACKAGE = ROOT / "tests" / "wordpress" / "builds" / "node_modules" / "@wp-playground" / "wordpress-builds"


def assemble(target: Path) -> Path:
    """The folder of a whole WordPress in `target`, made anew. Raises FileNotFoundError where the package is not here."""
    shutil.rmtree(target, ignore_errors=True)
    with zipfile.ZipFile(PACKAGE / "src" / "wordpress" / f"{NAME}.zip") as packed:
        packed.extractall(target)
    shutil.copytree(PACKAGE / "public" / NAME, target, dirs_exist_ok=True)
    return target


if __name__ == "__main__":
    sys.stdout.write(f"{assemble(ROOT / 'build' / NAME)}\n")
