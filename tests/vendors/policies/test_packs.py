"""Policy packs: the shipped ones hold their examples, and every fault is told with its place and its cure."""

from __future__ import annotations

import json
import re
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from connector.domain.policy.kinds import KINDS
from connector.vendors.policies import packs
from connector.vendors.policies.examples import ExampleShape
from connector.vendors.policies.packs import PackError
from connector.vendors.policies.schema import FORMAT, PackShape
from tests.domain.policy.building import PACKS, TIERED, WHMCS, ZONE
from tests.paths import DOCS

PAGE = DOCS / "policy-packs.md"

SMALL = """
format = 1
id = "small"
version = "2026-01"
effective_from = 2026-01-01
title = "Support"
source = "https://vendor.example.com/support"
default_severity = "normal"

[calendar]
timezone = "Europe/London"
open.mon = ["09:00-17:00"]

[channel]
ticket = { use = "official", clause = "1" }

[entitlement]
clause = "2"

[scope]
bug = { cover = "covered", clause = "3" }

[severity.normal]
respond = "8h"

[[example]]
name = "a bug on Monday"
at = 2026-03-09T09:00:00Z
kind = "bug"
expect = "accept"
respond_by = 2026-03-09T17:00:00Z
"""


def pack(tmp_path: Path, *changes: tuple[str, str], name: str = "small") -> Path:
    """The small pack as a file, with pieces of its text replaced."""
    text = SMALL
    for old, new in changes:
        assert old in text
        text = text.replace(old, new, 1)
    path = tmp_path / f"{name}.toml"
    path.write_text(text, encoding="utf-8")
    return path


def faults(path: Path) -> dict[str, str]:
    return {problem.place: problem.message for problem in packs.lint(path)}


# --- the shipped packs ---


@pytest.mark.parametrize("name", PACKS)
def test_a_shipped_pack_has_no_problems(name: str) -> None:
    assert packs.lint(name) == []


@pytest.mark.parametrize("name", PACKS)
def test_a_shipped_pack_pins_itself_with_examples(name: str) -> None:
    policy = packs.load(name, ZONE)
    assert len(policy.examples) >= 5
    assert all(
        re.search(r"\((?:[A-Z]+-\d\d|R\d+)", str(each["name"])) or "needs no" in str(each["name"])
        for each in policy.examples
    )


@pytest.mark.parametrize("name", PACKS)
def test_every_kind_and_channel_of_a_shipped_pack_rests_on_a_clause(name: str) -> None:
    policy = packs.load(name, ZONE)
    assert all(scope.clause for scope in policy.scope.values())
    assert all(channel.clause for channel in policy.channels.values())
    assert policy.entitlement.clause


def test_loading_by_id_and_by_path_is_the_same(tmp_path: Path) -> None:
    path = tmp_path / "whmcs-modules.toml"
    path.write_text(packs.read(WHMCS), encoding="utf-8")
    assert packs.load(path) == packs.load(str(path)) == packs.load(WHMCS)


def test_hrs_11_the_tiered_pack_wants_a_zone() -> None:
    """HRS-11, A8: never silently UTC."""
    with pytest.raises(PackError) as caught:
        packs.load(TIERED)
    (problem,) = caught.value.problems
    assert problem.place == "calendar.timezone"
    assert "the vendor must set it" in problem.message
    assert packs.load(TIERED, {"calendar.timezone": "Europe/London"}).zone == "Europe/London"


def test_a_reference_names_id_version_and_digest() -> None:
    policy = packs.load(WHMCS)
    assert re.fullmatch(r"whmcs-modules@2025-01#[0-9a-f]{6}", policy.ref)


def test_what_takes_effect_can_be_shown_as_json() -> None:
    shown = packs.effective(TIERED, ZONE)
    assert shown["calendar"]["timezone"] == "America/New_York"
    assert shown["effective_from"] == "2025-01-01"
    assert "example" not in json.loads(json.dumps(shown))
    with pytest.raises(PackError):
        packs.effective(TIERED)


