"""A licence's own history: `evolve(licence, event) -> licence`, one small function for each kind of event.

The ledger is order-free because a licence is always the fold of its events in one canonical order (`order_key`): the host's
time first, then a fixed rank of kinds, then the event's digest. News that arrives late is folded in where it belongs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from connector.domain.licensing.events import (
    DelegateChanged,
    Granted,
    HolderTransferred,
    LicenceEvent,
    LicenceReissued,
    OwnerChanged,
    Person,
    Renewed,
    SiteActivated,
    SiteDeactivated,
    SiteMoved,
    SitesFreed,
    StatusChanged,
    SupportExtended,
)
from connector.domain.licensing.mailbox import same_mailbox
from connector.domain.licensing.people import is_one_of, names
from connector.domain.licensing.pseudonyms import is_pseudonym
from connector.domain.licensing.seats import INSTALL, Claim
from connector.domain.licensing.sites import is_exempt
from connector.domain.licensing.terms import SupportEntry, run_to

STATUSES = ("active", "suspended", "revoked", "expired", "refunded", "deleted")


MOVE_PERIOD = timedelta(days=365)
"""How far back moves are counted against a product's limit of moves."""


@dataclass(frozen=True)
class Licence:
    """Everything hosts said about one licence; None means not known unless the field says otherwise.

    site_limit None = unlimited, expires_at None = lifetime. `ends` is what gave `expires_at`, in canonical order, as `support`
    is what gave support. `holder` is bound at the first grant (ELG-06), `holder_ref` is the order line that it was; `owner`
    follows re-assignments. `freed` are seats given back that nobody took since; a new site that takes one of them is a move, and
    `moves` says when. `left` are the places last given back, which software may still ask about by their token. `delegates` are
    e-mail addresses that may ask for support too.
    """

    product: str | None = None
    plan: str | None = None
    purchase: str | None = None
    purchased_at: datetime | None = None
    order_ids: tuple[str, ...] = ()
    grants: tuple[str, ...] = ()
    subscription_id: str | None = None
    status: str = "active"
    expires_at: datetime | None = None
    ends: tuple[SupportEntry, ...] = ()
    updates_until: datetime | None = None
    site_limit: int | None = None
    holder: Person | None = None
    holder_ref: str | None = None
    owner: Person | None = None
    owners: tuple[Person, ...] = ()
    claims: tuple[Claim, ...] = ()
    freed: tuple[str, ...] = ()
    left: tuple[Claim, ...] = ()
    moves: tuple[datetime, ...] = ()
    delegates: tuple[str, ...] = ()
    support: tuple[SupportEntry, ...] = ()
    known: bool = False
    as_of: datetime | None = None
    zone: str | None = None
    provisional: bool = False


def evolve(licence: Licence, event: LicenceEvent) -> Licence:
    """The licence after one more piece of news; `event.as_of` must be set (UTC)."""
    assert event.as_of is not None
    return _APPLY[type(event)](replace(licence, as_of=event.as_of), event)


def fold(events: Iterable[tuple[str, LicenceEvent]]) -> Licence:
    """The licence that a set of (digest, event) pairs amounts to, whatever their order of arrival."""
    licence = Licence()
    for _, event in sorted(events, key=lambda pair: order_key(*pair)):
        licence = evolve(licence, event)
    return licence


def order_key(digest: str, event: Any) -> tuple[datetime, int, str]:
    """Where an event stands in its subject's history: host time, rank of its kind, digest."""
    return (event.as_of, _RANK.get(type(event), 9), digest)


def next_instant(licence: Licence, now: datetime) -> datetime:
    """The time of an act at `now`: just after the licence's last news where a host's clock is ahead, else `now`."""
    last = licence.as_of
    return now if last is None or last < now else last + timedelta(microseconds=1)


def would_move(licence: Licence, site: str) -> bool:
    """Would a seat for this site or install be one that another gave back (and not a fresh one)?"""
    if licence.site_limit is None or site in licence.freed or not _counts(site):
        return False
    if not licence.freed:
        return False
    return sum(_counts(each.site) for each in licence.claims) + len(licence.freed) >= licence.site_limit


