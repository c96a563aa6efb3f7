"""A vendor's published support policy as frozen data: what the rules look up. `vendors.policies.packs` reads it from TOML."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from connector.domain.calendar.hours import Calendar, Span


@dataclass(frozen=True)
class Link:
    """Where a customer is sent: a label for people, an address (https: or mailto:), or both."""

    label: str | None = None
    url: str | None = None


@dataclass(frozen=True)
class Channel:
    """What the policy says of one channel (CHN-01..18).

    use       official: taken; redirect: told where to go; first_contact: noted, then sent to the ticket form
    hours     True where the channel is only staffed in business hours
    closed    outside hours: `redirect` to the helpdesk (CHN-15), or `message`: taken like an e-mail (CHN-11)
    any_time  severities that may use the channel outside hours (CHN-17)
    severities  the only ones the channel is for, such as a hotline for urgent issues (CHN-17); none named = all
    respond   the channel's own promise, counted by `clock`
    """

    use: str = "official"
    to: Link | None = None
    code: str = "use_helpdesk"
    clause: str | None = None
    hours: bool = False
    closed: str = "redirect"
    any_time: tuple[str, ...] = ()
    severities: tuple[str, ...] = ()
    respond: Span | None = None
    clock: str = "open"


@dataclass(frozen=True)
class Component:
    """A part of a product with rules of its own (001: core and extensions).

    open: everybody may ask, no entitlement is needed (ELG-11, A2); subscription: only while one is active (ELG-10).
    plans: who has one of these plans or products in force may ask as well, whatever the licence is for (R28).
    """

    open: bool = False
    subscription: bool = False
    plans: tuple[str, ...] = ()
    severity: str | None = None
    clause: str | None = None


@dataclass(frozen=True)
class Entitlement:
    """Who may ask.

    licence        active: in force (ELG-01); known: some purchase is on record (003); none: everybody (ELG-13)
    support        a running support period is needed (ELG-02)
    after_support  when the period is over: deny (ELG-03), or chargeable: an offer (ELG-12, A3)
    free_severity  who shows no licence is served at this severity, without a promise (R27); None = is asked for one
    requester      anyone with the key; owner: its owner now; original_holder: its first owner (ELG-06, A1)
    requester_mode what becomes of anybody else: off, notice, ask or deny; None = deny where `requester` binds support to
                   a person, else ask a verified stranger (notice where no licence is needed)
    per_site       the site must be named and hold one of the licence's seats (ELG-08)
    sites_supported  how many of the licence's sites are supported, the first ones; None = all of them
    site_mode      what becomes of a site beyond the licence's own limit: off, notice, ask or deny, counted by the page or
                   not; None = deny (notice where no licence is needed)
    pool_purchases all purchases of the product count (DUR-04): the latest end, or `add_up` (A23) as `repeat` says
    identity       claimed: as named; verified: the host must vouch for the requester (R9)
    """

    licence: str = "active"
    support: bool = True
    after_support: str = "deny"
    free_severity: str | None = None
    requester: str = "anyone"
    requester_mode: str | None = None
    per_site: bool = False
    site_mode: str | None = None
    sites_supported: int | None = None
    pool_purchases: bool = False
    repeat: str = "latest"
    identity: str = "claimed"
    clause: str | None = None
    owner_clause: str | None = None
    site_clause: str | None = None


@dataclass(frozen=True)
class Attestations:
    """What the customer confirms before asking: required ones are asked for (CHN-06), suggested named (CHN-12).

    sentences: what each one says, by its word; ours for the usual ones, and those of the vendor's own making.
    """

    required: tuple[str, ...] = ()
    suggested: tuple[str, ...] = ()
    sentences: Mapping[str, str] = field(default_factory=dict)
    clause: str | None = None


@dataclass(frozen=True)
class SupportTerm:
    """How long a purchase is covered when no end is named: a period, `while_active`, or None = unknown (DUR-01..03)."""

    one_time: str | None = None
    recurring: str | None = None
    unknown: str | None = None


@dataclass(frozen=True)
class Scope:
    """What the policy says of one kind of request.

    cover      covered, excluded, billable (held until an estimate is approved) or redirect
    code       the reason code when it is not covered; None takes the usual one
    unless_plan, unless_feature   in force, they make the kind covered (SCO-09, SCO-11)
    needs      facts to ask for: reproduction, environment, modified_code, site, product, order, version, component (R20)
    through    channels on which a kind that is redirected is taken: it has come where it belongs (PRE-01)
    notice     codes of notices that go with an acceptance (SCO-23)
    unmodified      only the product's original code (SCO-03); when_modified: deny, chargeable or limited (R15)
    supported_only  only environments of the matrix (SCO-01); stable_only: only released versions (SCO-05)
    latest_only     only the product versions of `environment.products`: update first (R13)
    timed           False: no time is promised for this kind (A4)
    """

    cover: str
    code: str | None = None
    clause: str | None = None
    unless_plan: tuple[str, ...] = ()
    unless_feature: tuple[str, ...] = ()
    elsewhere: Link | None = None
    through: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    notice: tuple[str, ...] = ()
    unmodified: bool = False
    when_modified: str = "deny"
    supported_only: bool = False
    stable_only: bool = False
    latest_only: bool = False
    timed: bool = True
    lane: str | None = None
    tier: int | None = None


@dataclass(frozen=True)
class Environment:
    """Supported surroundings: part (php, whmcs, os ...) to alternatives, each `name >=8.1 <9` or `>=8.1` (SCO-01).

    products: product slug to the versions of it that are supported, written the same way (R13).
    expected: the same where the page has no list and the pack's is a reading: what lies outside it is told, never refused.
    """

    supported: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    products: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    required: tuple[str, ...] = ()
    clause: str | None = None
    expected: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def lists(self) -> Mapping[str, tuple[str, ...]]:
        """What each part is compared with; the vendor's own list before a reading."""
        return {**self.expected, **self.supported}


