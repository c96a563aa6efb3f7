"""Which sites of a licence hold a seat, which need none, and which wait for one. Pure, and always derived anew.

Seats are a rank, not a counter: claims are read in order of time, so that used <= limit holds whatever was told in what
order (ELG-08, ELG-09), and a changed rule of the vendor counts from the next look.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from connector.domain.licensing.sites import is_exempt, registered_name

UNITS = ("site", "host", "domain", "install")
EXEMPT_LIMIT = 5
INSTALL = "install:"
"""Begins the name of a place that is known by its install id and not by its site."""
NOT_PRODUCTION = frozenset(["local", "development", "staging"])
"""WordPress's environment types that mean a copy."""


@dataclass(frozen=True)
class Claim:
    """An activation: where the software runs, and since when.

    site: the canonical site, or `install:<id>` where the product counts installs or the caller named no site.
    at: the site of an install. environment: what the software says of itself. ip, directory: what a licence is bound to
    besides, in dialects that bind (WHMCS). label: the caller's own word for the place. install: the id the software made
    for itself on a place that is known by its site; a later question may name the place by it alone. until: when the place
    was given back, of one that is on the licence no more.
    """

    site: str
    since: datetime
    at: str | None = None
    environment: str | None = None
    ip: str | None = None
    directory: str | None = None
    label: str | None = None
    install: str | None = None
    until: datetime | None = None


@dataclass(frozen=True)
class SeatRules:
    """How one product counts (R10-R12).

    unit: what one seat covers - `site` (host and folder), `host` (all its folders), `domain` (all its sub-domains too) or
    `install` (an id the software makes). exempt_limit: how many staging and local sites a licence may have besides its
    seats. suffixes: domains of the vendor's own below which sites need no seat. believes_environment: a site that calls
    itself staging needs none either; without it the word of the caller counts for nothing.
    """

    unit: str = "site"
    exempt_limit: int = EXEMPT_LIMIT
    suffixes: tuple[str, ...] = ()
    believes_environment: bool = False


@dataclass(frozen=True)
class Seats:
    """Activations in order of time: with a seat, without need of one (and why), and waiting; `used` counts seats."""

    seated: tuple[str, ...] = ()
    exempt: tuple[tuple[str, str], ...] = ()
    over_limit: tuple[str, ...] = ()
    used: int = 0

    @property
    def exempt_sites(self) -> tuple[str, ...]:
        return tuple(site for site, _ in self.exempt)

    def state_of(self, site: str) -> str:
        """active, exempt or over_limit."""
        return self._states[site]

    @cached_property
    def _states(self) -> dict[str, str]:
        rows = (("active", self.seated), ("exempt", self.exempt_sites), ("over_limit", self.over_limit))
        return {site: state for state, sites in rows for site in sites}


def seats(claims: Iterable[Claim], limit: int | None, rules: SeatRules) -> Seats:
    """Which activations have a seat. limit None = unlimited; exempt ones beyond `exempt_limit` count like any other."""
    held: set[str] = set()
    seated: list[str] = []
    exempt: list[tuple[str, str]] = []
    waiting: list[str] = []
    for claim in claims:
        why = why_exempt(claim, rules)
        if why and len(exempt) < rules.exempt_limit:
            exempt.append((claim.site, why))
            continue
        unit = unit_of(claim.site, rules.unit)
        if unit in held or limit is None or len(held) < limit:
            held.add(unit)
            seated.append(claim.site)
        else:
            waiting.append(claim.site)
    return Seats(tuple(seated), tuple(exempt), tuple(waiting), len(held))


def place_of(claims: tuple[Claim, ...], limit: int | None, rules: SeatRules, wanted: Claim) -> str:
    """How a site or install stands, or would stand: active, exempt, free_slot, free_exempt or limit_reached."""
    known = any(claim.site == wanted.site for claim in claims)
    found = seats(claims if known else (*claims, wanted), limit, rules)
    if wanted.site in found.exempt_sites:
        return "exempt" if known else "free_exempt"
    if wanted.site in found.seated:
        return "active" if known else "free_slot"
    return "limit_reached"


def why_exempt(claim: Claim, rules: SeatRules) -> str | None:
    """Why a site or install takes no seat, or None where it counts (R11)."""
    site = claim.at if claim.site.startswith(INSTALL) else claim.site
    if site is not None and (why := is_exempt(site, rules.suffixes)):
        return why
    return "declared" if rules.believes_environment and claim.environment in NOT_PRODUCTION else None


def unit_of(site: str, unit: str) -> str:
    """What the site or install counts as; an address counts as itself."""
    if site.startswith(INSTALL) or unit in ("site", "install"):
        return site
    host = site.partition("/")[0]
    return host if unit == "host" else registered_name(host)
