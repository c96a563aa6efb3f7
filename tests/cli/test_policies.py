"""policy: the shipped packs are good; a malformed one is refused with the place and the cure."""

from __future__ import annotations

from pathlib import Path

import pytest

from connector.vendors.policies import packs
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
    names = ("whmcs-modules", "jetpack-crm", "hourly-services", "crmjetty", "tiered-sla")
    assert sorted(result.stderr.splitlines()) == sorted(f"{name}: good" for name in names)
    assert {each["weight"] for each in plain.json("policy", "lint")} == {"warning"}


def test_the_lists_of_packs_and_helpdesks(acme: Shell) -> None:
    rows = acme.json("policy", "list")
    assert [row["pack"] for row in rows] == packs.shipped()
    assert {row["pack"]: row["settings_required"] for row in rows}["tiered-sla"] == "calendar.timezone"
    assert acme.json("helpdesk", "list") == [
        {"vendor": "acme", "helpdesk": "builtin", "state": "ok", "what": "tickets live here", "settings": {}}
    ]


@pytest.mark.parametrize("pack", packs.shipped())
def test_every_way_out_without_an_address_is_told_with_its_setting(shell: Shell, pack: str) -> None:
    """Where a pack is checked, where a vendor gets it, and where the installation is looked at."""
    told = {each["place"]: each["message"] for each in shell.json("policy", "lint", pack)}
    assert told
    assert all(f"--set {place}=https://" in message for place, message in told.items())
    zone = ["--set", "calendar.timezone=Europe/London"] if pack == "tiered-sla" else []
    made = shell.run("vendor", "add", "acme", "--policy", pack, *zone)
    rows = shell.json("doctor")
    notes = [row["what"] for row in rows if (row["part"], row["state"]) == ("policy of acme", "note")]
    assert len(notes) == len(told)
    for place in told:
        assert f"warning: {place}: " in made.stderr
        assert [note for note in notes if note.startswith(f"{place}: ")]
    cure = [word for place in told for word in ("--set", f"{place}=https://acme.example.com/way")]
    assert "warning" not in shell.run("vendor", "set-policy", "acme", pack, *zone, *cure).stderr
    assert [row for row in shell.json("doctor") if row["part"] == "policy of acme" and row["state"] != "ok"] == []
    assert shell.json("policy", "lint", pack, *cure) == []


def test_settings_are_checked_along(plain: Shell) -> None:
    [problem] = plain.json("policy", "lint", "whmcs-modules", "--set", "calendar.timezone=GMT+4", exits=1)
    assert (problem["weight"], problem["place"]) == ("fault", "calendar.timezone")


def test_publish_refuses_what_lint_refuses(acme: Shell, tmp_path: Path) -> None:
    """Each fault, by its place: also the name that differs from the file's."""
    for number, (change, place) in enumerate(MALFORMED.values()):
        folder = tmp_path / str(number)
        folder.mkdir()
        assert place in acme.fails("policy", "publish", write(folder, change), "--vendor", "acme", exits=2)
    assert len(acme.json("policy", "history", "--vendor", "acme")) == 1


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
