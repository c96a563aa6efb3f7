"""The documentation is true to the code: every setting, command, route and module is where the reader looks for it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from connector import settings
from connector.vendors.credentials import SCOPES
from tests.paths import ROOT
from tests.support.stores import settings_for
from wsgi import create_app, make_runtime

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


def test_every_room_stands_in_the_architecture_and_no_other() -> None:
    text = (DOCS / "architecture.md").read_text()
    told = set(re.findall(r"^\| `([\w/]+)/` \|", text, re.MULTILINE))
    there = {
        str(path.parent.relative_to(ROOT))
        for folder in ("connector", "webhooks")
        for path in (ROOT / folder).rglob("__init__.py")
        if path.parent.name != "connector"
    }
    inner = {"connector/storage/migrations", "connector/formats/standard", "connector/api/described"}
    assert there - inner - told == set()
    assert told - there == {path for path in told if path.startswith("adapters/")}


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


# --- nothing is promised that is not there ---

PAGES = [*sorted(DOCS.rglob("*.md")), ROOT / "README.md", *sorted((ROOT / "adapters").rglob("README.md"))]
GIVEN = re.compile(r"CONNECTOR_(?:TEST_\w+|KEEP_)")
"""Settings of the tests, and the beginning of several names."""


def spoken(text: str) -> Iterator[list[str]]:
    """Every call of the command line on a page, in a block of its own or within a sentence."""
    joined = re.sub(r"\\\n\s*", "", text)
    for words in re.findall(r"^\s*(?:\$ )?(?:\.venv/bin/)?connector ([a-z][^\n]*)", joined, re.MULTILINE):
        yield words.split(" #")[0].split()
    for words in re.findall(r"`(?:\.venv/bin/)?connector\s([^`]+)`", joined):
        yield words.split()


def called(words: list[str]) -> tuple[click.Command, list[str]]:
    """The command that words name, and those that are left. Raises LookupError."""
    from connector.cli import cli

    command: click.Command = cli
    while isinstance(command, click.Group) and words:
        name = words[0].rstrip(".,:;)")
        if name not in command.commands:
            raise LookupError(name)
        command, words = command.commands[name], words[1:]
    return command, words


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_command_and_option_that_a_page_names_exists(page: Path) -> None:
    missing = []
    for words in spoken(page.read_text()):
        if not re.fullmatch(r"[a-z-]+[.,:;)]?", words[0]):
            continue  # `connector ...`
        try:
            command, rest = called(words)
        except LookupError as unknown:
            if str(unknown) not in ("...", "") and words[1:2] != ["..."]:
                missing.append(f"{' '.join(words)}: no {unknown}")
            continue
        known = {name for parameter in command.params for name in (*parameter.opts, *parameter.secondary_opts)}
        given = {word.split("=")[0].rstrip("].,;)").lstrip("[(") for word in rest if word.lstrip("[(").startswith("--")}
        missing += [f"{' '.join(words)}: no {option}" for option in sorted(given - known - {"--help", "--"})]
    assert missing == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_setting_that_a_page_names_exists(page: Path) -> None:
    named = set(re.findall(r"\b(?:CONNECTOR|SMTP)_[A-Z][A-Z_]*[A-Z]\b", page.read_text()))
    assert {
        name for name in named if name.removesuffix("_FILE") not in settings.NAMES and not GIVEN.match(name)
    } == set()


ADDRESS = re.compile(r"`(GET|POST) (/(?:v1|hooks|t|healthz|readyz|metrics|openapi|docs|\.well-known)[^\s`?\[]*)")


@pytest.mark.parametrize(
    "page", [DOCS / name for name in ("api.md", "architecture.md", "operations.md", "security.md")]
)
def test_every_address_of_ours_that_a_page_names_is_answered(page: Path, tmp_path: Path) -> None:
    app = create_app(make_runtime(settings_for(f"sqlite:///{tmp_path}/x.db")))
    routes = app.url_map.bind("connector.example.com")
    named = set(
        re.findall(
            r"`(GET|POST) (/(?:v1|hooks|t|healthz|readyz|metrics|openapi|docs|\.well-known)[^\s`?\[]*)",
            page.read_text(),
        )
    )
    unanswered = [
        f"{verb} {path}" for verb, path in named if not routes.test(re.sub(r"[<{][^>}]*[>}]", "x", path), verb)
    ]
    assert unanswered == []