def recent_moves(licence: Licence, now: datetime) -> int:
    """Moves in the year before `now`."""
    return sum(1 for move in licence.moves if move > now - MOVE_PERIOD)


def _granted(licence: Licence, event: Granted) -> Licence:
    if event.provisional and licence.known:
        return licence
    if licence.provisional:  # the grant itself is here: what an order let assume is over, the places on it stay
        kept = {name: getattr(licence, name) for name in ("claims", "freed", "left", "moves", "delegates", "as_of")}
        licence = Licence(**kept)
    ref = f"{event.order_id}/{event.line_id}" if event.line_id else None
    holder, owner = licence.holder or event.holder, licence.owner or event.holder
    if ref and ref in licence.grants:  # the same order line seen again in a later snapshot grants nothing new
        return _bought_by(replace(licence, holder=holder, owner=owner), event.holder, ref)
    at = event.purchased_at or event.as_of
    assert event.as_of is not None and at is not None
    for site in event.sites:
        licence = _claimed(licence, Claim(site, event.as_of))
    known = replace(
        licence,
        known=True,
        order_ids=_with(licence.order_ids, event.order_id),
        grants=_with(licence.grants, ref),
        subscription_id=event.subscription_id or licence.subscription_id,
        purchase=event.purchase or licence.purchase,
        purchased_at=min(at, licence.purchased_at) if licence.purchased_at else at,
        holder=holder,
        holder_ref=licence.holder_ref if licence.holder else ref,
        owner=owner,
        zone=event.zone or licence.zone,
        provisional=event.provisional,
    )
    if ref and licence.known:
        return _granted_again(licence, known, event, at, ref)
    ends = (_end_of(event, at, ref),) if event.expires_at or _runs_out(event) else ()
    return replace(
        known,
        status="active",
        product=event.product,
        plan=event.plan if event.plan is not None else licence.plan,
        ends=ends,
        expires_at=run_to(ends, known.grants),
        updates_until=event.updates_until or licence.updates_until,
        site_limit=event.site_limit,
        support=_with_support(licence, event, _support_of(event, at, ref)),
    )


def _bought_by(licence: Licence, buyer: Person | None, ref: str) -> Licence:
    """The purchase that bound the holder, seen again: it is of whom its newest snapshot names (a guest who took an account, an
    address put right), unless the licence was handed on since or the person was erased."""
    holder = licence.holder
    if buyer is None or licence.holder_ref != ref or licence.owners or is_pseudonym(holder):
        return licence
    if holder and is_one_of(buyer, names([holder])):
        buyer = Person(buyer.id or holder.id, buyer.email or holder.email, buyer.name or holder.name)
    return replace(licence, holder=buyer, owner=buyer)


def _granted_again(before: Licence, known: Licence, event: Granted, at: datetime, ref: str) -> Licence:
    """A licence there is, seen on an order line: its own purchase, which gives nothing more, or a renewal or a switch of it.
    What its vendor stopped stays stopped."""
    if not _is_other_purchase(before, event, at):
        return known
    status = "active" if before.status == "expired" else before.status
    known = replace(known, status=status)
    if event.follows == "switch" or event.product != before.product:
        known = replace(known, product=event.product, plan=event.plan, site_limit=event.site_limit)
    if event.follows == "switch":  # what was paid is the difference: how long it runs, the subscription says
        gives = _support_of(event, at, ref)
        return replace(known, support=(*known.support, gives)) if gives.follows else known
    if _runs_out(event):
        ends = (*ends_of(before), replace(_end_of(event, at, ref), renews=True))
        known = replace(known, ends=ends, expires_at=run_to(ends, known.grants))
    gives = replace(_support_of(event, at, ref), renews=True)
    return replace(known, support=_with_support(before, event, gives))


def _is_other_purchase(licence: Licence, event: Granted, at: datetime) -> bool:
    if event.follows:
        return True
    if licence.order_ids:
        return {event.order_id, *event.order_names}.isdisjoint(licence.order_ids)
    return licence.purchased_at is not None and at > licence.purchased_at + _SAME_PURCHASE


