"""What vendors' software asks about a licence, answered from the ledger: one core under every protocol (domain/asking.py)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property

from sqlalchemy import Connection

from connector import ids, lookup, making
from connector.domain.asking import Activation, Answer, Question
from connector.domain.catalogue import Catalogue, Product
from connector.domain.events import Key, LicenceReissued, SiteActivated, SiteDeactivated, SiteMoved
from connector.domain.facts import Standing
from connector.domain.licence import recent_moves, would_move
from connector.domain.seats import INSTALL, Claim, SeatRules, place_of, why_exempt
from connector.domain.sites import BadSite
from connector.domain.verdict import Verdict, untold, verdict
from connector.hostnames import canonical_site
from connector.ledger import Ledger
from connector.lookup import Found
from connector.places import MAX_PLACE as MAX_PLACE
from connector.places import named_place, same_install
from connector.releasing import offer, to_a_stranger
from connector.runtime import Runtime
from connector.vendors import Vendor, vendor_of

MAX_KEY = 255
SHOWN = 1000


@dataclass(frozen=True)
class Case:
    """A question that found its licence: whose it is, and which place it is about (None: it named none we can read)."""

    tx: Connection
    runtime: Runtime
    question: Question
    vendor: Vendor
    found: Found
    now: datetime
    wide: bool = True

    @cached_property
    def rules(self) -> SeatRules:
        return self.vendor.catalogue.seat_rules(self.found.licence.product)

    @cached_property
    def place(self) -> Claim | None:
        """The place asked about: the claim there is, or the one there would be."""
        question, claims = self.question, self.found.licence.claims
        if question.handle is not None:
            held = next((each for each in claims if self.handle(each.site) == question.handle), None)
            if held is not None or question.act != "activate":
                return held
            if (freed := self._freed(question.handle)) is not None:
                return freed
        wanted = named_place(question, self.rules, self.now)
        if wanted is None:
            return None
        known = [each for each in claims if each.site == wanted.site]
        if not wanted.site.startswith(INSTALL):  # a product counted by installs, asked about by site alone
            known += [each for each in claims if each.at == wanted.site]
        known += [each for each in claims if same_install(each, wanted)]
        return known[0] if known else wanted

    def _freed(self, handle: str) -> Claim | None:
        """The place of a handle that gave its seat back, and may take one again by it."""
        site = next((each for each in self.found.licence.freed if self.handle(each) == handle), None)
        return Claim(site, self.now) if site is not None else None

    def handle(self, site: str) -> str:
        return self.runtime.keyring.handle(self.found.id, site)

    def reread(self) -> Case:
        found = lookup.by_id(self.tx, self.vendor.id, self.found.id)
        assert found is not None
        return replace(self, found=found)


def ask(
    tx: Connection,
    runtime: Runtime,
    question: Question,
    now: datetime,
    vendor: Vendor | None = None,
    *,
    base: str = "",
    wide: bool = True,
) -> Answer:
    """Answer a question about one licence: of this vendor, or of whoever sold the key. base: where faces live, for links.
    wide: with the licence's activations (no more than SHOWN).

    Acts that are not in `asking.READS` need a transaction. An unknown key costs the same statements as a known one, so that
    time tells a guesser nothing.
    """
    if question.act in ("create", "list"):
        assert vendor is not None
        return _for_the_vendor(tx, runtime, question, now, vendor)
    case = _case(tx, runtime, question, now, vendor, wide)
    if case is None:
        lookup.accounts_by(tx, "", {"license:"})
        return to_a_stranger(tx, runtime, question, now, vendor)
    return _ACTS[question.act](case)


def ask_about(tx: Connection, runtime: Runtime, license_id: str, asked: Question, now: datetime, of: Vendor) -> Answer:
    """Answer a question about a licence that something we signed names by its id."""
    found = lookup.by_id(tx, of.id, license_id)
    return _ACTS[asked.act](Case(tx, runtime, asked, of, found, now)) if found else Answer(verdict(None, now))


def _for_the_vendor(tx: Connection, runtime: Runtime, question: Question, now: datetime, vendor: Vendor) -> Answer:
    """What only the vendor's own back end asks: to make a licence, or to list them."""
    if question.act == "create":
        made = making.create(tx, runtime, vendor, question, now)
        if isinstance(made, Answer):
            return made
        return replace(ask(tx, runtime, Question("validate", key=made), now, vendor), changed=True)
    keys, total = making.keys_of(tx, runtime, vendor, question)
    found = [ask(tx, runtime, Question("validate", key=key), now, vendor) for key in keys]
    return Answer(verdict=untold("VALID", now), listed=tuple(found), total=total)


