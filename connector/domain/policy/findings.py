"""From a reason code and facts to a finding that a customer can read: text, clause, remedy."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

from connector.domain.policy.facts import Finding, Remedy
from connector.domain.policy.policy import Link, Policy
from connector.domain.policy.reasons import REASONS, TEXTS, VARIANTS
from connector.domain.policy.remedies import REMEDIES
from connector.domain.policy.wording import UNTOLD, in_words, short


def finding(
    policy: Policy,
    code: str,
    clause: str | None = None,
    *,
    severity: str | None = None,
    link: Link | None = None,
    told_as: str | None = None,
    remedy: str | None = None,
    also: str | None = None,
    **facts: object,
) -> Finding:
    """A finding with its text, clause and remedy in place; facts that are None are left out.

    severity overrides the table's, link the remedy's address, remedy its kind; told_as names another text of the code
    (`VARIANTS`), also a sentence that follows (a name in `TEXTS`). What is only a notice has no way out to offer unless its
    reason is always one. The text is the pack's own in the policy's language, where it has one, else ours. Times become
    RFC 3339 in the facts and plain words in the text.
    """
    name = f"{code}_{told_as}" if told_as else code
    reason = VARIANTS[name] if told_as else REASONS[code]
    known = {key: value for key, value in facts.items() if value is not None}
    weight = severity or reason.severity
    kind = remedy or (reason.remedy if weight != "notice" or reason.severity == "notice" else None)
    message = say(policy, name, known)
    return Finding(
        code=code,
        severity=weight,
        clause=clause,
        message=f"{message} {say(policy, also, known)}" if also else message,
        facts={key: _plain(value) for key, value in known.items()},
        remedy=remedy_of(policy, kind, link) if kind else None,
    )


def say(policy: Policy, name: str, facts: Mapping[str, object]) -> str:
    """The text of this name (a key of `TEXTS`) with the facts in it, in the language that the policy speaks."""
    template = policy.texts.get(policy.language, {}).get(name, TEXTS[name])
    return template.format_map(_Texts(facts, policy))


def remedy_of(policy: Policy, kind: str, link: Link | None = None) -> Remedy:
    """A remedy of this kind with the vendor's label and address; the link, where there is one, goes before the pack's."""
    label, key = REMEDIES[kind]
    label = policy.texts.get(policy.language, {}).get(f"remedy_{kind}", label)
    target = link or policy.links.get(key)
    return Remedy(kind, (target and target.label) or label, target.url if target else None)


class _Texts(dict[str, str]):
    """Facts as words for a template; what is not known has a neutral word."""

    def __init__(self, facts: Mapping[str, object], policy: Policy) -> None:
        super().__init__({name: in_words(name, value, policy) for name, value in facts.items()})

    def __missing__(self, name: str) -> str:
        return UNTOLD.get(name, "not known")


def _plain(value: object) -> object:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    if isinstance(value, (tuple, list)):
        return [_plain(item) for item in value[:50]]
    return short(value, 200) if isinstance(value, str) else value
