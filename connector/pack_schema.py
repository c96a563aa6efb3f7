"""The shape of a policy pack: TOML data to policy values through marshmallow; faults are told with place and cure."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from typing import Any, ClassVar
from zoneinfo import available_timezones

from marshmallow import Schema, ValidationError, fields, post_load, validate

from connector.domain import policy
from connector.domain.hours import DAYS, MODES, Calendar, parse_span, parse_window
from connector.domain.kinds import ATTESTATIONS, CHANNELS, KINDS, LANE_NAMES, canonical_kind
from connector.domain.periods import parse_period
from connector.domain.reasons import REASONS
from connector.domain.rules_environment import parse_alternative

FORMAT = 1
_ZONE_HINTS = {
    "EST": "America/New_York (with daylight saving) or Etc/GMT+5 (always five hours behind)",
    "EST5EDT": "America/New_York",
    "MST": "America/Denver (with daylight saving) or Etc/GMT+7 (always seven hours behind)",
    "CST": "America/Chicago",
    "PST": "America/Los_Angeles",
    "HST": "Pacific/Honolulu",
    "IST": "Asia/Kolkata",
    "BST": "Europe/London",
    "GMT+5:30": "Asia/Kolkata",
}
_NO_ZONES = {"localtime", "Factory", "posixrules", *(_ZONE_HINTS)}
_LONGEST_CLOSURE = 366


def suggestion(word: object, known: Any) -> str:
    """`; did you mean bug?` where one of the known words is near, else nothing."""
    near = difflib.get_close_matches(str(word)[:60], sorted(known), n=1, cutoff=0.6)
    return f"; did you mean {near[0]}?" if near else ""


class _Parsed(fields.Field[Any]):
    """Text turned into a value by a function that raises ValueError with the cure."""

    def __init__(self, parse: Callable[[Any], Any], **more: Any) -> None:
        super().__init__(**more)
        self.parse = parse

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **more: Any) -> Any:
        try:
            return self.parse(value)
        except ValueError as error:
            raise ValidationError(str(error)) from None


def _text(value: Any) -> str:
    if not isinstance(value, str) or not value.strip():
        raise ValueError("must be text, and not empty")
    return value


def _one_of(known: Any, what: str) -> Callable[[Any], str]:
    def parse(value: Any) -> str:
        if not isinstance(value, str) or value not in known:
            raise ValueError(
                f"{value!r} is no {what}{suggestion(value, known) or '.'} Known: {', '.join(sorted(known))}"
            )
        return value

    return parse


def _zone(value: Any) -> str:
    name = _text(value)
    if name in _ZONE_HINTS:
        raise ValueError(f"{name!r} is an abbreviation, not a place: write {_ZONE_HINTS[name]}")
    if name in _NO_ZONES or name not in available_timezones():
        near = suggestion(name, available_timezones() - _NO_ZONES)
        raise ValueError(f"{name!r} is no time zone{near or '; write an IANA name such as Europe/London'}")
    return name


def _kind(value: Any) -> str:
    if value in KINDS:
        return str(value)
    meant = canonical_kind(value)
    raise ValueError(f"{value!r} is no kind of request" + (f"; write {meant}" if meant else suggestion(value, KINDS)))


def _day(value: Any) -> date:
    if isinstance(value, str):
        try:
            return date.fromisoformat(value)
        except ValueError:
            raise ValueError(f"{value!r} is no date: write 2026-12-25") from None
    if not isinstance(value, date) or isinstance(value, datetime):
        raise ValueError("must be a local date such as 2026-12-25, without a time")
    return value


def _term(value: Any) -> str:
    if value != "while_active":
        parse_period(value)
    return str(value)


def _code(value: Any) -> str:
    if value not in REASONS:
        raise ValueError(f"{value!r} is no reason code{suggestion(value, REASONS)}")
    return str(value)


def _notice(value: Any) -> str:
    code = _code(value)
    if REASONS[code].severity != "notice":
        raise ValueError(f"{code!r} is a {REASONS[code].severity}, not a notice; use it as `code` instead")
    return code


def _version_rule(value: Any) -> str:
    parse_alternative(_text(value))
    return _text(value)


def _matching(pattern: str, hint: str) -> Callable[[Any], str]:
    def parse(value: Any) -> str:
        if not isinstance(value, str) or not re.fullmatch(pattern, value, re.ASCII):
            raise ValueError(f"{value!r} will not do: {hint}")
        return value

    return parse


def text(**more: Any) -> _Parsed:
    return _Parsed(_text, **more)


def flag() -> fields.Boolean:
    return fields.Boolean(truthy={True}, falsy={False})


def choice(*known: str, **more: Any) -> _Parsed:
    return _Parsed(_one_of(known, "choice here"), **more)


def list_of(parse: Callable[[Any], Any], **more: Any) -> fields.List[Any]:
    return fields.List(_Parsed(parse), **more)


def table_of(parse: Callable[[Any], Any], values: Any, **more: Any) -> fields.Dict:
    return fields.Dict(keys=_Parsed(parse), values=values, **more)


_word = _matching(r"[a-z][a-z0-9_]{0,39}", "a short lower-case word such as ticket or normal")


class Shape(Schema):
    """A table of the pack; `makes` is the dataclass it becomes. Unknown keys are refused."""

    makes: ClassVar[Callable[..., Any]] = dict

    @post_load
    def make(self, data: dict[str, Any], **more: Any) -> Any:
        return type(self).makes(
            **{key: tuple(value) if isinstance(value, list) else value for key, value in data.items()}
        )


_address = _matching(r"(?:https://|mailto:)\S{1,500}", "an address that starts with https:// or mailto:")


class LinkShape(Shape):
    makes = policy.Link
    label = text()
    url = _Parsed(_address)


def _link(value: Any) -> policy.Link:
    """An address alone, or a table with label and url."""
    if isinstance(value, dict):
        made: policy.Link = LinkShape().load(value)
        return made
    return policy.Link(url=_address(value))


class ClosureShape(Shape):
    first = _Parsed(_day, required=True, data_key="from")
    last = _Parsed(_day, required=True, data_key="to")
    name = text()


class CalendarShape(Shape):
    timezone = _Parsed(_zone, required=True)
    open = table_of(_one_of(DAYS, "day"), fields.List(_Parsed(parse_window)))
    holidays = list_of(_day)
    closures = fields.List(fields.Nested(ClosureShape))
    business_day = _Parsed(parse_span)
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


class ChannelShape(Shape):
    makes = policy.Channel
    use = choice("official", "redirect", "first_contact")
    to = _Parsed(_link)
    code = _Parsed(_code)
    clause = text()
    hours = flag()
    closed = choice("redirect", "message")
    any_time = list_of(_word)
    respond = _Parsed(parse_span)
    clock = choice(*MODES)


class EntitlementShape(Shape):
    makes = policy.Entitlement
    licence = choice("active", "known", "none")
    support = flag()
    after_support = choice("deny", "chargeable")
    requester = choice("anyone", "owner", "original_holder")
    per_site = flag()
    pool_purchases = flag()
    clause = text()
    owner_clause = text()
    site_clause = text()


class ComponentShape(Shape):
    makes = policy.Component
    open = flag()
    subscription = flag()
    severity = _Parsed(_word)
    clause = text()


class AttestationsShape(Shape):
    makes = policy.Attestations
    required = list_of(_one_of(ATTESTATIONS, "attestation"))
    suggested = list_of(_one_of(ATTESTATIONS, "attestation"))
    clause = text()


class SupportTermShape(Shape):
    makes = policy.SupportTerm
    one_time = _Parsed(_term)
    recurring = _Parsed(_term)
    unknown_ = _Parsed(_term, data_key="unknown", attribute="unknown")


class ScopeShape(Shape):
    makes = policy.Scope
    cover = choice("covered", "excluded", "billable", "redirect", required=True)
    code = _Parsed(_code)
    clause = text()
    unless_plan = list_of(_text)
    unless_feature = list_of(_text)
    elsewhere = _Parsed(_link)
    needs = list_of(_one_of(("reproduction", "environment", "modified_code", "site", "product"), "fact to ask for"))
    notice = list_of(_notice)
    unmodified = flag()
    supported_only = flag()
    stable_only = flag()
    lane = choice(*LANE_NAMES)
    tier = fields.Integer(strict=True, validate=validate.Range(1, 9))


class EnvironmentShape(Shape):
    makes = policy.Environment
    supported = table_of(_word, list_of(_version_rule))
    required = list_of(_word)
    clause = text()

    @post_load
    def make(self, data: dict[str, Any], **more: Any) -> policy.Environment:
        supported = {part: tuple(rules) for part, rules in data.get("supported", {}).items()}
        return policy.Environment(supported, tuple(data.get("required", ())), data.get("clause"))


class SeverityShape(Shape):
    makes = policy.Severity
    rank = fields.Integer(strict=True, validate=validate.Range(0, 1000))
    kinds = list_of(_kind)
    plans = list_of(_text)
    may_ask = flag()
    tier = fields.Integer(strict=True, validate=validate.Range(1, 9))
    clock = choice(*MODES)
    respond = _Parsed(parse_span)
    respond_warn = _Parsed(parse_span)
    respond_closed = _Parsed(parse_span)
    closed_reading = choice("literal", "strict")
    resolve = _Parsed(parse_span)
    resolve_warn = _Parsed(parse_span)
    resolve_clock = choice(*MODES)
    update = _Parsed(parse_span)


class BillingShape(Shape):
    makes = policy.Billing
    pause_on_overdue = flag()
    payment_clearance = flag()
    urgent = list_of(_word)
    clause = text()
    overdue_clause = text()
    purchase_clause = text()


class CredentialsShape(Shape):
    found = choice("remove", "refuse")
    clause = text()


class NoticesShape(Shape):
    backlog = flag()
    clause = text()


class PackShape(Shape):
    """The whole pack but for its examples."""

    format = fields.Integer(strict=True, required=True, validate=validate.Equal(FORMAT))
    id = _Parsed(
        _matching(r"[a-z][a-z0-9-]{1,39}", "lower-case words joined by hyphens, as in whmcs-modules"), required=True
    )
    version = _Parsed(
        _matching(r"\d{4}-\d\d(-\d\d)?(\.\d+)?", "a year and month such as 2025-01 or 2025-01.2"), required=True
    )
    effective_from = _Parsed(_day, required=True)
    title = text(required=True)
    source = text(required=True)
    requires = list_of(_text)
    default_severity = _Parsed(_word, required=True)
    default_component = _Parsed(_word)
    channel_clock = choice("stricter", "channel")
    tiers = fields.Integer(strict=True, validate=validate.Range(0, 9))
    links = table_of(_word, _Parsed(_link))
    calendar = fields.Nested(CalendarShape, required=True)
    channel = table_of(_one_of(CHANNELS, "channel"), fields.Nested(ChannelShape), required=True)
    entitlement = fields.Nested(EntitlementShape, required=True)
    component = table_of(_word, fields.Nested(ComponentShape))
    attestations = fields.Nested(AttestationsShape)
    support_term = fields.Nested(SupportTermShape)
    scope = table_of(_kind, fields.Nested(ScopeShape), required=True)
    environment = fields.Nested(EnvironmentShape)
    severity = table_of(_word, fields.Nested(SeverityShape), required=True)
    billing = fields.Nested(BillingShape)
    credentials = fields.Nested(CredentialsShape)
    notices = fields.Nested(NoticesShape)