# -- acts


def _validate(case: Case) -> Answer:
    return _answer(case)


def _release(case: Case) -> Answer:
    """The newest release of the product, and its package where the licence is good for it."""
    answer = _answer(case)
    return replace(answer, release=offer(case.tx, case.runtime, case.vendor, case.question, answer, case.found.id))


def _activate(case: Case) -> Answer:
    """Take a seat, once for each place (ELG-09); a place that replaces another of the licence takes that one's seat."""
    case = _locked(case)
    place, answer = case.place, _answer(case)
    if case.question.handle is not None and place is None:
        return answer
    if place is None and answer.verdict.code == "VALID":
        return _coded(answer, "SITE_REQUIRED")
    if place is None:
        return answer
    if answer.verdict.code == "VALID":
        return _answer(case.reread()) if _renamed(case, place) else answer
    if answer.verdict.code not in ("SITE_NOT_ACTIVATED", "SITE_LIMIT_REACHED"):
        return answer
    before = _replaced(case)
    if before is None and answer.verdict.code == "SITE_LIMIT_REACHED":
        return answer
    retakes = answer.verdict.this_site == "free_slot" and would_move(case.found.licence, place.site)
    if (before is not None or retakes) and _moved_enough(case):
        return _coded(answer, "ACTIVATIONS_EXHAUSTED")
    _ledger(case).apply(_taking(case, place, before))
    return replace(_answer(case.reread()), changed=True)


def _check_in(case: Case) -> Answer:
    """A check that binds: the first one takes the seat, later ones must come from the same place, address and directory.

    A caller that names no site (a cron job) is neither bound nor refused; one that names a site nobody can read is refused.
    """
    readable = named_place(case.question, case.rules, case.now) is not None
    answer = _activate(case) if readable else _answer(case)
    product = case.vendor.catalogue.named(case.found.licence.product or "")
    conflicts = product.conflicts if product else ()
    bound: tuple[Activation, ...] = (answer.activation,) if answer.activation else ()
    if answer.verdict.code == "SITE_LIMIT_REACHED" and "domain" in conflicts:
        answer, bound = _coded(answer, "VALID"), answer.activations
    if answer.verdict.code != "VALID":
        return answer
    if case.question.site and not readable:
        return _coded(answer, "SITE_REQUIRED")
    for name, code in (("ip", "IP_MISMATCH"), ("directory", "DIRECTORY_MISMATCH")):
        ours, theirs = [getattr(each, name) for each in bound], getattr(case.question, name)
        if theirs and ours and all(ours) and theirs not in ours and name not in conflicts:
            return _coded(answer, code)
    return _bound_fully(case, answer)


def _bound_fully(case: Case, answer: Answer) -> Answer:
    """A place that was known without its address or directory is bound to them by its first check."""
    question, bound = case.question, answer.activation
    if bound is None or not ((question.ip and not bound.ip) or (question.directory and not bound.directory)):
        return answer
    details = {"ip": bound.ip or question.ip, "directory": bound.directory or question.directory}
    _ledger(case).apply(SiteActivated(_key(case), bound.site, case.now, at=bound.at, **details))
    return replace(_answer(case.reread()), changed=answer.changed)


