"""E-mail addresses as software sends them. Pure; standard library only."""

from __future__ import annotations

import re
from urllib.parse import unquote

_ESCAPED = re.compile("%[0-9A-Fa-f]{2}")
_TWICE = 2
"""How often an address may have been encoded beyond what the transport undoes."""


def as_sent(text: str) -> str:
    """The address that was meant, where whoever built a URL by hand encoded it badly; everything else as it came.

    A `+` sent as it is arrives as a space, and no address has a space in it; an address that was encoded twice arrives
    with its escapes (`jane%2Blic%40example.com`).
    """
    found = text.strip()
    for _ in range(_TWICE):
        if not _ESCAPED.search(found):
            break
        found = unquote(found)
    box, at, domain = found.strip().rpartition("@")
    return f"{box.replace(' ', '+')}{at}{domain}" if at else found.strip()