# --- settings ---


def test_settings_are_merged_before_validation(tmp_path: Path) -> None:
    path = pack(tmp_path)
    policy = packs.load(
        path,
        {
            "calendar.timezone": "Asia/Tokyo",
            "links.renew": "https://shop.example.com/renew",
            "scope.bug.tier": 2,
            "tiers": 2,
        },
    )
    assert policy.zone == "Asia/Tokyo"
    assert policy.links["renew"].url == "https://shop.example.com/renew"
    assert policy.scope["bug"].tier == 2
    assert policy.digest != packs.load(path).digest


def test_a_setting_of_none_takes_a_key_away(tmp_path: Path) -> None:
    assert packs.load(pack(tmp_path), {"severity.normal.respond": None}).severities["normal"].respond is None


@pytest.mark.parametrize(
    ("settings", "place", "words"),
    [
        ({"calendar.timezone": "Europe/Lodnon"}, "calendar.timezone", "did you mean Europe/London?"),
        ({"scope.bgu.cover": "covered"}, "scope.bgu", "did you mean bug?"),
        ({"calendr.timezone": "UTC"}, "calendr", "did you mean calendar?"),
        ({"id.name": "x"}, "id.name", "no such setting"),
        ({"": 1}, "", "no such setting"),
        ({"links.renew": "http://shop.example.com"}, "links.renew", "https:// or mailto:"),
        ({"links.renew": "javascript:alert(1)"}, "links.renew", "https:// or mailto:"),
        ({"billing.pause_on_overdue": "yes"}, "billing.pause_on_overdue", "true or false"),
        ({"example": 5}, "example", "no such setting"),
        ({"foo": "x"}, "foo", "unknown key. Correct or remove it"),
    ],
)
def test_a_bad_setting_is_refused_with_its_place(
    tmp_path: Path, settings: dict[str, Any], place: str, words: str
) -> None:
    with pytest.raises(PackError) as caught:
        packs.load(pack(tmp_path), settings)
    assert any(each.place == place and words in each.message for each in caught.value.problems)


@given(
    st.dictionaries(
        st.text(max_size=30), st.one_of(st.none(), st.integers(), st.text(max_size=20), st.lists(st.text(max_size=5)))
    )
)
@example({"_schema": 0})
@example({"value": 0, "key": 0})
def test_no_settings_crash_the_loader(settings: dict[str, Any]) -> None:
    """Any settings give a policy or problems, nothing else."""
    with suppress(PackError):
        assert packs.load(WHMCS, settings).id


# --- faults ---


