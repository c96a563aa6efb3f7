"""product: what a vendor sells, and how each host calls it."""

from __future__ import annotations

import pytest

from tests.cli.shell import Shell


def listed(shell: Shell) -> dict[str, dict[str, object]]:
    return {each["slug"]: each for each in shell.json("product", "list", "--vendor", "acme")}


def test_add_keeps_slug_plan_limits_term_and_the_hosts_words(acme: Shell) -> None:
    words = ["--name", "CRM", "--sku", "CRM-3", "--sku", "CRM-OLD", "--product-id", "10", "--variation-id", "12"]
    words += ["--plan", "pro", "--sites", "3", "--purchase", "one_time", "--support-term", "12 months"]
    made = acme.json("product", "add", "crm", "--vendor", "acme", *words)
    assert made == listed(acme)["crm"]
    assert made["refs"] == ["sku:CRM-3", "sku:CRM-OLD", "product:10", "variation:12"]
    assert (made["plan"], made["site_limit"], made["support_term"], made["issues_keys"]) == (
        "pro",
        3,
        "12 months",
        True,
    )


def test_support_time_is_a_product_of_its_own_and_gets_no_key(acme: Shell) -> None:
    words = ["--sku", "SUP-12", "--extends", "forms", "--support-term", "12 months"]
    made = acme.json("product", "add", "forms-support", "--vendor", "acme", *words)
    assert made["extends"] == "forms"
    assert "issues_keys" not in made


def test_set_changes_what_is_given_and_leaves_the_rest(acme: Shell) -> None:
    before = listed(acme)["forms"]
    acme.run("product", "set", "forms", "--vendor", "acme", "--sites", "5", "--sku", "FORMS-2", "--no-issue-keys")
    after = listed(acme)["forms"]
    assert (after["site_limit"], after["refs"]) == (5, ["sku:FORMS", "sku:FORMS-2"])
    assert after["purchase"] == before["purchase"]
    assert "issues_keys" not in after


def test_adding_a_slug_again_gives_it_these_terms(acme: Shell) -> None:
    acme.run("product", "add", "forms", "--vendor", "acme", "--sites", "1")
    assert (listed(acme)["forms"]["site_limit"], len(listed(acme))) == (1, 1)


@pytest.mark.parametrize(
    ("words", "exits", "told"),
    [
        (["add", "x", "--vendor", "nobody"], 2, "vendor list"),
        (["set", "nothing", "--vendor", "acme"], 1, "product list"),
        (["add", "x", "--vendor", "acme", "--support-term", "a while"], 2, "--support-term"),
        (["add", "x", "--vendor", "acme", "--support-term", "lifetime"], 2, "while_active"),
        (["add", "x", "--vendor", "acme", "--license-term", "12 parsecs"], 2, "--license-term"),
        (["add", "x", "--vendor", "acme", "--license-term", "while_active"], 2, "lifetime"),
        (["add", "x", "--vendor", "acme", "--extends", "forms"], 2, "--support-term"),
        (["add", "x", "--vendor", "acme", "--extends", "x", "--support-term", "1 year"], 2, "not itself"),
        (["add", " ", "--vendor", "acme"], 2, "short name"),
        (["add", "x" * 101, "--vendor", "acme"], 2, "short name"),
        (["add", "x", "--vendor", "acme", "--sites", "-1"], 2, "--sites"),
        (["add", "x", "--vendor", "acme", "--purchase", "stolen"], 2, "one_time"),
        (["list"], 2, "--vendor"),
        (["list", "--vendor", "nobody"], 2, "vendor list"),
    ],
)
def test_a_wrong_call_is_refused_with_the_cure(acme: Shell, words: list[str], exits: int, told: str) -> None:
    assert told in acme.fails("product", *words, exits=exits)
    assert list(listed(acme)) == ["forms"]


def test_products_are_the_vendors_own(acme: Shell) -> None:
    acme.run("vendor", "add", "other", "--policy", "whmcs-modules")
    assert acme.json("product", "list", "--vendor", "other") == []
