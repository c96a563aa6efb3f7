"""policy: the shipped packs are good; a malformed one is refused with the place and the cure."""

from __future__ import annotations

from pathlib import Path

import pytest

from connector import packs
from tests.cli.shell import Shell


@pytest.fixture
def plain() -> Shell:
    """A terminal: packs need no database."""
    return Shell(None)  # type: ignore[arg-type]


def write(folder: Path, change: tuple[str, str]) -> str:
    text = packs.read("whmcs-modules").replace('id = "whmcs-modules"', 'id = "own"')
    assert change[0] in text
    path = folder / "own.toml"
    path.write_text(text.replace(*change))
    return str(path)


def test_the_five_shipped_packs_are_good(plain: Shell) -> None:
    result = plain.run("policy", "lint")
    assert result.stdout == ""
    names = ("whmcs-modules", "jetpack-crm", "hourly-services", "crmjetty", "tiered-sla")
    assert sorted(result.stderr.splitlines()) == sorted(f"{name}: good" for name in names)
    assert plain.json("policy", "lint") == []


MALFORMED: dict[str, tuple[tuple[str, str], str]] = {
    "no TOML": (("format = 1", "format == 1"), "file"),
    "an unknown key": (('default_severity = "standard"', 'default_severty = "standard"'), "default_severty"),
    "a severity that is none": (('default_severity = "standard"', 'default_severity = "high"'), "default_severity"),
    "an unknown zone": (("America/New_York", "America/Gotham"), "calendar.timezone"),
    "hours that end before they begin": (('open.mon = ["09:00-18:00"]', 'open.mon = ["18:00-09:00"]'), "calendar"),
    "a cover that is none": (('bug = { cover = "covered"', 'bug = { cover = "sure"'), "scope.bug"),
    "a span that is none": (('respond = "24h"', 'respond = "soon"'), "severity.standard"),
    "an example that fails": (('expect = "accept"', 'expect = "deny"'), "example"),
    "another name than the file's": (('id = "own"', 'id = "mine"'), "id"),
}


@pytest.mark.parametrize(("change", "place"), MALFORMED.values(), ids=MALFORMED.keys())
def test_a_malformed_pack_is_exit_1_with_place_and_cure(
    plain: Shell, tmp_path: Path, change: tuple[str, str], place: str
) -> None:
    problems = plain.json("policy", "lint", write(tmp_path, change), exits=1)
    assert [each for each in problems if each["place"].startswith(place)], problems
    assert all(len(each["message"]) > 10 for each in problems)


def test_a_pack_that_is_not_there(plain: Shell) -> None:
    [problem] = plain.json("policy", "lint", "whmcs-module", exits=1)
    assert "whmcs-modules" in problem["message"]


def test_show_tells_the_pack_as_it_takes_effect(plain: Shell) -> None:
    shown = plain.json("policy", "show", "tiered-sla", "--set", "calendar.timezone=Europe/Berlin")
    assert shown["ref"].startswith("tiered-sla@2025-01#")
    assert "Europe/Berlin" in str(shown)
    other = plain.json("policy", "show", "tiered-sla", "--set", "calendar.timezone=Europe/Paris")
    assert other["ref"] != shown["ref"], "the digest is over what takes effect"
    assert "calendar.timezone" in plain.fails("policy", "show", "tiered-sla", exits=2)


def test_show_source_is_the_file(plain: Shell) -> None:
    assert plain.run("policy", "show", "crmjetty", "--source").stdout == packs.read("crmjetty")
