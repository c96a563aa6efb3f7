"""Software License Manager: what clients insist on beyond the golden files (licence protocols, 4)."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any
from urllib.parse import quote_plus

import pytest

from adapters.protocols.slm import PROTOCOL
from connector.domain.licensing.questions import Activation, Answer
from connector.domain.licensing.verdict import CODES
from connector.ports import ProtocolCall
from tests.adapters.protocols.golden import BASE
from tests.adapters.protocols.situations import ACTIVE, BOUGHT, FORMS, FULL, LICENCE, NOW, SITUATIONS

USUAL = {"secret_key": "shipped", "license_key": "K-1", "registered_domain": "shop.example.com"}


def call(action: str, **args: str) -> ProtocolCall:
    return ProtocolCall("GET", "/", {"slm_action": action} | USUAL | args, {}, None, {}, BASE, NOW)


def told(action: str, situation: str | Answer, **args: str) -> dict[str, Any]:
    asked = call(action, **args)
    answer = SITUATIONS[situation] if isinstance(situation, str) else situation
    found: dict[str, Any] = json.loads(PROTOCOL.render(asked, PROTOCOL.parse(asked), [answer]).body)
    return found


def domains(answer: Answer, **args: str) -> list[str]:
    return [each["registered_domain"] for each in told("slm_check", answer, **args)["registered_domains"]]


@pytest.mark.parametrize("missing", ["slm_action", "secret_key"])
def test_without_secret_or_action_a_call_is_not_ours(missing: str) -> None:
    args = {name: value for name, value in call("slm_check").query.items() if name != missing}
    assert not PROTOCOL.matches(replace(call("slm_check"), query=args))
    assert PROTOCOL.matches(replace(call("slm_check"), query=args | {missing: ""})), "PHP's isset: empty is there"


def test_shipped_secrets_verify_and_only_the_vendors_own_creates() -> None:
    assert PROTOCOL.scopes == {"activate": "verify", "deactivate": "verify", "validate": "verify", "create": "manage"}


@pytest.mark.parametrize("name", ["My Licensed Item", "C++ & more", "Größe", "100% Forms"])
@pytest.mark.parametrize("times", [0, 1])
def test_an_item_is_the_same_however_often_it_is_encoded(name: str, times: int) -> None:
    sent = quote_plus(name) if times else name
    assert f"slm:{name}" in PROTOCOL.parse(call("slm_activate", item_reference=sent))[0].product


def test_an_item_that_is_not_said_is_not_compared() -> None:
    for nothing in ("", "0", " "):
        assert PROTOCOL.parse(call("slm_activate", item_reference=nothing))[0].product == ()


@pytest.mark.parametrize("code", sorted(set(CODES) - {"VALID", "RATE_LIMITED", "UNAVAILABLE"}))
def test_every_refusal_of_an_activation_has_a_code_of_the_protocol(code: str) -> None:
    found = told("slm_activate", code.lower())
    assert found["result"] == "error"
    assert found["error_code"] in (20, 30, 50, 60, 70, 90)


def test_again_on_the_same_domain_pleases_every_client() -> None:
    """Those that go by `result`, those that go by the code 40, and those that look for the sentence."""
    found = told("slm_activate", "valid")
    assert (found["result"], found["error_code"]) == ("success", 40)
    assert "License key already in use on" in found["message"]
    full = replace(SITUATIONS["valid"], verdict=replace(SITUATIONS["valid"].verdict, standing=FULL))
    assert told("slm_activate", full)["error_code"] == 110


def test_a_move_is_told_from_an_activation() -> None:
    moved = replace(SITUATIONS["valid_just_activated"], licence=replace(LICENCE, moves=(NOW,)))
    assert (
        told("slm_activate", moved, migrate_from="old.example.com")["message"] == "Registered domain has been updated"
    )
    assert told("slm_activate", moved)["message"] == "License key activated"
    long_ago = replace(SITUATIONS["valid_just_activated"], licence=replace(LICENCE, moves=(BOUGHT,)))
    assert told("slm_activate", long_ago, migrate_from="old.example.com")["message"] == "License key activated"


def test_without_a_verdict_a_check_is_never_an_error() -> None:
    """The PHP class takes `error` for an invalid key, and counts the domains without asking whether they are there."""
    for situation in ("rate_limited", "unavailable"):
        found = told("slm_check", situation)
        assert found["result"] not in ("success", "error")
        assert (found["registered_domains"], found["status"]) == ([], "")
        assert "error_code" not in told("slm_activate", situation)


def test_a_domain_is_listed_as_its_software_spells_it() -> None:
    """It looks for itself by its own spelling; a label that is no spelling of the site is not shown."""
    place = Activation("h1", "xn--gre-6ka8i.example.com", BOUGHT, label="www.größe.example.com")
    answer = replace(SITUATIONS["valid"], activation=None, activations=(place,))
    assert domains(answer) == ["www.größe.example.com"]
    for label in ("Shop", "other.example.com", "//", None):
        assert domains(replace(answer, activations=(replace(place, label=label),))) == [place.site]


def test_the_callers_own_domain_is_listed_as_it_spells_it_now() -> None:
    other = replace(ACTIVE, handle="h2", site="two.example.com", at=None, label=None)
    answer = replace(SITUATIONS["valid"], activations=(ACTIVE, other))
    assert domains(answer, registered_domain="WWW.shop.example.com") == ["WWW.shop.example.com", "two.example.com"]


def test_a_licence_is_pending_until_it_was_first_activated() -> None:
    never = SITUATIONS["no_site_activated"]
    assert told("slm_check", never)["status"] == "pending"
    freed = replace(never, licence=replace(LICENCE, claims=(), freed=("shop.example.com",)))
    assert told("slm_check", freed)["status"] == "active"


def test_the_vendors_word_for_its_product_is_given_back() -> None:
    named = replace(FORMS, refs=(*FORMS.refs, "slm:Acme Forms Pro"))
    assert told("slm_check", replace(SITUATIONS["valid"], product=named))["product_ref"] == "Acme Forms Pro"


@pytest.mark.parametrize(
    "term",
    [
        {"lic_status": "blocked"},
        {"max_allowed_domains": "-3"},
        {"max_allowed_domains": "9" * 30},
        {"txn_id": "a\x00b"},
        {"first_name": "x" * 200},
    ],
)
def test_no_licence_is_asked_for_by_terms_that_cannot_be_meant(term: dict[str, str]) -> None:
    asked = call("slm_create_new", **term)
    assert PROTOCOL.parse(asked) == []
    assert json.loads(PROTOCOL.render(asked, [], []).body)["error_code"] == 10


def test_what_was_not_made_just_now_is_no_creation() -> None:
    assert told("slm_create_new", "not_created")["error_code"] == 10
    assert told("slm_create_new", "valid")["error_code"] == 10
    assert told("slm_create_new", "credential_refused")["error_code"] == 100
