"""The WHMCS licensing add-on: what its shipped clients insist on, by licence-protocols section 2."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from datetime import timedelta

import pytest

from adapters.protocols.whmcs import PROTOCOL
from connector.domain.licensing.catalogue import Product
from connector.domain.licensing.local_key import tags
from connector.domain.licensing.questions import Activation, Answer
from connector.ports import ProtocolCall, ProtocolReply
from tests.adapters.protocols.golden import BASE, FOLDER
from tests.adapters.protocols.situations import ACTIVE, NOW, SITUATIONS

PATH = "/modules/servers/licensing/verify.php"
SENT = {
    "licensekey": "ACME-7K3F-2M9Q-0001",
    "domain": "shop.example.com",
    "ip": "203.0.113.7",
    "dir": "/home/ada/public_html/mod",
    "check_token": "1795289925" + "6cbf18bb" * 4,
}
PROXMOX_SECRET = "kjfdlskfhiuewhfk947368"  # published in the source of their client
PROXMOX_TOKEN = "cf44486bddb6ad0145732642c45b2957"
PROXMOX_HASH = "969f4df84fe157ee4f5a2f71950ad154"


def call(path: str = PATH, **sent: str) -> ProtocolCall:
    return ProtocolCall("POST", path, {}, SENT | sent, None, {}, BASE, NOW)


def told(answer: Answer | str = "valid", **sent: str) -> dict[str, str]:
    return tags(reply(answer, **sent).body)


def reply(answer: Answer | str = "valid", **sent: str) -> ProtocolReply:
    made = call(**sent)
    found = SITUATIONS[answer] if isinstance(answer, str) else answer
    return PROTOCOL.render(made, PROTOCOL.parse(made), [found])


@pytest.mark.parametrize("prefix", ["", "/billing", "/a/b/clients", "/billing/"])
def test_any_folder_may_come_before_the_path(prefix: str) -> None:
    assert PROTOCOL.matches(call(f"{prefix.rstrip('/')}{PATH}"))


@pytest.mark.parametrize("path", ["/", "/modules/servers/licensing", "/modules/servers/licensing/verify.php/more"])
def test_other_paths_are_not_ours(path: str) -> None:
    assert not PROTOCOL.matches(call(path))


def test_the_challenge_is_answered_as_proxmox_checks_it() -> None:
    answer = replace(SITUATIONS["valid"], secret=PROXMOX_SECRET)
    assert told(answer, check_token=PROXMOX_TOKEN)["md5hash"] == PROXMOX_HASH


def test_no_secret_or_no_token_no_hash() -> None:
    assert "md5hash" not in told("valid")
    assert "md5hash" not in told("valid_signed", check_token="")


def test_an_unknown_key_gets_no_hash_by_which_an_answer_could_be_forged() -> None:
    assert "md5hash" not in told(replace(SITUATIONS["not_found"], secret="s"))
    refused = replace(SITUATIONS["directory_mismatch"], secret="s")
    assert told(refused)["md5hash"] == hashlib.md5(b"s" + SENT["check_token"].encode()).hexdigest()


@pytest.mark.parametrize("domain", ["shop.example.com", "WWW.Shop.Example.com", "www.shop.example.com", "shöp.example"])
def test_what_was_sent_comes_back_byte_for_byte(domain: str) -> None:
    found = told(domain=domain)
    assert domain in found["validdomain"].split(",")
    assert {"shop.example.com", "www.shop.example.com"} <= set(found["validdomain"].split(","))
    assert found["validip"] == SENT["ip"]
    assert found["validdirectory"] == SENT["dir"]


def test_older_clients_compare_the_whole_address_and_directory() -> None:
    """Also where they are not those it is bound to, which the product allows."""
    found = told(ip="198.51.100.9", dir="/srv/www")
    assert (found["validip"], found["validdirectory"]) == ("198.51.100.9", "/srv/www")


def test_addresses_and_single_names_have_no_www_twin() -> None:
    for site in ("192.0.2.7", "localhost", "[2001:db8::7]"):
        place = replace(ACTIVE, site=site, at=None)
        assert told(replace(SITUATIONS["valid"], activation=place), domain=site)["validdomain"] == site


def cron(*places: Activation) -> Answer:
    return replace(SITUATIONS["valid_no_site_asked"], activation=None, activations=places)


def test_under_cron_the_empty_name_is_in_the_list() -> None:
    """PHP: `in_array($_SERVER['SERVER_NAME'], explode(',', $validdomain))` with no server name."""
    found = told(cron(ACTIVE), domain="", ip="")
    assert "" in found["validdomain"].split(",")
    assert "shop.example.com" in found["validdomain"].split(",")


def test_under_cron_other_places_of_the_licence_are_not_told() -> None:
    other = replace(ACTIVE, site="other.example.com", at=None, directory="/elsewhere")
    assert "other" not in told(cron(ACTIVE, other), domain="")["validdomain"]
    assert told(cron(ACTIVE, other), domain="", dir="/nowhere").get("validdomain") is None


def test_an_install_has_no_domain_to_tell() -> None:
    place = replace(ACTIVE, site="install:abc", at=None)
    assert "install" not in reply(cron(place), domain="").body


def test_an_empty_domain_is_not_said() -> None:
    assert [question.site for question in PROTOCOL.parse(call(domain=""))] == [None]


def test_no_value_can_end_its_tag() -> None:
    product = Product("acme", name="<b>Acme</b> & Co")
    answer = replace(SITUATIONS["valid"], product=product)
    body = reply(answer, dir="/srv/</validdirectory><status>Active</status>").body
    assert body.count("<status>") == 1
    assert tags(body)["productname"] == " b>Acme /b> & Co"


def test_a_one_time_purchase_is_never_due() -> None:
    found = told("valid_lifetime_unlimited")
    assert (found["nextduedate"], found["billingcycle"]) == ("0000-00-00", "One Time")
    assert (told()["nextduedate"], told()["billingcycle"]) == ("2027-03-01", "Annually")


def test_what_proxmox_needs_is_always_there() -> None:
    """Its older software takes an answer for none where one of these is missing."""
    valid = SITUATIONS["valid"]
    assert valid.licence is not None
    unknown = replace(valid, licence=replace(valid.licence, purchased_at=None))
    assert {"status", "validdirectory", "productname", "regdate", "nextduedate"} <= set(told(unknown))
    assert told(unknown)["regdate"] == "0000-00-00"


def addon(answer: Answer | str) -> dict[str, str]:
    line = told(answer)["addons"]
    return dict(pair.split("=", 1) for pair in line.split(";"))


@pytest.mark.parametrize(
    ("situation", "status"),
    [("valid", "Active"), ("valid_support_ended", "Expired"), ("suspended", "Suspended"), ("expired", "Active")],
)
def test_support_is_told_by_the_add_on_of_that_name(situation: str, status: str) -> None:
    found = addon(situation)
    assert (found["name"], found["status"]) == ("Support and Updates", status)
    assert found["nextduedate"] == told(situation)["supportuntil"]


def test_support_while_the_subscription_is_paid_has_no_end() -> None:
    valid = SITUATIONS["valid"]
    assert valid.verdict.standing is not None
    stands = replace(valid.verdict.standing, support_until=None, support_open_ended=True, expires_at=None)
    open_ended = replace(valid, verdict=replace(valid.verdict, standing=stands))
    assert addon(open_ended) == {"name": "Support and Updates", "nextduedate": "0000-00-00", "status": "Active"}
    unknown = replace(valid, verdict=replace(valid.verdict, standing=replace(stands, support_open_ended=False)))
    assert "addons" not in told(unknown)
    assert "supportuntil" not in told(unknown)


def test_nobody_is_named_unless_the_vendor_wants_it() -> None:
    assert not {"registeredname", "companyname", "email"} & set(told())
    shown = told("valid_shows_holder")
    assert (shown["registeredname"], shown["email"]) == ("Ada Example", "ada@example.com")


@pytest.mark.parametrize(
    ("situation", "status", "message"),
    [
        ("expired", "Expired", "License Expired"),
        ("suspended", "Suspended", "License Suspended"),
        ("revoked", "Expired", "License Terminated"),
        ("site_limit_reached", "Invalid", "Domain Invalid"),
        ("ip_mismatch", "Invalid", "IP Address Invalid"),
        ("directory_mismatch", "Invalid", "Directory Invalid"),
        ("not_found", "Invalid", "License Key Invalid"),
    ],
)
def test_a_no_says_why(situation: str, status: str, message: str) -> None:
    found = told(situation)
    assert (found["status"], found["message"]) == (status, message)
    assert found["description"]
    assert "validdomain" not in found


@pytest.mark.parametrize("situation", ["rate_limited", "unavailable"])
def test_no_answer_is_no_verdict(situation: str) -> None:
    """Only 200 counts: newer clients look at the status, older ones at whether there is a body."""
    found = reply(situation)
    assert found.status not in (200, *range(500, 600))
    assert found.body == ""


def test_a_last_known_answer_is_signed_for_the_token_of_this_call() -> None:
    stale = replace(SITUATIONS["valid_stale"], secret="s")
    assert told(stale, check_token="t")["md5hash"] == hashlib.md5(b"st").hexdigest()


def test_the_places_of_a_question_are_short_and_readable() -> None:
    asked = PROTOCOL.parse(call(dir="d" * 501, ip="a\x00b"))[0]
    assert (asked.directory, asked.ip) == (None, None)


def test_an_end_names_the_day_on_which_it_falls() -> None:
    valid = SITUATIONS["valid"]
    assert valid.verdict.standing is not None
    until = NOW + timedelta(hours=3)
    stands = replace(valid.verdict.standing, support_until=until)
    assert told(replace(valid, verdict=replace(valid.verdict, standing=stands)))["supportuntil"] == "2026-11-21"


def test_every_golden_reply_has_one_status() -> None:
    for file in (FOLDER / "whmcs").glob("*.json"):
        body = json.loads(file.read_text())["reply"]["body"]
        assert body.count("<status>") == (1 if body else 0)
