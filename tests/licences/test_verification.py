"""Vendors' software at the ledger: seats are taken once, races are closed, answers are signed and alike for strangers."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select

from connector.domain.licensing.events import Granted, Key, Person, SiteActivated, StatusChanged
from connector.storage.database import transaction
from connector.storage.tables import events, licences
from tests.personal import found_in
from tests.support.stores import NOW, Store
from wsgi import create_app

KEY = Key("AAAA-BBBB-CCCC-0001")
ADA = Person("7", "ada@example.com", "Ada Example")


@pytest.fixture
def client(store: Store) -> FlaskClient:
    store.runtime = replace(store.runtime, clock=lambda: NOW)
    store.tell([Granted(KEY, "forms", NOW - timedelta(days=1), ADA, site_limit=1, plan="pro")])
    return create_app(store.runtime).test_client()


def call(client: FlaskClient, act: str, **body: Any) -> Any:
    answer = client.post(f"/v1/licenses/{act}", json={"license_key": KEY, "product": "forms"} | body)
    assert answer.status_code == 200, answer.text
    return answer.json


def count(store: Store, table: Any) -> int:
    with transaction(store.runtime.engine) as tx:
        return int(tx.execute(select(func.count()).select_from(table)).scalar_one())


def test_a_site_is_activated_once_and_freed_again(client: FlaskClient, store: Store) -> None:
    assert call(client, "validate", site="one.example.com")["code"] == "SITE_NOT_ACTIVATED"
    for spelling in ("https://www.One.example.com/", "one.example.com:443", "ONE.example.com"):
        found = call(client, "activate", site=spelling, nonce="n1")
        assert (found["code"], found["sites"]["used"], found["nonce"]) == ("VALID", 1, "n1")
    assert call(client, "activate", site="two.example.com")["code"] == "SITE_LIMIT_REACHED"
    assert call(client, "deactivate", site="one.example.com")["sites"]["used"] == 0
    assert call(client, "activate", site="two.example.com")["code"] == "VALID"


def test_a_refused_activation_leaves_nothing_behind(client: FlaskClient, store: Store) -> None:
    call(client, "activate", site="one.example.com")
    before = count(store, events)
    call(client, "activate", site="two.example.com")
    call(client, "deactivate", site="one.example.com")
    assert count(store, events) == before + 1
    assert call(client, "validate", site="two.example.com")["code"] == "SITE_NOT_ACTIVATED"


def test_deactivation_is_allowed_on_a_licence_that_has_ended(client: FlaskClient, store: Store) -> None:
    call(client, "activate", site="one.example.com")
    store.tell([StatusChanged(KEY, "suspended", NOW)])
    found = call(client, "deactivate", site="one.example.com")
    assert (found["code"], found["sites"]["used"]) == ("SUSPENDED", 0)
    assert call(client, "activate", site="one.example.com")["code"] == "SUSPENDED"


def test_unknown_keys_are_answered_alike_and_leave_no_trace(client: FlaskClient, store: Store) -> None:
    answers = [
        call(client, act, license_key=key, site="one.example.com")
        for act in ("validate", "activate", "deactivate", "token")
        for key in ("NOPE-0001-0001-0001", "x", "é" * 200, "a\tb")
    ]
    assert {json.dumps(answer, sort_keys=True) for answer in answers} == {json.dumps(answers[0], sort_keys=True)}
    assert answers[0]["code"] == "NOT_FOUND"
    assert count(store, licences) == 1


def test_no_answer_holds_personal_data(client: FlaskClient) -> None:
    text = json.dumps(call(client, "activate", site="one.example.com", token=True))
    assert found_in(text, ADA.email, ADA.name, KEY) == []


def test_elg_09_the_last_seat_goes_to_one_of_twenty(store: Store, client: FlaskClient) -> None:
    app = create_app(store.runtime)

    def take(number: int) -> str:
        body = {"license_key": KEY, "site": f"s{number}.example.com"}
        return str(app.test_client().post("/v1/licenses/activate", json=body).json["code"])  # type: ignore[index]

    with ThreadPoolExecutor(20) as pool:
        codes = list(pool.map(take, range(20)))
    assert sorted(codes) == ["SITE_LIMIT_REACHED"] * 19 + ["VALID"]
    assert len(store.standing(KEY).seated) == 1


def test_what_a_host_told_and_what_software_took_share_the_seats(client: FlaskClient, store: Store) -> None:
    store.tell([SiteActivated(KEY, "one.example.com", NOW)])
    assert call(client, "validate", site="one.example.com")["code"] == "VALID"
    assert call(client, "activate", site="two.example.com")["code"] == "SITE_LIMIT_REACHED"


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"{", 400),
        (b"[]", 422),
        (b"{}", 422),
        (b'{"license_key": 5}', 422),
        (b'{"license_key": "k", "license_key": "l"}', 400),
        (b'{"license_key": "k", "site": "javascript:alert(1)"}', 422),
        (b'{"license_key": "k", "site": "//"}', 422),
        (b'{"license_key": "k", "colour": "red"}', 422),
        (b'{"license_key": "' + b"k" * 10_000 + b'"}', 422),
        (b'{"license_key": "k"}' + b" " * 20_000, 413),
        (b'{"license_key": "k\\u0000"}', 400),
    ],
)
def test_a_malformed_call_is_told_what_is_wrong(client: FlaskClient, body: bytes, status: int) -> None:
    answer = client.post("/v1/licenses/validate", data=body, content_type="application/json")
    assert answer.status_code == status, answer.text
    assert answer.content_type == "application/problem+json"


def test_a_site_is_needed_where_a_seat_is_meant(client: FlaskClient) -> None:
    for act in ("activate", "deactivate"):
        answer = client.post(f"/v1/licenses/{act}", json={"license_key": KEY})
        assert answer.status_code == 422
