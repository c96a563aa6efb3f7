"""`decide(facts, policy, now) -> Decision`: every rule runs, all findings come back, the worst decides. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from connector.domain.policy.facts import Check, Decision, Due, Facts, Finding
from connector.domain.policy.findings import finding
from connector.domain.policy.kinds import canonical_channel
from connector.domain.policy.policy import Policy
from connector.domain.policy.reasons import SEVERITIES
from connector.domain.policy.rules import RULES, UNKNOWN_CODES, Rule
from connector.domain.policy.rules_manner import language_of
from connector.domain.policy.scope import component_of, lane_of, scope_of, severity_of, tier_of
from connector.domain.policy.secondary_reasons import beside
from connector.domain.policy.sla import promise

FIRST_YEAR, LAST_YEAR = 1970, 9900
_WEIGHT = {severity: weight for weight, severity in enumerate(SEVERITIES)}


def decide(facts: Facts, policy: Policy, now: datetime, rules: tuple[Rule, ...] = RULES) -> Decision:
    """Judge a request by one version of a policy at `now` (UTC), the instant the request was made.

    Outcomes rank accept < ask < hold < redirect < deny; notices never change it. Accepted requests carry priority,
    rank, tier and due times, held ones the same without due times, the others none. Raises ValueError for a `now` that
    no calendar can count from.
    """
    if not FIRST_YEAR <= now.year <= LAST_YEAR:
        raise ValueError(f"a request is judged between the years {FIRST_YEAR} and {LAST_YEAR}, not in {now.year}")
    policy = policy.about(product_of(facts)).told(language_of(facts) if policy.texts else None, facts.names)
    lane = lane_of(facts.asked, policy)
    _, component = component_of(facts.asked, policy)
    exempt = lane is not None or (component is not None and component.open)
    checks: list[Check] = []
    findings: list[Finding] = []
    for rule in rules:
        found = None if exempt and rule.entitlement else rule.check(facts, policy, now)
        if found is not None and facts.stale_parts:
            found = _doubted(rule, facts, policy) or found
        if found and lane:
            found = _yielded(rule, lane, found)
        if found:
            failed = any(each.severity != "notice" for each in found)
            checks.append(Check(rule.name, "fail" if failed else "pass", tuple(each.code for each in found)))
            findings += [each for each in found if each not in findings]
        else:
            checks.append(rule.skipped if found is None else rule.passed)
    findings.sort(key=lambda each: (-_WEIGHT[each.severity], each.code))
    outcome = outcome_of(findings)
    decision = Decision(outcome, beside(findings, outcome, policy), tuple(checks), policy.ref, now, lane)
    return _queued(decision, facts, policy, now) if outcome in ("accept", "hold") else decision


def product_of(facts: Facts) -> str | None:
    """The product whose rules judge: the licence's own, else the one asked about."""
    return (facts.standing.product if facts.standing else None) or facts.asked.product


def outcome_of(findings: Iterable[Finding]) -> str:
    """The heaviest severity among the findings; accept where there are none but notices."""
    heaviest = max((_WEIGHT[each.severity] for each in findings), default=0)
    return SEVERITIES[heaviest] if heaviest else "accept"


def _yielded(rule: Rule, lane: str, found: tuple[Finding, ...]) -> tuple[Finding, ...] | None:
    """What a rule still says in a lane: everything, or notices only - and what a security report lacks, as a notice."""
    if rule.yields == "all":
        return tuple(each for each in found if each.severity == "notice") or None
    if rule.yields == "security" and lane == "security":
        kept = [each for each in found if each.severity in ("notice", "ask")]
        return tuple(replace(each, severity="notice") for each in kept) or None
    return found


def _doubted(rule: Rule, facts: Facts, policy: Policy) -> tuple[Finding, ...]:
    """What a rule says instead when a part it rests on could not be known: a hold, whatever was known last."""
    codes = {UNKNOWN_CODES.get(part, "unknown_upstream") for part in rule.parts if part in facts.stale_parts}
    return tuple(finding(policy, code, policy.entitlement.clause) for code in sorted(codes))


def _queued(decision: Decision, facts: Facts, policy: Policy, now: datetime) -> Decision:
    severity = severity_of(facts, policy)
    scope = scope_of(facts.asked, policy)
    untimed = decision.outcome == "hold" or (scope is not None and not scope.timed)
    return replace(
        decision,
        priority=severity,
        rank=policy.severities[severity].rank,
        tier=tier_of(facts, policy, severity),
        due=Due() if untimed else promise(policy, severity, canonical_channel(facts.asked.channel), now),
    )
