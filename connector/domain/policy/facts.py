"""What a decision is made from and what it is: plain values that can be stored, replayed and compared."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from connector.domain.licensing.events import Person
from connector.domain.licensing.standing import Purchase, Standing


@dataclass(frozen=True)
class Asked:
    """The request itself, without texts and without keys: what the rules look at.

    site_exempt: a staging or local site, which takes no seat. automatic: a machine wrote it.
    seat: which of the licence's seats the site has or shares, in order of time from 1; None = none, or not looked for.
    """

    kind: str | None = None
    product: str | None = None
    site: str | None = None
    site_exempt: bool = False
    seat: int | None = None
    channel: str = "ticket"
    severity: str | None = None
    requester: Person | None = None
    requester_verified: bool | None = None
    component: str | None = None
    environment: dict[str, str] = field(default_factory=dict)
    has_reproduction: bool = False
    attestations: tuple[str, ...] = ()
    modified_code: bool | None = None
    cause: str | None = None
    key_given: bool = False
    order_given: bool = False
    redactions: tuple[str, ...] = ()
    first_contact: bool = True
    automatic: bool = False


@dataclass(frozen=True)
class Earlier:
    """A ticket that the requester opened before: its number, what it was about, when (UTC), and whether it is still open."""

    number: str
    at: datetime
    kind: str | None = None
    product: str | None = None
    open: bool = True


@dataclass(frozen=True)
class Restriction:
    """What staff decided about a person (R30): `deny`, or `hold` until somebody looked; exclusive end (UTC), None = open."""

    how: str
    until: datetime | None = None


@dataclass(frozen=True)
class Facts:
    """Everything a decision needs, read before it starts.

    standing      the licence the request is about, or None (`ambiguous` when several fit and none was named)
    siblings      the same holder's other licences of the same product (DUR-04)
    plans         plan and product slugs the holder has in force besides (e.g. `server-management`, SCO-09); those of the
                  requester himself where the licence does not know him
    lifting       those of `plans` that raise the priority: of other licences of the same product, and products that are
                  plans themselves; None where nobody told them apart
    features      feature flags of the product record (e.g. `migration`, SCO-11)
    orders        orders of the requester or holder for this product (PUR-04, PUR-05, PUR-08)
    invoices_overdue  invoice ids past their due day (INV-09)
    earlier       the requester's own tickets, where the policy counts them (R19, R29)
    restriction   what staff decided about the requester, where the policy knows such decisions (R30)
    stale_parts   what could not be known just now, each a hold and never a denial
    names         what the vendor calls the products and plans concerned, by slug; for texts only
    """

    asked: Asked
    standing: Standing | None = None
    ambiguous: bool = False
    siblings: tuple[Standing, ...] = ()
    plans: tuple[str, ...] = ()
    lifting: tuple[str, ...] | None = None
    features: tuple[str, ...] = ()
    orders: tuple[Purchase, ...] = ()
    invoices_overdue: tuple[str, ...] = ()
    earlier: tuple[Earlier, ...] = ()
    restriction: Restriction | None = None
    stale_parts: tuple[str, ...] = ()
    names: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Remedy:
    """The remedy of a finding: what to do, in words, and where."""

    kind: str
    label: str
    url: str | None = None


@dataclass(frozen=True)
class Finding:
    """One reason: its code in `reasons.py`, how much it weighs, the clause it rests on and the facts it used.

    severity: notice, ask, hold, redirect or deny. `facts` values are text, numbers, booleans, lists or RFC 3339 times.
    """

    code: str
    severity: str
    clause: str | None = None
    message: str = ""
    facts: dict[str, object] = field(default_factory=dict)
    remedy: Remedy | None = None


@dataclass(frozen=True)
class Check:
    """One line of the look-up: a rule's name and whether it passed, failed or did not apply."""

    rule: str
    result: str
    codes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Due:
    """When an accepted request must be answered, solved and next reported on (UTC); None where the policy promises nothing."""

    respond_by: datetime | None = None
    warn_at: datetime | None = None
    resolve_by: datetime | None = None
    resolve_warn_at: datetime | None = None
    update_by: datetime | None = None


@dataclass(frozen=True)
class Decision:
    """The answer: outcome accept, ask, hold, redirect or deny; every finding; priority, tier and due times where queued."""

    outcome: str
    findings: tuple[Finding, ...]
    checks: tuple[Check, ...]
    policy: str
    checked_at: datetime
    lane: str | None = None
    priority: str | None = None
    rank: int = 0
    tier: int | None = None
    due: Due = Due()
