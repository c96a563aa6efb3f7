"""From a reason code and facts to a finding that a customer can read: text, clause, remedy."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from connector.domain.facts import Finding, Remedy
from connector.domain.policy import Link, Policy
from connector.domain.reasons import REASONS, REMEDIES, Reason

# Spelled out: the standard library's names follow the server's locale.
# fmt: off
_MONTHS = ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
           "December")
_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
# fmt: on
_WORDS = {
    "product": "this product",
    "site": "this site",
    "support_until": "an earlier day",
    "component": "this part",
    "ends_at": "further notice",
}


def finding(
    policy: Policy,
    code: str,
    clause: str | None = None,
    *,
    severity: str | None = None,
    link: Link | None = None,
    told_as: Reason | None = None,
    **facts: object,
) -> Finding:
    """A finding with its text, clause and remedy in place; facts that are None are left out.

    severity overrides the table's, link the remedy's address, told_as the text and remedy (the code stays). The text is the
    pack's own in the policy's language, where it has one, else ours; dates in other languages than English are ISO 8601.
    Times become RFC 3339 in the facts and plain words in the text; an exclusive end (`..._until`) is
    named by its last covered day in the policy's zone.
    """
    reason = told_as or REASONS[code]
    known = {name: value for name, value in facts.items() if value is not None}
    own = policy.texts.get(policy.language, {})
    text = own.get(f"{code}_unknown" if told_as else code, reason.text)
    return Finding(
        code=code,
        severity=severity or reason.severity,
        clause=clause,
        message=text.format_map(_Texts(known, policy)),
        facts={name: _plain(value) for name, value in known.items()},
        remedy=_remedy(policy, reason.remedy, link),
    )


class _Texts(dict[str, str]):
    """Facts as words for a template; what is not known has a neutral word."""

    def __init__(self, facts: Mapping[str, object], policy: Policy) -> None:
        super().__init__({name: _in_words(name, value, policy) for name, value in facts.items()})

    def __missing__(self, name: str) -> str:
        return _WORDS.get(name, "not known")


def _in_words(name: str, value: object, policy: Policy) -> str:
    if isinstance(value, datetime):
        return last_day(value, policy) if name.endswith("_until") else moment(value, policy)
    if isinstance(value, (tuple, list)):
        return ", ".join(_short(item, 80).replace("_", " ") for item in value)
    return _short(value, 80)


def last_day(end: datetime, policy: Policy) -> str:
    """The last day of a period with this exclusive end (UTC), in the vendor's zone and language."""
    last = _local(end, policy, timedelta(microseconds=1))
    if policy.language != "en":
        return f"{last:%Y-%m-%d}"
    return f"{last.day} {_MONTHS[last.month - 1]} {last.year}"


def moment(at: datetime, policy: Policy) -> str:
    """An instant (UTC) in the vendor's zone and language."""
    local = _local(at, policy)
    if policy.language != "en":
        return f"{local:%Y-%m-%d %H:%M} ({policy.zone})"
    day = f"{_DAYS[local.weekday()]} {local.day} {_MONTHS[local.month - 1]} {local.year}"
    return f"{day} at {local:%H:%M} ({policy.zone})"


def _local(at: datetime, policy: Policy, back: timedelta = timedelta()) -> datetime:
    try:
        return (at - back).astimezone(policy.calendar.tz)
    except OverflowError:  # hosts write year 1 and year 9999 where they mean never
        return at


def _plain(value: object) -> object:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    if isinstance(value, (tuple, list)):
        return [_plain(item) for item in value[:50]]
    return _short(value, 200) if isinstance(value, str) else value


def _short(value: object, limit: int) -> str:
    """One line without control or direction-changing characters, cut where it is long."""
    text = str(value)[: 4 * limit]
    if not text.isprintable():  # asked of the whole first: it is the usual case, and a refusal names many values
        text = "".join(c if c.isprintable() else " " for c in text)
    text = " ".join(text.split())
    return text if len(text) <= limit else text[: limit - 1] + "…"


def _remedy(policy: Policy, kind: str | None, link: Link | None) -> Remedy | None:
    if kind is None:
        return None
    label, key = REMEDIES[kind]
    label = policy.texts.get(policy.language, {}).get(f"remedy_{kind}", label)
    target = link or policy.links.get(key)
    return Remedy(kind, (target and target.label) or label, target.url if target else None)
