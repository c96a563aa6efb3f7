"""license transfer, delegate, rotate, log and customer merge: acts that only a person does, each written down."""

from __future__ import annotations

from typing import Any

import pytest

from tests.cli.shell import Shell
from tests.cli.test_licences import KEY, issue

WHY = ("--why", "bought the shop")


@pytest.fixture
def licence(acme: Shell) -> Any:
    return issue(acme, key=KEY)


def acts(shell: Shell, word: str = KEY) -> list[tuple[str, str | None]]:
    return [(each["what"], each["why"]) for each in shell.json("license", "log", word)]


# --- holder (ELG-06, ELG-07) ---


def test_elg_07_a_transfer_is_refused_where_the_policy_binds_support_to_the_first_holder(
    acme: Shell, licence: Any
) -> None:
    acme.run("vendor", "set-policy", "acme", "jetpack-crm")
    said = acme.fails("license", "transfer", KEY, "--to", "bob@example.com", *WHY, exits=1)
    assert "non-transferable" in said
    assert "--exception" in said
    assert acme.json("license", "show", KEY)["holder"]["email"] == "ada@example.com"
    acme.run("license", "transfer", KEY, "--to", "Bob@Example.com", "--exception", *WHY)
    assert acme.json("license", "show", KEY)["holder"]["email"] == "bob@example.com"
    [last] = [
        each for each in acme.json("license", "log", KEY) if each["what"] == "license.transferred" and each["why"]
    ]
    assert last["details"] == {"exception": True, "from": "ada@example.com", "to": "bob@example.com"}


def test_a_transfer_moves_the_support_right_and_forgets_the_old_delegates(acme: Shell, licence: Any) -> None:
    acme.run("product", "set", "forms", "--vendor", "acme", "--delegates", "1")
    acme.run("license", "delegate", "add", KEY, "carl@example.com")
    acme.run("license", "transfer", KEY, "--to", "bob@example.com", *WHY)
    told = acme.json("license", "show", KEY)
    assert told["holder"]["email"] == "bob@example.com"
    acme.run("license", "delegate", "add", KEY, "dora@example.com")  # there is room again


def test_a_transfer_needs_a_reason_and_an_address(acme: Shell, licence: Any) -> None:
    acme.fails("license", "transfer", KEY, "--to", "bob@example.com", exits=2)
    assert "e-mail" in acme.fails("license", "transfer", KEY, "--to", "bob", *WHY, exits=2)


def test_as_many_delegates_as_the_product_allows(acme: Shell, licence: Any) -> None:
    assert "allows 0 delegates" in acme.fails("license", "delegate", "add", KEY, "bob@example.com", exits=1)
    acme.run("product", "set", "forms", "--vendor", "acme", "--delegates", "1")
    acme.run("license", "delegate", "add", KEY, "Bob@example.com", "--why", "the agency")
    acme.run("license", "delegate", "add", KEY, "bob@example.com")  # the same person again
    acme.fails("license", "delegate", "add", KEY, "carl@example.com", exits=1)
    acme.run("license", "delegate", "remove", KEY, "bob@example.com")
    acme.run("license", "delegate", "add", KEY, "carl@example.com")
    assert ("delegate.added", "the agency") in acts(acme)


def test_two_customers_are_merged_by_an_act_with_a_reason(acme: Shell, licence: Any) -> None:
    words = ("customer", "merge", "--vendor", "acme", "--keep", "ada@example.com", "--duplicate", "ada@old.example.com")
    acme.fails(*words, exits=2)
    acme.run(*words, "--why", "the same person")
    assert acme.json("check", KEY)["license"]["holder"]["email"] == "ada@example.com"
    assert "same person" in acme.fails(*words[:-1], "ada@example.com", "--why", "x", exits=1)


# --- keys ---


def test_a_new_key_takes_over_and_the_old_one_works_on_for_the_overlap(acme: Shell, licence: Any) -> None:
    made = acme.json("license", "rotate", KEY, "--why", "posted in a forum")
    assert made["license_key"] != KEY
    for word in (KEY, made["license_key"]):
        told = acme.json("license", "show", word)
        assert told["id"] == licence["id"]
        assert [each["retires_at"] is None for each in told["keys"]] == [True, False]
    assert acme.json("license", "show", licence["id"], "--reveal")["license_key"] == made["license_key"]
    assert ("key.rotated", "posted in a forum") in acts(acme)
    assert KEY not in str(acme.json("license", "log", KEY))


def test_without_overlap_the_old_key_opens_nothing_but_its_host_still_tells_us_news(acme: Shell, licence: Any) -> None:
    acme.json("license", "rotate", KEY, "--overlap", "0 days", "--why", "stolen")
    assert acme.json("check", KEY, exits=5)["found"] is False
    acme.run("license", "suspend", licence["id"])
    assert acme.json("license", "show", licence["id"])["status"] == "suspended"


def test_keys_rotate_more_than_once_and_never_to_one_that_is_taken(acme: Shell, licence: Any) -> None:
    issue(acme, key="BBBB-BBBB-BBBB-0002")
    said = acme.run(
        "license", "rotate", KEY, "--key-file", "-", "--why", "x", given="bbbb-bbbb-bbbb-0002\n", exits=1
    ).stderr
    assert "already" in said
    second = acme.json("license", "rotate", KEY, "--why", "1")["license_key"]
    third = acme.json("license", "rotate", second, "--overlap", "0 days", "--why", "2")["license_key"]
    assert acme.json("check", third)["found"] is True
    assert acme.json("check", second, exits=5)["found"] is False
    assert acme.json("check", KEY, exits=5)["found"] is False


def test_a_key_shown_whole_is_written_down(acme: Shell, licence: Any) -> None:
    acme.json("license", "show", KEY)
    assert "key.revealed" not in dict(acts(acme))
    acme.json("license", "show", KEY, "--reveal", "--why", "the customer lost it")
    assert ("key.revealed", "the customer lost it") in acts(acme)


def test_keys_begin_with_the_products_prefix_and_a_mistyped_one_is_told_apart(acme: Shell) -> None:
    acme.run("product", "add", "crm", "--vendor", "acme", "--key-prefix", "ACME")
    key = acme.json("license", "issue", "--vendor", "acme", "--product", "crm", "--email", "a@example.com")[
        "license_key"
    ]
    assert key.startswith("ACME-")
    wrong = key[:-1] + ("A" if key[-1] != "A" else "B")
    assert "check letter" in acme.fails("license", "show", wrong, exits=1)
    assert "check letter" not in acme.fails("license", "show", "SOMEBODY-ELSES-KEY", exits=1)
    assert "already" in acme.fails("product", "set", "crm", "--vendor", "acme", "--key-prefix", "NEW", exits=2)
