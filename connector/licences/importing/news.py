"""An entry as events for the ledger: all of it for a new key, and what it adds for a known one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from connector.domain.calendar.periods import end_of_support, parse_period
from connector.domain.licensing.catalogue import Product
from connector.domain.licensing.events import (
    Granted,
    LicenceEvent,
    Renewed,
    SiteActivated,
    StatusChanged,
    SupportExtended,
)
from connector.domain.licensing.licence import Licence
from connector.licences.importing.entries import Entry

_KEPT = ("expires_at", "site_limit", "updates_until", "plan", "purchase", "subscription_id")
_MOMENT = timedelta(microseconds=1)
_SAME_TIME = timedelta(milliseconds=1)


def for_new(entry: Entry, product: Product | None) -> list[LicenceEvent]:
    """The news of a key never heard of; what the row leaves open is as the product has it."""
    open_terms = {name: getattr(product, name, None) for name in ("site_limit", "plan", "purchase")}
    return _events(entry, open_terms | dict(entry.terms), entry.status or "active")


def for_known(entry: Entry, held: Licence) -> list[LicenceEvent]:
    """The news for a licence there is. What the row leaves open stays; a row without a date of its own is news only where
    it differs; the purchase is the one on record, so that being told of it again gives no second support period. A file
    told again for the same time but differently (with a column mapped anew) is the later news of the two."""
    again = held.as_of is not None and entry.as_of <= held.as_of < entry.as_of + _SAME_TIME
    if (again or not entry.dated) and not differs(entry, held):
        return []
    if again and held.as_of is not None:
        entry = replace(entry, as_of=held.as_of + _MOMENT)
    terms = {name: getattr(held, name) for name in _KEPT} | dict(entry.terms)
    bought = held.purchased_at
    if bought is not None:  # read just after what the purchase gave, whichever of the two was told for an earlier time
        terms |= {"purchased_at": bought + _MOMENT, "support_until": _first_end(held)}
    return _events(entry, terms, entry.status or held.status)


def differs(entry: Entry, held: Licence) -> bool:
    """Does the row say anything of the licence that is not so?"""
    terms = dict(entry.terms)
    terms.pop("purchased_at", None)
    order, holder = terms.pop("order_id", None), terms.pop("holder", None)
    return (
        entry.product != held.product
        or entry.status not in (None, held.status)
        or any(getattr(held, name) != value for name, value in terms.items())
        or (order is not None and order not in held.order_ids)
        or (holder is not None and held.holder is None)
        or not {site.site for site in entry.sites} <= {claim.site for claim in held.claims}
        or (entry.support_until is not None and all(each.until != entry.support_until for each in held.support))
        or (entry.renewed_at is not None and all(each.at != entry.renewed_at for each in held.support))
    )


def _events(entry: Entry, terms: Mapping[str, Any], status: str) -> list[LicenceEvent]:
    plain = tuple(site.site for site in entry.sites if site == SiteActivated(entry.key, site.site, entry.as_of))
    found: list[LicenceEvent] = [Granted(entry.key, entry.product, entry.as_of, sites=plain, **terms)]
    if entry.renewed_at is not None:
        found.append(Renewed(entry.key, entry.renewed_at, expires_at=terms.get("expires_at")))
    if entry.support_until is not None:
        found.append(SupportExtended(entry.key, support_until=entry.support_until, as_of=entry.as_of))
    found += [site for site in entry.sites if site.site not in plain]
    if status != "active":
        found.append(StatusChanged(entry.key, status, entry.as_of))
    return found


def _first_end(held: Licence) -> datetime | None:
    """The end of the support that came with the purchase on record, as a date: told again, it is the same support."""
    first = next((each for each in held.support if each.at == held.purchased_at), None)
    if first is None or first.until is not None or first.period is None:
        return first.until if first else None
    return end_of_support(first.at, parse_period(first.period), first.zone or "UTC")
