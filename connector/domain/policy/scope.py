"""What a request is about: its kind's entry in the policy, its lane, its component, its severity and its tier."""

from __future__ import annotations

import re
from functools import lru_cache

from connector.domain.licensing.standing import is_stranger
from connector.domain.policy.facts import Asked, Facts
from connector.domain.policy.kinds import AT_HOME, BUGS, LANES, canonical_channel, canonical_kind
from connector.domain.policy.policy import Component, Policy, Scope

# Lanes are open to everybody under every policy, also where the vendor's page does not mention them.
_LANE_SCOPE = Scope(cover="covered")
_COVERS = ("covered", "billable", "redirect", "excluded")
_BETWEEN = re.compile(r"\s*[,;+|]\s*")
_LONGEST = 300


def kinds_of(asked: Asked) -> tuple[str, ...]:
    """The kinds a form named, `bug, feature_request` as two; none where one of them is missing or unknown (SCO-33)."""
    words = asked.kind
    return _kinds(words) if isinstance(words, str) and len(words) <= _LONGEST else ()


@lru_cache(maxsize=512)
def _kinds(words: str) -> tuple[str, ...]:
    kind = canonical_kind(words)
    kinds = [kind] if kind else [canonical_kind(word) for word in _BETWEEN.split(words)]
    return tuple(dict.fromkeys(each for each in kinds if each)) if all(kinds) else ()


def kind_of(asked: Asked, policy: Policy) -> str | None:
    """The kind a request is judged as: of several, the one that the policy covers least (A26)."""
    kinds = kinds_of(asked)
    if len(kinds) < 2:
        return kinds[0] if kinds else None
    return max(kinds, key=lambda kind: (_cover(kind, policy), kind not in LANES))


def _cover(kind: str, policy: Policy) -> int:
    scope = _named(kind, policy)
    return _COVERS.index(scope.cover) if scope else len(_COVERS)


def _named(kind: str, policy: Policy) -> Scope | None:
    return policy.scope.get("bug" if kind in BUGS and kind not in policy.scope else kind) or (
        _LANE_SCOPE if kind in LANES else None
    )


def scope_of(asked: Asked, policy: Policy) -> Scope | None:
    """What the policy says of this kind; None where the kind is missing, unknown or not mentioned (SCO-33)."""
    kind = kind_of(asked, policy)
    return _named(kind, policy) if kind else None


def is_covered(scope: Scope, facts: Facts) -> bool:
    """Covered as such, where it came in (PRE-01), by a plan in force (SCO-09) or by a feature of the product (SCO-11)."""
    if scope.cover == "covered" or comes_through(scope, facts.asked):
        return True
    return any(plan in plans_in_force(facts) for plan in scope.unless_plan) or any(
        feature.strip().casefold() in scope.unless_feature for feature in facts.features
    )


def comes_through(scope: Scope | None, asked: Asked) -> bool:
    """The request came in on a channel where this kind belongs, whatever the channel is else for; also by where its code leads."""
    if scope is None or scope.cover != "redirect":
        return False
    home = AT_HOME.get(scope.code or "")
    return canonical_channel(asked.channel) in (*scope.through, *([home] if home else ()))


def lane_of(asked: Asked, policy: Policy) -> str | None:
    """The lane that needs no entitlement, or None."""
    kind = kind_of(asked, policy)
    if kind is None:
        return None
    scope = _named(kind, policy)
    return (scope.lane if scope else None) or LANES.get(kind)


def component_of(asked: Asked, policy: Policy) -> tuple[str | None, Component | None]:
    """The component asked about with its rules; a request that names none counts as the policy's default one."""
    named = (asked.component or "").strip().casefold()
    name = named if named in policy.components else policy.default_component
    return name, policy.components.get(name or "")


