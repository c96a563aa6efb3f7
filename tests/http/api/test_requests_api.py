"""`POST /v1/support/requests` and what is read back: the same body, decision and ticket as by webhook."""

from __future__ import annotations

import json
import re
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import requests

from tests.http.api.test_eligibility import is_problem
from tests.http.raw import chunked, exchange, request
from tests.http.shops import Hook, question, session

KEY = "AAAA-BBBB-CCCC-0001"


@pytest.fixture
def known(hook: Hook) -> Hook:
    hook.grant(KEY)
    return hook


def post(hook: Hook, body: Any, token: str | None = None, **headers: str) -> requests.Response:
    sent = {"Authorization": f"Bearer {token or hook.shop.token()}", **headers}
    url = f"{hook.shop.server.url}/v1/support/requests"
    if isinstance(body, bytes):
        return session().post(url, data=body, headers={"Content-Type": "application/json"} | sent, timeout=30)
    return session().post(url, json=body, headers=sent, timeout=30)


def get(hook: Hook, path: str, token: str | None = None) -> requests.Response:
    bearer = {"Authorization": f"Bearer {token or hook.shop.token()}"}
    return session().get(hook.shop.server.url + path, headers=bearer, timeout=30)


def test_the_answer_is_the_webhooks_answer(known: Hook) -> None:
    by_api = post(known, question("r1", license_key=KEY)).json()
    by_webhook = known.ask("r1", license_key=KEY)
    assert by_api.keys() == by_webhook.keys() - {"delivery"}
    assert by_api["decision"].keys() == by_webhook["decision"].keys()
    assert by_api["ticket"].keys() == by_webhook["ticket"].keys()
    assert (by_api["result"], by_api["decision"]["outcome"]) == ("decided", "accept")


def test_a_refusal_is_200_with_the_decision(hook: Hook) -> None:
    answer = post(hook, question("r1", license_key="NO-SUCH-KEY"))
    assert (answer.status_code, answer.json()["decision"]["outcome"]) == (200, "deny")


def test_the_idempotency_key_stands_for_the_request_id(known: Hook) -> None:
    words = {name: value for name, value in question("-", license_key=KEY).items() if name != "request_id"}
    token = known.shop.token()
    first = post(known, words, token, **{"Idempotency-Key": "k1"}).json()
    again = post(known, words, token, **{"Idempotency-Key": "k1"}).json()
    other = post(known, words, token, **{"Idempotency-Key": "k2"}).json()
    assert again == first | {"result": "duplicate"}
    assert other["ticket"]["number"] != first["ticket"]["number"]


def test_an_idempotency_key_stands_for_one_body(known: Hook) -> None:
    """draft-ietf-httpapi-idempotency-key-header 2.7: with another it is refused, and nothing changes - not even a refusal."""
    words = {name: value for name, value in question("-", license_key=KEY).items() if name != "request_id"}
    token = known.shop.token()
    post(known, words, token, **{"Idempotency-Key": "k1"})
    refused = post(known, words | {"kind": "custom_dev"}, token, **{"Idempotency-Key": "k2"})
    rows = known.shop.rows()
    for key, change in (
        ("k1", {"message": "Something else."}),
        ("k1", {"license_key": "AAAA-BBBB-CCCC-0009"}),
        ("k2", {"message": "It is not custom."}),
    ):
        answer = post(known, words | change, token, **{"Idempotency-Key": key})
        assert (answer.status_code, answer.json()["code"]) == (422, "idempotency_key_reused")
        assert "request_id" in answer.json()["detail"], "the way to add words"
    assert known.shop.rows() == rows
    again = post(known, words | {"kind": "custom_dev"}, token, **{"Idempotency-Key": "k2"}).json()
    assert again["decision"]["outcome"] == refused.json()["decision"]["outcome"] == "deny"


def test_a_request_id_that_comes_again_adds_its_words_to_the_ticket(known: Hook) -> None:
    token = known.shop.token()
    first = post(known, question("r1", license_key=KEY), token).json()
    added = [post(known, question("r1", license_key=KEY, message="And the log."), token).json() for _ in range(2)]
    assert [each["result"] for each in added] == ["duplicate", "duplicate"]
    assert {each["ticket"]["number"] for each in added} == {first["ticket"]["number"]}
    url = f"{known.shop.server.url}/v1/support/requests/{first['ticket']['number']}"
    shown = session().get(url, headers={"Authorization": f"Bearer {token}"}, timeout=60).json()
    assert [note["body"] for note in shown["notes"]] == ["And the log."]
    assert shown["working_state"] == "new"


def test_the_same_call_many_times_at_once_is_one_ticket(known: Hook) -> None:
    token = known.shop.token()
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: post(known, question("r1", license_key=KEY), token).json(), range(16)))
    assert len({answer["ticket"]["number"] for answer in answers}) == 1
    assert known.shop.rows()["tickets"] == 1


