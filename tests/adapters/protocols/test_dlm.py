"""Digital License Manager: what its clients rely on, and the faults of the peer that are not copied."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from adapters.protocols.dlm import PROTOCOL
from connector.domain.licensing.questions import Answer
from connector.ports import ProtocolCall, ProtocolReply
from tests.adapters.protocols.golden import BASE
from tests.adapters.protocols.situations import ACTIVE, KEY, NOW, SITUATIONS

ROOT = "/wp-json/dlm/v1/licenses"


def call(path: str, method: str = "GET", **query: str) -> ProtocolCall:
    return ProtocolCall(method, ROOT + path, query, {}, None, {}, BASE, NOW)


def told(path: str, answer: Answer | str) -> ProtocolReply:
    wanted = call(path)
    known = SITUATIONS[answer] if isinstance(answer, str) else answer
    return PROTOCOL.render(wanted, PROTOCOL.parse(wanted), [known])


def body(reply: ProtocolReply) -> Any:
    return json.loads(reply.body)


@pytest.mark.parametrize("act", ["validate", "deactivate"])
def test_a_token_is_asked_by_alone(act: str) -> None:
    (question,) = PROTOCOL.parse(call(f"/{act}/{ACTIVE.handle}", token="other", label="other"))
    assert (question.act, question.handle, question.key, question.label) == (act, ACTIVE.handle, None, None)


def test_a_token_that_was_given_back_is_shown_with_when() -> None:
    data = body(told(f"/validate/{ACTIVE.handle}", "given_back"))["data"]
    assert (data["deactivated_at"], data["token"], data["license"]["license_key"]) == (
        "2026-10-01 08:00:00",
        ACTIVE.handle,
        KEY,
    )


@pytest.mark.parametrize(
    ("sent", "channel"),
    [({}, "stable"), ({"channel": "rc"}, "beta"), ({"channel": "beta"}, "beta"), ({"channel": "x"}, "stable")],
)
def test_software_is_asked_about_by_its_id_for_the_place_of_a_token(sent: dict[str, str], channel: str) -> None:
    wanted = replace(call("", activation_token="t-1", **sent), path="/wp-json/dlm/v1/software/7")
    (question,) = PROTOCOL.parse(wanted)
    assert (question.act, question.handle, question.key, question.channel) == ("release", "t-1", None, channel)
    assert question.product[:2] == ("dlm_software:7", "dlm:7")


def test_the_licence_id_stands_beside_the_activation_only_where_the_peer_has_it() -> None:
    assert "license_id" in body(told(f"/validate/{ACTIVE.handle}", "valid"))["data"]
    for path in (f"/activate/{KEY}", f"/deactivate/{ACTIVE.handle}"):
        assert "license_id" not in body(told(path, "just_deactivated" if "de" in path else "valid"))["data"]


@pytest.mark.parametrize(
    ("situation", "code", "status"),
    [
        ("expired", "license_expired", 405),
        ("suspended", "license_disabled", 405),
        ("revoked", "license_disabled", 405),
        ("refunded", "license_disabled", 405),
        ("site_limit_reached", "license_activation_limit_reached", 404),
        ("not_found", "data_error", 404),
        ("other_product", "data_error", 404),
        ("credential_refused", "authentication_error", 401),
    ],
)
def test_each_refusal_has_the_peers_word(situation: str, code: str, status: int) -> None:
    reply = told(f"/activate/{KEY}", situation)
    assert (body(reply)["code"], body(reply)["data"], reply.status) == (code, {"status": status}, status)


@pytest.mark.parametrize("situation", ["rate_limited", "unavailable"])
@pytest.mark.parametrize("path", [f"/activate/{KEY}", f"/validate/{ACTIVE.handle}", f"/{KEY}"])
def test_what_cannot_be_answered_is_no_json_at_all(situation: str, path: str) -> None:
    reply = told(path, situation)
    assert (reply.status, reply.content_type, reply.headers) == (
        429,
        "text/plain; charset=UTF-8",
        {"Retry-After": "60"},
    )
    with pytest.raises(ValueError, match="Expecting value"):
        json.loads(reply.body)


@pytest.mark.parametrize("situation", ["expired", "refunded", "suspended"])
def test_a_token_of_a_licence_that_ended_is_not_valid_and_can_be_given_back(situation: str) -> None:
    assert told(f"/validate/{ACTIVE.handle}", situation).status == 405
    freed = replace(SITUATIONS[situation], changed=True, activation=ACTIVE, activations=())
    assert body(told(f"/deactivate/{ACTIVE.handle}", freed))["data"]["deactivated_at"] == "2026-11-21 10:00:00"


@pytest.mark.parametrize(("situation", "status"), [("valid", 3), ("no_site_activated", 2), ("expired", 4)])
def test_the_status_follows_the_licence(situation: str, status: int) -> None:
    assert body(told(f"/{KEY}", situation))["data"]["status"] == status


def test_a_caller_that_names_no_place_gets_a_new_one_each_time() -> None:
    """Which is found where chance is allowed: `connector.licences.protocols` (the second of a clock is no name)."""
    (question,) = PROTOCOL.parse(call(f"/activate/{KEY}"))
    assert (question.anew, question.install) == (True, "unnamed-1795255200-")
    assert PROTOCOL.parse(call(f"/activate/{KEY}", token="t"))[0].install is None


def test_hashed_keys_are_not_looked_up() -> None:
    for path in ("/hashed-0a1b", "/activate/hashed-0a1b"):
        assert not PROTOCOL.parse(call(path))
        assert "send the license key itself" in body(PROTOCOL.render(call(path), [], []))["message"]


@pytest.mark.parametrize("method", ["PUT", "DELETE", "POST"])
def test_licences_are_changed_elsewhere(method: str) -> None:
    wanted = call(f"/{KEY}", method)
    assert not PROTOCOL.parse(wanted)
    assert PROTOCOL.render(wanted, [], []).status == 403