@dataclass(frozen=True)
class Severity:
    """A priority: who gets it, how it ranks in the queue and what it promises; None promises nothing (HRS-27).

    best_effort says so with every answer (R25). clock counts respond and updates; resolve_clock counts resolve.
    respond_during: for requests made in hours of this name (`Policy.hours`), in place of respond (R24); the slowest counts.
    update_delayed stands for update once a delay was told, where there is none (HRS-23).
    respond_closed replaces respond for requests made outside hours: `literal` by the instant of creation, or `strict`:
    never later than next opening + respond (A10).
    """

    rank: int = 0
    kinds: tuple[str, ...] = ()
    plans: tuple[str, ...] = ()
    may_ask: bool = False
    best_effort: bool = False
    tier: int | None = None
    clock: str = "open"
    respond: Span | None = None
    respond_warn: Span | None = None
    respond_closed: Span | None = None
    respond_during: Mapping[str, Span] = field(default_factory=dict)
    closed_reading: str = "literal"
    resolve: Span | None = None
    resolve_warn: Span | None = None
    resolve_clock: str = "open"
    update: Span | None = None
    update_delayed: Span | None = None


@dataclass(frozen=True)
class Tier:
    """A step of escalation: its name for people, and the tier above (None = the next number; TIER-05, TIER-07)."""

    name: str | None = None
    to: int | None = None


@dataclass(frozen=True)
class Billing:
    """Money: what holds a request back (INV-09, INV-10; A25: both off until the vendor turns them on).

    grace: how long after its due day an invoice is not yet held against anybody (R5).
    """

    pause_on_overdue: bool = False
    payment_clearance: bool = False
    urgent: tuple[str, ...] = ()
    grace: Span = field(default_factory=Span)
    clause: str | None = None
    overdue_clause: str | None = None
    purchase_clause: str | None = None


@dataclass(frozen=True)
class Requests:
    """How requests are made.

    several     of several kinds in one form: one_ticket, which an agent can split, or ask for one each (A26, R19)
    languages   ISO 639-1 codes that are spoken, none = any; other_languages: notice or redirect (R22)
    duplicates  the same person, product and kind again within `duplicate_within`: accept, or redirect to its ticket (R19)
    restrictions  staff may restrict a person; lanes stay open (R30)
    quota       so many tickets a person in `quota_per`; then: deny or chargeable (R29)
    """

    several: str = "one_ticket"
    languages: tuple[str, ...] = ()
    other_languages: str = "notice"
    duplicates: str = "accept"
    duplicate_within: Span = field(default_factory=lambda: Span(seconds=2 * 86400))
    restrictions: bool = False
    quota: int | None = None
    quota_per: str = "12 months"
    quota_then: str = "deny"
    clause: str | None = None


