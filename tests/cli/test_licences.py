"""license and check: issue, show, list, sites, suspend, reinstate, extend - and what a look-up says with its exit code."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from connector.storage import codec
from tests.cli.shell import Shell

KEY = "AAAA-BBBB-CCCC-0001"
OWN = ("--vendor", "acme", "--product", "forms", "--email", "a@example.com")


def issue(shell: Shell, *words: str, key: str | None = None) -> Any:
    chosen = ["--key-file", "-"] if key else []
    given = f"{key}\n" if key else None
    who = ["--vendor", "acme", "--product", "forms", "--email", "Ada@Example.com"]
    return shell.json("license", "issue", *who, *chosen, *words, given=given)


def day(shell: Shell, days: int) -> str:
    return f"{(shell.runtime.clock() + timedelta(days=days)):%Y-%m-%d}"


# --- licences ---


def test_issue_shows_the_key_once_and_takes_the_products_terms(acme: Shell) -> None:
    made = issue(acme)
    assert len(made["license_key"]) == 34
    assert (made["product"], made["status"], made["purchase"]) == ("forms", "active", "one_time")
    assert made["sites"] == {"limit": 3, "used": 0, "active": [], "exempt": [], "over_limit": []}
    assert made["holder"]["email"] == "ada@example.com"
    [listed] = acme.json("license", "list", "--vendor", "acme")
    assert listed == {name: value for name, value in made.items() if name != "license_key"}
    assert made["license_key"] not in acme.run("license", "list", "--vendor", "acme").stdout


def test_a_licence_is_shown_by_key_id_or_order_and_its_key_on_demand_only(acme: Shell) -> None:
    made = issue(acme, "--order", "12", "--sites", "1", "--plan", "pro", key=KEY)
    shown = [acme.json("license", "show", word) for word in (KEY, KEY.lower(), made["id"], "order:12")]
    assert shown == [shown[0]] * 4
    assert (shown[0]["plan"], shown[0]["sites"]["limit"]) == ("pro", 1)
    assert KEY not in str(shown)
    assert acme.json("license", "show", made["id"], "--reveal")["license_key"] == KEY


def test_the_same_key_is_not_issued_twice(acme: Shell) -> None:
    issue(acme, key=KEY)
    words = ["--vendor", "acme", "--product", "forms", "--email", "b@example.com", "--key-file", "-"]
    said = acme.run("license", "issue", *words, given=KEY.lower(), exits=1).stderr
    assert "exists already" in said
    assert KEY not in said
    assert len(acme.json("license", "list", "--vendor", "acme")) == 1


def test_a_blank_key_is_no_key(acme: Shell) -> None:
    words = ["--vendor", "acme", "--product", "forms", "--email", "b@example.com", "--key-file", "-"]
    assert "key" in acme.run("license", "issue", *words, given=" \n", exits=2).stderr
    assert acme.json("license", "list", "--vendor", "acme") == []


def test_dates_given_are_dates_kept(acme: Shell) -> None:
    made = issue(acme, "--support-until", "2030-01-01", "--expires-at", "2031-02-03T04:05:06+0100")
    assert (made["support"]["until"], made["expires_at"]) == ("2030-01-02T05:00:00Z", "2031-02-03T03:05:06Z")


def test_suspend_and_reinstate(acme: Shell) -> None:
    issue(acme, key=KEY)
    assert "active -> suspended" in acme.run("license", "suspend", KEY).stderr
    assert acme.json("license", "show", KEY)["status"] == "suspended"
    assert acme.json("check", KEY, exits=3)["decision"]["outcome"] == "deny"
    acme.run("license", "reinstate", KEY)
    assert acme.json("license", "show", KEY)["status"] == "active"
    acme.run("check", KEY)


def test_extend_adds_to_the_end_or_sets_it(acme: Shell) -> None:
    """R2: time bought early is added to the end."""
    issue(acme, "--support-until", "2040-01-01", key=KEY)
    acme.run("license", "extend", KEY, "--for", "12 months")
    first = datetime.fromisoformat(acme.json("license", "show", KEY)["support"]["until"])
    assert (first.year, first.month) in ((2041, 1), (2040, 12))
    acme.run("license", "extend", KEY, "--until", "2050-06-01")
    assert acme.json("license", "show", KEY)["support"]["until"] == "2050-06-02T04:00:00Z"


def test_an_ended_period_is_extended_from_now(acme: Shell) -> None:
    """R1: a late renewal starts at the renewal."""
    issue(acme, "--support-until", "2020-01-01", key=KEY)
    acme.run("check", KEY, exits=3)
    acme.run("license", "extend", KEY, "--for", "90 days")
    until = datetime.fromisoformat(acme.json("license", "show", KEY)["support"]["until"])
    assert timedelta(days=89) < until - acme.runtime.clock() < timedelta(days=92)
    acme.run("check", KEY)


@pytest.mark.parametrize(
    ("words", "exits", "told"),
    [
        (["show", "NO-SUCH-KEY"], 1, "license list"),
        (["sites", "lic_nowhere"], 1, "license list"),
        (["suspend", "NO-SUCH-KEY"], 1, "license list"),
        (["extend", KEY], 2, "--until"),
        (["extend", KEY, "--for", "1 year", "--until", "2030-01-01"], 2, "--until"),
        (["extend", KEY, "--for", "a while"], 2, "--for"),
        (["extend", KEY, "--until", "tomorrow"], 2, "--until"),
        (["extend", KEY, "--until", "9999-12-31T23:59:59-1400"], 2, "9999"),
        (["extend", KEY, "--until", "0001-01-01"], 2, "1990"),
        (["extend", KEY, "--for", "0 days"], 2, "--for"),
        (["issue", "--vendor", "acme", "--product", "forms", "--email", "ada"], 2, "--email"),
        (["issue", "--vendor", "acme", "--product", " ", "--email", "a@example.com"], 2, "--product"),
        (["issue", *OWN, "--key-file", "/nowhere/key"], 2, "--key-file"),
        (["issue", *OWN, "--expires-at", "9999-12-31"], 2, "9999"),
        (["list", "--vendor", "acme", "--limit", "-1"], 2, "--limit"),
        (["issue", "--vendor", "acme", "--product", "forms"], 2, "--email"),
        (["issue", "--vendor", "nobody", "--product", "forms", "--email", "a@example.com"], 2, "vendor list"),
        (["list", "--vendor", "nobody"], 2, "vendor list"),
    ],
)
def test_a_wrong_call_is_refused_with_the_cure(acme: Shell, words: list[str], exits: int, told: str) -> None:
    issue(acme, key=KEY)
    before = acme.json("license", "list", "--vendor", "acme")
    assert told in acme.fails("license", *words, exits=exits)
    assert acme.json("license", "list", "--vendor", "acme") == before


def test_a_licence_without_sites_has_an_empty_list(acme: Shell) -> None:
    assert acme.json("license", "sites", issue(acme)["license_key"]) == []


# --- check ---


def test_check_is_exit_0_for_accept_by_every_way(acme: Shell) -> None:
    made = issue(acme, "--order", "12", key=KEY)
    for word in (KEY, "ada@example.com", "ADA@example.com"):
        told = acme.json("check", word)
        assert (told["found"], told["decision"]["outcome"], told["license"]["id"]) == (True, "accept", made["id"])


def test_check_is_exit_3_for_deny_and_redirect(acme: Shell) -> None:
    issue(acme, "--support-until", "2020-01-01", key=KEY)
    assert acme.json("check", KEY, exits=3)["decision"]["outcome"] == "deny"
    acme.run("license", "extend", KEY, "--for", "1 year")
    assert acme.json("check", KEY, "--channel", "social", exits=3)["decision"]["outcome"] == "redirect"


def test_check_is_exit_4_for_hold_and_ask(acme: Shell) -> None:
    issue(acme, key=KEY)
    issue(acme)
    assert acme.json("check", "ada@example.com", exits=4)["decision"]["outcome"] == "ask"
    acme.run("vendor", "set-policy", "acme", "hourly-services")
    assert acme.json("check", KEY, "--kind", "change_request", exits=4)["decision"]["outcome"] == "hold"


@pytest.mark.parametrize("word", ["NO-SUCH-KEY", "nobody@example.com", "nowhere.example.com", "#99", "order:99", "99"])
def test_check_is_exit_5_for_what_nobody_knows(acme: Shell, word: str) -> None:
    assert acme.json("check", word, exits=5)["found"] is False
    assert acme.run("check", word, exits=5).stdout.startswith("verdict")


def test_check_at_another_instant(acme: Shell) -> None:
    issue(acme, "--support-until", day(acme, 30), key=KEY)
    later = codec.rfc3339(acme.runtime.clock() + timedelta(days=32))
    acme.run("check", KEY)
    told = acme.json("check", KEY, "--at", later, exits=3)
    assert told["decision"]["checked_at"] == later
    assert "2026-13-01" in acme.fails("check", KEY, "--at", "2026-13-01", exits=2)


def test_check_says_in_words_why_and_what_was_assumed(acme: Shell) -> None:
    issue(acme, "--support-until", "2020-01-01", key=KEY)
    text = acme.run("check", KEY, "--kind", "bug", exits=3).stdout
    for word in ("verdict", "deny", "support_expired", "(clause 4)", "whmcs-modules@", "the licence holder asks"):
        assert word in text


def test_check_asks_which_vendor_where_two_know_the_customer(acme: Shell) -> None:
    issue(acme, key=KEY)
    acme.run("vendor", "add", "other", "--policy", "whmcs-modules")
    words = ["--vendor", "other", "--product", "gallery", "--email", "ada@example.com"]
    acme.run("license", "issue", *words)
    said = acme.fails("check", "ada@example.com", exits=1)
    assert "acme, other" in said
    assert "--vendor" in said
    acme.run("check", "ada@example.com", "--vendor", "acme")


def test_check_without_any_vendor_says_what_to_do(shell: Shell) -> None:
    assert "vendor add" in shell.fails("check", KEY, exits=1)


def test_a_site_that_is_none_is_exit_2(acme: Shell) -> None:
    issue(acme, key=KEY)
    assert acme.fails("check", KEY, "--site", "http://", exits=2)
