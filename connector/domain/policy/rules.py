"""All rules, one line each. A rule reads facts, policy and now and says what it found; their order never matters.

entitlement: switched off in lanes and for components open to all. yields: the lanes in which a rule closes nothing - what a
lane opens, no other rule closes. parts: what it rests on; where one of these could not
be known (`Facts.stale_parts`), the rule is a hold and never a denial.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from connector.domain.policy import rules_entitlement as entitlement
from connector.domain.policy import rules_environment as environment
from connector.domain.policy import rules_manner as manner
from connector.domain.policy import rules_request as request
from connector.domain.policy.facts import Check, Facts, Finding
from connector.domain.policy.policy import Policy

UNKNOWN_CODES = {
    "holder": "unknown_holder",
    "support_period": "unknown_support_period",
    "purchase_kind": "unknown_purchase_kind",
}


@dataclass(frozen=True)
class Rule:
    """A rule: its name for the look-up, its function (None = does not apply) and what it rests on.

    yields   `all`: rules on the manner of asking (how many, how often, by whom, paid or not) say notices at most in any lane;
             `security`: rules on the way in and on missing facts, in that lane alone: it opens every channel, and what is
             asked for is asked beside the acceptance; `none`: what the page says of the lane's own kind stands
    """

    name: str
    check: Callable[[Facts, Policy, datetime], tuple[Finding, ...] | None]
    entitlement: bool = False
    parts: tuple[str, ...] = ()
    yields: str = "security"

    @cached_property
    def passed(self) -> Check:
        return Check(self.name, "pass")

    @cached_property
    def skipped(self) -> Check:
        return Check(self.name, "skip")


RULES: tuple[Rule, ...] = (
    Rule("channel", request.channel),
    Rule("kind", request.kind, yields="none"),
    Rule("automatic", manner.automatic),
    Rule("requester", request.requester),
    Rule("component", request.component),
    Rule("one_request", manner.one_request, yields="all"),
    Rule("language", manner.language, yields="all"),
    Rule("identity", manner.identity, True),
    Rule("licence", entitlement.licence, True, ("licence", "upstream")),
    Rule("payment", entitlement.payment, True, ("orders", "upstream")),
    Rule("product", entitlement.product, True, ("licence", "upstream")),
    Rule("holder", entitlement.holder, True, ("holder", "upstream")),
    Rule("subscription", entitlement.subscription, True, ("subscription", "support_period", "upstream")),
    Rule("support_period", entitlement.support_period, True, ("support_period", "purchase_kind", "upstream")),
    Rule("site", entitlement.site, True, ("sites", "upstream")),
    Rule("supported_site", entitlement.supported_site, True, ("sites", "upstream")),
    Rule("scope", request.scope, yields="none"),
    Rule("needs", request.needs),
    Rule("environment", environment.supported_environment),
    Rule("stable_release", environment.stable_release),
    Rule("product_version", environment.product_version),
    Rule("modified_code", request.modified_code),
    Rule("attestations", request.attestations, yields="all"),
    Rule("credentials", request.credentials),
    Rule("duplicate", manner.duplicate, yields="all"),
    Rule("quota", manner.quota, yields="all"),
    Rule("restriction", manner.restriction, yields="all"),
    Rule("overdue", request.overdue, yields="all"),
    Rule("purchase_notices", request.purchase_notices),
    Rule("severity", request.severity),
    Rule("backlog", request.backlog),
    Rule("closed_day", manner.closed_day),
)
