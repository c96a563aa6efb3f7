"""What vendors' software is told about a licence: one native verdict, from which every protocol face is rendered. Pure.

No personal data: a verdict names the licence, never its holder.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from connector.domain.facts import Standing

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
}
"""Extended, never reused: shipped software compares these words."""

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
    """One answer. this_site: active, free_slot, limit_reached or not_sent. Times are UTC, ends are exclusive."""

    code: str
    this_site: str
    checked_at: datetime
    check_again_after: datetime
    standing: Standing | None = None
    site: str | None = None

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


def verdict(standing: Standing | None, product: str | None, site: str | None, now: datetime) -> Verdict:
    """The verdict on a licence for a product on a canonical site at `now` (UTC); None of each = not asked about."""
    if standing is None:
        return Verdict("NOT_FOUND", "not_sent", now, now + RECHECK)
    this_site = _this_site(standing, site)
    return Verdict(_code(standing, product, this_site), this_site, now, _recheck(standing, now), standing, site)


def _code(standing: Standing, product: str | None, this_site: str) -> str:
    if product is not None and product != standing.product:
        return "PRODUCT_MISMATCH"
    if standing.status in _BY_STATUS:
        return _BY_STATUS[standing.status]
    return {"free_slot": "SITE_NOT_ACTIVATED", "limit_reached": "SITE_LIMIT_REACHED"}.get(this_site, "VALID")


def _this_site(standing: Standing, site: str | None) -> str:
    if site is None:
        return "not_sent"
    if site in standing.seated:
        return "active"
    claims = len(standing.seated) + len(standing.over_limit)
    free = standing.site_limit is None or claims < standing.site_limit
    return "free_slot" if free else "limit_reached"


def _recheck(standing: Standing, now: datetime) -> datetime:
    ends = (standing.expires_at, standing.support_until, standing.updates_until)
    return min([now + RECHECK, *(end for end in ends if end is not None and end > now)])
