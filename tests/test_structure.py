"""The shape of the tree: sizes, names at the top, what the domain may import, and locks that hold together."""

import ast
import importlib
import re
import sys
from pathlib import Path

import pytest

from tests.paths import ROOT

PACKAGES = ("connector", "adapters", "webhooks")
TOP = {
    *("connector", "adapters", "webhooks", "wsgi.py", "tests", "bench", "docs"),
    *("README.md", "CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md", "LICENSE", "Makefile", "pyproject.toml"),
    *("requirements.in", "requirements.lock", "requirements-dev.in", "requirements-dev.lock"),
}
MADE = {"build", "dist", "mutants", "var", "__pycache__", "support_connector.egg-info"}
LONGEST = 400
NOT_IN_DOMAIN = {"os", "time", "random", "secrets", "logging", "socket", "subprocess", "threading", "uuid"}


def modules(*folders: str) -> list[Path]:
    """All Python files below these folders."""
    return [path for folder in folders for path in sorted((ROOT / folder).rglob("*.py"))]


def dotted(path: Path) -> str:
    """The name under which a file is imported."""
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


def imports(path: Path) -> set[str]:
    """The names of all modules that a file imports."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names.add(node.module or "")
    return names


def pins(lock: str) -> set[tuple[str, str]]:
    """Name and pin of each line of a lock; a package may stand once for each range of Pythons."""
    return set(re.findall(r"^(\S+)==(.*) \\$", (ROOT / lock).read_text(), re.MULTILINE))


def test_no_module_is_longer_than_400_lines() -> None:
    files = [*modules(*PACKAGES, "tests", "bench"), ROOT / "wsgi.py"]
    lengths = {dotted(path): len(path.read_text().splitlines()) for path in files if path.exists()}
    assert {name: length for name, length in lengths.items() if length > LONGEST} == {}


def test_the_top_holds_only_what_belongs_there() -> None:
    names = {path.name for path in ROOT.iterdir() if not path.name.startswith(".")}
    assert names - TOP - MADE == set()


def importable() -> list[str]:
    """The modules of the packages; Alembic alone runs what is under migrations, and __main__ acts when imported."""
    names = (dotted(path) for path in modules(*PACKAGES))
    return [name for name in names if ".migrations." not in name and not name.endswith("__main__")]


@pytest.mark.parametrize("name", importable())
def test_every_module_can_be_imported(name: str) -> None:
    importlib.import_module(name)


@pytest.mark.parametrize("path", modules("connector/domain"), ids=dotted)
def test_the_domain_imports_only_itself_and_the_pure_standard_library(path: Path) -> None:
    others = {name for name in imports(path) if not f"{name}.".startswith("connector.domain.")}
    roots = {name.partition(".")[0] for name in others}
    assert roots - sys.stdlib_module_names == set()
    assert roots & NOT_IN_DOMAIN == set()


def test_the_test_lock_holds_the_run_time_pins() -> None:
    run_time, tests = pins("requirements.lock"), pins("requirements-dev.lock")
    assert "flask" in dict(run_time)
    assert run_time - tests == set()


@pytest.mark.parametrize("lock", ["requirements.lock", "requirements-dev.lock"])
def test_the_locks_name_no_address_and_hash_every_pin(lock: str) -> None:
    text = (ROOT / lock).read_text()
    assert "://" not in text
    assert len(re.findall(r"^\S+==.* \\\n    --hash=sha256:", text, re.MULTILINE)) == len(pins(lock))
    assert len(pins(lock)) == len(re.findall(r"^[a-z]", text, re.MULTILINE))


def test_migrations_are_one_line() -> None:
    names = sorted(path.name[:4] for path in (ROOT / "connector/storage/migrations/versions").glob("[0-9]*.py"))
    assert names == [f"{number:04}" for number in range(1, len(names) + 1)]
