"""A call to a helpdesk: where it may go, how much time and room it may take, what answers mean (D1, D8, F5, F6)."""

import gzip
import ipaddress
import logging
import socket
import tracemalloc
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from hypothesis import given
from hypothesis import strategies as st

from adapters.dialing import is_public
from adapters.http import MAX_ANSWER, MAX_WAIT, MIN_WAIT, Api, api, retry_after
from connector.ports import Undelivered
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

TOKEN = "1-7-0123456789abcdef"
NAME = "helpdesk.example.test"


@pytest.fixture
def stub() -> Iterator[Stub]:
    with Stub(lambda request: Answer(200, {"ok": True})).running() as running:
        yield running


def api_of(url: str, **settings: Any) -> Api:
    said = {"url": url, "allow_private": True, "timeout": 5, **settings}
    return api(said, "/api", {"Authorization": f"token {TOKEN}"}, TOKEN)


def undelivered(call: Callable[[], object]) -> Undelivered:
    with pytest.raises(Undelivered) as caught:
        call()
    assert TOKEN not in str(caught.value)
    assert caught.value.__context__ is None, "what is hidden behind the message may hold the token"
    return caught.value


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


# --- where it may go ---

REFUSED = (
    "0.0.0.0 0.1.2.3 10.0.0.1 10.255.255.255 100.64.0.1 100.127.255.255 127.0.0.1 127.255.255.254 169.254.169.254 "
    "172.16.0.1 172.31.255.255 192.0.0.8 192.0.2.1 192.88.99.1 192.168.0.1 198.18.0.1 198.19.255.255 198.51.100.1 "
    "203.0.113.1 224.0.0.1 239.255.255.255 240.0.0.1 255.255.255.255 "
    ":: ::1 ::7f00:1 ::ffff:127.0.0.1 ::ffff:8.8.8.8 64:ff9b::7f00:1 64:ff9b::a9fe:a9fe 64:ff9b:1::1 100::1 2001::1 "
    "2001:10::1 2001:db8::1 2002:7f00:1:: 2002:a9fe:a9fe:: 3fff::1 5f00::1 fc00::1 fd12:3456::1 fe80::1 fe80::1%lo "
    "fec0::1 ff02::1 ff0e::1"
)
PUBLIC = "1.1.1.1 8.8.8.8 100.63.255.255 100.128.0.1 172.15.0.1 172.32.0.1 2606:4700::1111 2a00:1450::1"


@pytest.mark.parametrize("address", REFUSED.split())
def test_an_address_off_the_public_internet_is_refused_d1(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", PUBLIC.split())
def test_a_public_address_is_not_refused_d1(address: str) -> None:
    assert is_public(address)


@given(st.ip_addresses(v=4))
def test_what_python_calls_private_is_never_public_d1(address: ipaddress.IPv4Address) -> None:
    if address.is_private or address.is_multicast or address.is_reserved:
        assert not is_public(str(address))


@given(st.ip_addresses(v=6))
def test_what_python_calls_private_is_never_public_in_ipv6_d1(address: ipaddress.IPv6Address) -> None:
    if address.is_private or address.is_multicast or address.is_reserved or address.is_site_local:
        assert not is_public(str(address))


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "localhost", "127.1", "2130706433", "0x7f000001", "0177.0.0.1", "[::1]", "[::ffff:127.0.0.1]"]
)
def test_no_spelling_of_a_private_host_gets_through_d1(stub: Stub, host: str) -> None:
    fault = undelivered(lambda: api_of(f"https://{host}:{stub.port}", allow_private=False).call("GET", "/"))
    assert (fault.cause, stub.requests) == ("configuration", [])
    assert "allow_private" in fault.message


def test_one_private_address_among_public_ones_is_enough_to_refuse_d1(monkeypatch: pytest.MonkeyPatch) -> None:
    answers = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, 443)) for address in ("8.8.8.8", "10.0.0.1")]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *args, **kwargs: answers)
    fault = undelivered(lambda: api_of(f"https://{NAME}", allow_private=False).call("GET", "/"))
    assert (fault.cause, "10.0.0.1" in fault.message) == ("configuration", True)


