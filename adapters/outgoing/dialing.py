"""Connections that go only where they may, and end when their time is up; and the requests.Session made of them."""

from __future__ import annotations

import ipaddress
import socket
import threading
import time
from types import TracebackType
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection

from connector.ports import Undelivered

CONNECT_SECONDS = 5.0

# IANA's special-purpose registries (RFC 6890 and what followed it), plus what leads back into IPv4: `is_global` of
# the standard library lets NAT64, 6to4, multicast and others through, and differs between Python versions.
_REFUSED_V4 = (
    "0.0.0.0/8 10.0.0.0/8 100.64.0.0/10 127.0.0.0/8 169.254.0.0/16 172.16.0.0/12 192.0.0.0/24 192.0.2.0/24 "
    "192.88.99.0/24 192.168.0.0/16 198.18.0.0/15 198.51.100.0/24 203.0.113.0/24 224.0.0.0/4 240.0.0.0/4"
)
_REFUSED_V6 = "2001::/23 2001:db8::/32 2002::/16 3fff::/20"
_REFUSED = tuple(ipaddress.ip_network(network) for network in f"{_REFUSED_V4} {_REFUSED_V6}".split())
_UNICAST_V6 = ipaddress.ip_network("2000::/3")


def is_public(address: str) -> bool:
    """True for an address of the public internet. IPv6 counts only inside 2000::/3, so fc00::/7, fe80::/10, fec0::/10,
    5f00::/16, 64:ff9b::/96 and the spellings of IPv4 in IPv6 are out."""
    ip = ipaddress.ip_address(address)
    if ip.version == 6 and ip not in _UNICAST_V6:
        return False
    return not any(ip in network for network in _REFUSED if network.version == ip.version)


class Watch:
    """The time and the reach of one call: whatever it waits for, the connection is cut after `seconds`.

    Socket time-outs alone bound each wait, not their sum: a server that sends a byte now and then holds a worker for
    days. The system's resolver cannot be cut short, but nothing is sent once the time is up.
    """

    def __init__(self, seconds: float, allow_private: bool) -> None:
        self.seconds = seconds
        self.allow_private = allow_private
        self.expired = False
        self.ready = False  # connected, TLS agreed: from here on, something may have been sent
        self._lock = threading.Lock()
        self._grip: socket.socket | None = None
        self._timer = threading.Timer(seconds, self._cut)
        self._timer.daemon = True

    def __enter__(self) -> Watch:
        self._ends = time.monotonic() + self.seconds
        self._timer.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._timer.cancel()
        self._hold(None)

    def dial(self, host: str, port: int) -> socket.socket:
        """A connected socket to an address that was checked: resolved once, so a second answer of the DNS cannot
        lead elsewhere. Raises Undelivered: `configuration` where an address is not public, `unknown` otherwise."""
        addresses = _resolve(host, port)
        if not self.allow_private:
            for *_, address in addresses:
                _refuse_private(host, str(address[0]))
        for family, kind, protocol, _, address in addresses:
            connection = socket.socket(family, kind, protocol)
            try:
                self._hold(connection.dup())
                connection.settimeout(min(CONNECT_SECONDS, max(self._ends - time.monotonic(), 0.001)))
                connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                connection.connect(address)
            except OSError:
                connection.close()
                continue
            if self.expired:
                connection.close()
                break
            return connection
        raise Undelivered("unknown", f"Nothing was sent: {host} port {port} took no connection. Is it running?")

    def _hold(self, grip: socket.socket | None) -> None:
        """Keeps a second handle on the connection: TLS takes the first one over, this one stays valid."""
        with self._lock:
            if self._grip is not None:
                self._grip.close()
            self._grip = grip

    def _cut(self) -> None:
        with self._lock:
            self.expired = True
            if self._grip is not None:
                try:
                    self._grip.shutdown(socket.SHUT_RDWR)
                except OSError:
                    return


def open_session(watch: Watch) -> requests.Session:
    """A session over the watch's connections, without proxies, netrc or retries: the environment has no say in where a
    token goes."""
    session = requests.Session()
    session.trust_env = False
    session.mount("http://", _Adapter(watch))
    session.mount("https://", _Adapter(watch))
    return session


class _Adapter(HTTPAdapter):
    def __init__(self, watch: Watch) -> None:
        self._watch = watch
        super().__init__(max_retries=0)

    def get_connection_with_tls_context(self, *args: Any, **kwargs: Any) -> Any:
        pool: Any = super().get_connection_with_tls_context(*args, **kwargs)
        pool.ConnectionCls = _dialled_by(self._watch, pool.ConnectionCls)
        return pool


def _dialled_by(watch: Watch, kind: type[HTTPConnection]) -> type[HTTPConnection]:
    """urllib3's connection, only that the watch dials: the name asked of TLS stays the host's."""

    def new_conn(self: HTTPConnection) -> socket.socket:
        return watch.dial(self.host, self.port)

    def connect(self: HTTPConnection) -> None:
        kind.connect(self)
        watch.ready = True

    return type(kind.__name__, (kind,), {"_new_conn": new_conn, "connect": connect})


def _resolve(host: str, port: int) -> list[Any]:
    try:
        return list(socket.getaddrinfo(host, port, type=socket.SOCK_STREAM))
    except (OSError, UnicodeError):
        pass
    raise Undelivered("unknown", f"Nothing was sent: the name {host} has no address. Check the url and the DNS.")


def _refuse_private(host: str, address: str) -> None:
    if not is_public(address):
        raise Undelivered(
            "configuration",
            f"Nothing was sent: {host} is {address}, which is not on the public internet. "
            "If it is on your own network, set allow_private (= true for a helpdesk; for notifications "
            "`connector notify resume ID --allow-private`).",
        )
