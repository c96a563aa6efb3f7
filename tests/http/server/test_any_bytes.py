"""Any bytes to any route that reads a body: an answer of 2xx or 4xx that is meant, never a fault of ours (B2-B5)."""

from __future__ import annotations

import json
import re
from urllib.parse import quote

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import wsgi
from tests.http.shops import Hook
from tests.support.stores import settings_for

RUNS = settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
WITH_A_BODY = {"POST", "PUT", "PATCH", "DELETE"}

REFUSED = [
    b"NaN", b"-Infinity", b"1e999", b"9" * 5_000, b"-" + b"9" * 19, b'{"a":1,"a":2}', rb'"\ud800"', rb'{"\udfff":1}',
    rb'"\u0000"', b"[" * 40 + b"]" * 40, b"0." + b"1" * 60, b"-0.0e-400",
]  # fmt: skip
BROKEN = [b"", b",", b"x", b'"', b"\\", b"{", b"]", b"\x00", b"\xff", b"\xef\xbb\xbf", b"\x1b[2J", b"\xed\xa0\x80"]
TRUE = [
    {"type": "license.granted", "data": {"license_key": "AAAA-BBBB-CCCC-0001", "product": "forms"}},
    {"type": "support.requested", "data": {"request_id": "r1", "kind": "bug", "subject": "It stops"}},
    {"request_id": "r2", "kind": "bug", "requester": {"email": "ann@example.com"}},
    {"license_key": "AAAA-BBBB-CCCC-0001", "site": "shop.example.com", "nonce": "n"},
]
SENT = [json.dumps(each).encode() for each in TRUE]


@st.composite
def bodies(draw: st.DrawFn) -> bytes:
    """A true body with up to four places in it replaced, perhaps cut short, perhaps in another encoding."""
    body = bytearray(draw(st.sampled_from(SENT)))
    for _ in range(draw(st.integers(0, 4))):
        place = draw(st.integers(0, len(body)))
        piece = draw(st.sampled_from(REFUSED + BROKEN) | st.binary(max_size=3))
        body[place : place + draw(st.integers(0, 12))] = piece
    whole = bytes(body[: draw(st.integers(0, len(body)) | st.just(len(body)))])
    encoding = draw(st.sampled_from(["utf-8"] * 6 + ["utf-16", "utf-8-sig", "utf-32-be"]))
    return whole if encoding == "utf-8" else whole.decode("latin-1").encode(encoding)


ROUTES = sorted(
    (method, rule.rule)
    for rule in wsgi.create_app(settings_for("sqlite:///nowhere")).url_map.iter_rules()
    for method in (rule.methods or set()) & WITH_A_BODY
)
"""Every route that takes a body, so that a new one is tried as well."""


@pytest.fixture
def app(hook: Hook) -> Flask:
    return wsgi.create_app(hook.shop.server.runtime)


def send(client: FlaskClient, hook: Hook, token: str, method: str, rule: str, body: bytes) -> int:
    path = rule.replace("<endpoint_id>", hook.id).replace("<path:rest>", f"{hook.shop.slug}/v1/licenses/validate")
    path = "/".join("x" if part.startswith("<") else part for part in path.split("/"))
    headers = hook.signed(body) if rule.startswith("/hooks/") else {"Authorization": f"Bearer {token}"}
    reply = client.open(quote(path), method=method, data=body, headers=headers | {"Content-Type": "application/json"})
    assert reply.status_code < 500, (method, path, body, reply.text)
    assert "our own code" not in reply.text, (body, reply.text)
    assert reply.headers["X-Content-Type-Options"] == "nosniff"
    return reply.status_code


@pytest.mark.slow
@pytest.mark.parametrize(("method", "rule"), ROUTES)
@given(body=bodies())
@RUNS
def test_no_route_answers_any_bytes_with_a_fault_of_ours(
    app: Flask, hook: Hook, method: str, rule: str, body: bytes
) -> None:
    token = _TOKENS.setdefault(hook.shop.slug, hook.shop.token())
    send(app.test_client(), hook, token, method, rule, body)


def test_no_answer_lets_a_browser_guess_what_it_is(app: Flask) -> None:
    """Whatever the route and the method, also where there is none."""
    paths = {re.sub("<[^>]*>", "x", rule.rule) for rule in app.url_map.iter_rules()} | {"/nowhere", "//x//"}
    answers = [app.test_client().open(path, method=method) for path in paths for method in ("GET", "POST", "PUT")]
    assert {answer.headers.get("X-Content-Type-Options") for answer in answers} == {"nosniff"}


_TOKENS: dict[str, str] = {}


@pytest.mark.parametrize("broken", [b",", b"", b"x", b"]", b'"'])
@pytest.mark.parametrize("refused", REFUSED[:8])
def test_an_authentic_delivery_that_is_refused_and_then_breaks_off_is_kept(
    hook: Hook, refused: bytes, broken: bytes
) -> None:
    body = b'{"a":' + refused + broken
    reply = hook.post(body)
    assert (reply.status_code, reply.json()["result"]) == (200, "quarantined")
    assert reply.json()["error"]["message"]
    assert hook.shop.rows()["deliveries"] == 1
