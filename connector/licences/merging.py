"""Two licences that turn out to be one: the older has all events of both, the younger becomes a further key of it."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete, func, select, update

from connector.domain.licensing.licence import Licence
from connector.domain.licensing.records import Found
from connector.licences import lookup
from connector.licences.subjects import Subjects
from connector.storage import codec
from connector.storage.tables import accounts, events, licences, links, sites


def merge(ledger: Subjects, one: Found, other: Found) -> None:
    """Make one licence of two, in the ledger's transaction. Whichever of them was told of first lives on; both keys open it."""
    keep, gone = sorted((one, other), key=lambda each: _age(ledger, each))
    for license_id in sorted((keep.id, gone.id)):
        lookup.lock(ledger.tx, license_id)
    keep = lookup.by_id(ledger.tx, ledger.vendor.id, keep.id) or keep
    ledger.forget(gone.id)
    ledger.remember(keep.id)
    _move_news(ledger, gone.id, keep.id)
    _rename_in_accounts(ledger, gone.id, keep.id)
    ledger.tx.execute(delete(sites).where(sites.c.license_id == gone.id))
    ledger.tx.execute(delete(links).where(links.c.vendor_id == ledger.vendor.id, links.c.target == gone.id))
    empty = {"state": codec.dumps(Licence()), "product": None, "position": "", "same_as": keep.id}
    further = (licences.c.id == gone.id) | (licences.c.same_as == gone.id)
    ledger.tx.execute(update(licences).where(further).values(same_as=keep.id))
    ledger.tx.execute(update(licences).where(licences.c.id == gone.id).values(**empty))
    ledger.refold(keep.id, keep.licence)


def _age(ledger: Subjects, found: Found) -> tuple[datetime, datetime, str]:
    first = ledger.tx.execute(select(func.min(events.c.as_of)).where(events.c.subject_id == found.id)).scalar_one()
    return (found.licence.purchased_at or first, first, found.id)


def _move_news(ledger: Subjects, gone: str, keep: str) -> None:
    """News that both were told stays once."""
    there = select(events.c.digest).where(events.c.subject_id == keep)
    twice = (events.c.subject_id == gone) & events.c.digest.in_(there)
    ledger.tx.execute(delete(events).where(twice))
    ledger.tx.execute(update(events).where(events.c.subject_id == gone).values(subject_id=keep))


def _rename_in_accounts(ledger: Subjects, gone: str, keep: str) -> None:
    """Orders and subscriptions that name the licence that is gone, name the one that stays, in their news too."""
    mine = (links.c.vendor_id == ledger.vendor.id) & (links.c.link == f"license:{gone}")
    naming = ledger.tx.execute(select(links.c.target).where(mine)).scalars().all()
    for target in naming:
        named = select(accounts.c.state).where(accounts.c.id == target)
        for state in ledger.tx.execute(named).scalars().all():
            values = {"state": state.replace(gone, keep)}
            ledger.tx.execute(update(accounts).where(accounts.c.id == target).values(**values))
        told = select(events.c.digest, events.c.state).where(events.c.subject_id == target)
        for row in ledger.tx.execute(told).all():
            if gone in row.state:
                this = (events.c.subject_id == target) & (events.c.digest == row.digest)
                ledger.tx.execute(update(events).where(this).values(state=row.state.replace(gone, keep)))
        ledger.link(target, {f"license:{keep}"})
    ledger.tx.execute(delete(links).where(mine))
