"""The statuses of `POST /hooks/<endpoint>` (contract 3.1) before anything is believed: 404, 405, 413, 415, 400."""

from __future__ import annotations

import gzip

import pytest

from tests.http.raw import chunked, exchange, request
from tests.http.shops import Hook, Shop, session

PING = b'{"type":"ping"}'
LIMIT = 1 << 20


def body_of(size: int) -> bytes:
    """A ping of exactly this many bytes."""
    return PING[:-1] + b',"x":"' + b"a" * (size - len(PING) - 7) + b'"}'


def signed(hook: Hook, body: bytes) -> list[tuple[str, str | bytes]]:
    return list(hook.signed(body).items())


# --- who and how ---


def test_an_unknown_and_a_disabled_endpoint_are_answered_alike(hook: Hook) -> None:
    disabled = hook.shop.hook()
    hook.shop.shell.run("endpoint", "disable", disabled.id)
    answers = []
    for path in (disabled.path, "/hooks/ep_01never0was0there", "/hooks/%ff%fe", f"{hook.path}x"):
        reply = exchange(hook.shop.server.address, request(path, [*signed(disabled, PING), length(PING)], PING))
        told = reply.json() | {"request_id": ""}
        answers.append((reply.status, told, len(reply.body), reply.headers.keys()))
    assert answers == [answers[0]] * len(answers)
    assert answers[0][0] == 404
    assert hook.shop.rows()["deliveries"] == 0


@pytest.mark.parametrize(
    "path", ["/hooks/%00", "/hooks/ep%00", "/t/%00", "/v1/support/requests/%00", "/v1/tickets?state=%00"]
)
def test_an_address_with_nul_in_it_is_400_on_every_database(hook: Hook, path: str) -> None:
    """B12: PostgreSQL takes no NUL in text."""
    assert session().get(hook.shop.server.url + path).status_code == 400


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND"])
def test_405_says_what_is_allowed(hook: Hook, method: str) -> None:
    sent = request(hook.path, [*signed(hook, PING), length(PING)], PING, method=method)
    reply = exchange(hook.shop.server.address, sent, method=method)
    assert (reply.status, reply.headers["allow"]) == (405, "POST")
    assert hook.shop.rows()["deliveries"] == 0


@pytest.mark.parametrize(
    "path", ["//v1//licenses/validate", "//evil.example.test/", "/v1//tickets", "//hooks//x", "///"]
)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_no_spelling_of_an_address_redirects_to_the_host_that_the_caller_named(
    hook: Hook, path: str, method: str
) -> None:
    """B11, B12"""
    sent = request(path, [("Host", "evil.example.test"), ("Connection", "close"), length(b"")], b"", method, host=False)
    reply = exchange(hook.shop.server.address, sent, method=method)
    assert (reply.status, "location" in reply.headers) == (404, False)
    assert b"evil" not in reply.body


# --- how much ---


def test_a_body_of_exactly_the_limit_is_taken_and_one_byte_more_is_not(hook: Hook) -> None:
    """B1, by Content-Length."""
    assert hook.post(body_of(LIMIT)).status_code == 200
    refused = hook.post(body_of(LIMIT + 1))
    assert (refused.status_code, refused.json()["code"]) == (413, "too_large")
    assert str(LIMIT) in refused.json()["detail"]


def test_a_chunked_body_is_counted_by_us(hook: Hook) -> None:
    """A3, B1: servers cut an over-long chunked body short and say nothing."""
    coded: list[tuple[str, str | bytes]] = [("Transfer-Encoding", "chunked")]
    statuses = []
    for size in (LIMIT, LIMIT + 1, 2 * LIMIT):
        body = body_of(size)
        sent = request(hook.path, [*signed(hook, body), *coded], chunked(body))
        statuses.append(exchange(hook.shop.server.address, sent).status)
    assert statuses == [200, 413, 413]
    assert hook.shop.rows()["deliveries"] == 1


def test_an_over_long_body_is_refused_before_it_is_sent(hook: Hook) -> None:
    headers: list[tuple[str, str | bytes]] = [("Content-Length", str(2 * LIMIT)), ("Expect", "100-continue")]
    sent = request(hook.path, [*signed(hook, PING), *headers], b"")
    assert exchange(hook.shop.server.address, sent).status == 413


# --- of what kind ---


@pytest.mark.parametrize(
    "kind",
    [
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "text/plain",
        "text/json",
        "application/jsonp",
        "application/vnd.api+json",
        "application",
        "é/json".encode(),
        "",
        None,
    ],
)
def test_another_content_type_is_415(hook: Hook, kind: str | bytes | None) -> None:
    """B6: a form instead of JSON, text, or none at all."""
    headers = [(name, value) for name, value in signed(hook, PING) if name != "Content-Type"]
    if kind is not None:
        headers.append(("Content-Type", kind))
    reply = exchange(hook.shop.server.address, request(hook.path, [*headers, length(PING)], PING))
    assert (reply.status, reply.json()["code"]) == (415, "unsupported_media_type")
    assert "application/json" in reply.json()["detail"]
    assert hook.shop.rows()["deliveries"] == 0


