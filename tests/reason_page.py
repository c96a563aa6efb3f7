"""Renders docs/reasons.md from the table of reason codes; `make pages` writes it anew."""

from __future__ import annotations

from connector.domain.policy.reasons import REASONS, WEIGHTS
from connector.domain.policy.remedies import REMEDIES
from tests.paths import DOCS

PAGE = DOCS / "reasons.md"

_HEAD = """# Reasons

Made by `make pages` from `connector/domain/policy/reasons.py`. The server shows the same at `/docs/reasons` and
`/docs/reasons/<code>`.

Every answer to a support request names its reasons. All of them come back, and the heaviest decides. Names in braces stand for
facts of the request. A vendor's own words, in any language, go into the pack as `texts.<language>.<code>`
([Policy packs](policy-packs.md#every-key)); addresses come from the pack's `links`.
"""


def page() -> str:
    """The whole page: what the weights mean, then one chapter a code."""
    weights = "\n".join(
        ["| weight | means |", "|---|---|", *(f"| `{name}` | {means} |" for name, means in WEIGHTS.items())]
    )
    return "\n".join([_HEAD, weights, "", *map(_chapter, REASONS)])


def _chapter(code: str) -> str:
    reason = REASONS[code]
    way = "nothing to do"
    if reason.remedy:
        label, link = REMEDIES[reason.remedy]
        way = f"`{reason.remedy}`: {label} (`links.{link}`)"
    lines = [
        f"## {code}\n",
        f"- weighs: `{reason.severity}`",
        f"- the customer is told: {reason.text}",
        f"- remedy: {way}",
        f"- for the vendor: {reason.hint}",
        f"- since: {reason.since}\n",
    ]
    return "\n".join(lines)


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