def _deactivate(case: Case) -> Answer:
    """Free the place's seat; always allowed, also on a licence that has ended."""
    case = _locked(case)
    claims = case.found.licence.claims
    unnamed = case.question.sole and case.question.handle is None
    place = case.place or (claims[0] if unnamed and len(claims) == 1 else None)
    if refused := _for_somebody_else(case):
        return refused
    if place is None:
        answer = _answer(case)
        return answer if case.question.handle is not None else _coded(answer, "SITE_REQUIRED")
    if place not in claims:
        return _answer(case)
    freed = _activation(case, place, "active")
    _ledger(case).apply(SiteDeactivated(_key(case), place.site, case.now))
    return replace(_answer(case.reread()), changed=True, activation=freed)


def _deactivate_all(case: Case) -> Answer:
    """Free every seat: what some dialects call a reset."""
    case = _locked(case)
    if refused := _for_somebody_else(case):
        return refused
    ledger = _ledger(case)
    for claim in case.found.licence.claims:
        ledger.apply(SiteDeactivated(_key(case), claim.site, case.now))
    return replace(_answer(case.reread()), changed=bool(case.found.licence.claims))


def _reissue(case: Case) -> Answer:
    """Take every place off the licence, as one move: the next check binds anew. The caller watches over the limit."""
    case = _locked(case)
    if not case.found.licence.claims:
        return _answer(case)
    _ledger(case).apply(LicenceReissued(_key(case), case.now))
    return replace(_answer(case.reread()), changed=True)


def _for_somebody_else(case: Case) -> Answer | None:
    """Where only the holder may act: the refusal of anybody else, and of another product's caller."""
    answer = _answer(case)
    if not case.question.binds_owner or (answer.verdict.asker != "other" and answer.verdict.code != "PRODUCT_MISMATCH"):
        return None
    return _coded(answer, "OWNER_MISMATCH")


_ACTS: dict[str, Callable[[Case], Answer]] = {
    "validate": _validate,
    "release": _release,
    "activate": _activate,
    "check_in": _check_in,
    "deactivate": _deactivate,
    "deactivate_all": _deactivate_all,
    "reissue": _reissue,
}


# -- reading and telling


def _case(
    tx: Connection, runtime: Runtime, question: Question, now: datetime, vendor: Vendor | None, wide: bool
) -> Case | None:
    readable = question.key is None or (0 < len(question.key) <= MAX_KEY and question.key.isprintable())
    key_hash = runtime.keyring.key_hash(question.key or "") if readable else ""
    if vendor is None:
        held = lookup.by_key_alone(tx, key_hash, now)
        mine = [each for each in held if f"slug:{each.found.licence.product}" in question.product] or held
        vendor, found = (vendor_of(runtime, mine[0].row), mine[0].found) if mine else (None, None)
    elif question.key is None and question.handle is not None:
        placed = lookup.by_handle(tx, vendor.id, question.handle)
        found = placed[0] if placed else None
    else:
        found = lookup.by_key(tx, vendor.id, key_hash, now)
    return Case(tx, runtime, question, vendor, found, now, wide) if vendor and found else None


def _answer(case: Case) -> Answer:
    """How the licence stands for what was asked, with everything a protocol may show."""
    question, goods = case.question, case.vendor.catalogue
    stands = lookup.standing_of(case.tx, case.vendor.id, case.found, goods, case.now)
    place, licence, states = case.place, case.found.licence, _states(stands)
    told = verdict(
        stands,
        case.now,
        fits=goods.covers(stands.product, question.product),
        place=_stands(case, stands, place) if place else None,
        site=place.at or place.site if place else None,
        email=question.email,
    )
    if place is not None and told.this_site == "exempt":
        told = replace(told, exempt_why=why_exempt(place, case.rules))
    answer = Answer(
        verdict=told,
        vendor=case.vendor.slug,
        key=question.key,
        number=number_of(case.found.id),
        licence=licence,
        product=_told_product(goods, stands.product, question),
        activation=_activation(case, place, states[place.site]) if place and place in licence.claims else None,
        activations=tuple(_activation(case, claim, states[claim.site]) for claim in licence.claims[:SHOWN])
        if case.wide
        else (),
    )
    if told.code in ("VALID", "SITE_NOT_ACTIVATED", "SITE_LIMIT_REACHED"):
        if question.binds_owner and told.asker == "other":
            return _coded(answer, "OWNER_MISMATCH")
        if question.handle is not None and place is None:
            return _coded(answer, "ACTIVATION_UNKNOWN")
    return answer


