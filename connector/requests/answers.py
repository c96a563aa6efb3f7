"""A decision as replies carry it, by webhook, API and look-up alike."""

from __future__ import annotations

from typing import Any

from connector.domain.policy.facts import Decision, Remedy
from connector.storage import codec


def decision_as_told(decision_id: str | None, decision: Decision) -> dict[str, Any]:
    """The decision as replies carry it (contract 3.1)."""
    return {
        "id": decision_id,
        "outcome": decision.outcome,
        "reasons": [
            {
                "code": finding.code,
                "severity": finding.severity,
                "clause": finding.clause,
                "message": finding.message,
                "facts": codec.plain(finding.facts),
                "remedy": _remedy(finding.remedy),
            }
            for finding in decision.findings
        ],
        "policy": decision.policy,
        "checked_at": codec.rfc3339(decision.checked_at),
    }


def _remedy(remedy: Remedy | None) -> dict[str, Any] | None:
    return {"kind": remedy.kind, "label": remedy.label, "url": remedy.url} if remedy else None
