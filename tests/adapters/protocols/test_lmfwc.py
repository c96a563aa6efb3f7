"""License Manager for WooCommerce: what its clients rely on, and the faults of the peer that are not copied."""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from typing import Any

import pytest

from adapters.protocols.lmfwc import PROTOCOL
from connector.domain.licensing.questions import Answer, Question
from connector.ports import ProtocolCall, ProtocolReply
from tests.adapters.protocols.golden import BASE
from tests.adapters.protocols.situations import ACTIVE, KEY, NOW, SITUATIONS

ROOT = "/wp-json/lmfwc/v2/licenses"


def call(path: str = "", method: str = "GET", query: Any = None, body: Any = None, **headers: str) -> ProtocolCall:
    return ProtocolCall(method, ROOT + path, query or {}, {}, body, headers, BASE, NOW)


def asked(*given: Any, **more: Any) -> Question:
    questions = PROTOCOL.parse(call(*given, **more))
    assert len(questions) == 1
    return questions[0]


def told(path: str, answer: Answer | str, **query: str) -> ProtocolReply:
    wanted = call(path, query=query)
    known = SITUATIONS[answer] if isinstance(answer, str) else answer
    return PROTOCOL.render(wanted, PROTOCOL.parse(wanted), [known])


def data(reply: ProtocolReply) -> Any:
    return json.loads(reply.body)["data"]


@pytest.mark.parametrize(
    ("path", "method", "act"),
    [
        ("", "GET", "list"),
        ("/", "GET", "list"),
        (f"/{KEY}", "GET", "validate"),
        (f"/{KEY}/", "GET", "validate"),
        (f"/activate/{KEY}", "GET", "activate"),
        (f"/deactivate/{KEY}", "GET", "deactivate"),
        (f"/validate/{KEY}", "GET", "validate"),
    ],
)
def test_each_route_asks_one_thing(path: str, method: str, act: str) -> None:
    question = asked(path, method)
    assert (question.act, question.key) == (act, None if act == "list" else KEY)


@pytest.mark.parametrize("path", ["/activate/", "/refund/K-1", f"/{KEY}/x"])
def test_a_route_nobody_knows_is_wordpresss_own_404(path: str) -> None:
    wanted = call(path)
    if path == "/activate/":
        assert asked(path).key == "activate", "as a key"
        return
    reply = PROTOCOL.render(wanted, PROTOCOL.parse(wanted), [])
    assert (reply.status, json.loads(reply.body)["code"]) == (404, "rest_no_route")


def test_only_the_dialects_own_paths_are_its() -> None:
    for path in ("/wp-json/lmfwc/v20/licenses", "/wp-json/lmfwc/v1/licenses", "/licenses", "/wp-json/dlm/v1/licenses"):
        assert not PROTOCOL.matches(replace(call(), path=path))
    for path in ("/blog/wp-json/lmfwc/v2/licenses", "/index.php/wp-json/lmfwc/v2"):
        assert PROTOCOL.matches(replace(call(), path=path))


def test_credentials_come_in_the_query_or_by_http_basic() -> None:
    basic = "Basic " + base64.b64encode(b"ck_9:cs:9").decode()
    by_query = asked(query={"consumer_key": "ck_1", "consumer_secret": "cs_1"}, authorization=basic)
    by_header = asked(authorization=basic)
    assert (by_query.consumer, by_query.secret) == ("ck_1", "cs_1")
    assert (by_header.consumer, by_header.secret) == ("ck_9", "cs:9")
    for odd in ("Basic", "Basic %%%", "Basic /w==", "Bearer abc"):
        assert asked(authorization=odd).secret is None


def test_what_ships_needs_a_lesser_credential_than_what_lists() -> None:
    assert PROTOCOL.scopes["activate"] == PROTOCOL.scopes["deactivate"] == PROTOCOL.scopes["validate"] == "verify"
    assert PROTOCOL.scopes["list"] == PROTOCOL.scopes["create"] == "manage"


