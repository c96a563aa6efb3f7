"""Which remedies a policy can hand to a customer, and from which key of the pack each gets its address.

A reason that no rule of the policy can give is left out (`_COMES`); one that the table does not name counts as possible. What
the pack itself names - kinds sent elsewhere, channels, notices - is read off its tables.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from connector.domain.policy.findings import remedy_of
from connector.domain.policy.kinds import AT_HOME, CHANNELS
from connector.domain.policy.policy import Channel, Link, Policy, Scope
from connector.domain.policy.reasons import REASONS
from connector.domain.policy.remedies import REMEDIES, WAYS
from connector.domain.policy.rules_request import EXCLUDED_CODES, USUAL_CODES
from connector.vendors.policies.lint import Problem


@dataclass(frozen=True)
class WayOut:
    """A remedy: the reason it comes with, what it is, the pack's key that addresses it, and the address (None = it has none)."""

    code: str
    kind: str
    label: str
    key: str
    url: str | None


def ways_out(policy: Policy) -> Iterator[WayOut]:
    """Every remedy that the policy can hand out, some of them more than once."""
    for code, reason in REASONS.items():
        comes = _COMES.get(code)
        if code in _BY_PACK or reason.remedy is None or (comes is not None and not comes(policy)):
            continue
        for kind in (reason.remedy, *WAYS.get(code, ())):
            yield _way(policy, code, kind)
    for kind, scope in policy.scope.items():
        yield from _of_scope(policy, kind, scope)
    yield from _of_channels(policy)


def unaddressed(policy: Policy) -> Iterator[Problem]:
    """Every remedy that has no address, by the key that would give it one, with the reasons it comes with."""
    lacking: dict[str, dict[str, set[str]]] = {}
    for way in ways_out(policy):
        if way.url is None:
            lacking.setdefault(way.key, {}).setdefault(way.label, set()).add(way.code)
    for key, labels in sorted(lacking.items()):
        told = "; ".join(f"{label!r} ({', '.join(sorted(codes))})" for label, codes in sorted(labels.items()))
        yield Problem(key, f"customers are told without an address: {told}. Set one: --set {key}=https://...")


def _way(policy: Policy, code: str, kind: str | None = None, link: Link | None = None, place: str = "") -> WayOut:
    kind = kind or REASONS[code].remedy or "contact"
    remedy, name = remedy_of(policy, kind, link), REMEDIES[kind][1]
    target = link or policy.links.get(name)
    key = place if link else f"links.{name}"
    return WayOut(code, kind, remedy.label, f"{key}.url" if target and target.label else key, remedy.url)


def _of_scope(policy: Policy, kind: str, scope: Scope) -> Iterator[WayOut]:
    if scope.cover != "covered":
        code = scope.code or USUAL_CODES.get(scope.cover) or EXCLUDED_CODES.get(kind, "not_covered")
        bought = "buy" if scope.unless_plan and REASONS[code].severity == "deny" else None
        yield _way(policy, code, bought, scope.elsewhere, f"scope.{kind}.elsewhere")
    if scope.unmodified and scope.when_modified != "limited":
        yield _way(policy, "modified_code" if scope.when_modified == "deny" else "awaiting_estimate")
    for code in scope.notice:
        if REASONS[code].remedy:
            yield _way(policy, code)


def _of_channels(policy: Policy) -> Iterator[WayOut]:
    if len(policy.channels) < len(CHANNELS):
        yield _way(policy, "use_helpdesk")
    for name, rule in policy.channels.items():
        if rule.use != "official" and AT_HOME.get(rule.code) == name:
            yield _way(policy, "use_helpdesk")
        for code in _sent_away(name, rule):
            yield _way(policy, code, None, rule.to, f"channel.{name}.to")


def _sent_away(name: str, rule: Channel) -> list[str]:
    """The codes with which a channel shows somebody the way."""
    if rule.use != "official":
        own = [] if AT_HOME.get(rule.code) == name else [rule.code]
        return [*own, "first_contact_noted"] if rule.use == "first_contact" else own
    closed = ["phone_closed" if name == "phone" else "chat_closed"] if rule.hours and rule.closed == "redirect" else []
    return closed + (["urgent_only"] if rule.severities else [])


