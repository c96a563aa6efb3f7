"""Which test carries which rule of the published policies: reads the tests, renders docs/policy-coverage.md.

A test carries a rule when its name (`test_elg_04_...`), its docstring or its parameters name the id. A range names nothing.
`make pages` writes the page anew.
"""

from __future__ import annotations

import ast
import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from tests.paths import ROOT

RULES = ROOT / "tests" / "fixtures" / "seed-rules.toml"
PAGE = ROOT / "docs" / "policy-coverage.md"
ID = re.compile(r"\b([A-Z]{3,4}-\d\d|[AR]\d{1,2})\b(?!\.\.)")
_IN_NAME = re.compile(r"(?<![a-z])(?:([a-z]{3,4})_(\d\d)|(a)(\d{1,2}))(?![0-9a-z])")
_NO_POLICY = ("tests/webhooks", "tests/http", "tests/adapters", "tests/cli")  # where A1 is an attack, not a reading

_HEAD = """# What the published policies ask for, and the tests that carry it

Made by `make pages` from `tests/fixtures/seed-rules.toml` and the tests; `tests/test_policy_coverage.py`
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
    """Id -> the tests that carry it, as `tests/domain/policy/test_sla.py::test_...`, in order."""
    found: dict[str, list[str]] = {}
    for path in sorted((ROOT / "tests").rglob("test_*.py")):
        place = path.relative_to(ROOT).as_posix()
        for test in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(test, ast.FunctionDef) and test.name.startswith("test_"):
                for rule in sorted(set(_ids(test, place))):
                    found.setdefault(rule, []).append(f"{place}::{test.name}")
    return found


def _ids(test: ast.FunctionDef, place: str) -> Iterator[str]:
    """Every id in the name, the docstring and the decorators of a test."""
    nodes = (node for decorator in test.decorator_list for node in ast.walk(decorator))
    texts = [node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str)]
    ids = [match[1] for text in [ast.get_docstring(test) or "", *texts] for match in ID.finditer(text)]
    for group, number, letter, reading in _IN_NAME.findall(test.name):
        ids.append(f"{group.upper()}-{number}" if group else f"{letter.upper()}{reading}")
    return (each for each in ids if "-" in each or not place.startswith(_NO_POLICY))


def page() -> str:
    """The whole page."""
    rules, tests = load(), carried()
    parts = [_HEAD, _summary(rules, tests)]
    for group, title in rules.groups.items():
        mine = {rule: words for rule, words in rules.rules.items() if rule.startswith(f"{group}-")}
        rows = [(rule, words, rule in rules.built) for rule, words in mine.items()]
        parts.append(_chapter(f"{group}: {title}", "rule", rows, tests))
    where = "The keys and the other readings: [Policy packs](policy-packs.md#readings-of-what-a-page-leaves-open).\n"
    readings = [(reading, what["question"], "next" not in what) for reading, what in rules.readings.items()]
    parts.append(_chapter("Readings of what a page leaves open", "question", readings, tests, where))
    demands = [(demand, words, demand in tests) for demand, words in rules.demands.items()]
    parts.append(_chapter("What other vendors' policies ask for besides", "rule", demands, tests))
    return "\n".join(parts)


def _chapter(
    title: str, column: str, rows: list[tuple[str, str, bool]], tests: dict[str, list[str]], words: str = ""
) -> str:
    """One table; what is not built is called next, also where a test carries a part of it."""
    lines = [f"## {title}\n", *([words] if words else []), f"| id | {column} | tests |", "|---|---|---|"]
    for rule, what, built in rows:
        carriers = [f"`{test.removeprefix('tests/')}`" for test in tests.get(rule, [])]
        lines.append(f"| {rule} | {what} | {'<br>'.join([*([] if built else ['next']), *carriers])} |")
    return "\n".join(lines) + "\n"


def _summary(rules: Rules, tests: dict[str, list[str]]) -> str:
    proven = len([rule for rule in rules.built if rule in tests])
    later = len(rules.rules) - len(rules.built)
    return f"{proven} of {len(rules.built)} rules of the built groups are carried by tests; {later} come next.\n"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
