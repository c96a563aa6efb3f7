"""The documentation is true to the code: every setting, command, route and module is where the reader looks for it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from connector import settings
from connector.auth import SCOPES
from tests.flows.stores import settings_for
from wsgi import create_app, make_runtime

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"


def commands(group: click.Command, path: str = "connector") -> Iterator[tuple[str, click.Command]]:
    if isinstance(group, click.Group):
        for name, command in group.commands.items():
            yield from commands(command, f"{path} {name}")
    else:
        yield path, group


def test_every_setting_is_documented_and_no_other() -> None:
    told = set(re.findall(r"^\| `((?:CONNECTOR|SMTP)_\w+)`", (DOCS / "operations.md").read_text(), re.MULTILINE))
    assert told == set(settings.NAMES)


def test_every_module_stands_in_the_architecture_and_no_other() -> None:
    text = (DOCS / "architecture.md").read_text()
    told = set(re.findall(r"^\| `([\w/]+\.py)` \|", text, re.MULTILINE))
    there = {
        str(path.relative_to(ROOT))
        for folder in ("connector", "adapters", "webhooks")
        for path in (ROOT / folder).rglob("*.py")
        if "versions" not in path.parts
    }
    small = {path for path in there if path.endswith("__init__.py") and (ROOT / path).stat().st_size < 220}
    assert there - small - told == set()
    assert told - there == {"wsgi.py"}


def test_every_route_and_scope_is_documented(tmp_path: Path) -> None:
    text = (DOCS / "api.md").read_text()
    app = create_app(make_runtime(settings_for(f"sqlite:///{tmp_path}/x.db")))
    for rule in app.url_map.iter_rules():
        if rule.endpoint == "static":
            continue
        path = re.sub(r"<\w+>", "<", rule.rule).split("<")[0]
        assert path in text, f"docs/api.md does not name {rule.rule}"
    for scope in SCOPES:
        assert f"`{scope}`" in text


def test_every_command_helps_in_a_sentence() -> None:
    from connector.cli import cli

    for path, command in commands(cli):
        assert command.help, f"{path} says nothing about itself"
        assert command.help.strip().endswith("."), f"{path}: {command.help}"


@pytest.mark.parametrize("page", [*sorted(DOCS.glob("*.md")), ROOT / "README.md"], ids=lambda page: page.name)
def test_links_lead_somewhere_and_commands_exist(page: Path) -> None:
    from connector.cli import cli

    text = page.read_text()
    for target in re.findall(r"\]\((?!https?:|mailto:|#)([^)#]+)", text):
        assert (page.parent / target).exists(), f"{page.name} links to {target}"
    known = {path for path, _ in commands(cli)}
    for words in re.findall(r"^(?:connector) ([a-z-]+(?: [a-z-]+)?)", text, re.MULTILINE):
        first, _, second = words.partition(" ")
        assert f"connector {first}" in known or f"connector {first} {second}" in known, (
            f"{page.name}: connector {words}"
        )
