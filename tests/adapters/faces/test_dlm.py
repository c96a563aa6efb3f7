"""Digital License Manager: what its clients rely on, and the faults of the peer that are not copied."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from adapters.faces.dlm import FACE
from connector.domain.asking import Answer
from connector.ports import FaceCall, FaceReply
from tests.adapters.faces.golden import BASE
from tests.adapters.faces.situations import ACTIVE, KEY, NOW, SITUATIONS

ROOT = "/wp-json/dlm/v1/licenses"


def call(path: str, method: str = "GET", **query: str) -> FaceCall:
    return FaceCall(method, ROOT + path, query, {}, None, {}, BASE, NOW)


def told(path: str, answer: Answer | str) -> FaceReply:
    wanted = call(path)
    known = SITUATIONS[answer] if isinstance(answer, str) else answer
    return FACE.render(wanted, FACE.parse(wanted), [known])


def body(reply: FaceReply) -> Any:
    return json.loads(reply.body)


@pytest.mark.parametrize("act", ["validate", "deactivate"])
def test_a_token_is_asked_by_alone(act: str) -> None:
    (question,) = FACE.parse(call(f"/{act}/{ACTIVE.handle}", token="other", label="other"))
    assert (question.act, question.handle, question.key, question.label) == (act, ACTIVE.handle, None, None)


def test_a_token_does_not_tell_the_key() -> None:
    reply = told(f"/validate/{ACTIVE.handle}", replace(SITUATIONS["valid"], key=None))
    assert body(reply)["data"]["license"]["license_key"] == ""


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
        ("rate_limited", "server_error", 429),
        ("unavailable", "server_error", 429),
    ],
)
def test_each_refusal_has_the_peers_word(situation: str, code: str, status: int) -> None:
    reply = told(f"/activate/{KEY}", situation)
    assert (body(reply)["code"], body(reply)["data"], reply.status) == (code, {"status": status}, status)


@pytest.mark.parametrize("situation", ["expired", "refunded", "suspended"])
def test_a_token_of_a_licence_that_ended_is_not_valid_and_can_be_given_back(situation: str) -> None:
    assert told(f"/validate/{ACTIVE.handle}", situation).status == 405
    freed = replace(SITUATIONS[situation], changed=True, activation=ACTIVE, activations=())
    assert body(told(f"/deactivate/{ACTIVE.handle}", freed))["data"]["deactivated_at"] == "2026-11-21 10:00:00"


@pytest.mark.parametrize(("situation", "status"), [("valid", 3), ("no_site_activated", 2), ("expired", 4)])
def test_the_status_follows_the_licence(situation: str, status: int) -> None:
    assert body(told(f"/{KEY}", situation))["data"]["status"] == status


def test_a_caller_that_names_no_place_gets_a_new_one_each_time() -> None:
    first, second = call(f"/activate/{KEY}"), replace(call(f"/activate/{KEY}"), now=NOW.replace(microsecond=1))
    installs = {FACE.parse(each)[0].install for each in (first, first, second)}
    assert len(installs) == 2
    assert FACE.parse(call(f"/activate/{KEY}", token="t"))[0].install is None


def test_hashed_keys_are_not_looked_up() -> None:
    for path in ("/hashed-0a1b", "/activate/hashed-0a1b"):
        assert not FACE.parse(call(path))
        assert "send the license key itself" in body(FACE.render(call(path), [], []))["message"]


@pytest.mark.parametrize("method", ["PUT", "DELETE", "POST"])
def test_licences_are_changed_elsewhere(method: str) -> None:
    wanted = call(f"/{KEY}", method)
    assert not FACE.parse(wanted)
    assert FACE.render(wanted, [], []).status == 403