@pytest.mark.parametrize(
    ("old", "new", "place", "words"),
    [
        ('title = "Support"', 'title = "Support"\ncolour = "red"', "colour", "unknown key"),
        ("[entitlement]", "[entitlemint]", "entitlemint", "did you mean entitlement?"),
        ('cover = "covered"', 'cover = "coverd"', "scope.bug.cover", "did you mean covered?"),
        ('cover = "covered", ', "", "scope.bug.cover", "add this key"),
        ("bug =", "bugg =", "scope.bugg", "did you mean bug?"),
        ("bug =", "custom_development =", "scope.custom_development", "write custom_dev"),
        ('"Europe/London"', '"EST"', "calendar.timezone", "America/New_York"),
        ('"Europe/London"', '"EST"', "calendar.timezone", "Etc/GMT+5"),
        ('"Europe/London"', '"localtime"', "calendar.timezone", "no time zone"),
        ('"Europe/London"', '"Europe/Lodnon"', "calendar.timezone", "did you mean Europe/London?"),
        ('open.mon = ["09:00-17:00"]', "open.mon = []", "calendar.open", "never open"),
        ('["09:00-17:00"]', '["09:00-12:00", "11:00-17:00"]', "calendar.open.mon", "overlap"),
        ('["09:00-17:00"]', '["17:00-09:00"]', "calendar.open.mon.0", "write 09:00-18:00"),
        ("open.mon", "open.monday", "calendar.open.monday", "did you mean mon?"),
        ('respond = "8h"', 'respond = "-8h"', "severity.normal.respond", "never negative"),
        ('respond = "8h"', 'respond = "1bd"\nclock = "always"', "severity.normal.respond", "open-hours clock"),
        ('respond = "8h"', "rank = -1", "severity.normal.rank", "0"),
        ('respond = "8h"', 'kinds = ["bugs"]', "severity.normal.kinds.0", "did you mean bug?"),
        ('cover = "covered"', 'cover = "excluded", code = "no_way"', "scope.bug.code", "no reason code"),
        ('cover = "covered"', 'cover = "covered", notice = ["backlok"]', "scope.bug.notice.0", "did you mean backlog?"),
        ('cover = "covered"', 'cover = "covered", notice = ["site_limit"]', "scope.bug.notice.0", "not a notice"),
        ('version = "2026-01"', 'version = "newest"', "version", "2025-01"),
        ("format = 1", "format = 2", "format", "1"),
        ('id = "small"', 'id = "Small Pack"', "id", "hyphens"),
        ('id = "small"', 'id = "other"', "id", "call the file other.toml"),
        ("effective_from = 2026-01-01", "effective_from = 2026-01-01T00:00:00Z", "effective_from", "without a time"),
        ('default_severity = "normal"', 'default_severity = "nromal"', "default_severity", "did you mean normal?"),
        (
            'default_severity = "normal"',
            'default_severity = "normal"\ndefault_component = "core"',
            "default_component",
            "no component",
        ),
        ("ticket =", "tikcet =", "channel.tikcet", "did you mean ticket?"),
        (
            "[entitlement]",
            '[support_term]\none_time = "for ever"\n[entitlement]',
            "support_term.one_time",
            "write 12 months",
        ),
        (
            "[entitlement]",
            '[environment]\nsupported.php = ["new"]\nrequired = [5]\n[entitlement]',
            "environment.required.0",
            "short",
        ),
        (
            "[entitlement]",
            '[environment]\nsupported.php = [">= x"]\n[entitlement]',
            "environment.supported.php.0",
            "write >=8.1",
        ),
        ("[entitlement]", '[billing]\nurgent = ["asap"]\n[entitlement]', "billing.urgent", "no severity"),
        ("[calendar]", '[calendar]\nholidays = ["Christmas"]', "calendar.holidays.0", "write 2026-12-25"),
        (
            "[calendar]",
            "[calendar]\nclosures = [{ from = 2026-12-31, to = 2026-12-24 }]",
            "calendar.closures",
            "on or after its first day",
        ),
        ("[channel]", "[channel", "file", "no TOML"),
        ("[scope]", "[[scope]]", "scope", "must be a table"),
        ('title = "Support"', "title = 5", "title", "must be text"),
    ],
)
def test_a_fault_names_its_place_and_its_cure(tmp_path: Path, old: str, new: str, place: str, words: str) -> None:
    found = faults(pack(tmp_path, (old, new)))
    assert words in found[place]


def test_all_faults_are_told_at_once(tmp_path: Path) -> None:
    path = pack(
        tmp_path,
        ('cover = "covered"', 'cover = "no"'),
        ('respond = "8h"', 'respond = "soon"'),
        ('"Europe/London"', '"Mars"'),
    )
    assert {"scope.bug.cover", "severity.normal.respond", "calendar.timezone"} <= set(faults(path))
    with pytest.raises(PackError) as caught:
        packs.load(path)
    assert len(str(caught.value).splitlines()) == 4


def test_a_pack_that_is_not_there_says_which_are() -> None:
    with pytest.raises(PackError, match="did you mean whmcs-modules"):
        packs.load("whmcs-module")
    with pytest.raises(PackError, match="cannot be read"):
        packs.load("/nowhere/at/all.toml")
    assert [each.place for each in packs.lint("nothing")] == ["id"]


