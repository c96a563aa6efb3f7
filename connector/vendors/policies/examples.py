"""A pack's own examples: small requests with the answer they must get, run by `packs.lint`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import MAXYEAR, MINYEAR, UTC, datetime, timedelta
from typing import Any

from marshmallow import Schema, ValidationError, fields

from connector.domain.licensing.events import Person
from connector.domain.licensing.standing import Purchase, Standing
from connector.domain.policy.decide import FIRST_YEAR, LAST_YEAR, decide
from connector.domain.policy.facts import Asked, Decision, Earlier, Facts
from connector.domain.policy.kinds import KINDS, LANE_NAMES
from connector.domain.policy.policy import Policy
from connector.domain.policy.reasons import SEVERITIES
from connector.domain.policy.scope import kinds_of
from connector.vendors.policies.fields import a_code, choice, list_of, one_of, suggestion

_HOLDER = Person("c1", "holder@example.com")
_OWNER = Person("c2", "owner@example.com")
_REQUESTERS = {"holder": _HOLDER, "owner": _OWNER, "stranger": Person("c9", "stranger@example.com"), "nobody": None}
_PRODUCT = "acme"
_OUTCOMES = ("accept", *(severity for severity in SEVERITIES if severity != "notice"))
_ORDERS = ("pending", "paid", "failed", "cancelled", "refunded", "disputed")
_STATUSES = ("active", "suspended", "revoked", "expired", "refunded", "deleted", "unknown", "none")
_PARTS = ("licence", "holder", "support_period", "purchase_kind", "subscription", "sites", "orders", "upstream")


class ExampleShape(Schema):
    """What an example may say; `at` is an instant with its offset."""

    name = fields.String(required=True)
    at = fields.Raw(required=True)
    settings = fields.Dict(keys=fields.String())
    # the request
    kind = fields.String()
    channel = fields.String()
    severity = fields.String()
    product = fields.String()
    licensed = fields.String()
    site = fields.String()
    component = fields.String()
    requester = choice(*_REQUESTERS)
    environment = fields.Dict(keys=fields.String(), values=fields.String())
    reproduction = fields.Boolean()
    modified_code = fields.Boolean()
    attestations = fields.List(fields.String())
    redactions = fields.List(fields.String())
    first_contact = fields.Boolean()
    cause = fields.String()
    verified = fields.Boolean()
    # what the ledger knows
    licence = choice(*_STATUSES)
    support_until = fields.Raw()
    support = choice("running", "expired", "open_ended", "unknown")
    purchase = choice("one_time", "recurring")
    subscription = choice("active", "cancelled", "ended")
    plan = fields.String()
    plans = fields.List(fields.String())
    features = fields.List(fields.String())
    sites = fields.List(fields.String())
    site_limit = fields.Integer()
    orders = list_of(one_of(_ORDERS, "state of an order"))
    overdue = fields.Boolean()
    earlier = fields.List(fields.Raw())
    unknown_parts = list_of(one_of(_PARTS, "part that could be unknown"))
    # what must come out
    expect = choice(*_OUTCOMES, required=True)
    reasons = list_of(a_code)
    lane = choice(*LANE_NAMES)
    priority = fields.String()
    tier = fields.Integer()
    respond_by = fields.Raw()
    warn_at = fields.Raw()
    resolve_by = fields.Raw()
    update_by = fields.Raw()


def problems(examples: Any) -> Iterator[tuple[str, str]]:
    """(place, message) for each example that cannot be run, and for names used twice."""
    if not isinstance(examples, list):
        yield "example", "must be [[example]] tables"
        return
    seen: set[str] = set()
    for number, example in enumerate(examples):
        place = f"example[{number}]"
        try:
            ExampleShape().load(example)
        except ValidationError as error:
            yield from _faults(error.messages, place)
            continue
        yield from ((f"{place}.{key}", message) for key, message in _times(example))
        if unknown := _unknown_kind(example):
            yield f"{place}.kind", unknown
        if example["name"] in seen:
            yield f"{place}.name", f"{example['name']!r} is used twice: give each example a name of its own"
        seen.add(example["name"])


def _faults(messages: Any, place: str) -> Iterator[tuple[str, str]]:
    """What marshmallow says, each with its place and in words that say what to do."""
    if isinstance(messages, dict):
        for key, inner in messages.items():
            yield from _faults(inner, place if key in ("value", "key", "_schema") else f"{place}.{key}")
        return
    for message in messages:
        if message == "Unknown field.":
            near = suggestion(place.rpartition(".")[2], ExampleShape().fields)
            message = f"unknown key{near or '; known are ' + ', '.join(ExampleShape().fields)}"
        yield place, message


def _times(example: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    times = ("at", "support_until", "respond_by", "warn_at", "resolve_by", "update_by")
    instants = [(key, example[key]) for key in times if key in example]
    instants += [("earlier", each) for each in example.get("earlier", ())]
    for key, at in instants:
        if not (isinstance(at, datetime) and at.tzinfo):
            yield key, "must be an instant with its offset, such as 2026-03-06T16:00:00-05:00"
        elif key == "at" and not FIRST_YEAR < at.year < LAST_YEAR:
            yield key, f"lies outside the years {FIRST_YEAR + 1} to {LAST_YEAR - 1}, in which requests are judged"
        elif not MINYEAR < at.year < MAXYEAR:
            yield key, "cannot be told in UTC: leave the first and the last year there is alone"


def _unknown_kind(example: Mapping[str, Any]) -> str | None:
    """An unknown kind is only meant where the example is about just that (SCO-33)."""
    kind = example.get("kind")
    if not kind or kinds_of(Asked(kind=kind)) or "kind_unknown" in example.get("reasons", ()):
        return None
    return f"{kind!r} is no kind of request{suggestion(kind, KINDS)}"


def mismatches(example: Mapping[str, Any], policy: Policy) -> list[str]:
    """What the decision says otherwise than the example expects, in sentences; empty = as expected."""
    try:
        decision = decide(facts_of(example), policy, example["at"].astimezone(UTC))
    except ValueError as error:
        return [f"cannot be decided: {error}"]
    return list(_differences(example, decision))


def facts_of(example: Mapping[str, Any]) -> Facts:
    """The facts an example describes; unless it says so, the holder of an active licence with running support asks."""
    status = example.get("licence", "active")
    asked = Asked(
        kind=example.get("kind"),
        product=example.get("product", example.get("licensed", _PRODUCT)),
        site=example.get("site"),
        channel=example.get("channel", "ticket"),
        severity=example.get("severity"),
        requester=_REQUESTERS.get(example.get("requester", "holder")),
        component=example.get("component"),
        environment=dict(example.get("environment", {})),
        has_reproduction=example.get("reproduction", True),
        attestations=tuple(example.get("attestations", ())),
        modified_code=example.get("modified_code"),
        cause=example.get("cause"),
        requester_verified=example.get("verified"),
        key_given=status != "none",
        redactions=tuple(example.get("redactions", ())),
        first_contact=example.get("first_contact", True),
    )
    return Facts(
        asked=asked,
        standing=None if status in ("none", "unknown") else _standing(example, status),
        plans=tuple(example.get("plans", ())),
        features=tuple(example.get("features", ())),
        orders=tuple(
            Purchase(f"o{number}", state, _PRODUCT, "59.00", "USD", example["at"] if state == "paid" else None)
            for number, state in enumerate(example.get("orders", ()))
        ),
        earlier=tuple(
            Earlier(f"t{number}", at.astimezone(UTC), example.get("kind"), example.get("product", _PRODUCT))
            for number, at in enumerate(example.get("earlier", ()))
        ),
        invoices_overdue=("i1",) if example.get("overdue") else (),
        stale_parts=tuple(example.get("unknown_parts", ())),
    )


def _standing(example: Mapping[str, Any], status: str) -> Standing:
    at, support = example["at"].astimezone(UTC), example.get("support", "running")
    ends = {"running": at + timedelta(days=30), "expired": at - timedelta(days=1)}
    until = example.get("support_until", ends.get(support))
    return Standing(
        license_id="lic_example",
        product=example.get("licensed", _PRODUCT),
        status=status,
        plan=example.get("plan"),
        purchase=example.get("purchase", "one_time"),
        support_until=until.astimezone(UTC) if until else None,
        support_open_ended=support == "open_ended",
        site_limit=example.get("site_limit"),
        seated=tuple(example.get("sites", ())),
        used=len(example.get("sites", ())),
        holder=_HOLDER,
        owner=_OWNER,
        subscription=example.get("subscription"),
    )


def _differences(example: Mapping[str, Any], decision: Decision) -> Iterator[str]:
    codes = [each.code for each in decision.findings]
    if decision.outcome != example["expect"]:
        yield f"expected {example['expect']}, decided {decision.outcome} ({', '.join(codes) or 'no reasons'})"
    for code in example.get("reasons", ()):
        if code not in codes:
            yield f"expected the reason {code}, found {', '.join(codes) or 'none'}"
    for key in ("lane", "priority", "tier"):
        if key in example and getattr(decision, key) != example[key]:
            yield f"expected {key} {example[key]!r}, found {getattr(decision, key)!r}"
    for key in ("respond_by", "warn_at", "resolve_by", "update_by"):
        if key in example and getattr(decision.due, key) != example[key]:
            yield f"expected {key} {_utc(example[key])}, found {_utc(getattr(decision.due, key))}"


def _utc(at: datetime | None) -> str:
    return at.astimezone(UTC).isoformat() if at else "none"