@pytest.mark.parametrize(
    "kind", ["application/json; charset=utf-8", "Application/JSON", "application/json;charset=utf-7"]
)
def test_parameters_and_letter_case_of_the_content_type_do_not_matter(hook: Hook, kind: str) -> None:
    assert hook.post(PING, hook.signed(PING) | {"Content-Type": kind}).status_code == 200


@pytest.mark.parametrize("coding", ["gzip", "br", "zstd", "deflate", "identity, gzip"])
def test_a_compressed_body_is_415(hook: Hook, coding: str) -> None:
    """B7: never decompressed, so that no bomb goes off."""
    body = gzip.compress(PING)
    reply = hook.post(body, hook.signed(body) | {"Content-Encoding": coding})
    assert (reply.status_code, reply.json()["code"]) == (415, "unsupported_encoding")
    assert hook.shop.rows()["deliveries"] == 0


def test_woocommerce_may_send_a_form_only_as_its_ping(shop: Shop) -> None:
    """The unsigned form counts as a ping by its words and its sender alone; any other form must be signed."""
    hook = shop.hook("woocommerce")
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    hookshot = form | {"User-Agent": "WooCommerce/10.0.2 Hookshot (WordPress/6.7)"}
    pings = [(b"webhook_id=7", hookshot), (b"webhook_id=7&a=1", hookshot), (b"webhook_id=x", hookshot)]
    tries = [*pings, (b"webhook_id=7", form | {"User-Agent": "curl/8"}), (b"", hookshot)]
    statuses = [session().post(hook.url, data=body, headers=headers).status_code for body, headers in tries]
    assert statuses == [200, 401, 401, 401, 401]
    assert shop.rows()["deliveries"] == 0


# --- broken framing ---


def length(body: bytes) -> tuple[str, str | bytes]:
    return ("Content-Length", str(len(body)))


@pytest.mark.parametrize(
    "value", ["+15", "-1", "0x0f", "15, 16", "1_5", "9" * 40, "fifteen", "1٥".encode(), ""], ids=ascii
)
def test_a_content_length_that_is_no_number_is_400(hook: Hook, value: str | bytes) -> None:
    sent = request(hook.path, [*signed(hook, PING), ("Content-Length", value)], PING)
    assert exchange(hook.shop.server.address, sent).status == 400
    assert hook.shop.rows()["deliveries"] == 0


def test_a_body_shorter_than_announced_is_400(hook: Hook) -> None:
    """A3: bytes that never came are not a delivery, even where those that came are signed."""
    sent = request(hook.path, [*signed(hook, PING), ("Content-Length", str(len(PING) + 5))], PING)
    assert exchange(hook.shop.server.address, sent, hang_up=True).status == 400
    assert hook.shop.rows()["deliveries"] == 0


def test_two_lengths_that_differ_are_400(hook: Hook) -> None:
    sent = request(hook.path, [*signed(hook, PING), length(PING), ("Content-Length", "3")], PING)
    assert exchange(hook.shop.server.address, sent).status == 400
    assert hook.shop.rows()["deliveries"] == 0


@pytest.mark.parametrize("both", [(0, 1), (1, 0)], ids=["length first", "chunked first"])
def test_length_and_chunks_together_are_read_as_one_request_at_most(hook: Hook, both: tuple[int, int]) -> None:
    """B9: whatever stands behind the body is never taken for a second request."""
    framing: list[tuple[str, str | bytes]] = [("Content-Length", "4"), ("Transfer-Encoding", "chunked")]
    smuggled = request(hook.path, [*signed(hook, PING), length(PING)], PING)
    headers = [*signed(hook, PING), *(framing[place] for place in both)]
    reply = exchange(hook.shop.server.address, request(hook.path, headers, chunked(PING) + smuggled))
    assert reply.status in (200, 400)
    assert hook.shop.rows()["deliveries"] == (1 if reply.status == 200 else 0)


def test_a_chunk_size_that_is_no_number_stores_nothing(hook: Hook) -> None:
    headers = [*signed(hook, PING), ("Transfer-Encoding", "chunked")]
    sent = request(hook.path, headers, b"zz\r\n" + PING + b"\r\n0\r\n\r\n")
    assert exchange(hook.shop.server.address, sent).status in (400, 401)
    assert hook.shop.rows()["deliveries"] == 0


def test_answers_are_never_cached_and_are_json(hook: Hook) -> None:
    answers = [hook.post(PING), hook.post(PING, {"Content-Type": "application/json"}), session().get(hook.url)]
    assert [answer.status_code for answer in answers] == [200, 401, 405]
    for answer in answers:
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["Content-Type"].startswith(("application/json", "application/problem+json"))
        assert isinstance(answer.json(), dict)