# --- examples ---


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('expect = "accept"', 'expect = "deny"', "expected deny, decided accept"),
        ('expect = "accept"', 'expect = "accept"\nreasons = ["backlog"]', "expected the reason backlog"),
        ('expect = "accept"', 'expect = "accept"\npriority = "high"', "expected priority 'high', found 'normal'"),
        ("respond_by = 2026-03-09T17", "respond_by = 2026-03-09T16", "found 2026-03-09T17:00:00+00:00"),
    ],
)
def test_an_example_that_fails_is_a_problem(tmp_path: Path, old: str, new: str, words: str) -> None:
    (problem,) = packs.lint(pack(tmp_path, (old, new)))
    assert problem.place == "example[0] a bug on Monday"
    assert words in problem.message


@pytest.mark.parametrize(
    ("old", "new", "place"),
    [
        ('name = "a bug on Monday"', 'nmae = "a bug on Monday"', "example[0].nmae"),
        ("at = 2026-03-09T09:00:00Z", "at = 2026-03-09T09:00:00", "example[0].at"),
        ("at = 2026-03-09T09:00:00Z", "at = 2026-03-09", "example[0].at"),
        ('expect = "accept"', "", "example[0].expect"),
    ],
)
def test_an_example_that_cannot_be_run_is_a_problem(tmp_path: Path, old: str, new: str, place: str) -> None:
    assert place in faults(pack(tmp_path, (old, new)))


def test_two_examples_of_one_name_are_a_problem(tmp_path: Path) -> None:
    example = SMALL[SMALL.index("[[example]]") :]
    path = tmp_path / "small.toml"
    path.write_text(SMALL + example, encoding="utf-8")
    assert "used twice" in faults(path)["example[1].name"]


def test_a_pack_without_examples_is_incomplete(tmp_path: Path) -> None:
    path = tmp_path / "small.toml"
    path.write_text(SMALL[: SMALL.index("[[example]]")], encoding="utf-8")
    assert "add [[example]]" in faults(path)["example"]
    assert packs.load(path).id == "small"


# --- the documentation ---


def keys(shape: Any, prefix: str = "") -> set[str]:
    """Every key of the schema as the documentation writes it: `scope.<kind>.cover`."""
    names = {
        "channel": "<channel>",
        "component": "<component>",
        "scope": "<kind>",
        "severity": "<severity>",
        "escalation": "<tier>",
        "links": "<name>",
    }
    found: set[str] = set()
    for name, field in shape.fields.items():
        key = prefix + (field.data_key or name)
        inner = getattr(field, "inner", field)
        value = getattr(inner, "value_field", None)
        if value is not None and hasattr(value, "schema"):
            found |= keys(value.schema, f"{key}.{names[name]}.")
        elif hasattr(inner, "schema"):
            found |= keys(inner.schema, f"{key}.")
        else:
            found.add(key)
    return found


def documented() -> str:
    return PAGE.read_text(encoding="utf-8")


@pytest.mark.parametrize("key", sorted(keys(PackShape()) | {f"example.{name}" for name in ExampleShape().fields}))
def test_every_key_of_a_pack_is_documented(key: str) -> None:
    assert f"`{key}`" in documented()


def test_no_key_is_documented_that_does_not_exist() -> None:
    chapter = documented().partition("\n## Every key\n")[2].partition("\n## ")[0]
    table = re.findall(r"^\| `([a-z_.<>]+)`", chapter, re.MULTILINE)
    known = keys(PackShape()) | {f"example.{name}" for name in ExampleShape().fields}
    assert len(table) > 80
    assert [key for key in table if key not in known] == []


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_is_documented(kind: str) -> None:
    assert f"`{kind}`" in documented()


def test_the_pack_built_step_by_step_in_the_documentation_is_good(tmp_path: Path) -> None:
    steps = re.findall(r"```toml\n(.*?)```", documented(), re.DOTALL)
    path = tmp_path / "acme-plugins.toml"
    path.write_text("\n".join(steps), encoding="utf-8")
    assert packs.lint(path) == []
    assert packs.load(path).id == "acme-plugins"
    assert FORMAT == 1