def _licensed(policy: Policy) -> bool:
    return policy.entitlement.licence != "none"


def _compared(policy: Policy) -> bool:
    """Requesters are looked at beside the holder; where he is not known just now, the request waits whoever may ask."""
    return policy.entitlement.requester_mode != "off"


def _bound(policy: Policy) -> bool:
    return _compared(policy) and policy.entitlement.requester != "anyone"


def _timed(policy: Policy) -> bool:
    return policy.entitlement.support or any(part.subscription or part.plans for part in policy.components.values())


def _scoped(test: Callable[[Scope], object]) -> Callable[[Policy], bool]:
    return lambda policy: any(test(scope) for scope in policy.scope.values())


def _needed(*needs: str) -> Callable[[Policy], bool]:
    return _scoped(lambda scope: not set(needs).isdisjoint(scope.needs))


_BY_PACK = frozenset(
    {code for code, reason in REASONS.items() if reason.severity == "redirect" and code != "already_asked"}
    | {*EXCLUDED_CODES.values(), "not_covered", "third_party_plugin", "modified_code", "awaiting_estimate"}
    | {"paid_customisation"}
)
"""Codes that only come where the pack's own tables name them."""

_COMES: Mapping[str, Callable[[Policy], bool]] = {
    **dict.fromkeys(
        (
            "licence_required",
            "licence_ambiguous",
            "licence_inactive",
            "product_not_owned",
            "product_unclear",
            "unknown_licence",
        ),
        _licensed,
    ),
    **dict.fromkeys(("payment_pending", "order_not_paid"), _licensed),
    "not_licence_holder": _bound,
    "unknown_holder": _compared,
    "non_transferable": lambda policy: _bound(policy) and policy.entitlement.requester == "original_holder",
    "requester_differs": lambda policy: _compared(policy) and not _bound(policy),
    "site_required": lambda policy: (
        policy.entitlement.sites_supported is not None
        or (policy.entitlement.per_site and policy.entitlement.site_mode != "off")
    ),
    "site_not_registered": lambda policy: policy.entitlement.per_site and policy.entitlement.site_mode != "off",
    "site_not_supported": lambda policy: policy.entitlement.sites_supported is not None,
    "site_limit": lambda policy: policy.entitlement.site_mode != "off",
    "subscription_required": lambda policy: any(part.subscription or part.plans for part in policy.components.values()),
    "support_expired": lambda policy: policy.entitlement.support or _licensed(policy),
    "chargeable_offer": lambda policy: policy.entitlement.support and policy.entitlement.after_support == "chargeable",
    "unknown_support_period": _timed,
    "unknown_purchase_kind": _timed,
    "reproduction_required": _needed("reproduction"),
    "modified_code_required": _needed("modified_code"),
    "product_required": _needed("product"),
    "facts_required": _needed("order", "version", "component", "site"),
    "environment_required": _scoped(
        lambda scope: scope.supported_only or scope.latest_only or "environment" in scope.needs
    ),
    "unsupported_environment": _scoped(lambda scope: scope.supported_only),
    "prerelease": _scoped(lambda scope: scope.stable_only),
    "update_first": _scoped(lambda scope: scope.latest_only),
    "component_required": lambda policy: any(part.open for part in policy.components.values()),
    "one_request_per_ticket": lambda policy: policy.requests.several == "ask",
    "identity_unverified": lambda policy: policy.entitlement.identity == "verified",
    "language_not_spoken": lambda policy: bool(policy.requests.languages),
    "already_asked": lambda policy: policy.requests.duplicates != "accept",
    "quota_used": lambda policy: policy.requests.quota is not None,
    **dict.fromkeys(("restricted", "restricted_review"), lambda policy: policy.requests.restrictions),
    "attestation_required": lambda policy: bool(policy.attestations.required),
    "invoice_overdue": lambda policy: policy.billing.pause_on_overdue,
    "payment_clearance": lambda policy: policy.billing.payment_clearance,
    "credentials_removed": lambda policy: policy.credentials == "remove",
    "credentials_not_accepted": lambda policy: policy.credentials == "refuse",
}
