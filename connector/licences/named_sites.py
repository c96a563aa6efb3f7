"""Where a question says that the software runs, in our spelling: a site, or an installation by the id it made for itself."""

from __future__ import annotations

from datetime import datetime

from connector.domain import typed
from connector.domain.licensing.questions import WRITES, Question
from connector.domain.licensing.seats import INSTALL, Claim, SeatRules
from connector.domain.licensing.sites import BadSite
from connector.formats.hostnames import canonical_site

MAX_PLACE = 190
MAX_WORD = 40
"""Characters of an environment type that are kept."""


def named_place(question: Question, rules: SeatRules, now: datetime) -> Claim | None:
    """Where a question says that the software runs, in our spelling; None where it names none that can be read."""
    try:
        site = canonical_site(question.site) if question.site else None
    except BadSite:
        site = None
    install = _plain(question.install)
    by_install = install and (rules.unit == "install" or site is None)
    name = f"{INSTALL}{install}" if by_install else site
    if name is None:
        return None
    return Claim(
        site=name,
        since=now,
        at=site if by_install else None,
        environment=_plain(question.environment, MAX_WORD),
        ip=question.ip,
        directory=question.directory,
        label=_plain(question.label),
        install=None if by_install else install,
    )


def same_install(claim: Claim, wanted: Claim, act: str) -> bool:
    """Is it the same installation, which on one of the two occasions was named by its id alone?

    Where sites count, an installation that was known by its id gets its site when it next activates, once: clones of one
    database share the id, and a question that only reads may not pass for them all.
    """
    if wanted.site.startswith(INSTALL):
        return wanted.at is None and claim.install is not None and wanted.site == f"{INSTALL}{claim.install}"
    unsited = claim.at is None and wanted.install is not None and claim.site == f"{INSTALL}{wanted.install}"
    return unsited and act in WRITES


def _plain(text: str | None, longest: int = MAX_PLACE) -> str | None:
    """A caller's own word without what came along by copy and paste, cut to what is stored; None where nothing is left."""
    return typed.without_marks(text)[:longest].strip() or None if text else None
