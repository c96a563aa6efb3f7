"""What vendors' software is told about a licence: one native verdict, from which every protocol is rendered. Pure.

No personal data: a verdict names the licence, never its holder.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from connector.domain.licensing.mailbox import address, same_mailbox
from connector.domain.licensing.standing import Standing

CODES = {
    "VALID": "The licence is valid.",
    "NOT_FOUND": "No licence with this key is known here. Check the key for missing characters.",
    "EXPIRED": "The licence has expired. Renew it to go on.",
    "SUSPENDED": "The licence is suspended. Contact the vendor.",
    "REVOKED": "The licence was revoked. Contact the vendor.",
    "REFUNDED": "The purchase was refunded, which ended the licence.",
    "PRODUCT_MISMATCH": "The licence is for another product.",
    "SITE_REQUIRED": "Say which site this is.",
    "SITE_NOT_ACTIVATED": "The licence is not activated on this site yet.",
    "SITE_LIMIT_REACHED": "All sites of the licence are in use. Free one, or add more.",
    "ACTIVATIONS_EXHAUSTED": "The licence has changed sites as often as it may in a year. Contact the vendor.",
    "ACTIVATION_UNKNOWN": "The licence has no such activation.",
    "IP_MISMATCH": "The licence is bound to another address. Have it reissued.",
    "DIRECTORY_MISMATCH": "The licence is bound to another directory. Have it reissued.",
    "OWNER_MISMATCH": "The licence belongs to somebody else.",
    "NOT_CREATED": "No licence was made: the product is unknown, the key is taken or a date cannot be read.",
    "CREDENTIAL_REFUSED": "The credential of this software is not accepted.",
    "RATE_LIMITED": "Too many questions. Ask again later; nothing has changed.",
    "UNAVAILABLE": "The licence could not be looked up just now. Ask again later; nothing has changed.",
}
"""Extended, never reused: shipped software compares these words."""

REMEDIES = {
    "NOT_FOUND": ("check_key", "Check the key"),
    "EXPIRED": ("renew", "Renew the licence"),
    "SUSPENDED": ("contact_vendor", "Contact the vendor"),
    "REVOKED": ("contact_vendor", "Contact the vendor"),
    "REFUNDED": ("buy", "Buy a licence"),
    "PRODUCT_MISMATCH": ("buy", "Use this product's key"),
    "SITE_REQUIRED": ("add_facts", "Send the site"),
    "SITE_NOT_ACTIVATED": ("activate", "Activate this site"),
    "SITE_LIMIT_REACHED": ("free_site", "Free a site, or replace one"),
    "ACTIVATIONS_EXHAUSTED": ("contact_vendor", "Contact the vendor"),
    "ACTIVATION_UNKNOWN": ("activate", "Activate this site"),
    "IP_MISMATCH": ("reissue", "Have the licence reissued"),
    "DIRECTORY_MISMATCH": ("reissue", "Have the licence reissued"),
    "OWNER_MISMATCH": ("contact_vendor", "Contact the vendor"),
    "NOT_CREATED": ("add_facts", "Correct the call"),
    "CREDENTIAL_REFUSED": ("contact_vendor", "Contact the vendor"),
    "RATE_LIMITED": ("wait", "Ask again later"),
    "UNAVAILABLE": ("wait", "Ask again later"),
}
"""For each code but VALID the way out: its kind and a label."""

_BY_STATUS = {
    "expired": "EXPIRED",
    "suspended": "SUSPENDED",
    "revoked": "REVOKED",
    "deleted": "REVOKED",
    "refunded": "REFUNDED",
}
RECHECK = timedelta(days=1)
"""How long an answer may be believed without asking again, unless something ends sooner."""


@dataclass(frozen=True)
class Verdict:
    """One answer. Times are UTC, ends are exclusive.

    this_site: active, exempt, free_slot, limit_reached or not_sent. asker: holder, delegate, other, unknown or not_sent -
    whether the e-mail address the caller named is the holder's; an owner is never named. exempt_why: what makes the site
    exempt.
    """

    code: str
    this_site: str
    checked_at: datetime
    check_again_after: datetime
    standing: Standing | None = None
    site: str | None = None
    asker: str = "not_sent"
    exempt_why: str | None = None

    @property
    def valid(self) -> bool:
        return self.code == "VALID"

    @property
    def support_active(self) -> bool:
        found = self.standing
        if found is None:
            return False
        return found.support_open_ended or (found.support_until is not None and self.checked_at < found.support_until)

    @property
    def updates_active(self) -> bool:
        """Updates run with the licence unless the host named an end of their own."""
        found = self.standing
        if found is None or found.status != "active":
            return False
        return found.updates_until is None or self.checked_at < found.updates_until


def verdict(
    standing: Standing | None,
    now: datetime,
    *,
    fits: bool = True,
    place: str | None = None,
    site: str | None = None,
    email: str | None = None,
) -> Verdict:
    """The verdict on a licence at `now` (UTC).

    fits: whether it is for the product asked about. place: how the site stands (`seats.place_of`), None = not asked about.
    """
    if standing is None:
        return Verdict("NOT_FOUND", "not_sent", now, now + RECHECK)
    this_site = _THIS_SITE[place]
    code = _code(standing, fits, place)
    return Verdict(code, this_site, now, _recheck(standing, now), standing, site, _asker(standing, email))


def untold(code: str, now: datetime) -> Verdict:
    """A verdict that says nothing about the licence: the question could not be answered."""
    return Verdict(code, "not_sent", now, now)


_THIS_SITE = {
    None: "not_sent",
    "active": "active",
    "exempt": "exempt",
    "free_exempt": "exempt",
    "free_slot": "free_slot",
    "limit_reached": "limit_reached",
}


def _code(standing: Standing, fits: bool, place: str | None) -> str:
    if not fits:
        return "PRODUCT_MISMATCH"
    if standing.status in _BY_STATUS:
        return _BY_STATUS[standing.status]
    if place in ("free_slot", "free_exempt"):
        return "SITE_NOT_ACTIVATED"
    return "SITE_LIMIT_REACHED" if place == "limit_reached" else "VALID"


def _asker(standing: Standing, email: str | None) -> str:
    if not email:
        return "not_sent"
    named = same_mailbox(address(email, query=True) or email)
    if named in map(same_mailbox, standing.holder_emails):
        return "holder"
    if named in map(same_mailbox, standing.delegates):
        return "delegate"
    return "other" if standing.holder_emails else "unknown"


def _recheck(standing: Standing, now: datetime) -> datetime:
    ends = (standing.expires_at, standing.support_until, standing.updates_until)
    return min([now + RECHECK, *(end for end in ends if end is not None and end > now)])
