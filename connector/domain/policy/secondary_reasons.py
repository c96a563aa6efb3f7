"""What a lighter reason says beside a heavier one: nobody is promised an answer, an estimate or our own error with a refusal.

All reasons come back and the heaviest decides; one that speaks of the work to come is told otherwise, or not at all,
once that work does not come.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from connector.domain.policy.facts import Finding
from connector.domain.policy.findings import remedy_of, say
from connector.domain.policy.policy import Policy
from connector.domain.policy.reasons import SEVERITIES
from connector.domain.policy.remedies import BESIDE

_WEIGHT: Mapping[str, int] = {severity: weight for weight, severity in enumerate(SEVERITIES)}


def beside(findings: Iterable[Finding], outcome: str, policy: Policy) -> tuple[Finding, ...]:
    """The findings as they are told with this outcome, in their order."""
    told = (_told(each, outcome, policy) for each in findings)
    return tuple(each for each in told if each is not None)


def _told(found: Finding, outcome: str, policy: Policy) -> Finding | None:
    rule = BESIDE.get(found.code)
    if rule is None or found.severity == outcome or _WEIGHT.get(outcome, 0) < _WEIGHT[rule[0]]:
        return found
    if not rule[1]:
        return None
    return replace(found, message=say(policy, f"{found.code}_beside", found.facts), remedy=remedy_of(policy, "contact"))
