"""Customers' words made safe to hand on: what cannot be shown goes, what can be shown stays as it was."""

from __future__ import annotations

import re

# Control characters but tab and newline, lone surrogates (no JSON reader takes them), and the marks that turn the
# direction of text around. Joiners stay: emoji and several scripts need them.
_UNSHOWABLE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\u202a-\u202e\u2066-\u2069]")
_ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9-]{1,63}(\.[A-Za-z0-9-]{1,63})+")


def plain_text(text: str) -> str:
    """Text of several lines, with newlines as `\\n`."""
    return _UNSHOWABLE.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))


def plain_line(text: str, size: int) -> str:
    """Text of one line, cut at `size` bytes of UTF-8 (a character is never cut in two)."""
    return " ".join(plain_text(text).split()).encode()[:size].decode(errors="ignore").rstrip()


def mail_address(text: str | None) -> str | None:
    """The one ASCII mail address (RFC 5321 without quoting) that `text` is, or None: no lists, no names."""
    return text if text and len(text) <= 254 and _ADDRESS.fullmatch(text) else None
