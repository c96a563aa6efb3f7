"""Each thing has one name: the glossary explains every noun that users meet, and words of a private dialect stand nowhere else."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import click
import pytest

from connector.api.described.answers import SCHEMAS
from connector.cli import cli
from tests.paths import ROOT
from tests.support.stores import settings_for
from tests.test_named_files import PAGES
from wsgi import create_app, make_runtime

GLOSSARY = ROOT / "docs" / "glossary.md"
ENTRIES, _, AVOIDED = GLOSSARY.read_text().partition("## Words that stand nowhere else")
CODE = [path for room in ("connector", "adapters", "webhooks") for path in sorted((ROOT / room).rglob("*.py"))]

PRIVATE = {
    "face": r"(?<!`)\bfaces?\b(?!`)",
    "place": r"\b(an?|the|its|this|that|each|same|one|bound|other|several|two|all|of)( \w+)? places?\b(?! of)|\bplaces\b",
    "case": r"\b(licence|license|a|the) cases?\b(?! of)",
    "peer": r"\bpeers?\b",
    "dialect": r"\bdialects?\b",
    "way out": r"\bways? out\b",
    "crew": r"\bcrews?\b",
    "bell": r"\b(door)?bells?\b|\bring(s|ing)?\b|\brung\b",
    "knock": r"\bknocks?\b",
    "turnstile": r"\bturnstiles?\b",
    "gatekeeping": r"\bgatekeep\w*",
    "tallying": r"\btall(y|ies|ying)\b",
    "happening": r"\bhappenings?\b",
    "log of acts": r"\blogs? of acts\b",
}
"""Word of the glossary's last table to how it is found."""
GIVEN = re.compile(
    "takes? place|in (the )?place of|take the place|letter case|hugging face|not a place: write"
    "|connector face|`--face-id`|`--clear face-id`"
)
"""What may be said: other meanings of the words, and the names that users rely on."""


def groups(group: click.Group) -> Iterator[str]:
    for name, command in group.commands.items():
        if isinstance(command, click.Group) and not command.hidden:
            yield name
            yield from groups(command)


def members(schema: Any) -> Iterator[str]:
    """The names of all members that a schema has, at any depth."""
    if isinstance(schema, dict):
        for name, below in schema.items():
            if name == "properties":
                yield from below
            yield from members(below)
    elif isinstance(schema, list):
        for below in schema:
            yield from members(below)


@cache
def told() -> tuple[tuple[str, str], ...]:
    """All that users and newcomers read of ours, with where it stands: pages, help texts, first lines of public docstrings."""
    lines = [*helped(cli, "connector")]
    for page in PAGES:
        text = ENTRIES if page == GLOSSARY else page.read_text()
        lines += [(f"{page.relative_to(ROOT)}:{at}", line) for at, line in enumerate(text.splitlines(), 1)]
    for path in CODE:
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef) and getattr(node, "name", "")[:1] != "_":
                first = (ast.get_docstring(node) or "").partition("\n")[0]
                lines.append((f"{path.relative_to(ROOT)}:{getattr(node, 'name', '')}", first))
    return tuple(lines)


def helped(command: click.Command, path: str) -> Iterator[tuple[str, str]]:
    yield path, f"{command.help} {command.epilog or ''}"
    yield from ((path, parameter.help or "") for parameter in command.params if isinstance(parameter, click.Option))
    if isinstance(command, click.Group):
        for name, below in command.commands.items():
            if not below.hidden:
                yield from helped(below, f"{path} {name}")


def test_every_term_has_one_entry_and_an_explanation() -> None:
    entries = re.findall(r"^\| (?!term \|)([^|`-][^|]*?) \| ([^|]*) \|", ENTRIES, re.MULTILINE)
    terms = [term for term, _ in entries]
    assert len(terms) > 60
    assert sorted({term for term in terms if terms.count(term) > 1}) == []
    assert [term for term, meaning in entries if not re.fullmatch(r"[A-Z`][^|]*\.", meaning)] == []


WRITTEN = {word for words in re.findall(r"`([^`]+)`", ENTRIES) for word in re.findall(r"[\w.]+", words)}


@pytest.mark.parametrize("name", sorted(set(groups(cli))))
def test_every_group_of_commands_has_an_entry(name: str) -> None:
    assert name in WRITTEN


@pytest.mark.parametrize("name", sorted(SCHEMAS))
def test_every_member_of_an_answer_has_an_entry(name: str) -> None:
    assert sorted(set(members(SCHEMAS[name])) - WRITTEN) == []


def test_every_resource_of_the_api_has_an_entry(tmp_path: Path) -> None:
    app = create_app(make_runtime(settings_for(f"sqlite:///{tmp_path}/x.db")))
    rules = [
        rule.rule
        for rule in app.url_map.iter_rules()
        if rule.rule.startswith(("/v1/", "/hooks", "/connect", "/t/", "/packages"))
    ]
    named = {part for rule in rules for part in rule.split("/") if part.isalpha()}
    assert sorted(named - WRITTEN - {"v1"}) == []


def test_the_glossary_says_which_words_stand_nowhere_else() -> None:
    assert set(re.findall(r"^\| ([a-z][^|]*?) \| [a-z]", AVOIDED, re.MULTILINE)) - {"not"} == set(PRIVATE)


@pytest.mark.parametrize("word", sorted(PRIVATE))
def test_no_page_and_no_help_speaks_the_private_dialect(word: str) -> None:
    found = re.compile(PRIVATE[word], re.IGNORECASE)
    assert [f"{where}: {text}" for where, text in told() if found.search(GIVEN.sub("", text))] == []
