"""One spelling for each site, and whether a site needs a seat (ELG-08).

A site is a host and, for installations in a folder, a path: `shop.example.com`, `example.com/blog`. Two spellings are
one site where every browser would open the same installation; the port is not looked at.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, ip_address

from connector.domain import typed
from connector.domain.licensing.staging import (
    AFFIX,
    FOLDERS,
    LABELS,
    LOOPBACK,
    PRIVATE,
    PRIVATE_SUFFIXES,
    SHARED_SUFFIXES,
    STAND_IN,
    TEMPORARY_SUFFIXES,
)

MAX_TEXT = 2048
MAX_SITE = 400
"""Characters of a site in its one spelling: letters outside ASCII grow ninefold in a path, and indexes are narrow."""

FORBIDDEN = re.compile(r"[\s\\\x00-\x1f\x7f-\x9f\ud800-\udfff]")
SCHEME = re.compile(r"(?:([A-Za-z][A-Za-z0-9+.-]*):)?//")
LABEL = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)")
NUMERIC = re.compile(r"[0-9]+|0x[0-9a-f]*")
BRACKETED = re.compile(r"(\[[^\]]*\])(?::(.*))?")
PORT = re.compile(r"[0-9]{0,5}")
ESCAPE = re.compile(r"%([0-9A-Fa-f]{2})?")
UNRESERVED = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
# Segments that belong to the software of a site and are no folder of their own.
OWN_SEGMENTS = frozenset(["index.php", "index.html", "index.htm", "wp-admin", "wp-login.php"])
NUMBERED = re.compile(r"([a-z]+)-?[0-9]{0,2}")


class BadSite(ValueError):
    """A text that names no site; `message` says what is wrong and how to write it."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


def canonical(text: str, encode_host: Callable[[str], str]) -> str:
    """The one spelling of a site (host, then `/path` for an installation in a folder); raises BadSite.

    Gone are scheme, user-info, port, leading `www.`, trailing dot, query, fragment, trailing slash, index.php and
    wp-admin, and what came along when the text was pasted (`typed.site`). The host is lower case and ASCII; the path keeps
    its case, since most servers do. Sub-domains and folders are sites of their own. canonical(canonical(x)) is canonical(x).

    `encode_host` turns a host into lower-case A-labels (IDNA2008, UTS 46 non-transitional) and raises ValueError where
    it cannot; it is asked only for hosts outside ASCII.
    """
    text = typed.site(text)
    if not text or len(text) > MAX_TEXT:
        raise BadSite(f"a site is 1 to {MAX_TEXT} characters, such as shop.example.com")
    if FORBIDDEN.search(text):
        raise BadSite("a site has no spaces, backslashes or control characters")
    authority, path = _split(text)
    site = _host(authority.rpartition("@")[2], encode_host) + _path(path)
    if len(site) > MAX_SITE:
        raise BadSite(f"a site is at most {MAX_SITE} characters long: leave out all but its host and its folder")
    return site


def seat_above(site: str, seats: Iterable[str]) -> str | None:
    """The seat that a page of it is named by: people paste `example.com/shop/cart` where `example.com` is installed.

    site and seats: canonical. The nearest folder wins; None where no seat lies above.
    """
    known = {seat.casefold(): seat for seat in seats}
    place = site.casefold()
    while place:
        if place in known:
            return known[place]
        place = place.rpartition("/")[0]
    return None


@lru_cache(maxsize=1 << 16)
def is_exempt(site: str, extra_suffixes: tuple[str, ...] = ()) -> str | None:
    """Why a canonical site takes no seat, or None where it counts (R11).

    `loopback`, `private_address`: an address nobody outside reaches · `local_name`: a name without a domain, or under a
    private suffix such as .test · `vendor_suffix`: one of the vendor's own `extra_suffixes`, or below it ·
    `temporary_domain`: a hoster's or tool's temporary address · `staging_label`, `staging_path`: called staging.
    Labels are compared whole (contest.com counts) and only below the registered name (test.com and dev.to count).
    """
    host, _, path = site.partition("/")
    address = _address(host)
    if address is not None:
        return _exempt_address(address)
    labels = host.split(".")
    tails = [".".join(labels[start:]) for start in range(len(labels))]
    if STAND_IN in tails:
        return "staging_label" if any(map(_is_staging, labels[:-2])) else None
    if len(labels) == 1 or not PRIVATE_SUFFIXES.isdisjoint(tails):
        return "local_name"
    if any(suffix.lower().strip("*.") in tails for suffix in extra_suffixes):
        return "vendor_suffix"
    if not TEMPORARY_SUFFIXES.isdisjoint(tails):
        return "temporary_domain"
    if any(map(_is_staging, labels)) and any(map(_is_staging, labels[: -_registered(host)])):
        return "staging_label"
    return "staging_path" if _stem(path.partition("/")[0].lower()) in FOLDERS else None


def registered_name(host: str) -> str:
    """The name somebody registered, below which all sub-domains are theirs; addresses and public suffixes stay as they are."""
    if _address(host) is not None:
        return host
    return ".".join(host.split(".")[-_registered(host) :])


def is_anybodys(host: str) -> bool:
    """Do strangers' sites live below this name (`com`, `co.uk`, `wordpress.com`)?"""
    return _address(host) is None and _suffix(host) == host.count(".") + 1


def know_suffixes(public_suffix: Callable[[str], str]) -> None:
    """Hand in who knows the public suffix of a host in A-labels: the name below which it was registered, itself for one of
    them (https://publicsuffix.org/list/). `connector.formats.hostnames` does, through which every site comes here; before, the last
    label is taken for it."""
    global _public_suffix
    _public_suffix = public_suffix
    is_exempt.cache_clear()


