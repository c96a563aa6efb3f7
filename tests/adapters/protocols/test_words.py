"""What shipped software is told in its protocol's own words where one word for another would mislead it."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from adapters.protocols import dlm, lmfwc, wcam, whmcs
from adapters.protocols.software_addon import PROTOCOL as SOFTWARE_ADDON
from connector.domain.licensing.questions import Answer
from connector.domain.licensing.verdict import untold
from connector.ports import LicenceProtocol, ProtocolCall
from tests.adapters.protocols.golden import BASE
from tests.adapters.protocols.situations import EMPTY, FULL, NOW, SITE, SITUATIONS, _answer

PAIR = {"consumer_key": "ck_1", "consumer_secret": "cs_1"}
WCAM = {"wc-api": "wc-am-api", "api_key": "K-1", "product_id": "501", "instance": "i-1", "object": SITE}


def told(protocol: LicenceProtocol, call: ProtocolCall, answer: Answer) -> Any:
    return json.loads(protocol.render(call, protocol.parse(call), [answer]).body)


@pytest.mark.parametrize(
    ("situation", "status"),
    [("valid", 3), ("no_site_activated", 2), ("expired", 4), ("suspended", 5), ("revoked", 5), ("refunded", 5)],
)
def test_dlm_says_of_each_licence_how_it_stands_in_the_list(situation: str, status: int) -> None:
    call = ProtocolCall("GET", "/wp-json/dlm/v1/licenses", PAIR, {}, None, {}, BASE, NOW)
    listed = Answer(verdict=untold("VALID", NOW), listed=(SITUATIONS[situation],), total=1)
    assert [each["status"] for each in told(dlm.PROTOCOL, call, listed)["data"]] == [status]


@pytest.mark.parametrize("action", ["status", "verify_api_key_is_active"])
@pytest.mark.parametrize(
    ("situation", "active"), [("valid", True), ("valid_exempt_site", True), ("site_not_activated", False)]
)
def test_api_manager_tells_a_site_that_needs_no_seat_that_it_is_active(
    action: str, situation: str, active: bool
) -> None:
    call = ProtocolCall("POST", "/", WCAM | {"wc_am_action": action}, {}, None, {}, BASE, NOW)
    found = told(wcam.PROTOCOL, call, SITUATIONS[situation])
    if action == "status":
        assert (found["status_check"], found["data"]["activated"]) == ("active" if active else "inactive", active)
    else:
        assert found["success"] is True


def test_api_manager_offers_an_update_to_a_site_that_needs_no_seat() -> None:
    plugin = {"wc_am_action": "update", "plugin_name": "acme-forms/acme-forms.php", "version": "2.3.0"}
    call = ProtocolCall("POST", "/", WCAM | plugin, {}, None, {}, BASE, NOW)
    exempt = replace(SITUATIONS["valid_exempt_site"], release=SITUATIONS["release"].release)
    assert told(wcam.PROTOCOL, call, exempt)["data"]["package"]["package"].startswith("https://")
    without = replace(SITUATIONS["site_not_activated"], release=exempt.release)
    assert not told(wcam.PROTOCOL, call, without)["data"]["package"].get("package")


@pytest.mark.parametrize(
    ("situation", "sentence"),
    [
        ("revoked", "License has been revoked"),
        ("suspended", "Software has been deactivated"),
        ("not_found", "Invalid License Key"),
    ],
)
def test_the_software_add_on_names_what_happened_to_a_licence(situation: str, sentence: str) -> None:
    args = {
        "wc-api": "software-api",
        "request": "check",
        "email": "ada@example.com",
        "license_key": "K-1",
        "product_id": "f",
    }
    call = ProtocolCall("GET", "/", args, {}, None, {}, BASE, NOW)
    assert sentence.lower() in json.dumps(told(SOFTWARE_ADDON, call, SITUATIONS[situation])).lower()


@pytest.mark.parametrize(("purchase", "cycle"), [("one_time", "One Time"), ("recurring", "Annually")])
def test_whmcs_software_is_told_how_it_was_bought(purchase: str, cycle: str) -> None:
    answer = SITUATIONS["valid"]
    assert answer.licence is not None
    assert answer.verdict.standing is not None
    standing = replace(answer.verdict.standing, purchase=purchase)
    bought = replace(
        answer, licence=replace(answer.licence, purchase=purchase), verdict=replace(answer.verdict, standing=standing)
    )
    args = {"licensekey": "K-1", "domain": SITE, "ip": "203.0.113.7", "dir": "/home/ada/public_html/mod"}
    call = ProtocolCall("POST", "/modules/servers/licensing/verify.php", args, {}, None, {}, BASE, NOW)
    body = whmcs.PROTOCOL.render(call, whmcs.PROTOCOL.parse(call), [bought]).body
    assert f"<billingcycle>{cycle}</billingcycle>" in str(body)


@pytest.mark.parametrize("standing", [FULL, replace(FULL, used=4), EMPTY])
def test_no_count_of_what_is_left_falls_below_none(standing: Any) -> None:
    call = ProtocolCall("GET", "/wp-json/lmfwc/v2/licenses/validate/K-1", PAIR, {}, None, {}, BASE, NOW)
    found = told(lmfwc.PROTOCOL, call, _answer(standing))["data"]
    assert found["remainingActivations"] == max((standing.site_limit or 0) - standing.used, 0)
