"""Supported environments: versions against the pack's table, and releases that are not stable yet (SCO-01, SCO-05)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from itertools import zip_longest

from connector.domain.policy.facts import Facts, Finding
from connector.domain.policy.findings import finding
from connector.domain.policy.policy import Policy
from connector.domain.policy.scope import is_covered, scope_of

_NUMBER = re.compile(r"\d{1,6}(?:\.\d{1,6}){0,5}", re.ASCII)
_BOUND = re.compile(r"(>=|<=|>|<|=)\s*(\d{1,6}(?:\.\d{1,6}){0,5})", re.ASCII)
_ALTERNATIVE = re.compile(r"([a-z][a-z .+-]*)?((?:\s*(?:>=|<=|>|<|=)\s*\d{1,6}(?:\.\d{1,6}){0,5})*)", re.ASCII)
_UNSTABLE = re.compile(
    r"(?<![a-z])(?:alpha|beta|rc|dev|nightly|snapshot|preview|canary|edge|unstable|pre-?release)(?![a-z])"
    r"|(?<=\d)(?:a|b|rc)\d+(?![a-z])",
    re.ASCII,
)
_TESTS = {
    ">=": lambda order: order >= 0,
    "<=": lambda order: order <= 0,
    ">": lambda order: order > 0,
    "<": lambda order: order < 0,
    "=": lambda order: order == 0,
}
_LONGEST = 80
_CPANEL = ("cpanel", "whm", "cpanel_whm", "cpanel&whm")
_CPANEL_PREFIX = re.compile(r"(?<![\d.])11\.(?=[2-9]\d(?!\d)|[1-9]\d\d(?!\d))", re.ASCII)
"""cPanel & WHM 11.126 is 126: the product wrote its versions with an 11 in front, and its files still do."""
_OWN_VERSION = ("version", "product", "plugin", "module", "extension", "theme")

Version = tuple[int, ...]


@dataclass(frozen=True)
class Alternative:
    """One supported choice of a part: a name that must begin the text (empty = any) and bounds on its first number."""

    name: str
    bounds: tuple[tuple[str, Version], ...]


@lru_cache(maxsize=512)
def parse_alternative(text: str) -> Alternative:
    """`>=8.1 <9` or `ubuntu >=20.04`; raises ValueError that says how to write it."""
    match = _ALTERNATIVE.fullmatch(text.strip().casefold())
    if not match or not text.strip():
        raise ValueError(f"{text!r} is no version rule: write >=8.1 or >=8.1 <9, or a name in front: ubuntu >=20.04")
    bounds = tuple((sign, _version(number)) for sign, number in _BOUND.findall(match[2] or ""))
    return Alternative((match[1] or "").strip(), bounds)


def supported_environment(facts: Facts, policy: Policy, now: datetime) -> tuple[Finding, ...] | None:
    """SCO-01: every part named must fit the matrix; where none is named, or one is unreadable, it is asked for."""
    scope = scope_of(facts.asked, policy)
    if scope is None or not is_covered(scope, facts) or not (scope.supported_only or "environment" in scope.needs):
        return None
    clause = policy.environment.clause or scope.clause
    matrix = policy.environment.lists
    named = {part: text for part, text in _environment(facts).items() if part in matrix or not matrix}
    own = policy.environment.supported
    fits = {part: _fits(text, matrix[part], part) for part, text in named.items() if part in matrix}
    unread = [part for part, fit in fits.items() if fit is None and part in own]
    missing = [part for part in policy.environment.required if part not in named]
    if not named and not missing:
        missing = sorted(matrix) or ["version"]
    found = [finding(policy, "environment_required", clause, missing=missing + unread)] if missing or unread else []
    if scope.supported_only:
        outside = [part for part, fit in fits.items() if fit is False]
        for part in outside:
            code = "unsupported_environment" if part in own else "environment_unlisted"
            found.append(finding(policy, code, clause, part=part, found=named[part], supported=list(matrix[part])))
    return tuple(found)


def stable_release(facts: Facts, policy: Policy, now: datetime) -> tuple[Finding, ...] | None:
    """SCO-05: newly released stable versions are covered; a beta or release candidate is not."""
    scope = scope_of(facts.asked, policy)
    if scope is None or not scope.stable_only or not is_covered(scope, facts):
        return None
    matrix = policy.environment.lists
    return tuple(
        finding(policy, "prerelease", policy.environment.clause or scope.clause, part=part, found=text)
        for part, text in _environment(facts).items()
        if (part in matrix or not matrix) and _UNSTABLE.search(text[:_LONGEST].casefold())
    )


def product_version(facts: Facts, policy: Policy, now: datetime) -> tuple[Finding, ...] | None:
    """R13: old versions are updated first; one that is not told is asked for."""
    scope = scope_of(facts.asked, policy)
    product = facts.asked.product or (facts.standing.product if facts.standing else None)
    rules = policy.environment.products.get(product or "")
    if scope is None or not scope.latest_only or rules is None or not is_covered(scope, facts):
        return None
    clause = policy.environment.clause or scope.clause
    text = version_of(facts)
    fits = _fits(text, rules) if text else None
    if fits is None:
        return (finding(policy, "environment_required", clause, missing=["version"]),)
    found = finding(policy, "update_first", clause, product=product, found=text, supported=list(rules))
    return () if fits else (found,)


def version_of(facts: Facts) -> str | None:
    """The version of the product itself, as hosts name it: `version`, `product_version`, `plugin_version` ..."""
    told = _environment(facts)
    return next((told[name] for name in _OWN_VERSION if name in told), None)


def _environment(facts: Facts) -> dict[str, str]:
    """The environment's parts under plain names: `PHP_version` is `php`."""
    return {part: text for name, text in facts.asked.environment.items() if (part := _part(name)) and text.strip()}


def _part(name: str) -> str:
    plain = name[:_LONGEST].strip().casefold().replace("-", "_")
    return plain.removesuffix("_version").removesuffix("version") or plain


def _fits(text: str, alternatives: tuple[str, ...], part: str = "") -> bool | None:
    """Whether the text is one of the alternatives; None where it holds no version to compare."""
    plain = text[:_LONGEST].strip().casefold()
    if part in _CPANEL:
        plain = _CPANEL_PREFIX.sub("", plain)
        alternatives = tuple(_CPANEL_PREFIX.sub("", each) for each in alternatives)
    verdicts = list(_verdicts(plain, alternatives))
    if True in verdicts:
        return True
    return None if None in verdicts or not plain else False


def _verdicts(plain: str, alternatives: tuple[str, ...]) -> Iterator[bool | None]:
    for alternative in map(parse_alternative, alternatives):
        if not plain.startswith(alternative.name):
            yield False
            continue
        number = _NUMBER.search(plain)
        if alternative.bounds and number is None:
            yield None
        else:
            version = _version(number[0]) if number else ()
            yield all(_TESTS[sign](_compare(version, bound)) for sign, bound in alternative.bounds)


def _version(text: str) -> Version:
    return tuple(int(part) for part in text.strip(".").split(".") if part)


def _compare(left: Version, right: Version) -> int:
    for mine, theirs in zip_longest(left, right, fillvalue=0):
        if mine != theirs:
            return 1 if mine > theirs else -1
    return 0
