"""vendor, token, helpdesk: the words of the contract, and what is said to whoever gets them wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from connector.vendors.policies import packs
from tests.cli.shell import Shell


def test_add_answers_with_slug_id_and_the_policy_in_force(shell: Shell) -> None:
    made = shell.json("vendor", "add", "acme", "--policy", "whmcs-modules")
    assert (made["vendor"], made["id"][:4]) == ("acme", "ven_")
    assert made["policy"] == packs.load("whmcs-modules").ref
    assert shell.json("vendor", "list") == [
        {"vendor": "acme", "id": made["id"], "policy": "whmcs-modules", "settings": {}}
    ]


def test_no_vendor_is_an_empty_list(shell: Shell) -> None:
    assert shell.json("vendor", "list") == []


@pytest.mark.parametrize("slug", ["Acme", "ac me", "acme!", "é", "", "a" * 65, "ac_me", "a/b", "..", "-"])
def test_a_bad_slug_is_refused_with_the_rule(shell: Shell, slug: str) -> None:
    said = shell.fails("vendor", "add", slug, "--policy", "whmcs-modules", exits=2)
    assert "lower-case letters, digits and hyphens" in said
    assert shell.json("vendor", "list") == []


def test_adding_twice_is_refused_and_names_the_other_command(shell: Shell) -> None:
    first = shell.json("vendor", "add", "acme", "--policy", "whmcs-modules")
    assert "vendor set-policy" in shell.fails("vendor", "add", "acme", "--policy", "crmjetty", exits=1)
    assert [each["id"] for each in shell.json("vendor", "list")] == [first["id"]]
    assert shell.json("vendor", "list")[0]["policy"] == "whmcs-modules"


def test_what_a_policy_leaves_open_must_be_set(shell: Shell) -> None:
    """004 names business hours but no zone (HRS-11): the place and the cure are told."""
    said = shell.fails("vendor", "add", "acme", "--policy", "tiered-sla", exits=2)
    assert "calendar.timezone" in said
    assert "must set it" in said
    assert shell.json("vendor", "list") == []
    shell.run("vendor", "add", "acme", "--policy", "tiered-sla", "--set", "calendar.timezone=Europe/Berlin")
    assert shell.json("vendor", "list")[0]["settings"] == {"calendar.timezone": "Europe/Berlin"}


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--policy", "whmcs-module"], "whmcs-modules"),
        (["--policy", "nothing-like-it"], "Shipped are"),
        (["--policy", "nowhere.toml"], "cannot be read"),
        (["--policy", "whmcs-modules", "--set", "calendar.timezone=Mars/Olympus"], "calendar.timezone"),
        (["--policy", "whmcs-modules", "--set", "calender.timezone=UTC"], "calender"),
        (["--policy", "whmcs-modules", "--set", "calendar.timezone"], "name=value"),
        ([], "--policy"),
    ],
)
def test_a_policy_that_cannot_be_used_is_refused_with_place_and_cure(shell: Shell, words: list[str], told: str) -> None:
    assert told in shell.fails("vendor", "add", "acme", *words, exits=2)
    assert shell.json("vendor", "list") == []


def test_set_policy_changes_what_is_decided_from_now_on(acme: Shell) -> None:
    answer = acme.json("vendor", "set-policy", "acme", "crmjetty", "--set", "severity.standard.respond=24h")
    assert answer["policy"].startswith("crmjetty@")
    [listed] = acme.json("vendor", "list")
    assert (listed["policy"], listed["settings"]) == ("crmjetty", {"severity.standard.respond": "24h"})


def test_set_policy_of_nobody_and_to_nothing(acme: Shell) -> None:
    assert "vendor list" in acme.fails("vendor", "set-policy", "nobody", "crmjetty", exits=1)
    assert "calendar.timezone" in acme.fails("vendor", "set-policy", "acme", "tiered-sla", exits=2)
    assert acme.json("vendor", "list")[0]["policy"] == "whmcs-modules"


def test_a_pack_file_is_found_again_from_anywhere(acme: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A server is seldom started in the folder in which the vendor was added."""
    (tmp_path / "own.toml").write_text(packs.read("whmcs-modules").replace('id = "whmcs-modules"', 'id = "own"'))
    monkeypatch.chdir(tmp_path)
    acme.run("vendor", "set-policy", "acme", "own.toml")
    acme.run("vendor", "add", "other", "--policy", "./own.toml")
    monkeypatch.chdir("/")
    for slug in ("acme", "other"):
        assert acme.json("check", "nobody@example.com", "--vendor", slug, exits=5)["found"] is False


# --- tokens ---


def test_a_token_is_shown_once_and_carries_the_scopes_asked_for(acme: Shell) -> None:
    made = acme.json("token", "create", "--vendor", "acme", "--scope", "tickets:read", "--label", "shop")
    assert (made["id"][:4], made["token"][:4], made["scopes"]) == ("tok_", "sct_", ["tickets:read"])
    assert len(acme.json("token", "create", "--vendor", "acme")["scopes"]) == 4
    acme.run("token", "revoke", made["id"])


def test_tokens_of_nobody_and_with_unknown_scopes(acme: Shell) -> None:
    assert "vendor list" in acme.fails("token", "create", "--vendor", "nobody", exits=2)
    assert "tickets:read" in acme.fails("token", "create", "--vendor", "acme", "--scope", "all", exits=2)
    assert "tok_nowhere" in acme.fails("token", "revoke", "tok_nowhere", exits=1)


# --- helpdesks ---


def test_the_helpdesks_that_can_be_set_are_listed_with_their_settings(shell: Shell) -> None:
    kinds = shell.json("helpdesk", "kinds")
    assert {each["helpdesk"] for each in kinds} >= {"builtin", "rt"}
    assert all(each["meaning"] for each in kinds)


def test_tickets_live_here_until_a_helpdesk_is_set(acme: Shell) -> None:
    assert acme.json("helpdesk", "set", "builtin", "--vendor", "acme")["check"] == "tickets live here"


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["nodesk"], "builtin"),
        (["rt"], "--set"),
        (["rt", "--set", "colour=blue"], "no setting 'colour'"),
        (["rt", "--set", "url=http://127.0.0.1:9", "--set", "queue=Support", "--set", "token=abc"], "--secret-file"),
    ],
)
def test_a_helpdesk_that_cannot_be_set_is_refused_with_the_cure(acme: Shell, words: list[str], told: str) -> None:
    assert told in acme.fails("helpdesk", "set", *words, "--vendor", "acme", exits=2)


@pytest.mark.parametrize("after", ["", "edited", None], ids=["emptied", "edited", "deleted"])
def test_not_06_what_becomes_of_the_file_changes_no_policy(
    shell: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, after: str | None
) -> None:
    """NOT-06: a policy is changed by publishing; a file that is edited, emptied or gone stops nobody's vendor either."""
    own = tmp_path / "own.toml"
    own.write_text(packs.read("whmcs-modules").replace('id = "whmcs-modules"', 'id = "own"'))
    monkeypatch.chdir(tmp_path)
    ref = shell.json("vendor", "add", "acme", "--policy", "own.toml", "--set", "links.renew=https://a.example.com")[
        "policy"
    ]
    assert shell.json("vendor", "list")[0]["policy"] == ref
    if after is None:
        own.unlink()
    else:
        own.write_text(own.read_text().replace('respond = "24h"', 'respond = "1h"') if after else after)
    shell.runtime.memo.clear()
    told = shell.json("check", "ada@example.com", "--vendor", "acme", exits=5)
    assert told["decision"]["policy"] == ref
    assert shell.json("policy", "history", "--vendor", "acme")[0]["policy"] == ref
