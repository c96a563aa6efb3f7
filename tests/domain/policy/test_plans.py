"""Whose plan counts for what: the holder's for his product, not for strangers and not for another product (HRS-04, TIER-01)."""

from __future__ import annotations

from typing import Any

import pytest

from connector.domain.licensing.events import Person
from tests.domain.policy.building import HOLDER, OWNER, STRANGER, WHMCS, asked, facts, judge, policy, standing

LAX = policy(WHMCS, entitlement__requester_mode="notice")
DELEGATE = Person(None, "cy@example.com")


def of(requester: Person | None, kind: str = "bug", **more: Any) -> Any:
    stands = standing(plan="Priority", owner=OWNER, delegates=("cy@example.com",), holder_emails=("old@example.com",))
    return judge(LAX, facts(asked(kind=kind, requester=requester, **more.pop("asks", {})), stands, **more))


@pytest.mark.parametrize(
    ("requester", "priority"),
    [
        (HOLDER, "priority"),
        (OWNER, "priority"),
        (DELEGATE, "priority"),
        (Person("7", "new@example.com"), "priority"),
        (Person(None, "OLD@example.com"), "priority"),
        (STRANGER, "standard"),
        (Person(None, "eve@example.com"), "standard"),
    ],
    ids=str,
)
def test_tier_01_the_holders_plan_is_not_a_strangers(requester: Person | None, priority: str) -> None:
    assert of(requester).priority == priority


def test_sco_09_nor_is_the_holders_server_plan() -> None:
    own = standing(plan="server-management")
    for requester, outcome in ((HOLDER, "accept"), (STRANGER, "deny")):
        assert judge(LAX, facts(asked(kind="server_admin", requester=requester), own)).outcome == outcome


def test_tier_01_a_plan_is_for_its_own_product() -> None:
    """A licence of another product that its holder has besides lifts nothing; a product that is a plan lifts all."""
    asks, plain = asked(), standing()
    assert judge(WHMCS, facts(asks, plain, plans=("priority",), lifting=())).priority == "standard"
    assert judge(WHMCS, facts(asks, plain, plans=("priority",), lifting=("priority",))).priority == "priority"
    assert judge(WHMCS, facts(asks, plain, plans=("priority",))).priority == "priority", "as told by who cannot tell"


def test_tier_01_nor_does_the_key_of_one_product_lift_a_request_on_another() -> None:
    anybody = policy(WHMCS, entitlement__licence="none", entitlement__support=False)
    own = standing(plan="priority", product="acme-forms")
    for product, priority in (
        ("acme-forms", "priority"),
        ("ACME-Forms", "priority"),
        (None, "priority"),
        ("crm", "standard"),
    ):
        assert judge(anybody, facts(asked(product=product), own)).priority == priority
