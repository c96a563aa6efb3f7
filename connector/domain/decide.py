"""`decide(facts, policy, now) -> Decision`: every rule runs, all findings come back, the worst decides. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from connector.domain.facts import Check, Decision, Due, Facts, Finding
from connector.domain.findings import finding
from connector.domain.kinds import canonical_channel
from connector.domain.policy import Policy
from connector.domain.reasons import SEVERITIES
from connector.domain.rules import RULES, UNKNOWN_CODES, Rule
from connector.domain.scoping import component_of, lane_of, severity_of, tier_of
from connector.domain.sla import promise

_WEIGHT = {severity: weight for weight, severity in enumerate(SEVERITIES)}


def decide(facts: Facts, policy: Policy, now: datetime, rules: tuple[Rule, ...] = RULES) -> Decision:
    """Judge a request by one version of a policy at `now` (UTC), the instant the request was made.

    Outcomes rank accept < ask < hold < redirect < deny; notices never change it. Accepted requests carry priority,
    rank, tier and due times, held ones the same without due times, the others none.
    """
    lane = lane_of(facts.asked, policy)
    _, component = component_of(facts.asked, policy)
    exempt = lane is not None or (component is not None and component.open)
    checks: list[Check] = []
    findings: list[Finding] = []
    for rule in rules:
        found = None if rule.entitlement and exempt else _judge(rule, facts, policy, now)
        checks.append(Check(rule.name, _result(found), tuple(each.code for each in found or ())))
        findings += [each for each in found or () if each not in findings]
    findings.sort(key=lambda each: (-_WEIGHT[each.severity], each.code))
    outcome = outcome_of(findings)
    decision = Decision(outcome, tuple(findings), tuple(checks), policy.ref, now, lane)
    return _queued(decision, facts, policy, now) if outcome in ("accept", "hold") else decision


def outcome_of(findings: Iterable[Finding]) -> str:
    """The heaviest severity among the findings; accept where there are none but notices."""
    heaviest = max((_WEIGHT[each.severity] for each in findings), default=0)
    return SEVERITIES[heaviest] if heaviest else "accept"


def _judge(rule: Rule, facts: Facts, policy: Policy, now: datetime) -> tuple[Finding, ...] | None:
    found = rule.check(facts, policy, now)
    doubtful = [part for part in rule.parts if part in facts.stale_parts]
    if found is None or not doubtful:
        return found
    return tuple(
        finding(policy, UNKNOWN_CODES.get(part, "unknown_upstream"), policy.entitlement.clause) for part in doubtful
    )


def _result(found: tuple[Finding, ...] | None) -> str:
    if found is None:
        return "skip"
    return "pass" if all(each.severity == "notice" for each in found) else "fail"


def _queued(decision: Decision, facts: Facts, policy: Policy, now: datetime) -> Decision:
    severity = severity_of(facts, policy)
    held = decision.outcome == "hold"
    return Decision(
        outcome=decision.outcome,
        findings=decision.findings,
        checks=decision.checks,
        policy=decision.policy,
        checked_at=decision.checked_at,
        lane=decision.lane,
        priority=severity,
        rank=policy.severities[severity].rank,
        tier=tier_of(facts, policy, severity),
        due=Due() if held else promise(policy, severity, canonical_channel(facts.asked.channel), now),
    )