def asks_component(asked: Asked, policy: Policy) -> bool:
    """Does it take the name of a component to tell whether anybody may ask, and was none named that the policy knows?"""
    named = (asked.component or "").strip().casefold()
    default = policy.components.get(policy.default_component or "")
    return (
        named not in policy.components
        and not (default and default.open)
        and any(part.open for part in policy.components.values())
    )


def plans_in_force(facts: Facts) -> tuple[str, ...]:
    """The licence's own plan, while the licence is active, and whatever else its holder has in force; in lower case.

    A stranger to the licence has neither: `facts.plans` are his own then.
    """
    return tuple(plan.strip().casefold() for plan in (*_own_plan(facts), *facts.plans))


def _lifting(facts: Facts) -> tuple[str, ...]:
    """The plans that raise the priority of this request: those for the product it is about, and products that are plans."""
    standing, product = facts.standing, (facts.asked.product or "").casefold()
    about_it = standing is None or not product or not standing.product or standing.product.casefold() == product
    besides = facts.plans if facts.lifting is None else facts.lifting
    return tuple(plan.strip().casefold() for plan in (*(_own_plan(facts) if about_it else ()), *besides))


def _own_plan(facts: Facts) -> tuple[str, ...]:
    standing = facts.standing
    if standing is None or standing.status != "active" or is_stranger(facts.asked.requester, standing):
        return ()
    return (standing.plan,) if standing.plan else ()


def is_free_user(facts: Facts) -> bool:
    """Nothing was shown or found that could be a licence."""
    asked = facts.asked
    return facts.standing is None and not (facts.ambiguous or asked.key_given or asked.order_given)


def served_free(facts: Facts, policy: Policy) -> bool:
    """R27: no licence, and the policy does what it can for those; lanes and parts that are open to all serve anybody."""
    if policy.entitlement.free_severity is None or not is_free_user(facts) or lane_of(facts.asked, policy):
        return False
    _, part = component_of(facts.asked, policy)
    return part is None or not part.open


def severity_of(facts: Facts, policy: Policy) -> str:
    """The priority: by plan for the product, else by kind, else by component, else the default (HRS-04, SCO-29..32, TIER-02).

    A severity that names plans and kinds needs one of each (R25). A customer's own word counts only where the severity
    may be asked for and fits kind and plan.
    """
    if policy.entitlement.free_severity and served_free(facts, policy):
        return policy.entitlement.free_severity
    wanted = (facts.asked.severity or "").strip().casefold()
    rule = policy.severities.get(wanted)
    kind, plans = kind_of(facts.asked, policy) or "", _lifting(facts)
    if rule and rule.may_ask and _fits(kind, rule.kinds) and _fits_any(plans, rule.plans):
        return wanted
    named = [name for name, each in policy.severities.items() if each.plans or kind in each.kinds]
    fitting = [name for name in named if _fits(kind, policy.severities[name].kinds)]
    by_plan = [name for name in fitting if any(plan in policy.severities[name].plans for plan in plans)]
    if by_plan:
        return max(by_plan, key=lambda name: policy.severities[name].rank)
    by_kind = [name for name in fitting if not policy.severities[name].plans]
    if by_kind:
        return min(by_kind, key=lambda name: policy.severities[name].rank)
    _, part = component_of(facts.asked, policy)
    return (part.severity if part else None) or policy.default_severity


def tier_of(facts: Facts, policy: Policy, severity: str) -> int | None:
    """The tier work starts in: the higher one of kind and severity, else 1 (TIER-04..08, A17); None without tiers."""
    if not policy.tiers:
        return None
    if policy.tier_start == "first":
        return 1
    scope = scope_of(facts.asked, policy)
    return max((scope.tier if scope else None) or 1, policy.severities[severity].tier or 1)


def _fits(kind: str, kinds: tuple[str, ...]) -> bool:
    return not kinds or kind in kinds


def _fits_any(plans: tuple[str, ...], named: tuple[str, ...]) -> bool:
    return not named or any(plan in named for plan in plans)
