"""The shape of a policy pack: TOML data to policy values through marshmallow; faults are reported with path and cure."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from itertools import pairwise
from typing import Any, ClassVar

from marshmallow import Schema, ValidationError, fields, post_load, validate

from connector.domain.calendar.hours import DAYS, MODES, Calendar, Span, parse_span, parse_window
from connector.domain.clocks.clock_runs import NAMES as CLOCK_NAMES
from connector.domain.policy import policy
from connector.domain.policy.kinds import CHANNELS, LANE_NAMES
from connector.vendors.policies.fields import (
    Parsed,
    a_code,
    a_day,
    a_kind,
    a_language,
    a_notice,
    a_period,
    a_plan,
    a_product,
    a_template,
    a_term,
    a_text,
    a_text_name,
    a_version_rule,
    a_word,
    a_zone,
    an_address,
    choice,
    flag,
    list_of,
    matching,
    one_of,
    table_of,
    text,
)

FORMAT = 1
PER_PRODUCT = ("default_severity", "entitlement", "support_term", "scope", "severity", "attestations", "environment")
NEEDS = ("reproduction", "environment", "modified_code", "site", "product", "order", "version", "component")
_HOW = ("off", "notice", "ask", "deny")
_LONGEST_CLOSURE = 366


class Shape(Schema):
    """A table of the pack; `makes` is the dataclass it becomes. Unknown keys are refused."""

    makes: ClassVar[Callable[..., Any]] = dict

    @post_load
    def make(self, data: dict[str, Any], **more: Any) -> Any:
        return type(self).makes(
            **{key: tuple(value) if isinstance(value, list) else value for key, value in data.items()}
        )


class LinkShape(Shape):
    makes = policy.Link
    label = text()
    url = Parsed(an_address)


def _link(value: Any) -> policy.Link:
    """An address alone, or a table with label and url."""
    if isinstance(value, dict):
        if not value:
            raise ValueError("is empty: write an address, or { label, url }")
        made: policy.Link = LinkShape().load(value)
        return made
    return policy.Link(url=an_address(value))


def _anything(value: Any) -> Any:
    """Read with the rest of the pack around it (`packs`): a product's tables are laid over the pack's own."""
    return value


class ClosureShape(Shape):
    first = Parsed(a_day, required=True, data_key="from")
    last = Parsed(a_day, required=True, data_key="to")
    name = text()


class CalendarShape(Shape):
    timezone = Parsed(a_zone, required=True)
    open = table_of(one_of(DAYS, "day"), fields.List(Parsed(parse_window)))
    holidays = list_of(a_day)
    closures = fields.List(fields.Nested(ClosureShape))
    business_day = Parsed(parse_span)
    ends_at = choice("closing", "opening")

    @post_load
    def make(self, data: dict[str, Any], **more: Any) -> Calendar:
        closed = set(data.get("holidays", ()))
        for closure in data.get("closures", ()):
            length = (closure["last"] - closure["first"]).days + 1
            if not 0 < length <= _LONGEST_CLOSURE:
                raise ValidationError("a closure ends on or after its first day, at most 366 days later", "closures")
            closed |= {closure["first"] + timedelta(days=day) for day in range(length)}
        # A policy that names no hours is open round the clock; one that names them is closed outside.
        opens = data.get("open", {day: [(0, 1440)] for day in DAYS})
        if overlapping := [day for day, windows in opens.items() if _overlap(windows)]:
            cure = "two windows of one day overlap: let one end before the other starts"
            raise ValidationError({"open": {day: [cure] for day in overlapping}})
        if data.get("business_day", Span(1)).business_days or data.get("business_day") == Span():
            raise ValidationError("a business day is worth hours and minutes: write 9h", "business_day")
        try:
            return Calendar(
                zone=data["timezone"],
                week=tuple(tuple(sorted(opens.get(day, ()))) for day in DAYS),
                closed=frozenset(closed),
                business_day=data["business_day"].seconds if "business_day" in data else 0,
                ends_at=data.get("ends_at", "closing"),
            )
        except ValueError as error:
            raise ValidationError(str(error), "open") from None


def _overlap(windows: list[tuple[int, int]]) -> bool:
    return any(left[1] > right[0] for left, right in pairwise(sorted(windows)))


class ChannelShape(Shape):
    makes = policy.Channel
    use = choice("official", "redirect", "first_contact")
    to = Parsed(_link)
    code = Parsed(a_code)
    clause = text()
    hours = flag()
    closed = choice("redirect", "message")
    any_time = list_of(a_word)
    severities = list_of(a_word)
    respond = Parsed(parse_span)
    clock = choice(*MODES)


class EntitlementShape(Shape):
    makes = policy.Entitlement
    licence = choice("active", "known", "none")
    support = flag()
    after_support = choice("deny", "chargeable")
    free_severity = Parsed(a_word)
    requester = choice("anyone", "owner", "original_holder")
    requester_mode = choice(*_HOW)
    per_site = flag()
    site_mode = choice(*_HOW)
    sites_supported = fields.Integer(strict=True, validate=validate.Range(1, 10_000))
    pool_purchases = flag()
    repeat = choice("latest", "add_up")
    identity = choice("claimed", "verified")
    clause = text()
    owner_clause = text()
    site_clause = text()


class ComponentShape(Shape):
    makes = policy.Component
    open = flag()
    subscription = flag()
    plans = list_of(a_plan)
    severity = Parsed(a_word)
    clause = text()


class AttestationsShape(Shape):
    makes = policy.Attestations
    required = list_of(a_word)
    suggested = list_of(a_word)
    sentences = table_of(a_word, Parsed(a_text))
    clause = text()


class SupportTermShape(Shape):
    makes = policy.SupportTerm
    one_time = Parsed(a_term)
    recurring = Parsed(a_term)
    unknown_ = Parsed(a_term, data_key="unknown", attribute="unknown")


class ScopeShape(Shape):
    makes = policy.Scope
    cover = choice("covered", "excluded", "billable", "redirect", required=True)
    code = Parsed(a_code)
    clause = text()
    unless_plan = list_of(a_plan)
    unless_feature = list_of(a_plan)
    elsewhere = Parsed(_link)
    through = list_of(one_of(CHANNELS, "channel"))
    needs = list_of(one_of(NEEDS, "fact to ask for"))
    notice = list_of(a_notice)
    unmodified = flag()
    when_modified = choice("deny", "chargeable", "limited")
    supported_only = flag()
    stable_only = flag()
    latest_only = flag()
    timed = flag()
    lane = choice(*LANE_NAMES)
    tier = fields.Integer(strict=True, validate=validate.Range(1, 9))


class EnvironmentShape(Shape):
    makes = policy.Environment
    supported = table_of(a_word, list_of(a_version_rule))
    products = table_of(a_text, list_of(a_version_rule))
    required = list_of(a_word)
    clause = text()
    expected = table_of(a_word, list_of(a_version_rule))

    @post_load
    def make(self, data: dict[str, Any], **more: Any) -> policy.Environment:
        supported, products, expected = (
            {name: tuple(rules) for name, rules in data.get(key, {}).items()}
            for key in ("supported", "products", "expected")
        )
        return policy.Environment(supported, products, tuple(data.get("required", ())), data.get("clause"), expected)


class SeverityShape(Shape):
    makes = policy.Severity
    rank = fields.Integer(strict=True, validate=validate.Range(0, 1000))
    kinds = list_of(a_kind)
    plans = list_of(a_plan)
    may_ask = flag()
    best_effort = flag()
    tier = fields.Integer(strict=True, validate=validate.Range(1, 9))
    clock = choice(*MODES)
    respond = Parsed(parse_span)
    respond_warn = Parsed(parse_span)
    respond_closed = Parsed(parse_span)
    respond_during = table_of(a_word, Parsed(parse_span))
    closed_reading = choice("literal", "strict")
    resolve = Parsed(parse_span)
    resolve_warn = Parsed(parse_span)
    resolve_clock = choice(*MODES)
    update = Parsed(parse_span)
    update_delayed = Parsed(parse_span)


class TierShape(Shape):
    makes = policy.Tier
    name = text()
    to = fields.Integer(strict=True, validate=validate.Range(1, 9))


def _days(value: Any) -> Span:
    span = parse_span(value)
    if span.business_days:
        raise ValueError("is counted in hours or days of 24 hours, not in business days: write 7d")
    return span


class BillingShape(Shape):
    makes = policy.Billing
    pause_on_overdue = flag()
    payment_clearance = flag()
    grace = Parsed(_days)
    urgent = list_of(a_word)
    clause = text()
    overdue_clause = text()
    purchase_clause = text()


class RequestsShape(Shape):
    makes = policy.Requests
    several = choice("one_ticket", "ask")
    languages = list_of(a_language)
    other_languages = choice("notice", "redirect")
    duplicates = choice("accept", "redirect")
    duplicate_within = Parsed(_days)
    restrictions = flag()
    quota = fields.Integer(strict=True, validate=validate.Range(1, 10_000))
    quota_per = Parsed(a_period)
    quota_then = choice("deny", "chargeable")
    clause = text()


class ClocksShape(Shape):
    makes = policy.Clocks
    receipt_counts = flag()
    reopened = choice("continue", "restart")
    waiting = choice("pause", "run")
    access_declined = choice("pause", "run")
    update_from = choice("last", "creation")
    escalates = list_of(one_of(CLOCK_NAMES, "clock"))


class CredentialsShape(Shape):
    found = choice("remove", "refuse")
    clause = text()


class NoticesShape(Shape):
    backlog = flag()
    closed_days = flag()
    clause = text()


class PackShape(Shape):
    """The whole pack but for its examples."""

    format = fields.Integer(strict=True, required=True, validate=validate.Equal(FORMAT))
    id = Parsed(
        matching(r"[a-z][a-z0-9-]{1,39}", "lower-case words joined by hyphens, as in whmcs-modules"), required=True
    )
    version = Parsed(
        matching(r"\d{4}-(0[1-9]|1[0-2])(-\d\d)?(\.\d+)?", "a year and month such as 2025-01 or 2025-01.2"),
        required=True,
    )
    effective_from = Parsed(a_day, required=True)
    title = text(required=True)
    source = text(required=True)
    requires = list_of(a_text)
    default_severity = Parsed(a_word, required=True)
    default_component = Parsed(a_word)
    channel_clock = choice("stricter", "channel")
    tiers = fields.Integer(strict=True, validate=validate.Range(0, 9))
    tier_start = choice("mapped", "first")
    escalation = table_of(one_of("123456789", "tier"), fields.Nested(TierShape))
    links = table_of(a_word, Parsed(_link))
    calendar = fields.Nested(CalendarShape, required=True)
    channel = table_of(one_of(CHANNELS, "channel"), fields.Nested(ChannelShape), required=True)
    entitlement = fields.Nested(EntitlementShape, required=True)
    component = table_of(a_word, fields.Nested(ComponentShape))
    attestations = fields.Nested(AttestationsShape)
    support_term = fields.Nested(SupportTermShape)
    scope = table_of(a_kind, fields.Nested(ScopeShape), required=True)
    environment = fields.Nested(EnvironmentShape)
    severity = table_of(a_word, fields.Nested(SeverityShape), required=True)
    hours = table_of(a_word, table_of(one_of(DAYS, "day"), fields.List(Parsed(parse_window))))
    product = table_of(a_product, table_of(one_of(PER_PRODUCT, "table of one product"), Parsed(_anything)))
    billing = fields.Nested(BillingShape)
    credentials = fields.Nested(CredentialsShape)
    notices = fields.Nested(NoticesShape)
    requests = fields.Nested(RequestsShape)
    clocks = fields.Nested(ClocksShape)
    texts = table_of(a_language, table_of(a_text_name, Parsed(a_template)))
