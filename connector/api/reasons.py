"""`/docs/reasons` and `/docs/reasons/<code>`: what each reason code means, for whoever meets one. No script, no style."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, render_template

from connector.domain.policy.reasons import REASONS, SEVERITIES, WEIGHTS
from connector.domain.policy.remedies import REMEDIES

blueprint = Blueprint("reasons", __name__, template_folder="templates")

_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "Cache-Control": "public, max-age=3600",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


@blueprint.get("/docs/reasons")
def reasons() -> Response:
    """Every reason code, heaviest first."""
    rows = [_told(code) for severity in reversed(SEVERITIES) for code in REASONS if REASONS[code].severity == severity]
    return Response(render_template("reasons.html", rows=rows, weights=WEIGHTS), headers=_HEADERS)


@blueprint.get("/docs/reasons/<code>")
def reason(code: str) -> Response:
    """One reason code: what it weighs, what the customer is told, the remedy, a hint for the vendor."""
    told = _told(code) if code in REASONS else None
    return Response(render_template("reason.html", row=told), 200 if told else 404, headers=_HEADERS)


def _told(code: str) -> dict[str, Any]:
    reason = REASONS[code]
    label, link = REMEDIES[reason.remedy] if reason.remedy else (None, None)
    return {
        "code": code,
        "severity": reason.severity,
        "weight": WEIGHTS[reason.severity],
        "text": reason.text,
        "remedy": reason.remedy,
        "label": label,
        "link": link,
        "hint": reason.hint,
        "since": reason.since,
    }