def _told_product(goods: Catalogue, slug: str | None, question: Question) -> Product | None:
    asked = goods.match(question.product) if question.product and goods.covers(slug, question.product) else None
    return asked or (goods.named(slug) if slug else None)


def _stands(case: Case, stands: Standing, place: Claim) -> str:
    """How the place stands; read off the licence where it is on it."""
    licence = case.found.licence
    if place not in licence.claims:
        return place_of(licence.claims, licence.site_limit, case.rules, place)
    state = _states(stands)[place.site]
    return "limit_reached" if state == "over_limit" else state


def _states(stands: Standing) -> dict[str, str]:
    """How each place of the licence stands: active, exempt or over_limit."""
    rows = (("active", stands.seated), ("exempt", stands.exempt), ("over_limit", stands.over_limit))
    return {site: state for state, sites in rows for site in sites}


def _activation(case: Case, claim: Claim, state: str) -> Activation:
    handle = case.handle(claim.site)
    return Activation(handle, claim.site, claim.since, state, claim.at, claim.label, claim.ip, claim.directory)


def number_of(license_id: str) -> int:
    """A stable whole number (31 bits) for protocols whose ids are numbers; it identifies nothing to us."""
    value = 0
    for sign in license_id.encode():
        value = (value * 131 + sign) & 0x7FFFFFFF
    return value or 1


def _coded(answer: Answer, code: str) -> Answer:
    told: Verdict = replace(answer.verdict, code=code)
    return replace(answer, verdict=told)


# -- writing


def _locked(case: Case) -> Case:
    """The case read again with the licence's row locked: a row lock on PostgreSQL, the write lock on SQLite."""
    lookup.lock(case.tx, case.found.id)
    return case.reread()


def _ledger(case: Case) -> Ledger:
    return Ledger(case.tx, case.vendor, case.runtime.keyring, case.now, ids.new_id("act", case.now))


def _key(case: Case) -> Key:
    """The licence's own key, by which the ledger files news; the caller may have used another (rotated) one, or a handle."""
    if case.question.key is not None:
        return case.question.key
    return Key(case.runtime.keyring.unseal(lookup.sealed_key(case.tx, case.found.id)).decode())


def _taking(case: Case, place: Claim, before: Claim | None) -> SiteActivated | SiteMoved:
    details = {name: getattr(place, name) for name in _TOLD} | {"key": _key(case), "as_of": case.now}
    return SiteActivated(**details) if before is None else SiteMoved(before=before.site, **details)


_TOLD = ("site", "at", "environment", "ip", "directory", "label", "install")


def _renamed(case: Case, place: Claim) -> bool:
    """Did a place that has its seat come back under another label or install id? Then these are filed."""
    told = named_place(case.question, case.rules, case.now)
    names = {name: value for name in ("label", "install") if told and (value := getattr(told, name))}
    if all(getattr(place, name) == value for name, value in names.items()):
        return False
    _ledger(case).apply(_taking(case, replace(place, **names), None))
    return True


def _replaced(case: Case) -> Claim | None:
    """The place whose seat is given up for the new one."""
    if case.question.replace is None:
        return None
    try:
        name = canonical_site(case.question.replace)
    except BadSite:
        name = f"{INSTALL}{case.question.replace}"
    return next((claim for claim in case.found.licence.claims if name in (claim.site, claim.at)), None)


def _moved_enough(case: Case) -> bool:
    product = case.vendor.catalogue.named(case.found.licence.product or "")
    limit = product.move_limit if product else None
    return limit is not None and recent_moves(case.found.licence, case.now) >= limit