@dataclass(frozen=True)
class Clocks:
    """How clocks go on once a request is taken.

    receipt_counts   an automatic receipt is a first reply (A13)
    reopened         `continue`: the resolution counts on, without the time it was solved; `restart`: it starts anew (A14)
    waiting          `pause` or `run`: the resolution, while the customer is asked something (A16)
    access_declined  the same while necessary access is refused (A18)
    update_from      `last`: the last public message of an agent, or `creation`: a fixed grid (A9)
    escalates        clocks whose breach moves the ticket one tier up (TIER-05)
    """

    receipt_counts: bool = False
    reopened: str = "continue"
    waiting: str = "pause"
    access_declined: str = "pause"
    update_from: str = "last"
    escalates: tuple[str, ...] = ("first_response", "resolution")


@dataclass(frozen=True)
class Policy:
    """One version of one vendor's policy, with the vendor's own settings merged in.

    digest: SHA-256 (hex) of the effective data without its examples. links: renew, buy, helpdesk, contact, account ...
    credentials: `remove` cuts them and tells (CRD-01), `refuse` asks for the secure way (002). backlog: HRS-08.
    channel_clock: the `stricter` of the channel's and the severity's promise, or `channel` (A27). tiers: 0 = none;
    tier_start: where the kind's and the severity's `mapped` tier says, or always `first` (A17). escalation: tier to step.
    texts: language (ISO 639-1) to reason code to a template in place of ours; `language` is the one being spoken,
    `names` what products and plans are called, by slug. hours: hours with a name, each a calendar of its own.
    products: what the policy says of one product, by slug: the whole policy with what that product has otherwise.
    """

    id: str
    version: str
    effective_from: date
    title: str
    source: str
    digest: str
    calendar: Calendar
    default_severity: str
    severities: Mapping[str, Severity]
    scope: Mapping[str, Scope]
    channels: Mapping[str, Channel]
    entitlement: Entitlement = Entitlement()
    components: Mapping[str, Component] = field(default_factory=dict)
    default_component: str | None = None
    attestations: Attestations = Attestations()
    support_term: SupportTerm = SupportTerm()
    environment: Environment = Environment()
    billing: Billing = Billing()
    requests: Requests = Requests()
    clocks: Clocks = Clocks()
    links: Mapping[str, Link] = field(default_factory=dict)
    credentials: str = "remove"
    credentials_clause: str | None = None
    backlog: bool = False
    backlog_clause: str | None = None
    closed_days: bool = False
    texts: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    language: str = "en"
    names: Mapping[str, str] = field(default_factory=dict)
    channel_clock: str = "stricter"
    tiers: int = 0
    tier_start: str = "mapped"
    escalation: Mapping[str, Tier] = field(default_factory=dict)
    hours: Mapping[str, Calendar] = field(default_factory=dict)
    products: Mapping[str, Policy] = field(default_factory=dict)
    examples: tuple[Mapping[str, Any], ...] = ()

    @property
    def zone(self) -> str:
        """The calendar's IANA zone."""
        return self.calendar.zone

    @property
    def ref(self) -> str:
        """`whmcs-modules@2025-01#9f3c2a`: which policy, which version, which effective data."""
        return f"{self.id}@{self.version}#{self.digest[:6]}"

    def about(self, product: str | None) -> Policy:
        """What the policy says of this product; of one that it does not name, what it says of all."""
        return self.products.get((product or "").strip().casefold(), self) if self.products else self

    def speaking(self, language: str | None) -> Policy:
        """The same policy, telling its reasons in this language where the pack has texts for it, else in English."""
        spoken = language if language and language in self.texts else "en"
        return self if spoken == self.language else replace(self, language=spoken)

    def told(self, language: str | None, names: Mapping[str, str]) -> Policy:
        """The same policy as it tells this request: in this language, calling products and plans by these names."""
        spoken = self.speaking(language) if self.texts else self
        return replace(spoken, names=names) if names else spoken

    def term(self, purchase: str | None) -> str | None:
        """The support term of a purchase: `3 months`, `while_active`, or None where it cannot be known (DUR-03)."""
        terms = {"one_time": self.support_term.one_time, "recurring": self.support_term.recurring}
        return terms.get(purchase or "", self.support_term.unknown)
