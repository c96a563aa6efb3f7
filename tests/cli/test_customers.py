"""customer list and show; license list in pages and narrowed down; what `check` says to a person."""

from __future__ import annotations

from typing import Any

import pytest

from tests.cli.shell import Shell
from tests.cli.test_licences import day, issue

WORDS = ("--vendor", "acme", "--product", "forms")


@pytest.fixture
def shop(acme: Shell) -> Shell:
    """Five licences: two of Ada's, three of Bo, Cy and Di; Cy's has run out, Di's is suspended."""
    acme.run("product", "set", "forms", "--vendor", "acme", "--name", "Acme Forms")
    acme.run("product", "add", "gallery", "--vendor", "acme")
    acme.run("license", "issue", *WORDS, "--email", "ada@example.com", "--customer-id", "7", "--name", "Ada Lovelace")
    acme.run("license", "issue", "--vendor", "acme", "--product", "gallery", "--email", "ada@example.com")
    acme.run("license", "issue", *WORDS, "--email", "bo@example.com", "--expires-at", day(acme, 30))
    acme.run("license", "issue", *WORDS, "--email", "cy@example.com", "--expires-at", day(acme, -3))
    made = acme.json("license", "issue", *WORDS, "--email", "di@example.com")
    acme.run("license", "suspend", made["id"])
    return acme


def holders(rows: list[dict[str, Any]]) -> list[str]:
    return [each["holder"]["email"].partition("@")[0] for each in rows]


def test_customers_are_listed_in_pages_with_what_they_have(shop: Shell) -> None:
    rows = shop.json("customer", "list", "--vendor", "acme")
    assert [(each["customer"], each["licences"]) for each in rows] == [
        ("ada@example.com", 2),
        ("bo@example.com", 1),
        ("cy@example.com", 1),
        ("di@example.com", 1),
    ]
    first = shop.run("customer", "list", "--vendor", "acme", "--limit", "3", "--format", "json")
    assert "--after cy@example.com" in first.stderr
    rest = shop.json("customer", "list", "--vendor", "acme", "--limit", "3", "--after", "cy@example.com")
    assert rest == rows[3:]


@pytest.mark.parametrize("word", ["ada@example.com", "7", " Ada@Example.com "])
def test_a_customer_is_shown_by_every_name(shop: Shell, word: str) -> None:
    told = shop.json("customer", "show", word, "--vendor", "acme")
    assert (told["ids"], told["emails"], told["names"]) == (["7"], ["ada@example.com"], ["Ada Lovelace"])
    assert sorted(each["product"] for each in told["licences"]) == ["forms", "gallery"]


def test_an_unknown_customer_is_told_with_the_way_to_find_one(shop: Shell) -> None:
    said = shop.fails("customer", "show", "nobody@example.com", "--vendor", "acme", exits=1)
    assert "customer list" in said


def test_licences_come_in_pages_that_together_are_all(shop: Shell) -> None:
    whole = shop.json("license", "list", "--vendor", "acme")
    assert len(whole) == 5
    seen: list[Any] = []
    words: list[str] = []
    for _ in range(3):
        page = shop.run("license", "list", "--vendor", "acme", "--limit", "2", "--format", "json", *words)
        seen += shop.json("license", "list", "--vendor", "acme", "--limit", "2", *words)
        words = page.stderr.removeprefix("more: ").split()
    assert (seen, words) == (whole, [])


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["--product", "gallery"], ["ada"]),
        (["--customer", "7"], ["ada"]),
        (["--customer", "ADA@example.com"], ["ada", "ada"]),
        (["--status", "suspended"], ["di"]),
        (["--status", "expired"], ["cy"]),
        (["--status", "active", "--product", "forms"], ["bo", "ada"]),
        (["--customer", "nobody@example.com"], []),
        (["--product", "nothing"], []),
    ],
)
def test_licences_are_narrowed_down(shop: Shell, words: list[str], expected: list[str]) -> None:
    assert holders(shop.json("license", "list", "--vendor", "acme", *words)) == expected
    assert holders(shop.json("license", "list", *words)) == expected


def test_licences_that_end_before_a_day(shop: Shell) -> None:
    def before(days: int) -> list[str]:
        return holders(shop.json("license", "list", "--vendor", "acme", "--expires-before", day(shop, days)))

    assert before(-10) == []
    assert before(1) == ["cy"]
    assert before(60) == ["cy", "bo"]


@pytest.mark.parametrize("slug", ["Acme Forms", "acme_forms", "-", "", "é", "a" * 101, "a/b"])
def test_slugs_of_products_are_checked_as_those_of_vendors(acme: Shell, slug: str) -> None:
    for words in (["product", "add", slug, "--vendor", "acme"], ["vendor", "add", slug, "--policy", "whmcs-modules"]):
        assert "lower-case letters, digits and hyphens" in acme.fails(*words, exits=2)
    given = ["license", "issue", "--vendor", "acme", "--product", slug, "--email", "a@example.com"]
    assert "lower-case" in acme.fails(*given, exits=2)


def test_a_product_that_a_host_named_otherwise_can_still_be_changed(acme: Shell) -> None:
    from tests.cli.test_queue import Host

    told = Host(acme).tell(b'{"type":"license.granted","data":{"license_key":"K-1","product":"Acme_Forms 2"}}', "msg_1")
    assert told["result"] == "applied"
    acme.run("product", "add", "Acme_Forms 2", "--vendor", "acme", "--sites", "2")
    acme.run("product", "set", "Acme_Forms 2", "--vendor", "acme", "--plan", "pro")


def test_check_names_people_and_products_and_shows_the_way_out(shop: Shell) -> None:
    links = ["--set", "links.renew.url=https://acme.example.com/renew"]
    shop.run("vendor", "set-policy", "acme", "whmcs-modules", *links)
    issue(shop, "--support-until", day(shop, -5), "--name", "Ada Lovelace", key="AAAA-BBBB-CCCC-0009")
    told = shop.run("check", "AAAA-BBBB-CCCC-0009", exits=3).stdout
    for words in (
        "Ada Lovelace <ada@example.com>",
        "Acme Forms (forms)",
        "…0009 (lic_",
        "https://acme.example.com/renew",
    ):
        assert words in told
    assert "Renew support" in told