@pytest.mark.parametrize(
    "name",
    [name for name, each in SITUATIONS.items() if each.verdict.code not in ("VALID",) and name != "just_deactivated"],
)
def test_an_activation_that_failed_is_an_error_by_status_and_body(name: str) -> None:
    reply = told(f"/activate/{KEY}", name)
    assert 400 <= reply.status < 500
    assert "success" not in json.loads(reply.body)


def test_software_keeps_its_verdict_where_nothing_can_be_said() -> None:
    for name in ("rate_limited", "unavailable"):
        reply = told(f"/{KEY}", name)
        assert (reply.status, data(reply)["status"]) == (429, 500)


def test_product_ids_are_whole_numbers_as_clients_compare_them() -> None:
    found = data(told(f"/{KEY}", "valid"))["productId"]
    assert type(found) is int
    forms = SITUATIONS["valid"].product
    assert forms is not None
    own = replace(SITUATIONS["valid"], product=replace(forms, refs=("product:501", "lmfwc:77")))
    assert data(told(f"/{KEY}", own))["productId"] == 77
    nameless = replace(SITUATIONS["valid"], product=replace(forms, refs=("sku:A", "lmfwc:abc")))
    assert data(told(f"/{KEY}", nameless))["productId"] is None


def test_an_expired_licence_without_a_date_is_not_shown_as_one_for_life() -> None:
    expired = SITUATIONS["expired"]
    assert expired.verdict.standing is not None
    stands = replace(expired.verdict.standing, expires_at=None)
    undated = replace(expired, verdict=replace(expired.verdict, standing=stands))
    assert told(f"/{KEY}", "expired").status == 200
    assert told(f"/{KEY}", undated).status == 405
    assert "None" not in told(f"/{KEY}", undated).body


def test_validation_looks_at_the_expiry() -> None:
    assert told(f"/validate/{KEY}", "expired").status == 405


def test_no_limit_leaves_room_to_software_that_counts_down() -> None:
    found = data(told(f"/validate/{KEY}", "valid_lifetime_unlimited"))
    assert found["timesActivatedMax"] == 0
    assert found["remainingActivations"] > 1000


def test_activation_data_is_one_place_on_activation_and_a_list_elsewhere() -> None:
    assert isinstance(data(told(f"/activate/{KEY}", "valid"))["activationData"], dict)
    assert isinstance(data(told(f"/{KEY}", "valid"))["activationData"], list)
    assert isinstance(data(told(f"/deactivate/{KEY}", "just_deactivated", token="t"))["activationData"], dict)


def test_a_deactivation_asks_for_the_only_place_at_most() -> None:
    question = asked(f"/deactivate/{KEY}")
    assert (question.act, question.sole, question.site) == ("deactivate", True, None)


def test_other_places_of_the_licence_are_counted_and_not_named() -> None:
    other = replace(ACTIVE, handle="other", label="A client of mine")
    answer = replace(SITUATIONS["valid"], activations=(ACTIVE, other))
    rows = data(told(f"/{KEY}", answer))["activationData"]
    assert [(row["token"], row["label"]) for row in rows] == [(ACTIVE.handle, "Shop"), ("", None)]
    shown = data(told(f"/{KEY}", replace(answer, shows_holder=True)))["activationData"]
    assert shown[1]["label"] == "A client of mine"


@pytest.mark.parametrize(
    ("field", "word", "term"),
    [
        ("times_activated_max", "7", {"sites": "7"}),
        ("times_activated_max", "-7", {"sites": "?"}),
        ("times_activated_max", "9" * 40, {"sites": "?"}),
        ("valid_for", "0", {}),
        ("valid_for", "x", {"expires_at": "?"}),
        ("expires_at", "2027-03-02 00:00:00", {"expires_at": "2027-03-02 00:00:00"}),
    ],
)
def test_terms_are_read_strictly(field: str, word: str, term: dict[str, str]) -> None:
    assert asked("", "POST", body={"license_key": "NEW-1", field: word}).terms == term
