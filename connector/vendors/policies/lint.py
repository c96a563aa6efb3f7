"""What a pack of good shape may still get wrong: names that lead nowhere, promises nobody can keep, rules that never apply.

Problem   where it is wrong and what to do about it
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from connector.domain.calendar.hours import Calendar, Span
from connector.domain.policy.escalation import next_tier
from connector.domain.policy.kinds import ATTESTATIONS, LANES
from connector.domain.policy.policy import Policy, Severity
from connector.domain.policy.reasons import REASONS, TEXTS
from connector.domain.policy.remedies import REMEDIES
from connector.vendors.policies.fields import placeholders, suggestion

_CODE_OF = {"excluded": "deny", "billable": "hold", "redirect": "redirect"}


@dataclass(frozen=True)
class Problem:
    """What is wrong with a pack: where (`scope.bug.cover`) and what to do about it."""

    place: str
    message: str

    def __str__(self) -> str:
        return f"{self.place}: {self.message}"


def loose_ends(policy: Policy) -> Iterator[Problem]:
    """Every problem of a pack that its shape does not show."""
    yield from _names(policy)
    yield from _attestations(policy)
    yield from _hours(policy)
    yield from _free(policy)
    yield from _channels(policy)
    yield from _scopes(policy)
    for name, severity in policy.severities.items():
        yield from _spans(name, severity, policy.calendar)
        yield from _kinds(name, severity, policy)
    yield from _tiers(policy)
    yield from _texts(policy)


def _names(policy: Policy) -> Iterator[Problem]:
    names = policy.severities
    wanted = [("default_severity", policy.default_severity)]
    wanted += [
        (f"component.{part}.severity", rule.severity) for part, rule in policy.components.items() if rule.severity
    ]
    wanted += [("billing.urgent", name) for name in policy.billing.urgent]
    for word, rule in policy.channels.items():
        wanted += [(f"channel.{word}.any_time", name) for name in rule.any_time]
        wanted += [(f"channel.{word}.severities", name) for name in rule.severities]
    for place, name in wanted:
        if name not in names:
            yield Problem(place, f"{name!r} is no severity of this pack{suggestion(name, names)}")
    if policy.default_component and policy.default_component not in policy.components:
        yield Problem("default_component", f"{policy.default_component!r} is no component of this pack")
    for part, component in policy.components.items():
        if component.open and (component.subscription or component.plans):
            yield Problem(f"component.{part}", "open to everybody, and only for some: keep one of them")
    known = {link for _, link in REMEDIES.values()}
    for name in sorted(set(policy.links) - known):
        near = suggestion(name, known) or f": {', '.join(sorted(known))} do"
        yield Problem(f"links.{name}", f"no remedy leads to {name!r}{near}")


def _hours(policy: Policy) -> Iterator[Problem]:
    used = {name for each in policy.severities.values() for name in each.respond_during}
    for severity, rule in policy.severities.items():
        for name in rule.respond_during:
            if name not in policy.hours:
                cure = f"name its windows: hours.{name}.sat = ['00:00-24:00']{suggestion(name, policy.hours)}"
                yield Problem(f"severity.{severity}.respond_during.{name}", f"no hours are called so; {cure}")
    for name in policy.hours:
        if name not in used:
            yield Problem(
                f"hours.{name}", "no severity is slower in them: add respond_during to one, or take them away"
            )


def _free(policy: Policy) -> Iterator[Problem]:
    """R27: who is served for nothing is promised nothing, and waits behind those who paid."""
    place, name = "entitlement.free_severity", policy.entitlement.free_severity
    rule = policy.severities.get(name or "")
    if name is None:
        return
    if rule is None:
        yield Problem(place, f"{name!r} is no severity of this pack{suggestion(name, policy.severities)}")
        return
    if any((rule.respond, rule.respond_closed, rule.respond_during, rule.resolve, rule.update)):
        yield Problem(place, f"free users are promised nothing: take the times of severity.{name} away")
    if not rule.best_effort:
        yield Problem(
            f"severity.{name}.best_effort", "free users are told that nothing is promised: write best_effort = true"
        )
    usual = policy.severities.get(policy.default_severity)
    if usual is not None and usual is not rule and rule.rank >= usual.rank:
        yield Problem(
            f"severity.{name}.rank", f"free users come after {policy.default_severity}: write less than {usual.rank}"
        )
    if policy.entitlement.licence == "none":
        yield Problem(place, "everybody may ask here, so nobody is a free user: take it away")


def _attestations(policy: Policy) -> Iterator[Problem]:
    rule = policy.attestations
    known = {*ATTESTATIONS, *rule.sentences}
    for key in ("required", "suggested"):
        for word in getattr(rule, key):
            if word not in known:
                near = suggestion(word, known)
                cure = f"say what is confirmed: attestations.sentences.{word} = '...'{near}"
                yield Problem(
                    f"attestations.{key}", f"{word!r} is a confirmation of your own without its sentence; {cure}"
                )
    for word in rule.sentences:
        if word not in (*rule.required, *rule.suggested):
            yield Problem(f"attestations.sentences.{word}", "nobody is asked for it: add it to required or suggested")


def _channels(policy: Policy) -> Iterator[Problem]:
    if not any(rule.use == "official" for rule in policy.channels.values()):
        yield Problem("channel", 'no channel is official, so nobody could ask: write ticket = { use = "official" }')
    for name, rule in policy.channels.items():
        if REASONS[rule.code].severity != "redirect":
            yield Problem(f"channel.{name}.code", f"{rule.code!r} is no redirect: write use_helpdesk or use_forum")
        if rule.severities and rule.use != "official":
            yield Problem(
                f"channel.{name}.severities", 'nobody is taken here: write use = "official", or take them away'
            )
        for other in (word for word in rule.any_time if rule.severities and word not in rule.severities):
            yield Problem(f"channel.{name}.any_time", f"{other!r} is never taken here: add it to severities")
        yield from _span(f"channel.{name}.respond", rule.respond, rule.clock)


def _scopes(policy: Policy) -> Iterator[Problem]:
    for kind, scope in policy.scope.items():
        place, wanted = f"scope.{kind}", _CODE_OF.get(scope.cover)
        if scope.code and wanted and REASONS[scope.code].severity != wanted:
            found = REASONS[scope.code].severity
            yield Problem(f"{place}.code", f"{scope.code!r} is a {found}, and what is {scope.cover} needs a {wanted}")
        if scope.through and scope.cover != "redirect":
            yield Problem(f"{place}.through", "only what is redirected elsewhere comes through: take it away")
        if scope.supported_only and not policy.environment.lists:
            yield Problem(f"{place}.supported_only", "no environment is named: add environment.supported")
        if scope.latest_only and not policy.environment.products:
            yield Problem(f"{place}.latest_only", "no version is named: add environment.products")
    for part in policy.environment.required:
        if policy.environment.lists and part not in policy.environment.lists:
            near = suggestion(part, policy.environment.lists)
            yield Problem("environment.required", f"{part!r} is not in environment.supported{near}")


def _spans(name: str, severity: Severity, calendar: Calendar) -> Iterator[Problem]:
    clocks = {
        "respond": severity.clock,
        "respond_warn": severity.clock,
        "resolve": severity.resolve_clock,
        "resolve_warn": severity.resolve_clock,
        "respond_closed": severity.clock,
        "update": severity.clock,
        "update_delayed": severity.clock,
    }
    for key, clock in clocks.items():
        yield from _span(f"severity.{name}.{key}", getattr(severity, key), clock)
    for hours, span in severity.respond_during.items():
        yield from _span(f"severity.{name}.respond_during.{hours}", span, severity.clock)
    if severity.respond_closed and severity.respond is None:
        yield Problem(f"severity.{name}.respond_closed", "there is nothing it could stand for: add respond")
    if severity.update_delayed and severity.update:
        yield Problem(
            f"severity.{name}.update_delayed", "updates go on as before: keep one of update and update_delayed"
        )
    for key in ("respond", "resolve"):
        limit, warn = getattr(severity, key), getattr(severity, f"{key}_warn")
        if warn and limit is None:
            yield Problem(f"severity.{name}.{key}_warn", f"there is nothing to warn of: add {key}")
        elif warn and _length(warn, calendar) >= _length(limit, calendar):
            yield Problem(f"severity.{name}.{key}_warn", f"the warning must come before {key} runs out")


def _span(place: str, span: Span | None, clock: str) -> Iterator[Problem]:
    if span is None:
        return
    if span == Span():
        yield Problem(place, "no time at all, which nobody can keep: write a span such as 1h")
    elif span.business_days and clock != "open":
        yield Problem(place, f"business days need an open-hours clock, not {clock!r}")


def _length(span: Span, calendar: Calendar) -> int:
    """Seconds that a clock counts; business days only come with clocks that count open time."""
    return span.seconds + span.business_days * calendar.business_day


def _kinds(name: str, severity: Severity, policy: Policy) -> Iterator[Problem]:
    for kind in severity.kinds:
        if kind not in policy.scope and kind not in LANES:
            yield Problem(f"severity.{name}.kinds", f"{kind!r} never comes here: add scope.{kind} or take it away")


def _tiers(policy: Policy) -> Iterator[Problem]:
    starts = [(f"scope.{kind}.tier", scope.tier) for kind, scope in policy.scope.items()]
    starts += [(f"severity.{name}.tier", severity.tier) for name, severity in policy.severities.items()]
    for place, tier in starts:
        if tier and tier > policy.tiers:
            yield Problem(place, f"there is no tier {tier}: the pack has {policy.tiers} (see `tiers`)")
    for number, step in policy.escalation.items():
        place = f"escalation.{number}"
        if int(number) > policy.tiers:
            yield Problem(place, f"there is no tier {number}: the pack has {policy.tiers} (see `tiers`)")
        elif step.to and step.to > policy.tiers:
            yield Problem(f"{place}.to", f"there is no tier {step.to}: the pack has {policy.tiers} (see `tiers`)")
        elif path := _circle(policy, int(number)):
            told = " -> ".join(map(str, path))
            yield Problem(f"{place}.to", f"{told} goes round in a circle: let each tier lead to a higher one")


def _circle(policy: Policy, tier: int) -> list[int]:
    """The way up from a tier where it comes back to it, else nothing."""
    path = [tier]
    while (above := next_tier(policy, path[-1])) is not None and len(path) <= policy.tiers:
        path.append(above)
        if above == tier:
            return path
    return []


def _texts(policy: Policy) -> Iterator[Problem]:
    for language, texts in policy.texts.items():
        for code, template in texts.items():
            known = placeholders(TEXTS[code])
            for name in sorted(placeholders(template) - known):
                told = ", ".join(f"{{{each}}}" for each in sorted(known)) or "none"
                yield Problem(f"texts.{language}.{code}", f"{{{name}}} is not known here: it may hold {told}")
