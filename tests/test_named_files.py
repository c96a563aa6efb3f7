"""Every file and module that a page, or a docstring, sends its reader to is there."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.paths import ROOT

FOLDERS = ("connector", "adapters", "webhooks", "tests", "bench", "docs")
PAGES = [
    *sorted((ROOT / "docs").rglob("*.md")),
    *sorted((ROOT / "adapters").rglob("README.md")),
    *(ROOT / name for name in ("README.md", "CONTRIBUTING.md", "SECURITY.md")),
]
MODULES = [path for folder in FOLDERS[:5] for path in sorted((ROOT / folder).rglob("*.py"))]
FILES = {str(path.relative_to(ROOT)) for folder in FOLDERS for path in (ROOT / folder).rglob("*") if path.is_file()}
FILES |= {path.name for path in ROOT.iterdir() if path.is_file()}
PATHS = FILES | {str(parent) for name in FILES for parent in Path(name).parents}
ENDS = {"/".join(Path(name).parts[start:]) for name in FILES for start in range(len(Path(name).parts))}

PATH = re.compile(rf"(?<![\w/.:<-])((?:{'|'.join(FOLDERS)})/[\w./-]*\w/?)(?![\w<*/{{-])")
"""A path from the top of the tree; one with <name> or * in it stands for many and is left out."""
NAME = re.compile(r"(?<![\w*<>/-])((?:\w+/)*\w+\.py)\b")
"""A file of ours by its name, perhaps with the folders before it."""
MODULE = re.compile(r"(?<![\w/.-])((?:connector|adapters|webhooks|tests|bench)(?:\.[a-z_]\w*)+)")


def is_importable(name: str) -> bool:
    """Does a dotted name lead to a module, or to something in one?"""
    parts = name.split(".")
    for size in range(len(parts), 0, -1):
        path = ROOT.joinpath(*parts[:size])
        if path.is_dir() or path.with_suffix(".py").exists():
            source = path.with_suffix(".py") if path.with_suffix(".py").exists() else path / "__init__.py"
            return size == len(parts) or re.search(rf"\b{parts[size]}\b", source.read_text()) is not None
    return False


def missing(text: str) -> Iterator[str]:
    """What a text names of our tree and is not there."""
    yield from (path for path in PATH.findall(text) if not {path.rstrip("/"), f"tests/{path}"} & PATHS)
    yield from (name for name in NAME.findall(text) if name not in ENDS)
    yield from (name for name in MODULE.findall(text) if "example" not in name and not is_importable(name))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_file_that_a_page_names_is_there(page: Path) -> None:
    assert sorted(set(missing(page.read_text()))) == []


def docstrings(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef):
            yield ast.get_docstring(node) or ""


def test_every_file_that_a_docstring_names_is_there() -> None:
    stale = {str(path.relative_to(ROOT)): [*missing("\n".join(docstrings(path)))] for path in MODULES}
    assert {path: names for path, names in stale.items() if names} == {}
