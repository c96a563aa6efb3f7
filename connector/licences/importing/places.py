"""The sites of a row: a list in one cell, or the other system's own list of activations with their dates, ids and addresses."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from connector.domain.licensing.events import Key, SiteActivated
from connector.domain.licensing.seats import INSTALL, SeatRules
from connector.domain.licensing.sites import BadSite
from connector.formats.hostnames import canonical_site
from connector.licences.importing import cells
from connector.licences.importing.cells import BadCell
from connector.licences.importing.profiles import PLACE, Profile
from connector.licences.importing.rows import plain

MAX_SITES = 10_000
MAX_SITE = 400
MAX_WORD = 190

Cell = Callable[[str], Any]
When = Callable[[Any], datetime | None]


def of_row(
    cell: Cell, profile: Profile, rules: SeatRules, when: When, key: Key, as_of: datetime
) -> tuple[SiteActivated, ...]:
    """Every place of a key once, in the row's order; as_of: the date of those that have none. Raises BadCell."""
    found: dict[str, SiteActivated] = {}
    for place in _listed(cell, profile):
        if "gone" in place and cells.words(place["gone"]) not in cells.NEVER:
            continue
        if (event := _activated(place, profile, rules, when, key, as_of)) is not None:
            found.setdefault(event.site, event)
    if len(found) > MAX_SITES:
        raise BadCell(f"these are {len(found)} sites", f"at most {MAX_SITES} are taken")
    return tuple(found.values())


def _listed(cell: Cell, profile: Profile) -> list[Mapping[str, Any]]:
    """The places by the members of PLACE, from objects or from cells side by side."""
    sites = cells.several(cell("sites"))
    if any(isinstance(site, dict) for site in sites):
        return [_members(site, profile) for site in sites if isinstance(site, dict)]
    beside = {name: cells.several(cell(column)) for name, column in (("at", "site_dates"), ("install", "installs"))}
    for name, values in beside.items():
        if len(values) not in (0, 1, len(sites)) and sites:
            raise BadCell(
                f"{len(sites)} sites, and {len(values)} of their {'dates' if name == 'at' else 'ids'}",
                "give one for each site",
            )
    bound = {name: values[0] for name in ("ip", "directory") if len(values := cells.several(cell(name))) == 1}
    return [
        {"site": site, **bound}
        | {
            name: values[place if len(values) > 1 else 0]
            for name, values in beside.items()
            if values and (name == "at" or len(values) == len(sites))
        }
        for place, site in enumerate(sites)
    ]


def _members(site: Mapping[str, Any], profile: Profile) -> Mapping[str, Any]:
    there = {plain(name): value for name, value in site.items() if value not in (None, "")}
    names = {**PLACE, **profile.place}
    return {
        name: value
        for name in names
        if (value := next((there[each] for each in names[name] if each in there), None)) is not None
    }


def _activated(
    place: Mapping[str, Any], profile: Profile, rules: SeatRules, when: When, key: Key, as_of: datetime
) -> SiteActivated | None:
    text = place.get("site")
    if text is not None and not isinstance(text, str | int):
        raise BadCell("a site is a list or an object", "give its address as text")
    words, install = str(text or "").strip(), _word(place.get("install"))
    if not words and install is None:
        return None
    site = _site(words, profile)
    label = _word(words) if site is None else None
    name = (
        f"{INSTALL}{install or label}"
        if rules.unit == "install" and (install or label)
        else site or f"{INSTALL}{label or install}"
    )
    counted = name.startswith(INSTALL)
    return SiteActivated(
        key=key,
        site=name,
        as_of=(when(place["at"]) if "at" in place else None) or as_of,
        at=site if counted else None,
        ip=_word(place.get("ip")),
        directory=_word(place.get("directory")),
        label=label,
        install=None if name == f"{INSTALL}{install}" else install,
    )


def _site(text: str, profile: Profile) -> str | None:
    """The canonical site, or None where the peer lets a computer's name stand there."""
    try:
        site = canonical_site(text) if text else None
    except BadSite as bad:
        if profile.labels:
            return None
        raise BadCell("one of the sites is no site", f"{bad.message}; or take it out") from None
    if site is not None and len(site) > MAX_SITE:
        raise BadCell(f"a site has {len(site)} characters", f"give at most {MAX_SITE}")
    if site is not None and profile.labels and "://" not in text and "." not in site.partition("/")[0]:
        return None
    return site


def _word(value: Any) -> str | None:
    """A peer's word for a place, cut to what is stored."""
    return cells.words(value)[:MAX_WORD] or None
