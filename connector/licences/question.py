"""A licence question with the licence it found, and the answer read off the ledger."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property

from sqlalchemy import Connection

from connector.domain.licensing.catalogue import Catalogue, Product
from connector.domain.licensing.events import Key
from connector.domain.licensing.licence import next_instant
from connector.domain.licensing.questions import Activation, Answer, Question
from connector.domain.licensing.records import Found
from connector.domain.licensing.seats import INSTALL, Claim, SeatRules, place_of, why_exempt
from connector.domain.licensing.standing import Standing
from connector.domain.licensing.verdict import Verdict, verdict
from connector.licences import lookup
from connector.licences.key_rotation import keys_of
from connector.licences.ledger import Ledger
from connector.licences.named_sites import named_place, same_install
from connector.runtime import Runtime
from connector.storage import ids
from connector.vendors.vendor import Vendor, vendor_of

MAX_KEY = 255
SHOWN = 1000
"""Activations of one licence that an answer shows."""


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
        """The activation asked about: the one there is, or the one there would be."""
        question, claims = self.question, self.found.licence.claims
        if question.handle is not None:
            held = next((each for each in claims if question.handle in (self.handle(each.site), each.install)), None)
            held = held or next((each for each in claims if each.site == f"{INSTALL}{question.handle}"), None)
            if held is not None or question.act != "activate":
                return held
            if (site := self._given_back(question.handle)) is not None:
                return Claim(site, self.now)
        wanted = named_place(question, self.rules, self.now)
        if wanted is None:
            return None
        known = [each for each in claims if each.site == wanted.site]
        if not wanted.site.startswith(INSTALL):  # a product counted by installs, asked about by site alone
            known += [each for each in claims if each.at == wanted.site]
        known += [each for each in claims if same_install(each, wanted, question.act)]
        return known[0] if known else wanted

    @property
    def left(self) -> Claim | None:
        """The place of the handle, where it gave its seat back; it may take one again by it."""
        handle = self.question.handle
        return next(
            (each for each in self.found.licence.left if handle in (self.handle(each.site), each.install)), None
        )

    def _given_back(self, handle: str) -> str | None:
        if self.left is not None:
            return self.left.site
        return next((each for each in self.found.licence.freed if self.handle(each) == handle), None)

    @property
    def instant(self) -> datetime:
        """When an act happens: after all that is known of the licence, whatever clock told it and whoever got the lock first."""
        return next_instant(self.found.licence, self.now)

    @property
    def told_site(self) -> str | None:
        """The site of the activation; of an install that counts by its id, the site where it says it is."""
        if self.place is None:
            return None
        told = named_place(self.question, self.rules, self.now)
        moved = told.at if told and told.site == self.place.site else None
        return moved or self.place.at or self.place.site

    def handle(self, site: str) -> str:
        return self.runtime.keyring.handle(self.found.id, site)

    def reread(self) -> Case:
        found = lookup.by_id(self.tx, self.vendor.id, self.found.id)
        assert found is not None
        return replace(self, found=found)


def case_of(
    tx: Connection, runtime: Runtime, question: Question, now: datetime, vendor: Vendor | None, wide: bool
) -> Case | None:
    readable = question.key is None or 0 < len(question.key) <= MAX_KEY
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


def answer_to(case: Case) -> Answer:
    """How the licence stands for what was asked, with everything a protocol may show."""
    question, goods = case.question, case.vendor.catalogue
    stands = lookup.standing_of(case.tx, case.vendor.id, case.found, goods, case.now)
    place, licence, states = case.place, case.found.licence, _states(stands)
    told = verdict(
        stands,
        case.now,
        fits=goods.covers(stands.product, question.product) and goods.covers(stands.product, _bound(question)),
        place=_stands(case, stands, place) if place else None,
        site=case.told_site,
        email=question.email,
    )
    if place is not None and told.this_site == "exempt":
        told = replace(told, exempt_why=why_exempt(place, case.rules))
    answer = Answer(
        verdict=told,
        vendor=case.vendor.slug,
        zone=case.vendor.policy.zone,
        key=question.key or _key_of_its_time(case, place or case.left),
        number=number_of(case.found.id),
        licence=licence,
        product=_told_product(goods, stands.product, question),
        activation=_activation(case, place, states),
        activations=tuple(activation_of(case, claim, states[claim.site]) for claim in licence.claims[:SHOWN])
        if case.wide
        else (),
    )
    if told.code in ("VALID", "SITE_NOT_ACTIVATED", "SITE_LIMIT_REACHED"):
        if question.binds_owner and told.asker == "other":
            return coded(answer, "OWNER_MISMATCH")
        if question.handle is not None and place is None:
            return coded(answer, "ACTIVATION_UNKNOWN")
    return answer


def _activation(case: Case, place: Claim | None, states: dict[str, str]) -> Activation | None:
    """The place asked about as it is on the licence, or was when it was given back."""
    if place is None and case.question.handle is not None and case.left is not None:
        return activation_of(case, case.left, "freed")
    return activation_of(case, place, states[place.site]) if place and place in case.found.licence.claims else None


def _key_of_its_time(case: Case, place: Claim | None) -> Key | None:
    """The key that whoever activated this place had, for the holder of its token.

    A key that was replaced is no way to the one that replaced it: it may be the one that leaked.
    """
    if case.question.handle is None or place is None:
        return None
    held = keys_of(case.tx, case.found.id)
    current, others = held[0], held[1:]
    alone = all(each.retires_at is not None and each.retires_at <= place.since for each in others)
    return Key(case.runtime.keyring.unseal(current.sealed).decode()) if alone else key_of(case)


def _bound(question: Question) -> tuple[str, ...]:
    return (f"slug:{question.bound_to}",) if question.bound_to else ()


def _told_product(goods: Catalogue, slug: str | None, question: Question) -> Product | None:
    words = question.product or _bound(question)
    asked = goods.match(words) if words and goods.covers(slug, words) else None
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


def activation_of(case: Case, claim: Claim, state: str) -> Activation:
    handle = case.handle(claim.site)
    found = Activation(handle, claim.site, claim.since, state, claim.at, claim.label, claim.ip, claim.directory)
    return found if claim.until is None else replace(found, state="freed", until=claim.until)


def number_of(license_id: str) -> int:
    """A stable whole number (31 bits) for protocols whose ids are numbers; it identifies nothing to us."""
    value = 0
    for sign in license_id.encode():
        value = (value * 131 + sign) & 0x7FFFFFFF
    return value or 1


def coded(answer: Answer, code: str) -> Answer:
    told: Verdict = replace(answer.verdict, code=code)
    return replace(answer, verdict=told)


def locked(case: Case) -> Case:
    """The question and its licence read again with the licence's row locked: a row lock on PostgreSQL, the write lock on SQLite."""
    lookup.lock(case.tx, case.found.id)
    return case.reread()


def ledger_of(case: Case) -> Ledger:
    return Ledger(case.tx, case.vendor, case.runtime.keyring, case.now, ids.new_id("act", case.now))


def key_of(case: Case) -> Key:
    """The licence's own key, by which the ledger files news; the caller may have used another (rotated) one, or a handle."""
    if case.question.key is not None:
        return case.question.key
    return Key(case.runtime.keyring.unseal(lookup.sealed_key(case.tx, case.found.id)).decode())
