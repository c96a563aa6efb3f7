"""A careless vendor at the command line: what cannot be meant is refused with the cure, and what was done can be undone."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from tests.cli.shell import Shell
from wsgi import create_app

MADE = "XXXX-YYYY-ZZZZ-0001"


def product(shell: Shell, slug: str = "forms") -> dict[str, Any]:
    return next(each for each in shell.json("product", "list", "--vendor", "acme") if each["slug"] == slug)


def issued(shell: Shell, key: str = MADE, vendor: str = "acme", *words: str) -> Any:
    given = ["--vendor", vendor, "--product", "forms", "--email", "ada@example.com", *words]
    return shell.json("license", "issue", *given, "--key-file", "-", given=f"{key}\n")


# -- products


@pytest.mark.parametrize(
    ("words", "name", "name_in_state"),
    [
        (["--allow-conflict", "ip"], "allow-conflict", "conflicts"),
        (["--includes", "crm"], "includes", "includes"),
        (["--exempt-suffix", "preview.acme.example.com"], "exempt-suffix", "exempt_suffixes"),
        (["--sites", "3"], "sites", "site_limit"),
        (["--moves", "1"], "moves", "move_limit"),
        (["--plan", "pro"], "plan", "plan"),
        (["--license-term", "12 months"], "license-term", "license_term"),
        (["--support-term", "12 months"], "support-term", "support_term"),
        (["--feature", "migration"], "feature", "features"),
        (["--exempt-sites", "9"], "exempt-sites", "exempt_limit"),
        (["--site-unit", "host"], "site-unit", "site_unit"),
        (["--delegates", "2"], "delegates", "delegates"),
    ],
)
def test_what_was_set_can_be_cleared(acme: Shell, words: Sequence[str], name: str, name_in_state: str) -> None:
    acme.run("product", "add", "crm", "--vendor", "acme")
    acme.run("product", "add", "fresh", "--vendor", "acme")
    fresh = product(acme, "fresh").get(name_in_state)
    acme.run("product", "set", "fresh", "--vendor", "acme", *words)
    assert product(acme, "fresh").get(name_in_state) != fresh
    acme.run("product", "set", "fresh", "--vendor", "acme", "--clear", name)
    assert product(acme, "fresh").get(name_in_state) == fresh


def test_a_word_for_a_product_can_be_taken_back(acme: Shell) -> None:
    acme.run("product", "set", "forms", "--vendor", "acme", "--face-id", "edd=501", "--face-id", "wcam=7")
    acme.run("product", "set", "forms", "--vendor", "acme", "--clear", "face-id", "--face-id", "wcam=7")
    assert product(acme)["refs"] == ["sku:FORMS", "wcam:7"]
    acme.run("product", "set", "forms", "--vendor", "acme", "--clear", "sku")
    assert product(acme)["refs"] == ["wcam:7"]


def test_clearing_and_setting_in_one_call_replaces(acme: Shell) -> None:
    acme.run("product", "set", "forms", "--vendor", "acme", "--allow-conflict", "ip", "--allow-conflict", "domain")
    acme.run(
        "product", "set", "forms", "--vendor", "acme", "--clear", "allow-conflict", "--allow-conflict", "directory"
    )
    assert product(acme)["conflicts"] == ["directory"]


def test_what_cannot_be_cleared_is_said(acme: Shell) -> None:
    assert "allow-conflict" in acme.fails("product", "set", "forms", "--vendor", "acme", "--clear", "slug", exits=2)


@pytest.mark.parametrize("words", [["--face-id", "edd=501"], ["--product-id", "10"], ["--sku", "FORMS"]])
def test_one_word_means_one_product(acme: Shell, words: Sequence[str]) -> None:
    """Else a key of one would open the other, and which one is a matter of the alphabet."""
    acme.run("product", "set", "forms", "--vendor", "acme", *words)
    for command in (("product", "add", "zoo"), ("product", "add", "crm")):
        told = acme.fails(*command, "--vendor", "acme", *words, exits=2)
        assert "forms" in told
        assert "--clear" in told


@pytest.mark.parametrize("words", [["--includes", "frosm"], ["--extends", "frosm", "--support-term", "1 year"]])
def test_a_product_that_is_not_there_yet_is_pointed_out(acme: Shell, words: Sequence[str]) -> None:
    assert "frosm" in acme.run("product", "set", "forms", "--vendor", "acme", *words).stderr


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--face-id", "eddd=501"], "edd"),
        (["--face-id", "slug=other"], "PROTOCOL"),
        (["--includes", "forms"], "itself"),
        (["--exempt-suffix", "com"], "--exempt-suffix"),
        (["--exempt-suffix", "co.uk"], "--exempt-suffix"),
        (["--exempt-suffix", ""], "--exempt-suffix"),
        (["--exempt-suffix", "a b.example.com"], "--exempt-suffix"),
        (["--exempt-suffix", "example.com/staging"], "--exempt-suffix"),
        (["--sku", ""], "--sku"),
        (["--product-id", " "], "--product-id"),
    ],
)
def test_terms_that_mean_nothing_or_everything_are_refused(acme: Shell, words: Sequence[str], told: str) -> None:
    before = product(acme)
    assert told in acme.fails("product", "set", "forms", "--vendor", "acme", *words, exits=2)
    assert product(acme) == before


def test_a_suffix_is_kept_as_sites_are_spelled(acme: Shell) -> None:
    acme.run("product", "set", "forms", "--vendor", "acme", "--exempt-suffix", "https://*.Preview.Acme.example.com/")
    assert product(acme)["exempt_suffixes"] == ["preview.acme.example.com"]


def test_adding_a_product_again_takes_nothing_away(acme: Shell) -> None:
    acme.run("product", "set", "forms", "--vendor", "acme", "--moves", "2", "--face-id", "edd=501", "--no-issue-keys")
    before = product(acme)
    acme.run("product", "add", "forms", "--vendor", "acme", "--sites", "9")
    assert product(acme) == before | {"site_limit": 9}


# -- secrets of protocols


@pytest.mark.parametrize(
    ("words", "secret", "told"),
    [
        (["slm", "--scope", "verify"], "", "empty"),
        (["slm", "--scope", "manage"], "\n  \n", "empty"),
        (["slm", "--scope", "manage"], "short", "8 characters"),
        (["slm", "--scope", "verify"], "two\nlines", "one line"),
        (["slm", "--scope", "sign"], "a secret that signs nothing", "verify"),
        (["whmcs", "--scope", "verify"], "a secret nobody asks for", "sign"),
        (["software_addon", "--scope", "verify"], "a secret nobody asks for", "manage"),
        (["lmfwc", "--scope", "verify"], "a secret without a key", "--consumer"),
        (["dlm", "--scope", "manage"], "a secret without a key", "--consumer"),
        (["slm", "--scope", "verify", "--consumer", "ck_1"], "a secret with a key", "--consumer"),
        (["edd", "--scope", "verify"], "anything at all", "no secrets"),
        (["nothing", "--scope", "verify"], "anything at all", "slm"),
        (["slm", "--scope", "verify", "--product", "nothing"], "anything at all", "nothing"),
    ],
)
def test_a_secret_that_opens_everything_or_nothing_is_refused(
    acme: Shell, words: Sequence[str], secret: str, told: str
) -> None:
    protocol, *rest = words
    given = ["face", "secret", "add", protocol, "--vendor", "acme", *rest, "--secret-file", "-"]
    assert told in acme.run(*given, given=secret, exits=2).stderr
    assert acme.json("face", "secret", "list", "--vendor", "acme") == []


def test_one_secret_is_one_credential(acme: Shell) -> None:
    """Added twice it would be good for either product, or for everything: nobody could say which."""
    acme.run("product", "add", "crm", "--vendor", "acme")
    words = ["face", "secret", "add", "slm", "--vendor", "acme", "--secret-file", "-"]
    secret = "a secret that ships in software"
    made = acme.json(*words, "--scope", "verify", "--product", "forms", given=secret)
    for more in (["--scope", "verify", "--product", "crm"], ["--scope", "manage"]):
        assert made["id"] in acme.run(*words, *more, given=secret, exits=2).stderr
    acme.run("face", "secret", "revoke", made["id"])
    acme.run(*words, "--scope", "verify", given=secret)


# -- licences


def test_a_licence_for_a_product_nobody_knows_is_told_about(acme: Shell) -> None:
    words = ["license", "issue", "--vendor", "acme", "--product", "froms", "--email", "ada@example.com"]
    assert "froms" in acme.run(*words).stderr
    assert acme.run(*words[:5], "forms", *words[6:]).stderr == ""


def test_a_licence_may_be_without_a_limit_although_its_product_has_one(acme: Shell) -> None:
    assert issued(acme)["sites"]["limit"] == 3
    assert issued(acme, "XXXX-YYYY-ZZZZ-0002", "acme", "--unlimited")["sites"]["limit"] is None


@pytest.mark.parametrize("key", ["x", "short", "k" * 256, "with\x07bell-and-more", "two keys-in-one-line"])
def test_a_key_that_software_could_never_send_is_refused(acme: Shell, key: str) -> None:
    given = ["--vendor", "acme", "--product", "forms", "--email", "ada@example.com", "--key-file", "-"]
    assert "--key-file" in acme.run("license", "issue", *given, given=f"{key}\n", exits=2).stderr


@pytest.mark.parametrize("email", ["@", "ada@", "@example.com", "a b@example.com", "ada@example.com\n,eve@x"])
def test_an_address_is_an_address(acme: Shell, email: str) -> None:
    given = ["--vendor", "acme", "--product", "forms", "--email", email]
    assert "--email" in acme.fails("license", "issue", *given, exits=2)


def test_the_same_key_again_names_the_licence_that_has_it(acme: Shell) -> None:
    made = issued(acme)
    given = ["--vendor", "acme", "--product", "forms", "--email", "ada@example.com", "--key-file", "-"]
    assert made["id"] in acme.run("license", "issue", *given, given=MADE, exits=1).stderr


@pytest.mark.parametrize("word", [MADE, "order:12"])
def test_an_act_is_never_on_two_vendors_licences(acme: Shell, word: str) -> None:
    acme.run("vendor", "add", "other", "--policy", "whmcs-modules")
    for vendor in ("acme", "other"):
        issued(acme, MADE, vendor, "--order", "12")
    for act in (["suspend"], ["reinstate"], ["extend", "--for", "12 months"]):
        assert "--vendor" in acme.fails("license", act[0], word, *act[1:], exits=2)
    acme.run("license", "suspend", word, "--vendor", "acme")
    shown = acme.json("license", "show", MADE)
    assert sorted(each["status"] for each in shown) == ["active", "suspended"]


def test_a_vendor_nobody_knows_is_told_apart_from_a_key_nobody_knows(acme: Shell) -> None:
    issued(acme)
    assert "vendor list" in acme.fails("license", "show", MADE, "--vendor", "acne", exits=2)


def test_an_act_without_effect_says_so(acme: Shell) -> None:
    made = issued(acme)
    assert "nothing" in acme.run("license", "reinstate", made["id"]).stderr
    acme.run("license", "suspend", made["id"])
    assert "nothing" in acme.run("license", "suspend", made["id"]).stderr


def test_an_ended_licence_is_not_called_reinstated(acme: Shell) -> None:
    made = issued(acme, MADE, "acme", "--expires-at", "2020-01-01")
    told = acme.run("license", "reinstate", made["id"]).stderr
    assert "expired" in told


@pytest.mark.parametrize(
    "words",
    [
        ["extend", MADE, "--for", "99999 years"],
        ["extend", MADE, "--until", "0001-01-01"],
        ["rotate", MADE, "--why", "lost", "--overlap", "99999 years"],
        ["rotate", MADE, "--why", "lost", "--overlap", "0 parsecs"],
        ["rotate", MADE, "--why", "lost", "--overlap", ""],
        ["transfer", MADE, "--why", "sold", "--to", "@"],
        ["delegate", "add", MADE, "@"],
    ],
)
def test_what_cannot_be_meant_is_refused_in_a_sentence(acme: Shell, words: Sequence[str]) -> None:
    issued(acme)
    assert "Error:" in acme.fails("license", *words, exits=2)


@pytest.mark.parametrize("when", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "1492-01-01", "9999-12-31"])
def test_a_release_of_no_time_is_refused(acme: Shell, when: str) -> None:
    given = ["forms", "1.0", "--vendor", "acme", "--package-url", "https://example.com/a.zip", "--released-at", when]
    assert "--released-at" in acme.fails("release", "add", *given, exits=2)


def test_one_site_can_be_taken_off_a_licence(acme: Shell) -> None:
    """The old domain is gone, so that nobody can deactivate it there; all others stay."""
    made = issued(acme)
    for site in ("old.example.com", "kept.example.com"):
        _activate(acme, site)
    done = acme.json("license", "free", made["id"], "https://www.OLD.example.com/", "--why", "the domain is gone")
    assert (done["used"], done["id"]) == (1, made["id"])
    assert acme.json("license", "show", made["id"])["sites"]["active"] == ["kept.example.com"]
    assert "license sites" in acme.fails("license", "free", made["id"], "old.example.com", exits=1)
    assert [row["why"] for row in acme.json("license", "log", made["id"]) if row["what"] == "license.site_freed"] == [
        "the domain is gone"
    ]


def _activate(shell: Shell, site: str) -> None:
    body = {"license_key": MADE, "site": site}
    told = create_app(shell.runtime).test_client().post("/v1/licenses/activate", json=body)
    assert told.json is not None
    assert told.json["code"] == "VALID"


def test_a_merge_with_somebody_nobody_knows_is_refused(acme: Shell) -> None:
    """A slip of the pen would wait for the customer who gets that number one day."""
    issued(acme, MADE, "acme", "--customer-id", "7")
    words = ["customer", "merge", "--vendor", "acme", "--keep", "7", "--why", "the same person"]
    assert "99999" in acme.fails(*words, "--duplicate", "99999", exits=1)


def test_rotating_twice_in_a_row_warns_that_software_cannot_follow(acme: Shell) -> None:
    acme.run("keys", "list")
    first = acme.run("keys", "rotate").stderr
    assert "next" in first
    assert "keys list" in first


@pytest.mark.parametrize("blank", ["", " "])
def test_a_blank_word_is_none(acme: Shell, blank: str) -> None:
    """A variable that a script left empty must not join what has nothing to do with each other."""
    issued(acme, MADE, "acme", "--order", blank, "--customer-id", blank, "--plan", blank)
    assert acme.json("license", "show", MADE)["plan"] is None
    assert "order" in acme.fails("license", "show", f"order:{blank}", exits=1)
    words = ["customer", "merge", "--vendor", "acme", "--why", "the same person", "--duplicate", "b@example.com"]
    assert "--keep" in acme.fails(*words, "--keep", blank, exits=2)


@pytest.mark.parametrize("words", [["--sites", "99999999999999999999"], ["--moves", "99999999999999999999"]])
def test_a_number_that_cannot_be_meant_is_refused(acme: Shell, words: Sequence[str]) -> None:
    assert words[0] in acme.fails("product", "set", "forms", "--vendor", "acme", *words, exits=2)


def test_a_slug_nobody_could_send_is_not_registered(acme: Shell) -> None:
    given = ["license", "issue", "--vendor", "acme", "--product", "x" * 101, "--email", "ada@example.com"]
    assert "--product" in acme.fails(*given, exits=2)


@pytest.mark.parametrize("protocol", ["lmfwc", "dlm"])
def test_a_shipped_pair_that_is_bound_to_no_product_is_told(acme: Shell, protocol: str) -> None:
    """Its software names no product: a licence of another product would open it."""
    words = ("face", "secret", "add", protocol, "--vendor", "acme", "--consumer")
    assert "bound to no product" in acme.run(*words, "ck_1", "--scope", "verify").stderr
    assert "bound to no product" not in acme.run(*words, "ck_2", "--scope", "verify", "--product", "forms").stderr
    assert "bound to no product" not in acme.run(*words, "ck_3", "--scope", "manage").stderr
