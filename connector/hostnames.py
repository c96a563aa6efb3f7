"""Host names outside ASCII: the domain's site rules, wired to the IDNA library."""

from __future__ import annotations

import re
from functools import lru_cache

import idna

from connector.domain.sites import canonical

DOTS = re.compile("[.\u3002\uff0e\uff61]")  # the full stops UTS 46 maps to one


@lru_cache(maxsize=4096)
def canonical_site(text: str) -> str:
    """The one spelling of a site; raises BadSite. See `connector.domain.sites.canonical`."""
    return canonical(text, encode_host)


def encode_host(host: str) -> str:
    """A-labels of a host (IDNA2008, UTS 46 non-transitional: faß.de is xn--fa-hia.de); raises UnicodeError.

    Label by label, because the library refuses a whole host for one label with an underscore, as staging hosts use
    them; labels in ASCII are only lower-cased.
    """
    return ".".join(label.lower() if label.isascii() else _encode(label) for label in DOTS.split(host))


def _encode(label: str) -> str:
    return idna.encode(label, uts46=True).decode("ascii")
