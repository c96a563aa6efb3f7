"""`connector license reissue` and `license localkey`: what a licence bound to one place needs from support."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from connector.domain.licensing.local_key import read
from connector.licences.protocols import reply_to
from connector.ports import ProtocolCall
from tests.cli.shell import Shell

SECRET = "the module's secret"
PLACE = {"domain": "shop.example.com", "ip": "203.0.113.7", "dir": "/srv/mod"}


@pytest.fixture
def key(acme: Shell, tmp_path: Path) -> str:
    """A licence of the module `mod`, which runs in one place and may move once a year."""
    acme.run("product", "add", "mod", "--vendor", "acme", "--sites", "1", "--moves", "1")
    secret = tmp_path / "secret"
    secret.write_text(SECRET)
    words = ("face", "secret", "add", "whmcs", "--vendor", "acme", "--scope", "sign", "--secret-file", str(secret))
    acme.run(*words, "--product", "mod")
    found = acme.json("license", "issue", "--vendor", "acme", "--product", "mod", "--email", "ada@example.com")
    return str(found["license_key"])


def checked(shell: Shell, key: str, **place: str) -> str:
    """What the software in this place is told: the status, or the message of a no."""
    runtime = shell.runtime
    protocol = next(each for each in runtime.protocols if each.name == "whmcs")
    path, form = "/modules/servers/licensing/verify.php", {"licensekey": key} | PLACE | place
    call = ProtocolCall("POST", path, {}, form, None, {}, "https://c.example.com", runtime.clock())
    body = reply_to(runtime, "acme", protocol, call, "").body
    tag = "status" if "<status>Active" in body else "message"
    return body.partition(f"<{tag}>")[2].partition("<")[0]


def test_after_a_reissue_the_next_check_binds_anew(acme: Shell, key: str) -> None:
    assert checked(acme, key) == "Active"
    assert checked(acme, key, domain="new.example.com") == "Domain Invalid"
    told = acme.json("license", "reissue", key, "--why", "new server")
    assert (told["freed"], told["moves_left"]) == (["shop.example.com"], 0)
    assert checked(acme, key, domain="new.example.com", ip="198.51.100.9", dir="/new") == "Active"
    assert checked(acme, key) == "Domain Invalid"


def test_reissues_are_limited_by_the_moves_of_the_product(acme: Shell, key: str) -> None:
    checked(acme, key)
    acme.run("license", "reissue", key)
    checked(acme, key, domain="new.example.com")
    refused = acme.fails("license", "reissue", key, exits=1)
    assert "--moves" in refused
    assert "--force" in refused
    acme.run("license", "reissue", key, "--force")
    assert checked(acme, key, domain="third.example.com") == "Active", "the next check is not refused as a move"


def test_a_licence_that_is_bound_nowhere_has_nothing_to_reissue(acme: Shell, key: str) -> None:
    assert acme.json("license", "reissue", key) | {"id": ""} == {"id": "", "freed": [], "moves_left": 1}
    assert checked(acme, key) == "Active"


def test_a_reissue_is_logged_with_its_reason(acme: Shell, key: str) -> None:
    checked(acme, key)
    acme.run("license", "reissue", key, "--why", "new server")
    assert "new server" in [row["why"] for row in acme.json("license", "log", key)]


def localkey(shell: Shell, key: str, *words: str, **more: Any) -> str:
    return shell.run("license", "localkey", key, *words, **more).stdout


def bound(domain: str = "shop.example.com") -> tuple[str, ...]:
    return ("--domain", domain, "--ip", "203.0.113.7", "--directory", "/srv/mod")


@pytest.mark.parametrize("encoding", ["json", "php"])
def test_a_local_key_is_made_for_software_that_cannot_reach_us(acme: Shell, key: str, encoding: str) -> None:
    made = localkey(acme, key, *bound("www.shop.example.com"), "--encoding", encoding)
    found = read(made, SECRET)
    today = acme.runtime.clock().date()
    assert (found.encoding, found.checked, found.results["status"]) == (encoding, today, "Active")
    assert found.faults(today + timedelta(days=14), domain="www.shop.example.com", ip="203.0.113.7") == []
    assert "md5hash" not in found.results, "an old hash would spoil the days of grace"
    assert checked(acme, key, domain="other.example.com") == "Domain Invalid", "it binds as a check does"


def test_no_local_key_for_another_place_or_an_ended_licence(acme: Shell, key: str) -> None:
    localkey(acme, key, *bound())
    assert "all sites" in acme.fails("license", "localkey", key, *bound("other.example.com"), exits=1).lower()
    acme.run("license", "suspend", key)
    assert "Suspended" in acme.fails("license", "localkey", key, *bound(), exits=1)


def test_a_customers_local_key_is_read(acme: Shell, key: str) -> None:
    made = localkey(acme, key, *bound())
    words = ("license", "localkey", key, "--read", "-")
    found = acme.json(*words, *bound(), given=made)
    assert (found["usable"], found["status"], found["validip"]) == (True, "Active", "203.0.113.7")
    elsewhere = acme.json(*words, "--domain", "other.example.com", given=made)
    assert elsewhere["usable"] is False
    assert "validdomain" in elsewhere["faults"][0]
    assert "changed" in acme.run(*words, given="x" + made[1:], exits=1).stderr


def test_without_the_softwares_secret_there_is_no_local_key(acme: Shell) -> None:
    found = acme.json("license", "issue", "--vendor", "acme", "--product", "forms", "--email", "ada@example.com")
    refused = acme.fails("license", "localkey", found["license_key"], *bound(), exits=1)
    assert "protocol secret add whmcs --scope sign" in refused


def test_a_place_must_be_named(acme: Shell, key: str) -> None:
    assert "--domain" in acme.fails("license", "localkey", key, exits=2)
