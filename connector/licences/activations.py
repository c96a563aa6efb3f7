"""Seats taken, moved, bound and freed: what a question may change on a licence. Every one locks the licence's row first."""

from __future__ import annotations

from dataclasses import replace

from connector.domain.licensing.events import LicenceReissued, SiteActivated, SiteDeactivated, SiteMoved, SitesFreed
from connector.domain.licensing.licence import recent_moves, would_move
from connector.domain.licensing.questions import Answer
from connector.domain.licensing.seats import INSTALL, Claim, place_of
from connector.domain.licensing.sites import BadSite
from connector.formats.hostnames import canonical_site
from connector.licences.named_sites import named_place
from connector.licences.question import Case, activation_of, answer_to, coded, key_of, ledger_of, locked


def activate(case: Case) -> Answer:
    """Take a seat, once for each site or install (ELG-09); one that replaces another of the licence takes that one's seat."""
    case = locked(case)
    place, answer = case.place, answer_to(case)
    if case.question.handle is not None and place is None:
        return answer
    if place is None and answer.verdict.code == "VALID":
        return coded(answer, "SITE_REQUIRED")
    if place is None:
        return answer
    if answer.verdict.code == "VALID":
        return answer_to(case.reread()) if _renamed(case, place) else answer
    if answer.verdict.code not in ("SITE_NOT_ACTIVATED", "SITE_LIMIT_REACHED"):
        return answer
    before = _replaced(case, place)
    if before is None and answer.verdict.code == "SITE_LIMIT_REACHED":
        return answer
    retakes = answer.verdict.this_site == "free_slot" and would_move(case.found.licence, place.site)
    if (before is not None or retakes) and _moved_enough(case):
        return coded(answer, "ACTIVATIONS_EXHAUSTED")
    ledger_of(case).apply(_taking(case, place, before))
    return replace(answer_to(case.reread()), changed=True)


def deactivate(case: Case) -> Answer:
    """Free the activation's seat; always allowed, also on a licence that has ended."""
    case = locked(case)
    claims = case.found.licence.claims
    unnamed = case.question.sole and case.question.handle is None
    place = case.place or (claims[0] if unnamed and len(claims) == 1 else None)
    if refused := _for_somebody_else(case):
        return refused
    if case.question.bound_to and answer_to(case).verdict.code == "PRODUCT_MISMATCH":
        return answer_to(case)
    if place is None:
        answer = answer_to(case)
        return answer if case.question.handle is not None else coded(answer, "SITE_REQUIRED")
    if place not in claims:
        return answer_to(case)
    freed = activation_of(case, place, "active")
    ledger_of(case).apply(SiteDeactivated(key_of(case), place.site, case.instant))
    return replace(answer_to(case.reread()), changed=True, activation=freed)


def deactivate_all(case: Case) -> Answer:
    """Free every seat: what some protocols call a reset."""
    case = locked(case)
    if refused := _for_somebody_else(case):
        return refused
    if not case.found.licence.claims:
        return answer_to(case)
    ledger_of(case).apply(SitesFreed(key_of(case), case.instant))
    return replace(answer_to(case.reread()), changed=True)


def reissue(case: Case) -> Answer:
    """Take every place off the licence, as one move: the next check binds anew. The caller watches over the limit."""
    case = locked(case)
    if not case.found.licence.claims:
        return answer_to(case)
    ledger_of(case).apply(LicenceReissued(key_of(case), case.instant))
    return replace(answer_to(case.reread()), changed=True)


def _for_somebody_else(case: Case) -> Answer | None:
    """Where only the holder may act: the refusal of anybody else, and of another product's caller."""
    answer = answer_to(case)
    if not case.question.binds_owner or (answer.verdict.asker != "other" and answer.verdict.code != "PRODUCT_MISMATCH"):
        return None
    return coded(answer, "OWNER_MISMATCH")


def _taking(case: Case, place: Claim, before: Claim | None) -> SiteActivated | SiteMoved:
    details = {name: getattr(place, name) for name in _TOLD} | {"key": key_of(case), "as_of": case.instant}
    return SiteActivated(**details) if before is None else SiteMoved(before=before.site, **details)


_TOLD = ("site", "at", "environment", "ip", "directory", "label", "install")


def _renamed(case: Case, place: Claim) -> bool:
    """Did a place that has its seat come back under another label or install id? Then these are filed.

    So is the site of an installation that was known by its id alone (`places.same_install`).
    """
    told = named_place(case.question, case.rules, case.now)
    names = {name: value for name in ("label", "install") if told and (value := getattr(told, name))}
    if told and place.site.startswith(INSTALL):
        names.pop("install", None)
        site = told.at or (None if told.site.startswith(INSTALL) else told.site)
        names |= {"at": site} if place.at is None and site else {}
    if all(getattr(place, name) == value for name, value in names.items()):
        return False
    ledger_of(case).apply(_taking(case, replace(place, **names), None))
    return True


def _replaced(case: Case, place: Claim) -> Claim | None:
    """The place whose seat is given up for the new one; None where giving it up would not make room."""
    if case.question.replace is None:
        return None
    try:
        name = canonical_site(case.question.replace)
    except BadSite:
        name = f"{INSTALL}{case.question.replace}"
    licence = case.found.licence
    before = next((claim for claim in licence.claims if name in (claim.site, claim.at)), None)
    left = tuple(claim for claim in licence.claims if claim is not before)
    makes_room = place_of(left, licence.site_limit, case.rules, place) != "limit_reached"
    return before if before is not None and makes_room else None


def _moved_enough(case: Case) -> bool:
    product = case.vendor.catalogue.named(case.found.licence.product or "")
    limit = product.move_limit if product else None
    return limit is not None and recent_moves(case.found.licence, case.now) >= limit
