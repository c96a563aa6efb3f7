"""A call to a helpdesk: what is sent, how much time and room it may take, what answers mean (D1, D8, F5, F6)."""

import gzip
import logging
import socket
import tracemalloc
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.outgoing.http import MAX_ANSWER, MAX_SECONDS, MAX_WAIT, MIN_WAIT, api, retry_after
from connector.ports import Undelivered
from connector.storage.work_queue import LEASE
from tests.adapters.calls import TOKEN, api_of, undelivered
from tests.adapters.helpdesks.stub import (
    Answer,
    Fault,
    Stub,
    answering,
    cut_short,
    dripping_body,
    dripping_headers,
    flooding,
    hanging_up,
    hanging_up_at_once,
    silent,
    whole_but_open,
)

# --- what is sent ---


def test_the_call_goes_to_the_url_with_headers_query_and_json(stub: Stub) -> None:
    reply = api_of(stub.url + "/desk/").call("POST", "/tickets", params={"q": "ä&b"}, data={"subject": "é"})
    (request,) = stub.requests
    assert (request.method, request.path, request.query) == ("POST", "/desk/api/tickets", {"q": "ä&b"})
    assert request.json() == {"subject": "é"}
    assert request.headers["authorization"] == f"token {TOKEN}"
    assert reply.json() == {"ok": True}


