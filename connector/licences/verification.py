"""The answer to a licence question, from the ledger: one core under the native API and every licence protocol."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection

from connector.domain.licensing.questions import Answer, Question
from connector.domain.licensing.verdict import untold, verdict
from connector.licences import activations, binding, issuing, lookup
from connector.licences.key_rotation import key_in_use
from connector.licences.question import Case, answer_to, case_of
from connector.licences.updates.releases import offer, to_a_stranger
from connector.runtime import Runtime
from connector.vendors.vendor import Vendor


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
    """Answer a question about one licence: of this vendor, or of whoever sold the key. base: where protocols live, for links.
    wide: with the licence's activations (no more than SHOWN).

    Acts that are not in `asking.READS` need a transaction. An unknown key costs the same statements as a known one, so that
    time tells a guesser nothing.
    """
    if question.act in ("create", "list"):
        assert vendor is not None
        return _for_the_vendor(tx, runtime, question, now, vendor)
    case = case_of(tx, runtime, question, now, vendor, wide)
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
        made = issuing.create(tx, runtime, vendor, question, now)
        if isinstance(made, Answer):
            return made
        return replace(ask(tx, runtime, Question("validate", key=made), now, vendor), changed=True)
    page, total = issuing.page_of(tx, vendor, question)
    found = [_listed(tx, runtime, each, now, vendor) for each in page]
    return Answer(verdict=untold("VALID", now), listed=tuple(found), total=total)


def _listed(tx: Connection, runtime: Runtime, license_id: str, now: datetime, vendor: Vendor) -> Answer:
    """A licence under the key in use: the one it began with may have been replaced, and open nothing any more."""
    key = key_in_use(tx, runtime.keyring, license_id)
    return ask_about(tx, runtime, license_id, Question("validate", key=key), now, vendor)


def _release(case: Case) -> Answer:
    """The newest release of the product, and its package where the licence is good for it."""
    answer = answer_to(case)
    return replace(answer, release=offer(case.tx, case.runtime, case.vendor, case.question, answer, case.found.id))


_ACTS: dict[str, Callable[[Case], Answer]] = {
    "validate": answer_to,
    "release": _release,
    "activate": activations.activate,
    "check_in": binding.check_in,
    "deactivate": activations.deactivate,
    "deactivate_all": activations.deactivate_all,
    "reissue": activations.reissue,
}