_public_suffix: Callable[[str], str] = lambda host: host.rpartition(".")[2]  # noqa: E731
_OURS = TEMPORARY_SUFFIXES | SHARED_SUFFIXES


# --- spelling ---


def _split(text: str) -> tuple[str, str]:
    """Authority and path, as the WHATWG URL rules split an http address; query and fragment are dropped."""
    scheme = SCHEME.match(text)
    if scheme and (scheme[1] or "http").lower() not in ("http", "https"):
        raise BadSite(f"a site is reached by http or https, not {scheme[1]}")
    rest = re.split(r"[?#]", text[scheme.end() if scheme else 0 :], maxsplit=1)[0]
    authority, _, path = rest.partition("/")
    return authority, path


def _host(text: str, encode_host: Callable[[str], str]) -> str:
    if "%" in text:
        raise BadSite("a host has no % signs; write its letters as they are")
    host, port = _port_off(text)
    if not PORT.fullmatch(port) or int(port or 0) > 65535:
        raise BadSite("a port is a number up to 65535")
    if ":" in host or host.startswith("["):
        return _ipv6(host)
    labels = _labels(host.lower() if host.isascii() else _encoded(host, encode_host))
    if NUMERIC.fullmatch(labels[-1]):
        return _ipv4(".".join(labels))
    if labels in (["http"], ["https"]):
        raise BadSite("http: and https: are followed by two slashes, once")
    while labels[0] == "www" and len(labels) > 2:
        del labels[0]
    return ".".join(labels)


def _port_off(text: str) -> tuple[str, str]:
    bracketed = BRACKETED.fullmatch(text)
    if bracketed:
        return bracketed[1], bracketed[2] or ""
    if text.count(":") > 1:  # an IPv6 address as people write it, without brackets
        return text, ""
    host, _, port = text.partition(":")
    return host, port


def _encoded(host: str, encode_host: Callable[[str], str]) -> str:
    try:
        return encode_host(host)
    except ValueError:
        raise BadSite("this host has letters or signs no domain name has") from None


def _labels(host: str) -> list[str]:
    host = host.removesuffix(".")
    labels = host.split(".")
    if len(host) > 253 or not all(map(LABEL.fullmatch, labels)):
        raise BadSite("a host is made of letters, digits and hyphens between dots, such as shop.example.com")
    return labels


def _ipv4(text: str) -> str:
    """Four decimal numbers; 127.1, 0x7f.1 and 0177.0.0.1 would reach the same machine under other names."""
    try:
        return str(IPv4Address(text))
    except ValueError:
        raise BadSite("an IPv4 address has four numbers from 0 to 255, such as 192.0.2.7") from None


def _ipv6(text: str) -> str:
    try:
        address = IPv6Address(text[1:-1] if text.startswith("[") and text.endswith("]") else text)
    except ValueError:
        raise BadSite("an IPv6 address stands in brackets, such as [2001:db8::7]") from None
    return str(address.ipv4_mapped) if address.ipv4_mapped else f"[{address.compressed}]"


def _path(path: str) -> str:
    """The folder an installation lives in, RFC 3986 normalised, with its leading slash; empty for the root."""
    kept: list[str] = []
    for raw in path.split("/"):
        segment = "".join(sign if sign.isascii() else _percent(sign) for sign in ESCAPE.sub(_unescaped, raw))
        if segment.lower() in OWN_SEGMENTS:
            break
        if segment == "..":
            del kept[-1:]
        elif segment not in ("", "."):
            kept.append(segment)
    return "".join(f"/{segment}" for segment in kept)


def _unescaped(escape: re.Match[str]) -> str:
    """Escapes nobody needs are undone, the others written in capitals."""
    if escape[1] is None:
        raise BadSite("a % sign in a path is followed by two hexadecimal digits")
    byte = int(escape[1], 16)
    if byte < 0x20 or byte in (0x5C, 0x7F):
        raise BadSite("a path has no control characters or backslashes")
    return chr(byte) if chr(byte) in UNRESERVED else escape[0].upper()


def _percent(sign: str) -> str:
    return "".join(f"%{byte:02X}" for byte in sign.encode())


# --- what counts ---


def _address(host: str) -> IPv4Address | IPv6Address | None:
    try:
        return ip_address(host.strip("[]"))
    except ValueError:
        return None


def _exempt_address(address: IPv4Address | IPv6Address) -> str | None:
    if any(address in network for network in LOOPBACK):
        return "loopback"
    return "private_address" if any(address in network for network in PRIVATE) else None


def _registered(host: str) -> int:
    """How many labels the registered name has: example.com two, example.co.uk three; of a suffix itself all it has."""
    return min(_suffix(host) + 1, host.count(".") + 1)


def _suffix(host: str) -> int:
    """How many labels the name has below which strangers live as neighbours: the public suffix, or one of our own lists."""
    labels = host.split(".")
    ours = next((size for size in range(len(labels), 0, -1) if ".".join(labels[-size:]) in _OURS), 0)
    return max(_public_suffix(host).count(".") + 1, ours)


def _is_staging(label: str) -> bool:
    return _stem(label) in LABELS or label.startswith(f"{AFFIX}-") or label.endswith(f"-{AFFIX}")


def _stem(label: str) -> str:
    """The label without its number: staging2 is staging; staging-2 too."""
    numbered = NUMBERED.fullmatch(label)
    return numbered[1] if numbered else label
