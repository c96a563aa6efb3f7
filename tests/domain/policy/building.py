"""Facts to judge: unless a test says otherwise, the holder of an active licence with running support asks."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

from hypothesis import strategies as st

from connector.domain.licensing.events import Person
from connector.domain.licensing.standing import Purchase, Standing
from connector.domain.policy.decide import decide
from connector.domain.policy.facts import Asked, Decision, Facts
from connector.domain.policy.policy import Policy
from connector.vendors.policies import packs

NOW = datetime(2026, 3, 6, 21, tzinfo=UTC)  # Friday, 16:00 in New York
HOLDER = Person("7", "ada@example.com", "Ada")
OWNER = Person("8", "bob@example.com", "Bob")
STRANGER = Person("9", "eve@example.com", "Eve")
ATTESTED = ("policy_read", "knowledge_base_checked", "in_scope")
PACKS = ("whmcs-modules", "jetpack-crm", "hourly-services", "crmjetty", "tiered-sla")
WHMCS, JETPACK, HOURLY, CRMJETTY, TIERED = PACKS
ZONE = {"calendar.timezone": "America/New_York"}

ASKED = Asked(
    kind="bug",
    product="acme-forms",
    requester=HOLDER,
    has_reproduction=True,
    attestations=ATTESTED,
    key_given=True,
    environment={"php": "8.2", "whmcs": "8.10"},
)
STANDING = Standing(
    license_id="lic_1",
    product="acme-forms",
    status="active",
    purchase="one_time",
    support_until=NOW + timedelta(days=30),
    holder=HOLDER,
    owner=HOLDER,
)


def moments(first_year: int, last_year: int) -> st.SearchStrategy[datetime]:
    """Instants (UTC) from the first year to the beginning of the last."""
    first, last = (NOW.replace(year=year, month=1, day=1, tzinfo=None) for year in (first_year, last_year))
    return st.datetimes(first, last, timezones=st.just(UTC))


def asked(**changes: Any) -> Asked:
    return replace(ASKED, **changes)


def standing(**changes: Any) -> Standing:
    return replace(STANDING, **{"used": len(changes.get("seated", ()))} | changes)


def facts(asks: Asked = ASKED, stands: Standing | None = STANDING, **more: Any) -> Facts:
    return Facts(asked=asks, standing=stands, **more)


def nobody(**changes: Any) -> Facts:
    """A person without any licence asks."""
    more = {key: changes.pop(key) for key in ("orders", "plans", "invoices_overdue", "stale_parts") if key in changes}
    return facts(asked(**{"key_given": False, **changes}), None, **more)


def order(state: str, order_id: str = "o1", **changes: Any) -> Purchase:
    paid_at = NOW - timedelta(days=1) if state == "paid" else None
    return replace(Purchase(order_id, state, "acme-forms", "59.00", "EUR", paid_at), **changes)


def policy(pack: str, **settings: Any) -> Policy:
    """The pack with settings; `__` stands for the dot of a key."""
    zone = ZONE if pack == TIERED else {}
    return _loaded(
        pack, tuple(sorted({**zone, **{key.replace("__", "."): value for key, value in settings.items()}}.items()))
    )


@cache
def _loaded(pack: str, settings: tuple[tuple[str, Any], ...]) -> Policy:
    return packs.load(pack, dict(settings))


def judge(pack: str | Policy, what: Facts, now: datetime = NOW) -> Decision:
    return decide(what, policy(pack) if isinstance(pack, str) else pack, now)


def said(decision: Decision) -> tuple[str, list[str]]:
    """Outcome and codes, heaviest first."""
    return decision.outcome, [each.code for each in decision.findings]
