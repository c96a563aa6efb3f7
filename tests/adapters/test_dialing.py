"""Where a call may go, under which certificate, and what is cut off (D1, D8)."""

import ipaddress
import socket
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from hypothesis import given
from hypothesis import strategies as st

from adapters.outgoing.dialing import is_public
from tests.adapters.calls import api_of, undelivered
from tests.adapters.helpdesks.stub import Answer, Stub, hanging_up

NAME = "helpdesk.example.test"

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
