"""What is asked and how: channel, kind, scope, missing facts, money, credentials, notices (CHN, SCO, INV, PUR, PRE)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from connector.domain.calendar.hours import is_open, next_opening
from connector.domain.licensing.standing import Purchase
from connector.domain.policy.facts import Facts, Finding
from connector.domain.policy.findings import finding
from connector.domain.policy.kinds import AT_HOME, canonical_attestation, canonical_cause, canonical_channel
from connector.domain.policy.money import parse_money
from connector.domain.policy.policy import Attestations, Channel, Policy
from connector.domain.policy.reasons import REASONS
from connector.domain.policy.rules_entitlement import PAID_TWICE_WITHIN, is_named
from connector.domain.policy.rules_environment import version_of
from connector.domain.policy.scope import (
    asks_component,
    comes_through,
    is_covered,
    is_free_user,
    kind_of,
    lane_of,
    scope_of,
    severity_of,
)

Findings = tuple[Finding, ...] | None

# The usual code of an excluded kind; a pack may name another.
EXCLUDED_CODES = {
    "custom_dev": "custom_development",
    "third_party": "third_party_conflict",
    "server_admin": "server_administration",
    "data_migration": "data_migration",
    "customisation": "customisation",
    "client_specific": "client_specific",
}
USUAL_CODES = {"billable": "awaiting_estimate", "redirect": "see_elsewhere"}
_OWN_QUESTION = ("reproduction", "modified_code", "product", "site")
_CAUSE_CODES = {
    "wrong_card_data": "payment_card_data",
    "card_outdated": "payment_card_outdated",
    "bank_outage": "payment_bank_away",
    "page_left": "payment_page_left",
    "connection_lost": "payment_connection_lost",
    "card_blocked_online": "payment_card_blocked",
    "card_not_accepted": "payment_card_not_accepted",
}


def channel(facts: Facts, policy: Policy, now: datetime) -> Findings:
    """CHN-01..18: official channels are taken, the others are told the way."""
    name = canonical_channel(facts.asked.channel)
    rule = policy.channels.get(name or "")
    if comes_through(scope_of(facts.asked, policy), facts.asked):
        return ()
    if rule is None:
        return (finding(policy, "use_helpdesk", _channel_clause(policy), channel=facts.asked.channel),)
    if rule.use == "first_contact" and facts.asked.first_contact:
        return (finding(policy, "first_contact_noted", rule.clause, link=rule.to, channel=name),)
    if rule.use != "official":
        code, link = ("use_helpdesk", None) if AT_HOME.get(rule.code) == name else (rule.code, rule.to)
        return (finding(policy, code, rule.clause, link=link, channel=name),)
    applied = severity_of(facts, policy)
    if rule.severities and applied not in rule.severities:
        return (finding(policy, "urgent_only", rule.clause, link=rule.to, channel=name, applied=applied),)
    if rule.hours and applied not in rule.any_time and not is_open(policy.calendar, now):
        return (_closed(policy, rule, name, now),)
    return ()


def kind(facts: Facts, policy: Policy, now: datetime) -> Findings:
    """SCO-33: the kind is declared by the form, never guessed."""
    if not (facts.asked.kind or "").strip():
        return (finding(policy, "kind_missing", known=sorted(policy.scope)),)
    if scope_of(facts.asked, policy) is None:
        return (finding(policy, "kind_unknown", kind=facts.asked.kind, known=sorted(policy.scope)),)
    return ()


def requester(facts: Facts, policy: Policy, now: datetime) -> Findings:
    """Who asks must be known, or nobody can be answered; a lane is open to those who do not say, too."""
    if lane_of(facts.asked, policy):
        return None
    if is_named(facts.asked.requester):
        return ()
    return (finding(policy, "requester_required", policy.entitlement.owner_clause or policy.entitlement.clause),)


def component(facts: Facts, policy: Policy, now: datetime) -> Findings:
    """ELG-10, ELG-11: whoever shows no licence is asked which part it is about where one part is open to all."""
    if not asks_component(facts.asked, policy) or lane_of(facts.asked, policy):
        return None
    if not is_free_user(facts):
        return ()
    parts = sorted(policy.components)
    clause = next((part.clause for part in policy.components.values() if part.open), None)
    return (finding(policy, "component_required", clause or policy.entitlement.clause, parts=parts),)


def scope(facts: Facts, policy: Policy, now: datetime) -> Findings:
    """SCO-04..32, BIL-08..10, PRE-01..03: what the policy says of this kind of request."""
    rule = scope_of(facts.asked, policy)
    if rule is None:
        return None
    unsettled = _is_pending(facts, policy)
    told = [code for code in rule.notice if not (unsettled and code == "payment_restart")]
    notices = tuple(finding(policy, code, rule.clause) for code in told)
    if is_covered(rule, facts):
        return notices
    if rule.cover == "billable" and not is_named(facts.asked.requester):
        return notices  # an estimate would reach nobody: first it is asked who this is
    name = kind_of(facts.asked, policy) or ""
    usual = USUAL_CODES.get(rule.cover) or EXCLUDED_CODES.get(name, "not_covered")
    code = rule.code or usual
    covering: dict[str, Any] = {"also": "plan_covers", "plans": list(rule.unless_plan)} if rule.unless_plan else {}
    if covering and REASONS[code].severity == "deny":
        covering["remedy"] = "buy"
    return (finding(policy, code, rule.clause, link=rule.elsewhere, kind=name, **covering), *notices)


def needs(facts: Facts, policy: Policy, now: datetime) -> Findings:
    """SCO-02 and its like: facts without which nobody can start; not asked for what is not covered anyway."""
    rule = scope_of(facts.asked, policy)
    if rule is None or not is_covered(rule, facts):
        return None
    lacking = [need for need in rule.needs if _lacks(need, facts)]
    found = [finding(policy, f"{need}_required", rule.clause) for need in lacking if need in _OWN_QUESTION]
    more = [need for need in lacking if need not in _OWN_QUESTION]
    return (*found, *([finding(policy, "facts_required", rule.clause, missing=more)] if more else []))


def modified_code(facts: Facts, policy: Policy, now: datetime) -> Findings:
    """SCO-03: only original, unmodified code; a policy may take changed code for a fee, or with limits (R15)."""
    rule = scope_of(facts.asked, policy)
    if rule is None or not rule.unmodified:
        return None
    if not facts.asked.modified_code:
        return ()
    if rule.when_modified == "chargeable":
        estimate = finding(policy, "awaiting_estimate", rule.clause)
        return (estimate, finding(policy, "modified_code", rule.clause, severity="notice"))
    return (
        finding(policy, "modified_code_limited" if rule.when_modified == "limited" else "modified_code", rule.clause),
    )


def attestations(facts: Facts, policy: Policy, now: datetime) -> Findings:
    """CHN-06, CHN-12, CHN-13: what the customer confirms before asking."""
    rule = policy.attestations
    if not (rule.required or rule.suggested) or lane_of(facts.asked, policy):
        return None
    given = {_confirmed(word, rule) for word in facts.asked.attestations}
    missing = [word for word in rule.required if word not in given]
    if missing:
        return (finding(policy, "attestation_required", rule.clause, missing=missing),)
    unread = [word for word in rule.suggested if word not in given]
    return (finding(policy, "read_first", rule.clause, suggested=unread),) if unread else ()


def _confirmed(word: str, rule: Attestations) -> str | None:
    """Which confirmation a word of the form stands for: the vendor's own by its word or its sentence, else ours (CHN-06)."""
    plain = "_".join(word[:300].casefold().replace("-", " ").replace("_", " ").split())
    own = (name for name, said in rule.sentences.items() if plain in (name, "_".join(said.casefold().split())))
    return next(own, None) or canonical_attestation(word)