def ends_of(licence: Licence) -> tuple[SupportEntry, ...]:
    """What gave the licence its end; of one folded before that was kept, the end alone."""
    if licence.ends or licence.expires_at is None:
        return licence.ends
    return (SupportEntry(at=licence.purchased_at or licence.expires_at, until=licence.expires_at),)


def _runs_out(event: Granted) -> bool:
    return event.license_term not in (None, "lifetime")


def _end_of(event: Granted, at: datetime, ref: str | None) -> SupportEntry:
    term = None if event.expires_at else event.license_term
    return SupportEntry(at=at, until=event.expires_at, period=term, zone=event.zone, ref=ref)


def _with_support(licence: Licence, event: Granted, entry: SupportEntry) -> tuple[SupportEntry, ...]:
    """The support of a licence with what a grant gives; the same purchase told again gives nothing more."""
    again = entry.ref is None and event.order_id is not None and event.order_id in licence.order_ids
    again = again or any((each.at, each.ref) == (entry.at, entry.ref) for each in licence.support if each.until is None)
    if entry in licence.support or (entry.until is None and again):
        return licence.support
    return (*licence.support, entry)


def _support_of(event: Granted, at: datetime, ref: str | None) -> SupportEntry:
    if event.support_until is not None:
        return SupportEntry(at=at, until=event.support_until, ref=ref)
    follows = event.support_term == "while_active"
    return SupportEntry(
        at=at, period=None if follows else event.support_term, follows=follows, zone=event.zone, ref=ref
    )


def _renewed(licence: Licence, event: Renewed) -> Licence:
    until = event.support_until or event.expires_at
    assert event.as_of is not None
    gives = SupportEntry(at=event.as_of, until=until, ref=event.order_id, renews=True)
    ends = ends_of(licence)
    if event.expires_at is not None:
        ends = (*ends, replace(gives, until=event.expires_at))
    return replace(
        licence,
        status="active" if licence.status == "expired" else licence.status,
        ends=ends,
        expires_at=event.expires_at or licence.expires_at,
        updates_until=event.updates_until or licence.updates_until,
        support=(*licence.support, gives) if until is not None else licence.support,
    )


def _status_changed(licence: Licence, event: StatusChanged) -> Licence:
    return replace(licence, status=event.status)


def _owner_changed(licence: Licence, event: OwnerChanged) -> Licence:
    # Where the grant itself was never seen, the person the licence was taken from is the first owner on record (A1).
    return replace(licence, owner=event.to, owners=(*licence.owners, event.to), holder=licence.holder or event.before)


def _site_activated(licence: Licence, event: SiteActivated) -> Licence:
    return _claimed(licence, _claim_of(event))


def _site_deactivated(licence: Licence, event: SiteDeactivated) -> Licence:
    gone = next((claim for claim in licence.claims if claim.site == event.site), None)
    if gone is None:
        return licence
    freed = licence.freed
    if licence.site_limit and _counts(event.site):
        freed = (*freed, _freed(gone))[-licence.site_limit :]
    return replace(_without(licence, gone), freed=freed)


def _without(licence: Licence, *gone: Claim) -> Licence:
    """The licence without these places, which are remembered as given back now."""
    back = tuple(replace(claim, until=licence.as_of) for claim in gone)
    claims = tuple(claim for claim in licence.claims if claim not in gone)
    return replace(licence, claims=claims, left=(*licence.left, *back)[-_KEPT_LEFT:])


def _freed(claim: Claim) -> str:
    """The name under which a seat waits for its place to come back; one that was bound (ELG-08) comes back as another."""
    return f"{claim.site}{_BINDING}" if claim.ip or claim.directory else claim.site


def _sites_freed(licence: Licence, event: SitesFreed) -> Licence:
    freed = (*licence.freed, *(_freed(claim) for claim in licence.claims if _counts(claim.site)))
    freed = freed[-licence.site_limit :] if licence.site_limit else licence.freed
    return replace(_without(licence, *licence.claims), freed=freed)


