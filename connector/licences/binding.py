"""Checks that bind (WHMCS): the first one activates a domain with its address and directory, later ones must come from there."""

from __future__ import annotations

from dataclasses import replace

from connector.domain.licensing.events import SiteActivated
from connector.domain.licensing.questions import Activation, Answer, Question
from connector.domain.licensing.seats import INSTALL, Claim
from connector.domain.licensing.sites import BadSite
from connector.formats.hostnames import canonical_site
from connector.licences.activations import activate
from connector.licences.question import Case, answer_to, coded, key_of, ledger_of, locked

_BOUND = (("ip", "IP_MISMATCH"), ("directory", "DIRECTORY_MISMATCH"))


def check_in(case: Case) -> Answer:
    """A check that binds. What is bound may not be left out by a later check, or leaving out would be the way around it.

    A site that nobody can read is refused. A caller without one (a daemon, a cron job) has a place by its directory and
    address; the first check from there that names a site gives the place its site.
    """
    case = locked(case)
    if not case.question.site:
        return _without_site(case)
    try:
        site = canonical_site(case.question.site)
    except BadSite:
        answer = answer_to(case)
        return coded(answer, "SITE_REQUIRED") if answer.verdict.code == "VALID" else answer
    case = _sited(case, site)
    answer = activate(case)
    conflicts = _conflicts(case)
    bound: tuple[Activation, ...] = (answer.activation,) if answer.activation else ()
    if answer.verdict.code == "SITE_LIMIT_REACHED" and "domain" in conflicts:
        answer, bound = coded(answer, "VALID"), answer.activations
    if answer.verdict.code != "VALID":
        return answer
    for name, code in _BOUND:
        ours = [getattr(each, name) for each in bound]
        if ours and all(ours) and getattr(case.question, name) not in ours and name not in conflicts:
            return coded(answer, code)
    return _bound_fully(case, answer)


def _without_site(case: Case) -> Answer:
    """A daemon's or cron job's check: from a place that is bound, or else from a new one if there is room for it."""
    question, answer = case.question, answer_to(case)
    if answer.verdict.code != "VALID":
        return answer
    if not question.directory and not question.ip:
        return coded(answer, "SITE_REQUIRED")
    if (own := _own(case)) is not None:
        case = replace(case, question=replace(question, handle=case.handle(own.site)))
        return _bound_fully(case, answer_to(case))
    name = f"dir {question.directory}" if question.directory else f"ip {question.ip}"
    if any(claim.site == f"{INSTALL}{name}" for claim in case.found.licence.claims):
        return coded(answer, _mismatch(case))
    answer = activate(replace(case, question=replace(question, install=name)))
    return coded(answer, _mismatch(case)) if answer.verdict.code == "SITE_LIMIT_REACHED" else answer


def _mismatch(case: Case) -> str:
    """What a caller without a site, who comes from no place that is bound, has wrong."""
    bound = {claim.directory for claim in case.found.licence.claims} - {None}
    fits = case.question.directory in bound or (case.question.directory is None and not bound)
    return "IP_MISMATCH" if fits or "directory" in _conflicts(case) else "DIRECTORY_MISMATCH"


def _own(case: Case) -> Claim | None:
    """The place that a caller without a site comes from: the one most of whose bound members it names."""
    conflicts = _conflicts(case)
    wanted = [(claim, _members(claim, conflicts)) for claim in case.found.licence.claims]
    fits = [(claim, names) for claim, names in wanted if _names(case.question, claim, names)]
    return max(fits, key=lambda each: len(each[1]))[0] if fits else None


def _members(claim: Claim, conflicts: tuple[str, ...]) -> tuple[str, ...]:
    """What a caller without a site has to name of a place; a cron job has another address than the site's pages."""
    bound = tuple(name for name in ("directory", "ip") if getattr(claim, name) and name not in conflicts)
    return ("directory",) if "directory" in bound and _is_sited(claim) else bound


def _names(question: Question, claim: Claim, names: tuple[str, ...]) -> bool:
    return all(getattr(question, name) == getattr(claim, name) for name in names)


def _is_sited(claim: Claim) -> bool:
    return claim.at is not None or not claim.site.startswith(INSTALL)


def _sited(case: Case, site: str) -> Case:
    """The case after a place that was known by its directory or address alone got the site it is now asked from."""
    claims = case.found.licence.claims
    if any(site in (claim.site, claim.at) for claim in claims) or answer_to(case).verdict.code not in (
        "SITE_NOT_ACTIVATED",
        "SITE_LIMIT_REACHED",
    ):
        return case
    question = case.question
    for claim in claims:
        by = "directory" if claim.directory else "ip"
        if not _is_sited(claim) and getattr(claim, by) and getattr(claim, by) == getattr(question, by):
            _tell(case, claim.site, at=site, ip=question.ip, directory=question.directory)
            return case.reread()
    return case


def _bound_fully(case: Case, answer: Answer) -> Answer:
    """A place that was known without its address or directory is bound to them by its first check.

    A caller without a site that names its directory speaks for no address but its own.
    """
    question, bound = case.question, answer.activation
    if bound is None or answer.verdict.code != "VALID":
        return answer
    sited = bound.at is not None or not bound.site.startswith(INSTALL)
    speaks = question.site or not question.directory or not sited
    ip = bound.ip or (question.ip if speaks else None)
    directory = bound.directory or question.directory
    if (ip, directory) == (bound.ip, bound.directory):
        return answer
    _tell(case, bound.site, at=bound.at, ip=ip, directory=directory)
    return replace(answer_to(case.reread()), changed=answer.changed)


def _tell(case: Case, place: str, *, at: str | None, ip: str | None, directory: str | None) -> None:
    ledger_of(case).apply(SiteActivated(key_of(case), place, case.instant, at=at, ip=ip, directory=directory))


def _conflicts(case: Case) -> tuple[str, ...]:
    product = case.vendor.catalogue.named(case.found.licence.product or "")
    return product.conflicts if product else ()
