"""`GET /v1/eligibility`: the dry run of a decision by key, e-mail, order or site, now or at another instant."""

from __future__ import annotations

from typing import Any

import pytest
import requests

from tests.http.shops import ADA, SITE, Hook, session

KEY, OTHER = "AAAA-BBBB-CCCC-0001", "AAAA-BBBB-CCCC-0002"
WAYS: list[dict[str, str]] = [
    {"license_key": KEY},
    {"email": "Ada@Example.com"},
    {"order": "12", "email": ADA["email"]},
]
WAYS += [{"order": "12"}, {"site": SITE}, {"site": f"HTTPS://www.{SITE}:443/wp-admin/"}, {"license_key": KEY.lower()}]


@pytest.fixture
def known(hook: Hook) -> Hook:
    """Ada bought a licence by order 12; it is in use on one site, and her support ends in a hundred days."""
    order = {"order_id": "12", "customer": ADA, "total": "79.00", "currency": "EUR"}
    item = {"product": "forms", "quantity": 1, "amount": "79.00", "license_key": KEY}
    hook.tell("order.paid", order | {"items": [item]}, occurred_at=hook.shop.ago(days=2))
    hook.grant(KEY, order_id="12", support_until=hook.shop.ago(days=-100), site_limit=3, sites=[SITE])
    return hook


def get(hook: Hook, token: str | None = None, **params: Any) -> requests.Response:
    bearer = {"Authorization": f"Bearer {token or hook.shop.token()}"}
    return session().get(f"{hook.shop.server.url}/v1/eligibility", params=params, headers=bearer, timeout=30)


@pytest.mark.parametrize("way", WAYS, ids=lambda way: ",".join(f"{name}={value}" for name, value in way.items()))
def test_every_way_leads_to_the_same_licence_and_verdict(known: Hook, way: dict[str, str]) -> None:
    told = get(known, **way).json()
    assert (told["found"], told["eligible"], told["decision"]["outcome"]) == (True, True, "accept"), told
    [only] = known.shop.licences()
    assert told["license"]["id"] == only["id"]
    assert told["license"]["sites"] == {"limit": 3, "used": 1, "active": [SITE], "exempt": [], "over_limit": []}
    assert told["license"]["support"]["active"] is True
    assert KEY not in str(told)


def test_every_check_is_shown_and_nothing_is_stored(known: Hook) -> None:
    rows = known.shop.rows()
    told = get(known, license_key=KEY).json()
    assert {each["result"] for each in told["checks"]} <= {"pass", "fail", "skip"}
    assert {"support_period", "scope", "channel"} <= {each["rule"] for each in told["checks"]}
    assert told["decision"]["id"] is None
    assert told["would_be"]["respond_by"] is not None
    assert told["assumed"], "what was taken for granted is said"
    assert known.shop.rows() == rows


def test_at_another_instant_the_answer_may_be_another(known: Hook) -> None:
    now = get(known, license_key=KEY).json()
    then = known.shop.ago(days=-101)
    later = get(known, license_key=KEY, at=then).json()
    assert (now["decision"]["outcome"], later["decision"]["outcome"]) == ("accept", "deny")
    assert later["decision"]["checked_at"] == then
    assert "support_expired" in {each["code"] for each in later["decision"]["reasons"]}
    failed = [each["rule"] for each in later["checks"] if each["result"] == "fail"]
    assert failed == ["support_period"]


def test_kind_product_and_channel_are_judged(known: Hook) -> None:
    told = get(known, license_key=KEY, kind="custom_dev", product="gallery", channel="social").json()
    codes = {each["code"] for each in told["decision"]["reasons"]}
    assert {"custom_development", "product_not_owned", "use_helpdesk"} <= codes


def test_an_unknown_key_is_said_to_be_unknown(known: Hook) -> None:
    told = get(known, license_key="NO-SUCH-KEY").json()
    assert (told["found"], told["eligible"], told["license"]) == (False, False, None)


def test_several_licences_are_not_guessed_between(known: Hook) -> None:
    known.grant(OTHER)
    told = get(known, email=ADA["email"]).json()
    assert (told["found"], told["decision"]["outcome"]) == (True, "ask")
    assert "licence_ambiguous" in {each["code"] for each in told["decision"]["reasons"]}


def test_another_vendors_customers_cannot_be_seen(known: Hook, shops: Any) -> None:
    stranger = shops()
    told = get(known, stranger.token(), license_key=KEY).json()
    assert (told["found"], told["vendor"]) == (False, stranger.slug)


# --- errors of the call itself, as problem+json (RFC 9457) ---

WRONG: dict[str, dict[str, Any]] = {
    "nobody named": {},
    "a product alone": {"product": "forms"},
    "an unknown parameter": {"license_key": KEY, "colour": "blue"},
    "no e-mail address": {"email": "ada"},
    "no site": {"site": "http://"},
    "a bad time": {"license_key": KEY, "at": "yesterday"},
    "a time without zone": {"license_key": KEY, "at": "2026-01-01T00:00:00"},
    "an empty key": {"license_key": ""},
    "a long key": {"license_key": "K" * 300},
    "one parameter twice": {"license_key": [KEY, OTHER]},
}


def is_problem(answer: requests.Response, status: int) -> dict[str, Any]:
    told: dict[str, Any] = answer.json()
    assert (answer.status_code, told["status"]) == (status, status), answer.text
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert told["request_id"].startswith("rq_")
    assert told["code"]
    assert told["detail"]
    return told


@pytest.mark.parametrize("params", WRONG.values(), ids=WRONG.keys())
def test_a_wrong_call_is_422_and_says_where(hook: Hook, params: dict[str, Any]) -> None:
    told = is_problem(get(hook, **params), 422)
    assert {each["pointer"] for each in told.get("errors", [])} <= {"colour", "email", "site", "at", "license_key"}


@pytest.mark.parametrize(
    "header",
    [None, "", "Bearer", "Bearer ", "Bearer sct_wrong", "Basic abc", "sct_wrong", "Bearer é".encode()],
    ids=ascii,
)
def test_without_a_live_token_it_is_401(hook: Hook, header: str | None) -> None:
    headers = {} if header is None else {"Authorization": header}
    answer = session().get(f"{hook.shop.server.url}/v1/eligibility?email=a@example.com", headers=headers, timeout=30)
    is_problem(answer, 401)
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")


def test_without_the_scope_it_is_403_and_names_it(hook: Hook) -> None:
    told = is_problem(get(hook, hook.shop.token("tickets:read"), license_key=KEY), 403)
    assert "eligibility:read" in told["detail"]


def test_a_revoked_token_is_401_at_once(hook: Hook) -> None:
    made = hook.shop.shell.json("token", "create", "--vendor", hook.shop.slug, "--scope", "eligibility:read")
    assert made["scopes"] == ["eligibility:read"]
    assert get(hook, made["token"], license_key=KEY).status_code == 200
    hook.shop.shell.run("token", "revoke", made["id"])
    is_problem(get(hook, made["token"], license_key=KEY), 401)


def test_unknown_addresses_and_methods_are_problems_too(hook: Hook) -> None:
    url = hook.shop.server.url
    is_problem(session().get(f"{url}/v1/nothing", timeout=30), 404)
    answer = session().delete(f"{url}/v1/eligibility", timeout=30)
    is_problem(answer, 405)
    assert "GET" in answer.headers["Allow"]
