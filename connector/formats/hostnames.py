"""Host names: the domain's site rules, wired to the IDNA library and to the public suffix list (its data is in the wheel)."""

from __future__ import annotations

import re
from functools import cache, lru_cache

import idna
from publicsuffixlist import PublicSuffixList

from connector.domain.licensing.sites import canonical, know_suffixes

DOTS = re.compile("[.\u3002\uff0e\uff61]")  # the full stops UTS 46 maps to one


@lru_cache(maxsize=4096)
def canonical_site(text: str) -> str:
    """The one spelling of a site; raises BadSite. See `connector.domain.licensing.sites.canonical`."""
    return canonical(text, encode_host)


def encode_host(host: str) -> str:
    """A-labels of a host (IDNA2008, UTS 46 non-transitional: faß.de is xn--fa-hia.de); raises UnicodeError.

    Label by label, because the library refuses a whole host for one label with an underscore, as staging hosts use
    them; labels in ASCII are only lower-cased.
    """
    return ".".join(label.lower() if label.isascii() else _encode(label) for label in DOTS.split(host))


def _encode(label: str) -> str:
    return idna.encode(label, uts46=True).decode("ascii")


@cache
def _list() -> PublicSuffixList:
    """The list, read when it is first asked (a third of a second). Its private section counts: a.github.io is not b.github.io's."""
    return PublicSuffixList()


@lru_cache(maxsize=1 << 14)
def public_suffix(host: str) -> str:
    """The name below which a host in A-labels was registered, co.uk of shop.example.co.uk; the last label where nobody lists it."""
    return _list().publicsuffix(host) or host


know_suffixes(public_suffix)