def test_the_environment_has_no_say_d1(stub: Stub, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No proxy and no netrc: either would hand the token to somebody else."""
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login eve password secret\n")
    monkeypatch.setenv("NETRC", str(netrc))
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    api_of(stub.url).call("GET", "/")
    assert stub.requests[0].headers["authorization"] == f"token {TOKEN}"


def test_no_cookie_is_kept_or_sent(stub: Stub) -> None:
    stub.go_wrong(answering(200, Set_Cookie="session=1; Path=/"))
    desk = api_of(stub.url)
    desk.call("GET", "/")
    desk.call("GET", "/")
    assert "cookie" not in stub.requests[1].headers


def test_nothing_logged_holds_the_token(stub: Stub, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    desk = api_of(stub.url)
    desk.call("GET", "/")
    assert "GET /api/" in caplog.text, "urllib3 logs at this level; else this test proves nothing"
    assert TOKEN not in caplog.text
    assert TOKEN not in repr(desk)


# --- how long and how much ---


@pytest.mark.parametrize(
    "fault", [silent, dripping_headers, dripping_body, whole_but_open], ids=lambda fault: str(fault.__name__)
)
def test_an_answer_that_does_not_end_in_time_is_unknown_d8(stub: Stub, fault: Fault) -> None:
    stub.go_wrong(fault)
    caught = undelivered(lambda: api_of(stub.url, timeout=0.3).call("POST", "/tickets", data={}))
    assert (caught.cause, "0.3 seconds" in caught.message) == ("unknown", True)


@pytest.mark.parametrize("fault", [hanging_up, hanging_up_at_once, cut_short], ids=lambda fault: str(fault.__name__))
def test_a_lost_connection_is_unknown_f7(stub: Stub, fault: Fault) -> None:
    stub.go_wrong(fault)
    caught = undelivered(lambda: api_of(stub.url).call("POST", "/tickets", data={}))
    assert (caught.cause, "Nothing was sent" in caught.message) == ("unknown", False)
    assert len(stub.requests) == 1, "nothing below us may send a second time"


def test_a_refused_connection_is_unknown_and_says_that_nothing_was_sent() -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]
        fault = undelivered(lambda: api_of(f"http://127.0.0.1:{port}").call("GET", "/"))
    assert (fault.cause, "Nothing was sent" in fault.message) == ("unknown", True)


def test_a_name_without_address_is_unknown_and_says_that_nothing_was_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    def resolve(*args: Any, **kwargs: Any) -> list[Any]:
        raise socket.gaierror(socket.EAI_NONAME, "not known")

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    fault = undelivered(lambda: api_of("https://helpdesk.example.test").call("GET", "/"))
    assert (fault.cause, "Nothing was sent" in fault.message) == ("unknown", True)


def test_a_gigabyte_is_not_read_d8(stub: Stub) -> None:
    stub.go_wrong(flooding)
    fault = undelivered(lambda: api_of(stub.url).call("GET", "/"))
    assert (fault.cause, "256 kB" in fault.message) == ("unknown", True)
    assert stub.sent < 64 * MAX_ANSWER, "what socket buffers hold, not a gigabyte"


def test_an_answer_of_exactly_the_cap_is_read_d8(stub: Stub) -> None:
    stub.go_wrong(answering(200, b"x" * MAX_ANSWER), answering(200, b"x" * (MAX_ANSWER + 1)))
    assert len(api_of(stub.url).call("GET", "/").body) == MAX_ANSWER
    assert undelivered(lambda: api_of(stub.url).call("GET", "/")).cause == "unknown"


def test_a_gzip_bomb_is_cut_like_any_other_answer_b7(stub: Stub) -> None:
    stub.go_wrong(answering(200, gzip.compress(b" " * (64 << 20)), Content_Encoding="gzip"))
    tracemalloc.start()
    try:
        assert undelivered(lambda: api_of(stub.url).call("GET", "/")).cause == "unknown"
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 8 << 20


# --- what answers mean ---


def test_a_redirect_is_not_followed_and_its_target_gets_nothing_d1(stub: Stub) -> None:
    with Stub(lambda request: Answer()).running() as other:
        stub.go_wrong(*(answering(status, Location=other.url) for status in (301, 302, 303, 307, 308)))
        for _ in range(5):
            fault = undelivered(lambda: api_of(stub.url).call("POST", "/tickets", data={}))
            assert (fault.cause, "redirect" in fault.message) == ("configuration", True)
        assert other.requests == []


CAUSES = {
    "configuration": [304, 401, 403],
    "rejected": [400, 404, 405, 409, 410, 413, 422],
    "busy": [429],
    "unknown": [408, 500, 502, 503, 504, 599],
}


@pytest.mark.parametrize(("status", "cause"), [(status, cause) for cause in CAUSES for status in CAUSES[cause]])
def test_each_status_has_its_cause_f5(stub: Stub, status: int, cause: str) -> None:
    stub.go_wrong(answering(status))
    fault = undelivered(lambda: api_of(stub.url).call("POST", "/tickets", data={}))
    assert (fault.cause, str(status) in fault.message) == (cause, True)


def test_an_adapter_may_call_more_statuses_a_matter_of_configuration(stub: Stub) -> None:
    stub.go_wrong(answering(404))
    fault = undelivered(lambda: api_of(stub.url).call("GET", "/", configuration=(404,), hint="Check the queue."))
    assert (fault.cause, fault.message.endswith("Check the queue.")) == ("configuration", True)


DATE = datetime(2026, 11, 21, 10, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("0", 1),
        ("1", 1),
        ("120", 120),
        (" 7 ", 7),
        ("1.5", 1.5),
        ("86401", 86_400),
        ("99999999999999999999", 86_400),
        ("-5", 1),
        ("soon", 60),
        ("", 60),
        ("NaN", 60),
        ("1e9", 60),
        ("٣٠", 60),
        ("9" * 400, 60),
        (format_datetime(DATE + timedelta(seconds=90), usegmt=True), 90),
        (format_datetime(DATE - timedelta(days=9), usegmt=True), 1),
        (format_datetime(DATE + timedelta(days=9), usegmt=True), 86_400),
        ("Sat, 99 Nov 2026 10:00:00 GMT", 60),
    ],
)
def test_retry_after_in_every_shape_is_between_a_second_and_a_day_f6(stub: Stub, value: str, seconds: float) -> None:
    for status in (429, 503):
        headers = {"Retry_After": value.encode().decode("latin-1"), "Date": format_datetime(DATE, usegmt=True)}
        stub.go_wrong(answering(status, **headers))
        fault = undelivered(lambda: api_of(stub.url).call("GET", "/"))
        assert (fault.cause, fault.retry_after) == ("busy", seconds)


def test_too_many_requests_without_retry_after_waits_a_minute_f6(stub: Stub) -> None:
    stub.go_wrong(answering(429))
    assert undelivered(lambda: api_of(stub.url).call("GET", "/")).retry_after == 60


@given(st.text(), st.text())
def test_retry_after_never_raises_and_never_leaves_its_bounds_f6(value: str, date: str) -> None:
    assert MIN_WAIT <= retry_after(value, date) <= MAX_WAIT


@pytest.mark.parametrize("body", [b"", b"<html>", b"{", b"\xff\xfe", b"[" * 100_000, b'{"a": ' + b"9" * 5_000 + b"}"])
def test_a_success_that_cannot_be_read_is_unknown(stub: Stub, body: bytes) -> None:
    stub.go_wrong(answering(201, body))
    assert undelivered(lambda: api_of(stub.url).call("POST", "/tickets", data={}).json()).cause == "unknown"


def test_the_helpdesks_own_words_are_told_without_the_token_and_on_one_short_line_d5_d6(stub: Stub) -> None:
    said = f"no\nqueue\x1b[31m \u202e for token {TOKEN} " + "x" * 1_000
    stub.go_wrong(answering(403, {"message": said}))
    message = undelivered(lambda: api_of(stub.url).call("GET", "/")).message
    assert "no queue" in message
    assert message.isprintable()
    assert len(message) < 400


@pytest.mark.parametrize("body", [b"[1]", b'"x"', b'{"message": {"a": 1}}', b"nothing"])
def test_a_refusal_in_any_shape_is_still_a_refusal(stub: Stub, body: bytes) -> None:
    stub.go_wrong(answering(422, body))
    assert undelivered(lambda: api_of(stub.url).call("GET", "/")).cause == "rejected"


# --- settings ---


WRONG = {
    "url": (
        "", "helpdesk", "ftp://a.example.test", "https://", "https://a.example.test:99999", "https://[::1",
        "https://a b.example.test", "https://a.example.test\\@b.example.test", "https://u:p@a.example.test",
        "https://a.example.test?x=1", "https://a\n.example.test",
    ),
    "timeout": ("soon", "-1", "26", "nan", "inf"),
    "allow_private": ("perhaps",),
    "ca_file": ("/nowhere.pem",),
}  # fmt: skip


@pytest.mark.parametrize(("setting", "value"), [(setting, value) for setting in WRONG for value in WRONG[setting]])
def test_a_setting_that_cannot_work_is_named_before_anything_is_sent(setting: str, value: str) -> None:
    fault = undelivered(lambda: api_of(**{"url": "https://a.example.test"} | {setting: value}))
    assert (fault.cause, setting in fault.message) == ("configuration", True)


def test_a_look_up_and_a_creation_end_within_the_workers_lease_f7() -> None:
    """Else a second worker could look in vain for what the first is about to create."""
    assert LEASE.total_seconds() > 2 * MAX_SECONDS


def test_plain_http_is_for_your_own_network_only() -> None:
    fault = undelivered(lambda: api_of("http://a.example.test", allow_private="false"))
    assert (fault.cause, "https://" in fault.message) == ("configuration", True)


@pytest.mark.parametrize("token", ["", "two\nlines", "tökên", "a b"])
def test_a_token_that_is_none_is_refused_without_showing_it_d3_d6(token: str) -> None:
    with pytest.raises(Undelivered) as caught:
        api({"url": "https://a.example.test"}, "", {}, token)
    assert caught.value.cause == "configuration"
    assert not token or token not in str(caught.value)