def credentials(facts: Facts, policy: Policy, now: datetime) -> Findings:
    """CRD-01: secrets were cut out before anything was stored; the policy says whether the request may go on."""
    if not facts.asked.redactions:
        return ()
    code = "credentials_not_accepted" if policy.credentials == "refuse" else "credentials_removed"
    found = sorted(set(facts.asked.redactions))
    return (finding(policy, code, policy.credentials_clause, removed=found, count=len(facts.asked.redactions)),)


def overdue(facts: Facts, policy: Policy, now: datetime) -> Findings:
    """INV-09, INV-10, INV-12: new work waits for an overdue invoice where the vendor turned that on (A25)."""
    rule = policy.billing
    if not (rule.pause_on_overdue or rule.payment_clearance):
        return None
    if not facts.invoices_overdue:
        return ()
    clause, invoices = rule.overdue_clause or rule.clause, list(facts.invoices_overdue)
    if rule.payment_clearance and severity_of(facts, policy) in rule.urgent:
        return (finding(policy, "payment_clearance", clause, invoices=invoices),)
    return (finding(policy, "invoice_overdue", clause, invoices=invoices),) if rule.pause_on_overdue else ()


def purchase_notices(facts: Facts, policy: Policy, now: datetime) -> Findings:
    """PUR-02, PUR-04, PUR-05: what helps against the cause; do not pay again meanwhile; paid twice is refunded."""
    if lane_of(facts.asked, policy) != "purchase_problem":
        return None
    clause = policy.billing.purchase_clause
    told: list[Finding] = []
    name = kind_of(facts.asked, policy)
    if _is_pending(facts, policy):
        pending = [order.order_id for order in facts.orders if order.state == "pending"]
        told.append(finding(policy, "do_not_pay_again", clause, orders=pending))
    elif code := _CAUSE_CODES.get(canonical_cause(facts.asked.cause) or ""):
        told.append(finding(policy, code, clause))
    twice = list(_paid_twice(facts.orders))
    if twice or name == "duplicate_payment":
        told.append(finding(policy, "duplicate_payment", clause, orders=twice))
    return tuple(told)


