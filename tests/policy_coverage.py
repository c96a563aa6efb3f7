"""Which test carries which rule of the published policies: reads the tests, renders docs/policy-coverage.md.

A test carries a rule when its name (`test_elg_04_...`), its docstring or its parameters name the id. A range names nothing.
`python -m tests.policy_coverage` writes the page anew.
"""

from __future__ import annotations

import ast
import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
RULES = ROOT / "tests" / "fixtures" / "seed-rules.toml"
PAGE = ROOT / "docs" / "policy-coverage.md"
ID = re.compile(r"\b([A-Z]{3,4}-\d\d|[AR]\d{1,2})\b(?!\.\.)")
_IN_NAME = re.compile(r"(?<![a-z])(?:([a-z]{3,4})_(\d\d)|(a)(\d{1,2}))(?![0-9a-z])")
_NO_POLICY = ("tests/webhooks", "tests/http", "tests/adapters", "tests/cli")  # where A1 is an attack, not a reading

_HEAD = """# What the published policies ask for, and the tests that carry it

Made by `python -m tests.policy_coverage` from `tests/fixtures/seed-rules.toml` and the tests; `tests/test_policy_coverage.py`
fails when a rule of a built group has no test, and when this page is not what the tests say.
"""


@dataclass(frozen=True)
class Rules:
    """The rules (id -> one line), the groups they stand in, those that are built, and the readings."""

    groups: dict[str, str]
    rules: dict[str, str]
    built: frozenset[str]
    readings: dict[str, dict[str, Any]]
    demands: dict[str, str]


def load() -> Rules:
    data = tomllib.loads(RULES.read_text(encoding="utf-8"))
    groups, named = data["built"]["groups"], set(data["built"]["rules"])
    built = {rule for rule in data["rules"] if rule.partition("-")[0] in groups} | named
    return Rules(data["groups"], data["rules"], frozenset(built), data["readings"], data["demands"])


def carried() -> dict[str, list[str]]:
    """Id -> the tests that carry it, as `tests/domain/test_sla.py::test_...`, in order."""
    found: dict[str, list[str]] = {}
    for path in sorted((ROOT / "tests").rglob("test_*.py")):
        place = path.relative_to(ROOT).as_posix()
        for test in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(test, ast.FunctionDef) and test.name.startswith("test_"):
                for rule in sorted(set(_ids(test, place))):
                    found.setdefault(rule, []).append(f"{place}::{test.name}")
    return found


def _ids(test: ast.FunctionDef, place: str) -> Iterator[str]:
    texts = [ast.get_docstring(test) or ""]
    for decorator in test.decorator_list:
        texts += [node.value for node in ast.walk(decorator) if isinstance(node, ast.Constant) and _is_text(node)]
    ids = [match[1] for text in texts for match in ID.finditer(text)]
    for group, number, letter, reading in _IN_NAME.findall(test.name):
        ids.append(f"{group.upper()}-{number}" if group else f"{letter.upper()}{reading}")
    return (each for each in ids if "-" in each or not place.startswith(_NO_POLICY))


def _is_text(node: ast.Constant) -> bool:
    return isinstance(node.value, str)


def page() -> str:
    """The whole page."""
    rules, tests = load(), carried()
    parts = [_HEAD, _summary(rules, tests)]
    for group, title in rules.groups.items():
        lines = [f"## {group}: {title}\n", "| id | rule | tests |", "|---|---|---|"]
        for rule, words in rules.rules.items():
            if rule.startswith(f"{group}-"):
                state = "" if rule in rules.built else "next; " if rule in tests else "next"
                lines.append(f"| {rule} | {words} | {state}{_told(tests.get(rule, []))} |")
        parts.append("\n".join(lines) + "\n")
    lines = [
        "## Readings of what a page leaves open\n",
        "The keys and the other readings are in [Policy packs](policy-packs.md#readings-of-what-a-page-leaves-open).\n",
    ]
    lines += ["| id | question | tests |", "|---|---|---|"]
    for reading, what in rules.readings.items():
        state = "next; " if "next" in what and reading in tests else "next" if "next" in what else ""
        lines.append(f"| {reading} | {what['question']} | {state}{_told(tests.get(reading, []))} |")
    parts.append("\n".join(lines) + "\n")
    lines = ["## What other vendors' policies ask for besides\n", "| id | rule | tests |", "|---|---|---|"]
    lines += [f"| {each} | {words} | {_told(tests.get(each, [])) or 'next'} |" for each, words in rules.demands.items()]
    parts.append("\n".join(lines) + "\n")
    return "\n".join(parts)


def _summary(rules: Rules, tests: dict[str, list[str]]) -> str:
    proven = len([rule for rule in rules.built if rule in tests])
    return f"{proven} of {len(rules.built)} rules of the built groups are carried by tests; {len(rules.rules) - len(rules.built)} come next.\n"


def _told(tests: list[str]) -> str:
    return "<br>".join(f"`{test.removeprefix('tests/')}`" for test in tests)


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
