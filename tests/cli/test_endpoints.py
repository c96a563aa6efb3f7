"""endpoint: one address and its secrets for each host connection; rotation keeps the last secret until the next one."""

from __future__ import annotations

import base64
import json
import re

import pytest

from tests.cli.shell import Shell

BODY = '{"type":"ping"}'


def add(shell: Shell, host: str = "standard", *words: str) -> dict[str, str]:
    made: dict[str, str] = shell.json("endpoint", "add", "--vendor", "acme", "--host", host, *words)
    return made


def headers(shell: Shell, endpoint: str) -> str:
    return json.dumps(shell.json("sign", "--endpoint", endpoint, "-", given=BODY))


def test_add_answers_with_endpoint_url_and_secret(acme: Shell) -> None:
    made = add(acme)
    assert list(made) == ["endpoint", "url", "secret"]
    assert re.fullmatch(r"ep_[0-9a-z]{26}", made["endpoint"])
    assert made["url"] == f"http://127.0.0.1:8080/hooks/{made['endpoint']}"
    assert len(base64.b64decode(made["secret"].removeprefix("whsec_"), validate=True)) == 32


def test_secrets_for_woocommerce_have_no_letter_that_it_mangles(acme: Shell) -> None:
    for _ in range(20):
        assert re.fullmatch(r"[A-Za-z0-9_-]{40,}", add(acme, "woocommerce")["secret"])


def test_the_list_shows_no_secret(acme: Shell) -> None:
    made = [add(acme), add(acme, "woocommerce")]
    listed = acme.json("endpoint", "list", "--vendor", "acme")
    assert [each["endpoint"] for each in listed] == [each["endpoint"] for each in made]
    assert [each["host"] for each in listed] == ["standard", "woocommerce"]
    assert {(each["secrets"], each["disabled"]) for each in listed} == {(1, False)}
    text = acme.run("endpoint", "list").stdout
    assert not [each["secret"] for each in made if each["secret"] in text]


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--vendor", "nobody", "--host", "standard"], "vendor list"),
        (["--vendor", "acme", "--host", "magento"], "woocommerce"),
        (["--vendor", "acme", "--host", "woocommerce", "--set", "colour=blue"], "grant_on"),
        (["--vendor", "acme", "--host", "standard", "--set", "grant_on=x"], "no setting"),
        (["--vendor", "acme"], "--host"),
    ],
)
def test_a_wrong_call_is_exit_2_with_the_cure(acme: Shell, words: list[str], told: str) -> None:
    assert told in acme.fails("endpoint", "add", *words, exits=2)
    assert acme.json("endpoint", "list") == []


def test_the_old_secret_works_until_the_next_rotation(acme: Shell) -> None:
    """A7: the host is changed over in its own time; two secrets are live at most."""
    endpoint = add(acme)["endpoint"]
    first = headers(acme, endpoint)
    rotated = acme.json("endpoint", "rotate", endpoint)
    assert (rotated["endpoint"], rotated["live"]) == (endpoint, 2)
    second = headers(acme, endpoint)
    assert _secret_of(acme, endpoint, first) == "older"
    assert _secret_of(acme, endpoint, second) == "newest"
    acme.run("endpoint", "rotate", endpoint)
    assert _secret_of(acme, endpoint, second) == "older"
    assert "not authentic" in _verify(acme, endpoint, first, exits=1)
    assert acme.json("endpoint", "list")[0]["secrets"] == 2


def test_a_lost_secret_can_be_ended_at_once(acme: Shell) -> None:
    endpoint = add(acme)["endpoint"]
    first = headers(acme, endpoint)
    assert acme.json("endpoint", "rotate", endpoint, "--end-old")["live"] == 1
    assert "not authentic" in _verify(acme, endpoint, first, exits=1)


def test_a_disabled_endpoint_is_as_if_it_never_was(acme: Shell) -> None:
    endpoint = add(acme)["endpoint"]
    acme.run("endpoint", "disable", endpoint)
    assert acme.json("endpoint", "list")[0]["disabled"] is True
    assert "no enabled endpoint" in acme.run("sign", "--endpoint", endpoint, "-", given=BODY, exits=1).stderr


def test_the_list_of_an_unknown_vendor_is_an_error(acme: Shell) -> None:
    assert "vendor list" in acme.fails("endpoint", "list", "--vendor", "nobody", exits=2)


@pytest.mark.parametrize("words", [["rotate", "ep_nowhere"], ["disable", "ep_nowhere"]])
def test_an_unknown_endpoint_is_named(acme: Shell, words: list[str]) -> None:
    assert "ep_nowhere" in acme.fails("endpoint", *words, exits=1)


def _verify(shell: Shell, endpoint: str, signed: str, exits: int = 0) -> str:
    with_file = ["verify", "--endpoint", endpoint, "--headers", "-"]
    path = shell.runtime.settings.home / "body.json"
    path.write_text(BODY)
    result = shell.run(*with_file, str(path), "--format", "json", given=signed, exits=exits)
    return result.stdout if exits == 0 else result.stderr


def _secret_of(shell: Shell, endpoint: str, signed: str) -> str:
    told = json.loads(_verify(shell, endpoint, signed))
    assert told["authentic"] is True
    return str(told["secret"])


def test_settings_are_changed_later_and_unknown_ones_refused(acme: Shell) -> None:
    made = add(acme, "woocommerce")["endpoint"]
    first = acme.json("endpoint", "set", made, "--set", 'grant_on=["processing"]')
    second = acme.json("endpoint", "set", made, "--set", "key_meta=_our_key")
    assert first["settings"] == {"grant_on": ["processing"]}
    assert second["settings"] == {"grant_on": ["processing"], "key_meta": "_our_key"}
    assert "grant_on" in acme.fails("endpoint", "set", made, "--set", "colour=red", exits=2)


def test_the_hosts_are_listed_as_endpoint_add_and_trigger_take_them(acme: Shell) -> None:
    rows = acme.json("host", "list")
    assert [row["host"] for row in rows] == sorted(acme.runtime.hosts)
    assert "support.requested" in {row["host"]: row["samples"] for row in rows}["standard"]
    for row in rows:
        add(acme, row["host"])
