"""Where software runs, from the free words protocols have for it: a label, a machine's name, WordPress's user agent."""

from __future__ import annotations

import re
from dataclasses import dataclass

from connector.domain.licensing.sites import BadSite, is_exempt
from connector.formats.hostnames import canonical_site

WORDPRESS = re.compile(r"WordPress/[^;]*;\s*(https?://\S+)", re.IGNORECASE)
"""The user agent of every WordPress site that asks: its version and its address (licence protocols, 1.1)."""


@dataclass(frozen=True)
class Place:
    """Where software runs, in the words of `Question`; all None where nothing was said of it."""

    site: str | None = None
    install: str | None = None
    label: str | None = None
    anew: bool = False

    @property
    def said(self) -> bool:
        return self.site is not None or self.install is not None


def place_of(label: str | None, agent: str = "") -> Place:
    """Where a label and a user agent say that software runs: a site where the label reads as one, else an install of that name.

    Without a label it is the WordPress site that asks; with one, that site only tells equal labels apart.
    """
    wordpress = WORDPRESS.match(agent)
    home = _site(wordpress[1], at_home=True) if wordpress else None
    if not label:
        return Place(site=home)
    if _site(label, at_home=home is not None):
        return Place(site=label, label=label)
    return Place(install=f"{label} ({home})" if home else label, label=label)


def _site(text: str, *, at_home: bool) -> str | None:
    """The text, if it reads as a site: an address, or a name below a public domain.

    `Desk.local` is somebody's computer, which takes a seat, unless a WordPress site says it of itself (at_home).
    """
    try:
        site = canonical_site(text)
    except BadSite:
        return None
    if "://" in text:
        return text
    host = site.partition("/")[0]
    reads_so = "." in host and "@" not in text and not host.replace(".", "").isdigit()
    return text if reads_so and (at_home or is_exempt(site) != "local_name") else None