def test_a_ticket_is_read_by_its_number_and_listed_page_by_page(known: Hook) -> None:
    numbers = [post(known, question(f"r{n}", license_key=KEY)).json()["ticket"]["number"] for n in range(3)]
    shown = get(known, f"/v1/support/requests/{numbers[0]}").json()
    assert (shown["number"], shown["state"], shown["message"]) == (numbers[0], "queued", "I cannot find the button.")
    first = get(known, "/v1/tickets?limit=2").json()
    rest = get(known, f"/v1/tickets?limit=2&cursor={first['next']}").json()
    assert [each["number"] for each in first["items"] + rest["items"]] == numbers[::-1]
    assert rest["next"] is None
    assert get(known, "/v1/tickets?state=parked").json() == {"items": [], "next": None}


def test_tickets_are_the_vendors_own(known: Hook, shops: Any) -> None:
    number = known.ask("r1", license_key=KEY)["ticket"]["number"]
    stranger = shops().token()
    is_problem(get(known, f"/v1/support/requests/{number}", stranger), 404)
    assert get(known, "/v1/tickets", stranger).json()["items"] == []
    written = shops().hook().tell("ticket.message", {"ticket": number, "message": "Let me in."})
    assert (written["result"], written["error"]["pointer"]) == ("quarantined", "/data/ticket")
    assert known.shop.shell.json("tickets", "show", number)["notes"] == []


@pytest.mark.parametrize("limit", ["0", "201", "-1", "x", "1e1", "٥", ""])
def test_a_wrong_page_size_is_422(hook: Hook, limit: str) -> None:
    is_problem(get(hook, f"/v1/tickets?limit={limit}"), 422)


# --- what cannot be used ---

UNUSABLE: dict[str, tuple[bytes, int, str | None]] = {
    "not JSON": (b"hello", 400, None),
    "empty": (b"", 400, None),
    "NaN": (b'{"request_id":NaN}', 400, None),
    "duplicate keys": (b'{"request_id":"a","request_id":"b"}', 400, None),
    "deep": (b"[" * 100_000, 400, None),
    "no UTF-8": (b'{"request_id":"\xff"}', 400, None),
    "a list": (b"[]", 422, None),
    "no request id": (b"{}", 422, "/request_id"),
    "request id is a list": (b'{"request_id":[]}', 422, "/request_id"),
}


@pytest.mark.parametrize(("body", "status", "pointer"), UNUSABLE.values(), ids=UNUSABLE.keys())
def test_a_body_that_cannot_be_used_is_named(hook: Hook, body: bytes, status: int, pointer: str | None) -> None:
    told = is_problem(post(hook, body), status)
    assert pointer is None or [each["pointer"] for each in told["errors"]] == [pointer]
    assert hook.shop.rows()["requests"] == 0


def test_other_types_and_too_much_are_refused(hook: Hook) -> None:
    is_problem(post(hook, b"a=b", **{"Content-Type": "application/x-www-form-urlencoded"}), 415)
    is_problem(post(hook, b'{"request_id":"' + b"a" * (1 << 20) + b'"}'), 413)


def test_a_chunked_body_is_read_and_counted(known: Hook) -> None:
    headers = [("Authorization", f"Bearer {known.shop.token()}"), ("Content-Type", "application/json")]
    statuses = []
    for filler in (10, 1 << 21):
        body = json.dumps(question("r1", license_key=KEY, note="n" * filler)).encode()
        sent = request("/v1/support/requests", [*headers, ("Transfer-Encoding", "chunked")], chunked(body))
        statuses.append(exchange(known.shop.server.address, sent).status)
    assert statuses == [200, 413]


def test_whoever_may_not_ask_is_told_so_before_the_body_is_looked_at(hook: Hook) -> None:
    is_problem(post(hook, b"hello", "sct_wrong"), 401)
    is_problem(post(hook, b"hello", hook.shop.token("tickets:read")), 403)


def test_a_secret_in_the_text_is_cut_here_as_well(known: Hook) -> None:
    canary = "Zq7kW3byapi9Tn4"
    told = post(known, question("r1", license_key=KEY, message=f"password: {canary}")).json()
    shown = known.shop.shell.run("tickets", "show", told["ticket"]["number"]).stdout
    assert "[removed:" in shown
    assert canary not in shown + str(told) + known.shop.server.log()


def test_the_status_url_of_the_answer_leads_to_the_page(known: Hook) -> None:
    told = post(known, question("r1", license_key=KEY)).json()
    page = session().get(told["ticket"]["status_url"], timeout=30)
    assert page.status_code == 200
    assert re.search(told["ticket"]["number"], page.text)
