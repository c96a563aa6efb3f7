"""Notifications about licences to a vendor's own programs, queued in the transaction in which it happened.

News that is filed once is told once, in whatever order it comes; what follows from several records (a refund takes a licence
away) is told when the licence comes to stand so.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection

from connector.domain.licensing.events import (
    Granted,
    LedgerEvent,
    Renewed,
    SiteActivated,
    SiteDeactivated,
    SiteMoved,
    SupportExtended,
)
from connector.domain.licensing.licence import Licence
from connector.domain.licensing.seats import INSTALL, Claim
from connector.licences import alarms
from connector.storage import codec
from connector.vendors import notifications

if TYPE_CHECKING:
    from connector.licences.ledger import Ledger
    from connector.licences.subjects import Filed, Subjects

LOST = ("revoked", "refunded", "deleted")
"""How a licence stands that was taken away."""

Told = tuple[str, str, dict[str, Any]]
"""Type, what names it, and what is told besides."""


def issued(tx: Connection, ledger: Ledger, now: datetime) -> None:
    """`license.issued` for each key the ledger made for an order."""
    for key in ledger.issued:
        if found := ledger.granted(key):
            about = {"license_id": found.id, "order_id": next(iter(found.licence.order_ids), None)}
            notifications.put(tx, ledger.vendor.id, "license.issued", ledger.keyring.key_hash(key), now, about)


def tell(ledger: Subjects, event: LedgerEvent) -> None:
    """Queue what came of one piece of news, and plan what the licences' ends will bring."""
    stands = ledger.stand()
    filed, ledger.filed = ledger.filed, []
    for each in filed:
        if each.license_id in stands:  # else it became part of another
            for kind, ref, data in _of_news(each):
                _put(ledger, kind, each.license_id, ref, data)
    for license_id, (before, after) in stands.items():
        if after is not None:
            was = ledger.stood.get(license_id, before.status if before else None)
            ledger.stood[license_id] = after.status
            if turned := _turned(was, after.status):
                _put(ledger, turned, license_id, _named(ledger, event), {})
            alarms.plan(ledger.tx, ledger.vendor.id, license_id, after, ledger.now)


def _put(ledger: Subjects, kind: str, license_id: str, ref: str, data: dict[str, Any]) -> None:
    about = {"license_id": license_id}
    notifications.put(ledger.tx, ledger.vendor.id, kind, f"{license_id}\n{ref}", ledger.now, about, **data)


def _named(ledger: Subjects, event: LedgerEvent) -> str:
    """What tells this piece of news from others: without a host's time, the delivery that brought it."""
    return codec.digest_of(event) + ("" if event.as_of else f"{ledger.source}{codec.rfc3339(ledger.now)}")


def _turned(was: str | None, now: str) -> str | None:
    """What a licence became, where that is told: taken away, or over by its host's word."""
    if now in LOST and was not in LOST:
        return "license.revoked"
    if now == "expired" and was not in (None, "expired"):
        return "license.expired"
    return None


def _of_news(filed: Filed) -> Iterator[Told]:
    event, before, after = filed.event, filed.before, filed.after
    if isinstance(event, Granted):
        if after.known and not after.provisional and (not before.known or before.provisional):
            yield "license.granted", "", {}
        elif before.known and not before.provisional and _runs(before) != _runs(after):
            line = f"{event.order_id}/{event.line_id}" if event.line_id else filed.digest
            yield "license.renewed", line, {"order_id": event.order_id}
    elif isinstance(event, Renewed):
        yield "license.renewed", filed.digest, {"order_id": event.order_id}
    elif isinstance(event, SupportExtended):
        yield "license.renewed", filed.digest, {"order_id": None}
    yield from _of_places(filed)


def _runs(licence: Licence) -> tuple[Any, ...]:
    return licence.ends, licence.support


def _of_places(filed: Filed) -> Iterator[Told]:
    event, before, after = filed.event, filed.before, filed.after
    if isinstance(event, SiteMoved):
        left = _shown(event.before, _at(before, event.before))
        yield "site.moved", filed.digest, {"site": _shown(event.site, event.at), "from": left}
    elif isinstance(event, SiteActivated):
        if event.site not in _sites(before):
            yield "site.activated", filed.digest, {"site": _shown(event.site, event.at)}
    elif isinstance(event, SiteDeactivated):
        # One that was never seen here is told as well: the news of its activation may still be on the way.
        if event.site in _sites(before) or event.site not in {claim.site for claim in before.left}:
            yield "site.deactivated", filed.digest, {"site": _shown(event.site, _at(before, event.site))}
    else:
        there, gone = _sites(after) - _sites(before), _sites(before) - _sites(after)
        for site in sorted(there):
            yield "site.activated", f"{filed.digest}\n{site}", {"site": _shown(site, _at(after, site))}
        for site in sorted(gone):
            yield "site.deactivated", f"{filed.digest}\n{site}", {"site": _shown(site, _at(before, site))}


def _sites(licence: Licence) -> set[str]:
    return {claim.site for claim in licence.claims}


def _at(licence: Licence, site: str) -> str | None:
    found: Claim | None = next((claim for claim in licence.claims if claim.site == site), None)
    return found.at if found else None


def _shown(site: str, at: str | None) -> str | None:
    """The site's address; None of an installation that never told one."""
    return at if site.startswith(INSTALL) else site