def severity(facts: Facts, policy: Policy, now: datetime) -> Findings:
    """HRS-04, R25: a priority that neither plan nor kind gives is not applied, and best effort is called so."""
    asked = (facts.asked.severity or "").strip()
    applied = severity_of(facts, policy)
    told = []
    if asked and asked.casefold() != applied:
        told.append(finding(policy, "severity_not_applied", asked=asked, applied=applied))
    if policy.severities[applied].best_effort:
        told.append(finding(policy, "best_effort"))
    return tuple(told)


def backlog(facts: Facts, policy: Policy, now: datetime) -> Findings:
    """HRS-08: the vendor says that answers take longer; the clock is measured all the same."""
    return (finding(policy, "backlog", policy.backlog_clause),) if policy.backlog else None


def _closed(policy: Policy, rule: Channel, name: str | None, now: datetime) -> Finding:
    code = "phone_closed" if name == "phone" else "chat_closed"
    taken = "notice" if rule.closed == "message" else None
    opens_at = next_opening(policy.calendar, now)
    return finding(policy, code, rule.clause, severity=taken, link=rule.to, channel=name, opens_at=opens_at)


def _channel_clause(policy: Policy) -> str | None:
    return next((rule.clause for rule in policy.channels.values() if rule.clause), None)


def _lacks(need: str, facts: Facts) -> bool:
    asked = facts.asked
    there: dict[str, object] = {
        "reproduction": asked.has_reproduction,
        "modified_code": asked.modified_code is not None,
        "site": asked.site,
        "product": asked.product or (facts.standing and facts.standing.product),
        "order": asked.order_given,
        "component": asked.component,
        "environment": True,  # the environment rule asks for it
    }
    return not (version_of(facts) if need == "version" else there[need])


def _is_pending(facts: Facts, policy: Policy) -> bool:
    """A payment is still under way: nobody is told to start it again (PUR-04)."""
    if lane_of(facts.asked, policy) != "purchase_problem":
        return False
    pending = any(order.state == "pending" for order in facts.orders)
    return pending or kind_of(facts.asked, policy) == "payment_pending"


def _paid_twice(orders: tuple[Purchase, ...]) -> Iterator[str]:
    """Order ids of paid orders for the same product and amount within a week (PUR-05)."""
    paid = [order for order in orders if order.state == "paid" and order.paid_at and order.product]
    amounts = {order.order_id: parse_money(order.total, order.currency) for order in paid}
    for order in paid:
        if amounts[order.order_id] is not None and any(
            other.order_id != order.order_id
            and other.product == order.product
            and amounts[other.order_id] == amounts[order.order_id]
            and other.paid_at is not None
            and order.paid_at is not None
            and abs(other.paid_at - order.paid_at) <= PAID_TWICE_WITHIN
            for other in paid
        ):
            yield order.order_id