def _site_moved(licence: Licence, event: SiteMoved) -> Licence:
    assert event.as_of is not None
    gone = (claim for claim in licence.claims if claim.site == event.before)
    moved = _claimed(replace(_without(licence, *gone), freed=()), _claim_of(event))
    return replace(moved, freed=licence.freed, moves=(*licence.moves, event.as_of)[-_KEPT_MOVES:])


def _reissued(licence: Licence, event: LicenceReissued) -> Licence:
    assert event.as_of is not None
    return replace(_without(licence, *licence.claims), freed=(), moves=(*licence.moves, event.as_of)[-_KEPT_MOVES:])


def _holder_transferred(licence: Licence, event: HolderTransferred) -> Licence:
    return replace(licence, holder=event.to, owner=event.to, owners=(*licence.owners, event.to), delegates=())


def _delegate_changed(licence: Licence, event: DelegateChanged) -> Licence:
    others = tuple(email for email in licence.delegates if same_mailbox(email) != same_mailbox(event.email))
    return replace(licence, delegates=(*others, event.email) if event.allowed else others)


def _support_extended(licence: Licence, event: SupportExtended) -> Licence:
    assert event.as_of is not None
    entry = SupportEntry(at=event.as_of, until=event.support_until, period=event.period, zone=event.zone)
    return replace(licence, support=(*licence.support, entry))


def _counts(place: str) -> bool:
    return place.startswith(INSTALL) or not is_exempt(place)


def _claim_of(event: SiteActivated | SiteMoved) -> Claim:
    assert event.as_of is not None
    return Claim(site=event.site, since=event.as_of, **{name: getattr(event, name) for name in (*_BOUND, *_LATEST)})


def _claimed(licence: Licence, claim: Claim) -> Licence:
    """The licence with this place on it; of a place it has already, what it is bound to stays and its names follow."""
    assert licence.as_of is not None
    known = next((each for each in licence.claims if each.site == claim.site), None)
    if known is not None:
        named = known.site.startswith(INSTALL) and known.at is None and claim.at is not None
        first, then = (claim, known) if named else (known, claim)  # what names its site binds it anew
        bound = {name: getattr(first, name) or getattr(then, name) for name in _BOUND}
        fuller = replace(known, **bound, **{name: getattr(claim, name) or getattr(known, name) for name in _LATEST})
        return replace(licence, claims=tuple(fuller if each is known else each for each in licence.claims))
    moves, freed = licence.moves, licence.freed
    if claim.site in freed:
        freed = tuple(site for site in freed if site != claim.site)
    elif would_move(licence, claim.site):
        moves, freed = (*moves, licence.as_of)[-_KEPT_MOVES:], freed[1:]
    left = tuple(each for each in licence.left if each.site != claim.site)
    return replace(licence, claims=(*licence.claims, claim), moves=moves, freed=freed, left=left)


_BOUND = ("at", "environment", "ip", "directory")
_LATEST = ("label", "install")
_KEPT_MOVES = 100
_KEPT_LEFT = 50
_SAME_PURCHASE = timedelta(days=1)
"""A host's word on a sale and the order of it may be told that far apart."""
_BINDING = " (bound)"


def _with(items: tuple[str, ...], item: str | None) -> tuple[str, ...]:
    return items if item is None or item in items else tuple(sorted((*items, item)))


_APPLY: dict[type, Callable[[Licence, Any], Licence]] = {
    Granted: _granted,
    Renewed: _renewed,
    StatusChanged: _status_changed,
    OwnerChanged: _owner_changed,
    SiteActivated: _site_activated,
    SiteDeactivated: _site_deactivated,
    SupportExtended: _support_extended,
    SiteMoved: _site_moved,
    HolderTransferred: _holder_transferred,
    DelegateChanged: _delegate_changed,
    LicenceReissued: _reissued,
    SitesFreed: _sites_freed,
}
_RANK = {kind: rank for rank, kind in enumerate(_APPLY)}
