"""Lemon Squeezy's licence API: what its clients rely on, and the faults of the peer that are not copied."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from adapters.protocols.lemonsqueezy import PROTOCOL
from connector.domain.licensing.questions import Answer
from connector.ports import ProtocolCall, ProtocolReply
from tests.adapters.protocols.golden import BASE
from tests.adapters.protocols.situations import KEY, NOW, SITUATIONS

GIVEN = {
    "activate": {"instance_name": "Desk 2"},
    "validate": {},
    "deactivate": {"instance_id": "5f1c0d2e-8b1a-4c53-9d0e-7a5f0c3b2a10"},
}


def call(act: str, body: Any = None, form: Any = None, method: str = "POST") -> ProtocolCall:
    return ProtocolCall(method, f"/v1/licenses/{act}", {}, form or {}, body, {}, BASE, NOW)


def told(act: str, answer: Answer | str, **more: str) -> ProtocolReply:
    wanted = call(act, {"license_key": KEY} | GIVEN[act] | more)
    known = SITUATIONS[answer] if isinstance(answer, str) else answer
    return PROTOCOL.render(wanted, PROTOCOL.parse(wanted), [known])


def body(reply: ProtocolReply) -> Any:
    return json.loads(reply.body)


@pytest.mark.parametrize("act", GIVEN)
def test_a_form_and_json_ask_the_same(act: str) -> None:
    given = {"license_key": str(KEY)} | GIVEN[act]
    assert PROTOCOL.parse(call(act, given)) == PROTOCOL.parse(call(act, form=given)) != []


@pytest.mark.parametrize(
    ("situation", "status", "error"),
    [
        ("not_found", 404, "license_key not found."),
        ("expired", 400, "This license key has expired."),
        ("suspended", 400, "This license key is disabled."),
        ("refunded", 400, "This license key is disabled."),
        ("site_limit_reached", 400, "This license key has reached the activation limit."),
        ("activation_unknown", 404, "license_key_instance not found."),
    ],
)
@pytest.mark.parametrize("act", ["activate", "validate"])
def test_refusals_in_the_peers_words(act: str, situation: str, status: int, error: str) -> None:
    reply = told(act, situation)
    done = {"activate": "activated", "validate": "valid"}[act]
    assert (reply.status, body(reply)["error"], body(reply)[done]) == (status, error, False)


@pytest.mark.parametrize("act", GIVEN)
@pytest.mark.parametrize("situation", ["rate_limited", "unavailable"])
def test_no_verdict_is_given_where_there_is_none(act: str, situation: str) -> None:
    reply = told(act, situation)
    assert (reply.status, list(body(reply))) == (429, ["error"])
    assert int(reply.headers["Retry-After"]) > 0


@pytest.mark.parametrize(
    ("situation", "status"),
    [("valid", "active"), ("just_deactivated", "inactive"), ("expired", "expired"), ("revoked", "disabled")],
)
def test_the_four_statuses(situation: str, status: str) -> None:
    assert body(told("validate", situation))["license_key"]["status"] == status


def test_ids_are_numbers_and_unregistered_ones_0() -> None:
    meta = body(told("validate", "valid"))["meta"]
    numbers = {name: value for name, value in meta.items() if name.endswith("_id")}
    assert {type(value) for value in numbers.values()} == {int}
    assert numbers["product_id"] == 501
    assert numbers["customer_id"] == numbers["order_id"] == numbers["store_id"] == 0


def test_the_buyer_is_told_only_where_the_vendor_says_so() -> None:
    assert body(told("validate", "valid"))["meta"]["customer_email"] == ""
    assert body(told("validate", "valid_shows_holder"))["meta"]["customer_email"] == "ada@example.com"


def test_a_deactivation_has_no_instance_and_works_on_a_licence_that_ended() -> None:
    ended = replace(SITUATIONS["refunded"], changed=True, activations=())
    for answer in (ended, SITUATIONS["just_deactivated"]):
        found = body(told("deactivate", answer))
        assert (found["deactivated"], "instance" in found) == (True, False)


def test_validation_without_an_instance_shows_none() -> None:
    assert body(told("validate", "valid_no_site_asked"))["instance"] is None


def test_a_number_sent_to_activate_is_not_taken_for_an_instance() -> None:
    (question,) = PROTOCOL.parse(call("activate", {"license_key": KEY, "instance_name": "Desk 2", "instance_id": "x"}))
    assert (question.handle, question.install) == (None, "Desk 2")


@pytest.mark.parametrize("key", [["K"], {"a": 1}, None, True, ""])
def test_a_key_that_is_no_text_is_no_key(key: Any) -> None:
    wanted = call("validate", {"license_key": key})
    assert not PROTOCOL.parse(wanted)
    assert PROTOCOL.render(wanted, [], []).status == 422


def test_other_methods_and_paths_are_refused() -> None:
    assert PROTOCOL.render(call("validate", method="GET"), [], []).status == 405
    assert PROTOCOL.render(replace(call("x"), path="/v1/licenses"), [], []).status == 404
    assert not PROTOCOL.matches(replace(call("x"), path="/v1/licenses/token"))