def test_the_name_is_resolved_once_and_the_checked_address_is_the_one_used_d1(
    stub: Stub, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A DNS that answers differently the second time (rebinding) is not asked a second time."""
    answers = iter(["127.0.0.1", "169.254.169.254"])

    def resolve(host: str, port: int, *args: Any, **kwargs: Any) -> list[Any]:
        assert host == NAME
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (next(answers), port))]

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    api_of(f"http://{NAME}:{stub.port}").call("GET", "/")
    assert stub.requests[0].headers["host"] == f"{NAME}:{stub.port}"
    assert list(answers) == ["169.254.169.254"]


def test_a_dead_address_is_passed_over_for_the_next(stub: Stub, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.2", 0))  # bound, not listening: refuses
        places = [closed.getsockname(), ("127.0.0.1", stub.port)]
        monkeypatch.setattr(
            socket,
            "getaddrinfo",
            lambda *args, **kwargs: [(socket.AF_INET, socket.SOCK_STREAM, 6, "", place) for place in places],
        )
        api_of(f"http://{NAME}:{stub.port}").call("GET", "/")
    assert len(stub.requests) == 1


def test_a_redirect_is_not_followed_and_its_target_gets_nothing_d1(stub: Stub) -> None:
    with Stub(lambda request: Answer()).running() as other:
        stub.go_wrong(*(answering(status, Location=other.url) for status in (301, 302, 303, 307, 308)))
        for _ in range(5):
            fault = undelivered(lambda: api_of(stub.url).call("POST", "/tickets", data={}))
            assert (fault.cause, "redirect" in fault.message) == ("configuration", True)
        assert other.requests == []


# --- TLS ---


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A PEM file with the key and the self-signed certificate of NAME."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, NAME)])
    start = datetime(2020, 1, 1, tzinfo=UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(start)
        .not_valid_after(start + timedelta(days=36_500))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(NAME)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("tls") / "helpdesk.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path.write_bytes(private + made.public_bytes(serialization.Encoding.PEM))
    return str(path)


@pytest.fixture
def tls(certificate: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Stub]:
    """A stub that speaks TLS; every name leads to it."""
    with Stub(lambda request: Answer(200, {"ok": True}), certificate).running() as running:
        place = (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", running.port))
        monkeypatch.setattr(socket, "getaddrinfo", lambda *args, **kwargs: [place])
        yield running


def test_tls_is_checked_against_the_name_not_the_pinned_address_d8(tls: Stub, certificate: str) -> None:
    reply = api_of(f"https://{NAME}:{tls.port}", ca_file=certificate).call("GET", "/")
    assert reply.json() == {"ok": True}


@pytest.mark.parametrize(("name", "own_authority"), [("other.example.test", True), (NAME, False)])
def test_a_certificate_of_another_name_or_authority_gets_nothing_d8(
    tls: Stub, certificate: str, name: str, own_authority: bool
) -> None:
    settings = {"ca_file": certificate} if own_authority else {}
    fault = undelivered(lambda: api_of(f"https://{name}:{tls.port}", **settings).call("GET", "/"))
    assert (fault.cause, tls.requests) == ("unknown", [])
    assert "Nothing was sent" in fault.message


def test_a_connection_lost_after_the_request_is_never_called_unsent(tls: Stub, certificate: str) -> None:
    tls.go_wrong(hanging_up)
    fault = undelivered(lambda: api_of(f"https://{NAME}:{tls.port}", ca_file=certificate).call("POST", "/", data={}))
    assert (fault.cause, "Nothing was sent" in fault.message) == ("unknown", False)


def test_a_handshake_that_never_ends_is_cut_d8() -> None:
    with socket.create_server(("127.0.0.1", 0)) as deaf:
        port = deaf.getsockname()[1]
        fault = undelivered(lambda: api_of(f"https://127.0.0.1:{port}", timeout=0.2).call("GET", "/"))
    assert (fault.cause, "Nothing was sent" in fault.message) == ("unknown", True)


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
    fault = undelivered(lambda: api_of(f"https://{NAME}").call("GET", "/"))
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
    "timeout": ("soon", "-1", "121", "nan", "inf"),
    "allow_private": ("perhaps",),
    "ca_file": ("/nowhere.pem",),
}  # fmt: skip


@pytest.mark.parametrize(("setting", "value"), [(setting, value) for setting in WRONG for value in WRONG[setting]])
def test_a_setting_that_cannot_work_is_named_before_anything_is_sent(setting: str, value: str) -> None:
    fault = undelivered(lambda: api_of(**{"url": "https://a.example.test"} | {setting: value}))
    assert (fault.cause, setting in fault.message) == ("configuration", True)


def test_plain_http_is_for_your_own_network_only() -> None:
    fault = undelivered(lambda: api_of("http://a.example.test", allow_private="false"))
    assert (fault.cause, "https://" in fault.message) == ("configuration", True)


@pytest.mark.parametrize("token", ["", "two\nlines", "tökên", "a b"])
def test_a_token_that_is_none_is_refused_without_showing_it_d3_d6(token: str) -> None:
    with pytest.raises(Undelivered) as caught:
        api({"url": "https://a.example.test"}, "", {}, token)
    assert caught.value.cause == "configuration"
    assert not token or token not in str(caught.value)
